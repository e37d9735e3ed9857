internal import FieldArithmetic
internal import InsecureToyParameters
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// The field that an attack on the offline phase runs over.
enum OfflineField: Sendable {
  case p61
  case p127
}

/// The encryption that attacks run on: the real sets shrunk to N = 64. **Insecure**, for tests only.
enum InsecureOfflineSuite {
  /// Which proofs a run can afford.
  enum Proofs: Sendable {
    /// As sound as in the real sets: for attacks on proofs.
    case full
    /// Few repetitions: for attacks that leave proofs alone.
    case short
  }

  /// The suite of a scheme; made once a process.
  static func suite<S: OfflineSharing>(_: S.Type, _ proofs: Proofs) -> OfflineSuite {
    switch (S.adversary, S.F.modulus == P61.modulus, proofs) {
    case (.active, true, .full): activeP61
    case (.active, true, .short): shortActiveP61
    case (.active, false, .full): activeP127
    case (.active, false, .short): shortActiveP127
    case (.passive, true, _): passiveP61
    case (.passive, false, _): passiveP127
    }
  }

  private static let activeP61 = make(.b, .full)
  private static let shortActiveP61 = make(.b, .short)
  private static let activeP127 = make(.a, .full)
  private static let shortActiveP127 = make(.a, .short)
  private static let passiveP61 = make(.p61Passive, .full)
  private static let passiveP127 = make(.p, .full)

  /// The same set with another statistical security: what a party announces that drowns too little.
  static func weaker(_ suite: OfflineSuite) -> OfflineSuite {
    var literal = suite.scheme.parameters.literal
    literal.statisticalSecurity -= 8
    return make(shrunk: literal)
  }

  private static func make(_ literal: ParameterLiteral, _ proofs: Proofs) -> OfflineSuite {
    var small = literal
    small.ringDegree = 64
    small.ciphertextsPerProof = min(small.ciphertextsPerProof, 2)
    small.replyLifetimeBits = max(small.replyLifetimeBits, 10)
    if proofs == .short {
      small.keyProofRepetitions = 8
      small.proofSoundness = 16
    }
    return make(shrunk: small)
  }

  private static func make(shrunk literal: ParameterLiteral) -> OfflineSuite {
    do {
      return OfflineSuite(try BGV(try InsecureToy64.shrinking(literal, toRingDegree: 64)))
    } catch {
      preconditionFailure("the set \(literal.name) shrinks to N = 64: \(error)")
    }
  }
}
