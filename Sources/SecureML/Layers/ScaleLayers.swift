internal import FieldArithmetic
public import MPCCore
internal import Online
public import SecretSharing

/// w∘x + b with one factor and one bias a channel, truncated once a value.
///
/// Source: [Beaver91]. Cost with shared factors: 1 triple a value, 1 round, a check, 1 round; with public ones the
/// truncation's check and round only. Error below 1 ulp.
public struct ScaleLayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output: ActivationShape
  let weights: LayerWeights<S>
  let format: FixedPointFormat
  /// Name in reports.
  public var kind: String { "scale" }
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let pattern = output.channelPattern(rows: x.rows)
    let product: SharedVector<S>
    switch weights {
    case .shared(let factors, _): product = try await session.multiply(x.elements, factors.gather(pattern))
    case .known(let factors, _): product = x.elements.scaled(by: pattern.map { factors[$0] })
    }
    let sums = session.add(bias: weights, pattern: pattern, to: product, fractionBits: format.fractionBits)
    return SharedMatrix(rows: x.rows, columns: x.columns, elements: try await session.truncate(sums, as: format))
  }
}

/// x + b with one bias a channel: local and exact.
public struct BiasLayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output: ActivationShape
  let weights: LayerWeights<S>
  /// Name in reports.
  public var kind: String { "bias" }
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let sums = session.add(
      bias: weights, pattern: output.channelPattern(rows: x.rows), to: x.elements, fractionBits: 0)
    return SharedMatrix(rows: x.rows, columns: x.columns, elements: sums)
  }
}

/// A layer whose parameters stand in the layer before it: nothing to do.
public struct FoldedLayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output: ActivationShape
  /// Name in reports.
  public let kind: String
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  { x }
}
