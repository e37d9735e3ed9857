internal import FieldArithmetic
public import LatticeEncryption
internal import MPCCore
internal import ZeroKnowledge

/// What all steps of an offline phase share and no secret is in: the encryption scheme, its proof systems, and how much
/// of the machine to use.
public struct OfflineSuite: Sendable {
  /// The encryption scheme with its checked parameters.
  public let scheme: BGV
  /// How many threads one party computes with.
  public let threadCount: Int
  /// nil: honest.
  var dishonesty: (any OfflineDishonesty)?
  let keyProof: KeyProofScheme
  let constantProof: ConstantProofScheme
  let plaintextProof: PlaintextProofScheme

  /// Puts the suite together.
  /// - Parameter threadCount: 1: everything on the caller's executor.
  public init(_ scheme: BGV, threadCount: Int = 1) {
    precondition(threadCount > 0, "at least one thread")
    self.scheme = scheme
    self.threadCount = threadCount
    keyProof = KeyProofScheme(scheme)
    constantProof = ConstantProofScheme(scheme)
    plaintextProof = PlaintextProofScheme(scheme)
  }

  /// N.
  public var ringDegree: Int { scheme.ringDegree }
  var parameters: Parameters { scheme.parameters }
}

extension OfflineSuite {
  /// Field elements in slots as a factor of ciphertexts.
  func multiplicand<F: PrimeField>(_ slots: [F]) -> Poly<Evaluations> {
    let values = scheme.integers(slots.span)
    return scheme.multiplicand(slots: values)
  }

  /// Field elements as coefficients of a factor: for products with constants, which need no slots.
  func multiplicand<F: PrimeField>(coefficients: [F]) -> Poly<Evaluations> {
    let values = scheme.integers(coefficients.span)
    return scheme.multiplicand(coefficients: values)
  }
}

extension Parameters {
  /// How many vectors are encrypted together: U where they are proven; else a bound on the memory.
  var vectorsPerGroup: Int { literal.adversary == .active ? literal.ciphertextsPerProof : 16 }
}
