internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// A model with its weights at one party, layer after layer.
///
/// ```swift
/// let specification = try SecureModelSpecification(
///   input: .vector(64), layers: [.dense(outputs: 32), .relu, .dense(outputs: 10), .argmax])
/// let model = try await SecureModel.input(specification, encodedParameters, from: owner, in: &session)
/// let rows = try await model.input(features: encodedRows, rowCount: 32, from: client, in: &session)
/// let classes = try await session.reveal(try await model.forward(rows, in: &session).elements)
/// ```
public struct SecureModel<S: SharingScheme>: Sendable {
  /// Everything public about it.
  public let specification: SecureModelSpecification
  /// The layers; a runner may call them one after another itself, to measure around each.
  public let layers: [any SecureLayer<S>]

  /// Where a forward pass is; see ``forward(_:in:observe:)``.
  public enum Event: Hashable, Sendable {
    /// The layer starts now.
    case willRun(layer: Int, kind: String)
    /// The layer ended.
    case didRun(layer: Int, kind: String)
  }

  /// A model whose weights are shared by the party that owns them.
  ///
  /// Every weight is proven to have `weightBits` bits (`Session/inputRange(_:count:bits:from:)`), because it meets
  /// bounded masks. Cost: that of `inputRange` for all parameters in one batch.
  /// - Parameters:
  ///   - parameters: `specification.encode(_:)` of the weights at `owner`, `nil` everywhere else.
  /// - Throws: as `inputRange`.
  public static func input<C: Channel>(
    _ specification: SecureModelSpecification, _ parameters: [Int64]?, from owner: PartyID,
    in session: inout Session<S, C>
  ) async throws(ProtocolAbort) -> SecureModel {
    let count = specification.parameterCount
    var all = SharedVector<S>(zeros: 0)
    if count > 0 {
      all = try await session.inputRange(parameters, count: count, bits: specification.weightBits, from: owner)
    }
    return SecureModel(specification, sharedParameters: all)
  }

  /// A model whose weights are shared already, for example trained ones.
  /// - Parameter parameters: all weights and biases, layer after layer, weights before biases, f fraction bits.
  public init(_ specification: SecureModelSpecification, sharedParameters parameters: SharedVector<S>) {
    precondition(parameters.count == specification.parameterCount, "the parameters of the specification")
    self.init(specification) { start, weights, bias in
      .shared(
        weights: parameters[start..<(start + weights)],
        bias: parameters[(start + weights)..<(start + weights + bias)])
    }
  }

  /// A model whose weights everybody knows; products with them need no communication.
  /// - Parameter parameters: `specification.encode(_:)` of the weights, the same at all parties.
  public init(_ specification: SecureModelSpecification, publicParameters parameters: [Int64]) {
    precondition(parameters.count == specification.parameterCount, "the parameters of the specification")
    let elements = parameters.map { S.F(signed: Int128($0)) }
    self.init(specification) { start, weights, bias in
      .known(
        weights: Array(elements[start..<(start + weights)]),
        bias: Array(elements[(start + weights)..<(start + weights + bias)]))
    }
  }

  private init(_ specification: SecureModelSpecification, weights: (Int, Int, Int) -> LayerWeights<S>) {
    self.specification = specification
    let (format, digitWidth) = (specification.format, specification.digitWidth)
    var start = 0
    var layers: [any SecureLayer<S>] = []
    for (index, layer) in specification.layers.enumerated() {
      let (input, output) = (specification.shapes[index], specification.shapes[index + 1])
      let counts = layer.parameterCounts(input)
      let own = counts.map { weights(start, $0.weights, $0.bias) } ?? .known(weights: [], bias: [])
      start += (counts?.weights ?? 0) + (counts?.bias ?? 0)
      layers.append(
        Self.layer(layer, input: input, output: output, weights: own, format: format, digitWidth: digitWidth))
    }
    self.layers = layers
  }

  /// Rows of features shared by the party that owns them, proven to have `featureBits` bits.
  /// - Parameters:
  ///   - features: `specification.encode(features:)` at `owner`, `nil` everywhere else.
  ///   - rowCount: known to all.
  public func input<C: Channel>(
    features: [Int64]?, rowCount: Int, from owner: PartyID, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) -> SharedMatrix<S> {
    let columns = specification.input.count
    let elements = try await session.inputRange(
      features, count: rowCount * columns, bits: specification.featureBits, from: owner)
    return SharedMatrix(rows: rowCount, columns: columns, elements: elements)
  }

  /// The whole model on a batch of rows.
  /// - Parameter observe: called before and after each layer, between rounds: the place to measure and to prepare
  ///   material.
  /// - Returns: the outputs, with f fraction bits, or integers if the last layer is an argmax.
  public func forward<C: Channel>(
    _ rows: SharedMatrix<S>, in session: inout Session<S, C>,
    observe: (Event) async throws(ProtocolAbort) -> Void = { (_) throws(ProtocolAbort) in }
  ) async throws(ProtocolAbort) -> SharedMatrix<S> {
    precondition(rows.columns == specification.input.count, "rows of the model's input")
    var activations = rows
    for (index, layer) in layers.enumerated() {
      try await observe(.willRun(layer: index, kind: layer.kind))
      activations = try await layer.forward(activations, in: &session)
      try await observe(.didRun(layer: index, kind: layer.kind))
    }
    return activations
  }
}
