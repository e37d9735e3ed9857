public import ModelFiles
public import SecureML

/// A model specification with its weights in clear, as the model's owner has it: what files hold.
public struct WeightedModel: Hashable, Sendable {
  /// Layers, shapes and number format.
  public let specification: SecureModelSpecification
  /// Weights and biases, one entry a layer that has any, in order.
  public let parameters: [LayerParameters]

  /// Puts the two together.
  /// - Throws: `wrongParameters` if they do not fit, or for batch normalisation and bias layers, which files do not hold; `outOfRange` if a weight has no fixed-point encoding.
  public init(_ specification: SecureModelSpecification, parameters: [LayerParameters]) throws(ModelError) {
    for (index, layer) in specification.layers.enumerated() {
      switch layer {
      case .batchNormalization, .bias:  // files hold weights and biases of one layer each
        throw .wrongParameters(
          layer: index, kind: layer.kind, expected: "layers with weights (write a scale, or fold it before)",
          given: "a \(layer.kind) layer")
      default: break
      }
    }
    _ = try specification.encode(parameters)
    self.specification = specification
    self.parameters = parameters
  }

  /// The weights as named tensors: `layers.INDEX.weight` and `layers.INDEX.bias`.
  ///
  /// Dense weights are inputs × outputs, kernels filters × channels × height × width.
  public var tensors: [SafetensorsFile.NamedTensor] {
    var rest = parameters[...]
    var tensors: [SafetensorsFile.NamedTensor] = []
    for index in specification.layers.indices {
      guard let shape = specification.weightShape(ofLayer: index), let own = rest.popFirst() else { continue }
      tensors.append(
        SafetensorsFile.NamedTensor(
          name: Self.weightName(index), tensor: Tensor(shape: shape, values: own.weights)))
      tensors.append(
        SafetensorsFile.NamedTensor(
          name: Self.biasName(index), tensor: Tensor(shape: [own.bias.count], values: own.bias)))
    }
    return tensors
  }

  static func weightName(_ layer: Int) -> String { "layers.\(layer).weight" }
  static func biasName(_ layer: Int) -> String { "layers.\(layer).bias" }
}

extension SecureModelSpecification {
  /// The shape of a layer's weights, or `nil` if it has none.
  func weightShape(ofLayer index: Int) -> [Int]? {
    switch (layers[index], shapes[index]) {
    case (.dense(let outputs), _): [shapes[index].count, outputs]
    case (.convolution(let filters, let height, let width, _, _, let groups), .image(let channels, _, _)):
      [filters, channels / groups, height, width]
    case (.scale, let input): [input.channelCount]
    default: nil
    }
  }
}
