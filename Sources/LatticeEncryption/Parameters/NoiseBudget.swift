/// The bounds of one parameter set, exact integers: proofs, fresh noise, replies, drowning.
///
/// Notation: phase of a ciphertext = c0 − c1·s = m + p·ν. Norms are the largest coefficient. Products of ring elements
/// satisfy ‖f·g‖ ≤ N·‖f‖·‖g‖ (lemma 1). In active sets everything a peer sends is bounded by what its proof extracts,
/// which is more than an honest party produces by the slack.
public struct NoiseBudget: Hashable, Sendable {
  /// V: rows of a proof of plaintext knowledge with challenges in {0, ±X^k}: (2N+1)^V ≥ 2^(soundness+2).
  public let proofRowCount: Int
  /// κ·U, κ = 4·N·V·ω: masks of the proof are uniform in ±κU·B for a witness bound B.
  public let maskFactor: NaturalNumber
  /// B for m, u, v, w of an honest ciphertext: (p−1)/2, 1, η, η.
  public let honestBounds: [NaturalNumber]
  /// Z = κU·B − U·B: responses above it are rejected.
  public let acceptanceBounds: [NaturalNumber]
  /// 2N·Z: what the proof guarantees for the witness of twice the ciphertext. In passive sets the honest bounds.
  public let provenBounds: [NaturalNumber]
  /// Y = ω·2N·repetitions: masks of the key proof are uniform in ±Y for s and ±ηY for e.
  public let keyMaskBound: NaturalNumber
  /// 2(Y−1) and 2η(Y−1): what the key proof guarantees for (s, e). In passive sets 1 and η.
  public let provenKeyBounds: [NaturalNumber]
  /// κ = ω·repetitions·(3N+1): masks of the constant proof are uniform in ±κ·B, acceptance is at (κ−1)·B.
  public let constantMaskFactor: NaturalNumber
  /// 2(κ−1)·B for m, u, v, w: what the constant proof guarantees for a MAC key ciphertext, exactly. In passive sets the
  /// honest bounds.
  public let provenConstantBounds: [NaturalNumber]
  /// ‖m + p·ν‖ of a MAC key ciphertext with a proof; at most ``freshPhase``, so that all bounds on replies hold for
  /// replies on it.
  public let constantPhase: NaturalNumber
  /// ‖m + p·ν‖ of a proven ciphertext that is about to be multiplied.
  public let freshPhase: NaturalNumber
  /// ‖phase‖ of the fresh encryption of zero that a reply contains.
  public let zeroPhase: NaturalNumber
  /// ‖phase‖ of a reply without its mask and drowning noise: products plus the fresh encryption of zero.
  public let linearPhase: NaturalNumber
  /// D = ⌊q/4p⌋: drowning noise is uniform in [−D, D].
  public let drowningBound: NaturalNumber
  /// ‖phase‖ of a complete reply: lin + p(D+1).
  public let replyPhase: NaturalNumber
  /// ‖phase‖ of a reply after dropping primes, against q'/2.
  public let switchedPhase: NaturalNumber

  init(_ literal: ParameterLiteral, moduli: [UInt64]) {
    let n = NaturalNumber(literal.ringDegree)
    let one = NaturalNumber(1)
    let two = NaturalNumber(2)
    let p = NaturalNumber(literal.plaintextModulus)
    let halfP = p >> 1
    let eta = NaturalNumber(literal.errorParameter)
    let u = NaturalNumber(literal.ciphertextsPerProof)

    let challenges = NaturalNumber(2 * literal.ringDegree + 1)
    var rows = 1
    var reached = challenges
    while reached < .powerOfTwo(literal.proofSoundness + 2) {
      rows += 1
      reached = reached * challenges
    }
    proofRowCount = rows
    maskFactor = NaturalNumber(4 * literal.ringDegree * rows) * NaturalNumber(literal.rejectionParameter) * u
    honestBounds = [halfP, one, eta, eta]
    let acceptance = honestBounds.map { [maskFactor] in ($0 * maskFactor) - ($0 * u) }
    acceptanceBounds = acceptance
    keyMaskBound =
      NaturalNumber(2 * literal.ringDegree * literal.keyProofRepetitions)
      * NaturalNumber(literal.rejectionParameter)
    let constantFactor = NaturalNumber(
      literal.rejectionParameter * literal.keyProofRepetitions * (3 * literal.ringDegree + 1))
    constantMaskFactor = constantFactor

    switch literal.adversary {
    case .active:
      provenBounds = acceptance.map { two * n * $0 }
      provenKeyBounds = [one, eta].map { [keyMaskBound] in two * (keyMaskBound * $0 - $0) }
      provenConstantBounds = honestBounds.map { two * (constantFactor * $0 - $0) }
      // m + p(w + e·u − v·s), worst case.
      func phase(_ bounds: [NaturalNumber], _ key: [NaturalNumber]) -> NaturalNumber {
        bounds[0] + p * (bounds[3] + n * key[1] * bounds[1] + n * key[0] * bounds[2])
      }
      freshPhase = phase(provenBounds, provenKeyBounds)
      constantPhase = phase(provenConstantBounds, provenKeyBounds)
    case .passive:
      provenBounds = honestBounds
      provenKeyBounds = [one, eta]
      // e·u and v·s for fixed u, s with entries 0, ±1: each coefficient is a signed sum of at most 2ηN fair bits ±1/2,
      // so it exceeds sqrt(2·(η/2)·N·t·ln 2) with probability at most 2·2^−t (Hoeffding).
      let t = literal.failureExponent
      let tail = (eta * n * NaturalNumber(t) * Self.logarithmOf2).squareRootOfMillionths()
      freshPhase = halfP + p * (eta + tail + tail)
      provenConstantBounds = honestBounds
      constantPhase = freshPhase
    }

    // Encryption of zero under the receiver's key, honest coins: p(w + e·u − v·s).
    zeroPhase = p * (eta + n * provenKeyBounds[1] + n * provenKeyBounds[0] * eta)
    let growth = Self.growth(literal, weight: n * NaturalNumber(literal.innerDimension))
    linearPhase = growth * freshPhase + zeroPhase

    let q = moduli.reduce(one) { $0 * NaturalNumber($1) }
    drowningBound = (q >> 2) / p
    replyPhase = linearPhase + p * (drowningBound + one)
    switchedPhase = Self.switched(replyPhase, literal, moduli: moduli)
  }

  /// What a product multiplies ‖phase‖ by, for multiplicands that have `weight` nonzero coefficients in all.
  static func growth(_ literal: ParameterLiteral, weight: NaturalNumber) -> NaturalNumber {
    let halfP = NaturalNumber(literal.plaintextModulus) >> 1
    let one = NaturalNumber(1)
    switch literal.productBound {
    case .worstCase:
      return weight * halfP
    case .highProbability:
      // (p/2)·sqrt(2·weight·t·ln 2) (lemma 2).
      let square = NaturalNumber(2) * weight * NaturalNumber(literal.failureExponent) * Self.logarithmOf2
      return (square * (halfP + one) * (halfP + one)).squareRootOfMillionths()
    }
  }

  /// ‖phase‖ after dropping primes. One step: (c + δ)/q_l with |δ| ≤ p·q_l/2 in both components; the owner's own key is
  /// ternary.
  static func switched(_ phase: NaturalNumber, _ literal: ParameterLiteral, moduli: [UInt64]) -> NaturalNumber {
    let one = NaturalNumber(1)
    let halfP = NaturalNumber(literal.plaintextModulus) >> 1
    let rounding = (halfP + one) * (NaturalNumber(literal.ringDegree) + one)
    return moduli.dropFirst(literal.replyPrimeCount).reversed().reduce(phase) { phase, prime in
      phase / NaturalNumber(prime) + one + rounding
    }
  }

  /// ln 2 in millionths, rounded up.
  private static var logarithmOf2: NaturalNumber { NaturalNumber(693_148) }

  /// lin·N·2^(s+lifetime), which p·D has to reach.
  func neededDrowning(_ literal: ParameterLiteral) -> NaturalNumber {
    Self.neededDrowning(literal, linearPhase: linearPhase)
  }

  static func neededDrowning(_ literal: ParameterLiteral, linearPhase: NaturalNumber) -> NaturalNumber {
    linearPhase * NaturalNumber(literal.ringDegree) << (literal.statisticalSecurity + literal.replyLifetimeBits)
  }
}

extension ParameterLiteral {
  /// Bounds that may fail do so with probability below 2^−(s + lifetime) in all N coefficients together.
  var failureExponent: Int { statisticalSecurity + replyLifetimeBits + ringDegree.trailingZeroBitCount + 4 }
}

extension NaturalNumber {
  /// ⌈sqrt(x / 10^6)⌉ for a number of millionths, rounded up.
  fileprivate func squareRootOfMillionths() -> NaturalNumber {
    (self / NaturalNumber(1_000_000) + NaturalNumber(1)).squareRootRoundedUp()
  }
}
