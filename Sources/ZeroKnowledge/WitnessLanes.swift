package import LatticeEncryption
internal import MPCCore

/// The witnesses of a proof of plaintext knowledge as vectors of integers that sum up without carries: m in three digits
/// of 43 bits (the highest one signed), then u, v and w. Wiped on release.
///
/// Ranges: |m| ≤ p/2 < 2^126, so digits are in [0, 2^43), [0, 2^43), [−2^40, 2^40]; a sum of U ≤ 1024 of them stays below
/// 2^53, recombined below 2^96 + 2^53 before the first shift.
package struct WitnessLanes: ~Copyable {
  /// How many ciphertexts.
  let count: Int
  private let ringDegree: Int
  /// Ciphertext after ciphertext, lane after lane.
  private var lanes: SecretBuffer<Int64>

  private static var digitBits: Int64 { 43 }
  private static var laneCount: Int { 6 }

  package init(_ witnesses: [PlaintextWitness], _ scheme: BGV) {
    self.init(count: witnesses.count, ringDegree: scheme.ringDegree)
    let p = scheme.plaintextModulus
    for (k, witness) in witnesses.enumerated() {
      witness.message.withSpan { setMessage($0, p, ofCiphertext: k) }
      witness.coins.u.withSpan { set($0, lane: 3, ofCiphertext: k) }
      witness.coins.v.withSpan { set($0, lane: 4, ofCiphertext: k) }
      witness.coins.w.withSpan { set($0, lane: 5, ofCiphertext: k) }
    }
  }

  /// Zeros, for dishonest provers to fill.
  init(count: Int, ringDegree: Int) {
    self.count = count
    self.ringDegree = ringDegree
    lanes = SecretBuffer(count: count * Self.laneCount * ringDegree, repeating: 0)
  }

  /// The centred lifts of plaintexts in [0, p).
  private mutating func setMessage(_ m: Span<UInt128>, _ p: UInt128, ofCiphertext k: Int) {
    let (n, start) = (ringDegree, k * Self.laneCount * ringDegree)
    let (bits, mask) = (Int128(Self.digitBits), Int128(1) << Int128(Self.digitBits) - 1)
    lanes.withMutableSpan { out in
      for i in 0..<n {
        // m − p if m > (p−1)/2, without a branch: the sign of (p−1)/2 − m, both below 2^127, spread over all bits.
        let isUpper = UInt128(bitPattern: Int128(bitPattern: (p >> 1) &- m[i]) >> 127)
        let lift = Int128(bitPattern: m[i] &- (p & isUpper))
        out[start &+ i] = Int64(truncatingIfNeeded: lift & mask)
        out[start &+ n &+ i] = Int64(truncatingIfNeeded: (lift >> bits) & mask)
        out[start &+ 2 &* n &+ i] = Int64(truncatingIfNeeded: lift >> (2 * bits))
      }
    }
  }

  private mutating func set(_ x: Span<Int8>, lane: Int, ofCiphertext k: Int) {
    let start = (k * Self.laneCount + lane) * ringDegree
    lanes.withMutableSpan { out in
      for i in 0..<x.count { out[start &+ i] = Int64(x[i]) }
    }
  }

  /// Overwrites one value of a lane, 0 … 5 for the digits of m, u, v, w: dishonest provers.
  mutating func set(_ value: Int64, lane: Int, at i: Int, ofCiphertext k: Int) {
    let index = (k * Self.laneCount + lane) * ringDegree + i
    lanes.withMutableSpan { $0[index] = value }
  }

  /// Σ_k W_k·x_k for x = m, u, v, w, as integers of the widths of the responses. Wiped on release.
  func combined(_ row: [MonomialChallenge], _ responses: [BoundedIntegers]) -> [WideIntegers] {
    precondition(row.count == count, "one challenge a ciphertext")
    var sums = SecretBuffer<Int64>(count: Self.laneCount * ringDegree, repeating: 0)
    let (n, width) = (ringDegree, Self.laneCount * ringDegree)
    sums.withMutableSpan { out in
      lanes.withSpan { source in
        for (k, challenge) in row.enumerated() {
          guard case .monomial(let exponent) = challenge else { continue }
          for lane in 0..<Self.laneCount {
            MonomialChallenge.addShifted(
              source, at: k * width + lane * n, to: &out, at: lane * n, count: n, exponent: exponent)
          }
        }
      }
    }
    return sums.withSpan { sums in
      [Self.recombined(sums, count: n, wordCount: responses[0].wordCount)]
        + (1...3).map { Self.widened(sums, at: ($0 + 2) * n, count: n, wordCount: responses[$0].wordCount) }
    }
  }

  /// d0 + 2^43·d1 + 2^86·d2 in two's complement of `wordCount` words; the digits are below 2^53 in absolute value.
  private static func recombined(_ sums: Span<Int64>, count n: Int, wordCount: Int) -> WideIntegers {
    var result = WideIntegers(zeros: n, wordCount: wordCount, secret: true)
    result.withMutableWords { out in
      for i in 0..<n {
        var rest = Int128(sums[i]) &+ (Int128(sums[n &+ i]) &<< Int128(digitBits))
        out[i] = UInt64(truncatingIfNeeded: rest)
        rest = (rest >> 64) &+ (Int128(sums[2 &* n &+ i]) &<< Int128(2 * digitBits - 64))
        for k in 1..<max(1, wordCount) {
          out[k &* n &+ i] = UInt64(truncatingIfNeeded: rest)
          rest >>= 64
        }
      }
    }
    return result
  }

  private static func widened(_ sums: Span<Int64>, at start: Int, count n: Int, wordCount: Int) -> WideIntegers {
    var result = WideIntegers(zeros: n, wordCount: wordCount, secret: true)
    result.withMutableWords { out in
      for i in 0..<n {
        let value = sums[start &+ i]
        for k in 0..<wordCount { out[k &* n &+ i] = UInt64(bitPattern: k == 0 ? value : value >> 63) }
      }
    }
    return result
  }
}
