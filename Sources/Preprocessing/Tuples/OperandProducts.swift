internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import SecretSharing

/// What encrypted operands are multiplied by: a constant (α_j) or a vector in slots.
enum Factor<F: PrimeField>: Sendable {
  case constant(F, Poly<Evaluations>)
  case vector([F])

  /// The constant with its polynomial, made once.
  static func constant(_ value: F, _ suite: OfflineSuite) -> Factor {
    .constant(value, suite.scheme.multiplicand(constant: value.canonical))
  }

  func multiplicand(_ suite: OfflineSuite) -> Poly<Evaluations> {
    switch self {
    case .constant(_, let polynomial): polynomial
    case .vector(let slots): suite.multiplicand(slots)
    }
  }

  /// The product with this party's own operand.
  func product(with a: [F]) -> [F] {
    switch self {
    case .constant(let value, _): F.scale(a, by: value)
    case .vector(let slots): F.multiply(a, slots)
    }
  }
}

extension LowGear {
  /// The factors that make tags of own operands: α_j, or none in the passive scheme.
  var tagFactors: [Factor<S.F>] {
    let error = suite.dishonesty?.keyShareError(S.F.self) ?? .zero
    return S.tagConstants(session.key).map { .constant($0 + error, suite) }
  }

  /// Shares of (Σ_i a_i)·(Σ_j x_j) for every operand and every factor x of it: one round of replies.
  /// - Parameters:
  ///   - a: this party's operands, slots.
  ///   - ciphertexts: the operands of the others, by party.
  ///   - factors: this party's factors of each operand, as many for each.
  /// - Returns: by operand, by factor, N shares.
  mutating func products(
    of a: [[S.F]], encrypted ciphertexts: [[Multipliable<EpochKey>]], with factors: [[Factor<S.F>]],
    in epoch: borrowing LiveEpoch<S>
  ) async throws(ProtocolAbort) -> [[[S.F]]] {
    let (suite, width) = (suite, factors[0].count)
    precondition(factors.count == a.count && factors.allSatisfy { $0.count == width }, "factors for every operand")
    let cross = try await products(a.count * width, on: ciphertexts, in: epoch) { job in
      [(index: job / width, multiplicand: factors[job / width][job % width].multiplicand(suite))]
    }
    return a.indices.map { k in
      (0..<width).map { S.F.add(factors[k][$0].product(with: a[k]), cross[k * width + $0]) }
    }
  }
}

extension SharedVector where S: OfflineSharing {
  /// Every component as a factor.
  var factors: [Factor<S.F>] { components.map { .vector($0) } }
}
