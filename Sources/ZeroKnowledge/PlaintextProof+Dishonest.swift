package import LatticeEncryption
internal import MPCCore

/// A part of a witness.
package enum WitnessComponent: Int, CaseIterable, Sendable {
  /// The plaintext.
  case message
  /// The ephemeral secret u.
  case ephemeral
  /// The error v.
  case firstError
  /// The error w.
  case secondError
}

extension PlaintextProofScheme {
  /// A dishonest prover, for tests of verifiers: ciphertexts one of whose parts is a sixteenth of the *mask's* bound in all
  /// coefficients, far above what an honest witness is, and a proof whose responses are shown whatever they are.
  ///
  /// All that is wrong with it is that responses leave their boxes: the verifier's hash is right.
  package func proofIgnoringBounds<Role: KeyRole>(
    oversized component: WitnessComponent, count: Int, under key: PublicKey<Role>, in context: ProofContext,
    from sampler: inout SecretSampler
  ) -> (ciphertexts: [Ciphertext<Role>], proof: PlaintextProof) {
    let size = masks[component.rawValue].words
    // Lane 1 of the message counts in 2^43; a mask of the message has one or more words.
    let (lane, value): (Int, Int64)
    switch component {
    case .message: (lane, value) = Self.messageLane(size)
    default: (lane, value) = (component.rawValue + 2, Int64(truncatingIfNeeded: size[0] / 16))
    }
    var lanes = WitnessLanes(count: count, ringDegree: scheme.ringDegree)
    for ciphertext in 0..<count {
      for i in 0..<scheme.ringDegree { lanes.set(value, lane: lane, at: i, ofCiphertext: ciphertext) }
    }
    var ciphertexts: [Ciphertext<Role>] = []
    for k in 0..<count {
      var only = [MonomialChallenge](repeating: .zero, count: count)
      only[k] = .monomial(0)
      ciphertexts.append(encrypt(lanes.combined(only, responses), under: key, secret: true))
    }
    let statement = transcript(ciphertexts, key, context)
    while true {
      if let proof = attempt(lanes, statement: statement, under: key, from: &sampler, enforcingBounds: false) {
        return (ciphertexts, proof)
      }
    }
  }

  /// The lane of the message's digits, and its value, that come closest to a sixteenth of a bound.
  private static func messageLane(_ bound: [UInt64]) -> (lane: Int, value: Int64) {
    let bitWidth = 64 * bound.count - (bound.last?.leadingZeroBitCount ?? 64)
    let exponent = max(0, bitWidth - 5)
    let digit = min(2, exponent / 43)
    return (digit, Int64(1) << Int64(min(50, exponent - 43 * digit)))
  }
}
