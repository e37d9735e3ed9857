internal import FieldArithmetic
internal import MPCCore
internal import Online
internal import SecretSharing

/// One operation of the online phase that `spdz-bench micro` measures.
public enum MicroOperation: String, Sendable, CaseIterable {
  /// `size` products in one batch.
  case multiply
  /// `size` products one after the other.
  case chain
  /// A size × size × size fixed-point matrix product with truncation.
  case matmul
  /// `size` probabilistic truncations in one batch.
  case trunc
  /// `size` fixed-point products with truncation in one batch.
  case fixmul
  /// `size` comparisons with zero in one batch.
  case ltz
  /// `size` ReLUs in one batch.
  case relu

  /// Whether the operation needs a valid fixed-point format.
  var usesFixedPoint: Bool { self != .multiply && self != .chain }

  /// Whether products are truncated: 2f bits after the point have to fit k.
  var truncatesProducts: Bool { self == .matmul || self == .fixmul }

  /// Whether values are compared, so that digits have a width.
  var compares: Bool { self == .ltz || self == .relu }

  /// How many items a run of this size processes; `perSecond` counts these.
  public func itemCount(_ size: Int) -> Int { self == .matmul ? 1 : size }
}

/// What a measured operation works on, prepared before the clock starts.
struct MicroOperands<S: SharingScheme> {
  let x: SharedVector<S>
  let y: SharedVector<S>
}

extension MicroOperation {
  /// Secret operands of the right size: small signed values, so that they hold in every format.
  func operands<S: SharingScheme, C: Channel>(_ size: Int, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> MicroOperands<S>
  {
    let count = self == .matmul ? size * size : self == .chain ? 1 : size
    func values(_ step: Int) -> [S.F] {
      (0..<count).map { S.F(signed: Int128($0 * step % 2001 - 1000)) }
    }
    let owner = PartyID(0)
    let first = session.me == owner ? values(7) : nil
    let second = session.me == owner ? values(13) : nil
    let x = try await session.input(first, count: count, from: owner)
    let y = try await session.input(second, count: count, from: owner)
    try await session.verify()
    return MicroOperands(x: x, y: y)
  }

  /// Runs the operation once, its MAC check included.
  func run<S: SharingScheme, C: Channel>(
    _ operands: MicroOperands<S>, size: Int, format: FixedPointFormat, digitWidth: Int, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) {
    let (x, y) = (operands.x, operands.y)
    switch self {
    case .multiply:
      _ = try await session.multiply(x, y)
    case .chain:
      var z = x
      for _ in 0..<size { z = try await session.multiply(z, y) }
    case .matmul:
      let product = try await session.multiply(
        SharedMatrix(rows: size, columns: size, elements: x), SharedMatrix(rows: size, columns: size, elements: y))
      _ = try await session.truncateProbabilistically(
        product.elements, valueBits: format.valueBits, droppedBits: format.fractionBits)
    case .trunc:
      _ = try await session.truncateProbabilistically(
        x, valueBits: format.valueBits, droppedBits: format.fractionBits)
    case .fixmul:
      let product = try await session.multiply(x, y)
      _ = try await session.truncateProbabilistically(
        product, valueBits: format.valueBits, droppedBits: format.fractionBits)
    case .ltz:
      _ = try await session.isNegative(x, valueBits: format.valueBits, digitWidth: digitWidth)
    case .relu:
      _ = try await session.relu(x, valueBits: format.valueBits, digitWidth: digitWidth)
    }
    try await session.verify()
  }
}
