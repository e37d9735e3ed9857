public import MPCCore
internal import Online
public import SecretSharing

/// One layer with its weights, at one party. A batch of rows goes in, a batch of rows comes out.
///
/// A layer makes at most one masked opening an output where it can (dense, convolution, square, pools), so it takes at
/// most one MAC check; comparisons and approximations take as many as their doc comments say.
public protocol SecureLayer<S>: Sendable {
  associatedtype S: SharingScheme
  /// Name in reports.
  var kind: String { get }
  /// One row of what it returns.
  var output: ActivationShape { get }
  /// The layer applied to every row of `x`.
  func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
}

/// max(x, 0): a comparison of k bits, 1 round; 1 + 5 + 1 rounds and a check for k = 48, w = 2.
public struct ReLULayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output: ActivationShape
  let format: FixedPointFormat
  let digitWidth: Int
  /// Name in reports.
  public var kind: String { "relu" }
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let result = try await session.relu(x.elements, valueBits: format.valueBits, digitWidth: digitWidth).result
    return SharedMatrix(rows: x.rows, columns: x.columns, elements: result)
  }
}

/// x²: 1 round, a check, 1 round; error below 1 ulp.
public struct SquareLayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output: ActivationShape
  let format: FixedPointFormat
  /// Name in reports.
  public var kind: String { "square" }
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    SharedMatrix(rows: x.rows, columns: x.columns, elements: try await session.square(x.elements, as: format))
  }
}

/// 1/(1 + e^−x), with cost and error of its `Sigmoid` method.
public struct SigmoidLayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output: ActivationShape
  let format: FixedPointFormat
  let method: Sigmoid
  let digitWidth: Int
  /// Name in reports.
  public var kind: String { "sigmoid" }
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let result = try await session.sigmoid(of: x.elements, as: format, method, digitWidth: digitWidth)
    return SharedMatrix(rows: x.rows, columns: x.columns, elements: result)
  }
}

/// e^x, with cost, domain and error of its `Exponential` method.
public struct ExponentialLayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output: ActivationShape
  let format: FixedPointFormat
  let method: Exponential
  let digitWidth: Int
  /// Name in reports.
  public var kind: String { "exponential" }
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let result = try await session.exponential(of: x.elements, as: format, method, digitWidth: digitWidth)
    return SharedMatrix(rows: x.rows, columns: x.columns, elements: result)
  }
}

/// Softmax of each row, with cost, domain and error of `Softmax`: every number of k bits is allowed.
public struct SoftmaxLayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output: ActivationShape
  let format: FixedPointFormat
  let method: Softmax
  let digitWidth: Int
  /// Name in reports.
  public var kind: String { "softmax" }
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  { try await session.softmax(ofRows: x, as: format, method, digitWidth: digitWidth) }
}

/// Index of the largest value of each row, an integer; ⌈log2 columns⌉ levels of a comparison and 1 round.
public struct ArgmaxLayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output = ActivationShape.vector(1)
  let format: FixedPointFormat
  let digitWidth: Int
  /// Name in reports.
  public var kind: String { "argmax" }
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    let best = try await session.argmax(ofRows: x, valueBits: format.valueBits, digitWidth: digitWidth)
    return SharedMatrix(rows: x.rows, columns: 1, elements: best.indices)
  }
}

/// An image read as a vector: nothing to do.
public struct FlattenLayer<S: SharingScheme>: SecureLayer {
  /// One row of what it returns.
  public let output: ActivationShape
  /// Name in reports.
  public var kind: String { "flatten" }
  /// The layer applied to every row of `x`.
  public func forward<C: Channel>(_ x: SharedMatrix<S>, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  { x }
}
