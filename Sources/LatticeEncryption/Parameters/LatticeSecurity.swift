/// Limits on log q for 128-bit classical security with ternary secrets: homomorphic-encryption standard, table 1
/// (Albrecht et al., ePrint 2019/939; `Papers/HES19.md`).
public enum SecurityStandard {
  /// The largest allowed bit length of q; nil for degrees below 4096, which no set here can use.
  public static func largestModulusBits(ringDegree: Int) -> Int? {
    switch ringDegree {
    case 4096: 109
    case 8192: 218
    case 16384: 438
    case 32768: 881
    default: nil
    }
  }
}

/// An estimate of the cost of solving the LWE problem behind the ciphertexts; information for reports, not a decision.
///
/// Method: primal attack by embedding into unique SVP with rescaled secret, block size from the geometric series
/// assumption ([ADPS16, section 6.3]), cost of BKZ-β with a classical sieve 8d·2^(0.292β+16.4), the model of the
/// homomorphic-encryption standard. It gives the standard's own rows within 0.2 bit.
public struct LatticeSecurityEstimate: Hashable, Codable, Sendable {
  /// log2 of the number of operations.
  public let bits: Double
  /// β.
  public let blockSize: Int
  /// d, the lattice dimension at which β was found.
  public let dimension: Int

  /// How the number was found, for reports.
  public static let method = "primal uSVP, GSA, BKZ-beta classical sieve 8d*2^(0.292*beta+16.4) (HE standard's model)"

  /// - Parameters: ringDegree: n; modulusLog2: log2 q; secretDeviation, errorDeviation: standard deviations.
  public init(ringDegree n: Int, modulusLog2: Double, secretDeviation: Double, errorDeviation: Double) {
    // First dimension d = m + n + 1 with σ_e·sqrt(β) ≤ δ^(2β−d−1)·(q^m·(σ_e/σ_s)^n)^(1/d), δ the root Hermite factor.
    func dimension(blockSize b: Int) -> Int? {
      let beta = Double(b)
      let base = logarithmBase2(Double.pi * beta) / beta + logarithmBase2(beta / (2 * Double.pi * 2.718281828459045))
      let hermite = base / (2 * (beta - 1))
      for m in stride(from: n / 4, through: 2 * n, by: max(n / 64, 1)) {
        let d = m + n + 1
        let volume =
          (Double(m) * modulusLog2 + Double(n) * logarithmBase2(errorDeviation / secretDeviation)) / Double(d)
        let target = logarithmBase2(errorDeviation) + 0.5 * logarithmBase2(beta)
        if d >= b, target <= Double(2 * b - d - 1) * hermite + volume { return d }
      }
      return nil
    }
    var low = 50
    var high = min(4000, 2 * n)
    while low < high {
      let middle = (low + high) / 2
      if dimension(blockSize: middle) != nil { high = middle } else { low = middle + 1 }
    }
    blockSize = low
    self.dimension = dimension(blockSize: low) ?? 3 * n + 1
    bits = 0.292 * Double(low) + 16.4 + logarithmBase2(8 * Double(self.dimension))
  }

  /// For ternary secrets and centred binomial errors of a parameter set.
  init(ringDegree: Int, modulusLog2: Double, errorParameter: Int) {
    self.init(
      ringDegree: ringDegree, modulusLog2: modulusLog2, secretDeviation: (2.0 / 3).squareRoot(),
      errorDeviation: (Double(errorParameter) / 2).squareRoot())
  }
}
