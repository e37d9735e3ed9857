public import MPCCore
internal import Online
public import SecretSharing

/// A model whose weights have been opened behind masks once, for a number of queries to come.
///
/// ```swift
/// var prepared = try await model.prepared(rowCapacity: 1000, in: &session)
/// let y = try await prepared.forward(rows, in: &session)      // again and again, 1000 rows in all
/// ```
/// A dense layer of a query then opens rows × inputs values instead of rows × inputs + inputs × outputs; for single rows
/// that is inputs instead of inputs·(outputs + 1). Grouped convolutions, scale layers and public weights run as they do
/// without preparation. Source: `Papers/MODEL.md`, "Matrix products".
public struct PreparedModel<S: SharingScheme>: ~Copyable, Sendable {
  /// The model.
  public let model: SecureModel<S>
  /// By layer. This type is not copyable, so each mask is spent once.
  private var tuples: [Int: JointTuple<S>]

  fileprivate init(model: SecureModel<S>, tuples: [Int: JointTuple<S>]) {
    self.model = model
    self.tuples = tuples
  }

  /// The whole model on a batch of rows, as `SecureModel/forward(_:in:observe:)`, spending as many prepared rows.
  /// - Throws: `preprocessingExhausted` if more rows come than were prepared; the session is over then.
  public mutating func forward<C: Channel>(_ rows: SharedMatrix<S>, in session: inout Session<S, C>)
    async throws(ProtocolAbort) -> SharedMatrix<S>
  {
    precondition(rows.columns == model.specification.input.count, "rows of the model's input")
    var activations = rows
    for (index, layer) in model.layers.enumerated() {
      if let bilinear = layer as? any BilinearLayer<S>, var tuple = tuples.removeValue(forKey: index) {
        let product = try await session.multiply(activations, by: &tuple)
        tuples[index] = tuple
        activations = try await bilinear.finish(product.elements, rows: activations.rows, in: &session)
      } else {
        activations = try await layer.forward(activations, in: &session)
      }
    }
    return activations
  }
}

extension SecureModel {
  /// Opens the weights behind masks: one matrix or convolution triple for all rows a layer, its shape with `rowCapacity`
  /// rows or images; 1 round a layer.
  /// - Parameter rowCapacity: rows of all queries together, known to all.
  public func prepared<C: Channel>(rowCapacity: Int, in session: inout Session<S, C>) async throws(ProtocolAbort)
    -> PreparedModel<S>
  {
    precondition(rowCapacity > 0, "at least one row")
    var tuples: [Int: JointTuple<S>] = [:]
    for (index, layer) in layers.enumerated() {
      guard let (weights, shape) = (layer as? any BilinearLayer<S>)?.fixedOperand(rowCapacity: rowCapacity) else {
        continue
      }
      tuples[index] = try await session.jointTuple(weights, shape: shape)
    }
    return PreparedModel(model: self, tuples: tuples)
  }
}

/// A layer that is one bilinear product of rows and weights, biases and a truncation.
protocol BilinearLayer<S>: SecureLayer {
  /// The weights and the shape for `rowCapacity` rows; `nil` if they are public or more than one product.
  func fixedOperand(rowCapacity: Int) -> (SharedVector<S>, FixedOperandShape)?
  /// Adds the biases to the product and truncates.
  func finish<C: Channel>(_ product: SharedVector<S>, rows: Int, in session: inout Session<S, C>)
    async throws(ProtocolAbort) -> SharedMatrix<S>
}

extension DenseLayer: BilinearLayer {
  func fixedOperand(rowCapacity: Int) -> (SharedVector<S>, FixedOperandShape)? {
    guard case .shared(let weights, _) = weights else { return nil }
    return (weights, .matrix(MatrixShape(rows: rowCapacity, inner: inputs, columns: outputs)))
  }
}

extension ConvolutionLayer: BilinearLayer {
  func fixedOperand(rowCapacity: Int) -> (SharedVector<S>, FixedOperandShape)? {
    guard case .shared(let weights, _) = weights, groups == 1 else { return nil }
    return (weights, .convolution(shape(batch: rowCapacity)))
  }
}
