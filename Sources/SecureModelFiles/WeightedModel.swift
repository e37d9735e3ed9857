public import ModelFiles
public import Online
public import SecureML

/// A model specification with its weights in clear, as the model's owner has it: what files hold.
public struct WeightedModel: Hashable, Sendable {
  /// Layers, shapes and number format; no batch normalisation.
  public let specification: SecureModelSpecification
  /// Weights and biases, one entry a layer that has any, in order.
  public let parameters: [LayerParameters]

  /// Puts the two together; batch normalisation is folded into the layer before it.
  /// - Throws: `wrongParameters` if they do not fit; `outOfRange` if a weight has no fixed-point encoding.
  public init(_ specification: SecureModelSpecification, parameters: [LayerParameters]) throws(ModelError) {
    _ = try specification.encode(parameters)
    let folded = try specification.folded(parameters)
    let layers = specification.layers.filter { if case .batchNormalization = $0 { false } else { true } }
    self.specification = try SecureModelSpecification(
      input: specification.input, layers: layers, format: specification.format, featureBits: specification.featureBits,
      weightBits: specification.weightBits, digitWidth: specification.digitWidth)
    self.parameters = folded
  }

  /// The weights as named tensors: `layers.INDEX.weight` and `layers.INDEX.bias`.
  ///
  /// Dense weights are inputs × outputs, kernels filters × channels (of a group) × height × width, scales one a channel;
  /// a bias layer has a bias only.
  public var tensors: [SafetensorsFile.NamedTensor] {
    var rest = parameters[...]
    var tensors: [SafetensorsFile.NamedTensor] = []
    for index in specification.layers.indices {
      guard let shapes = specification.tensorShapes(ofLayer: index), let own = rest.popFirst() else { continue }
      if let shape = shapes.weight {
        tensors.append(
          SafetensorsFile.NamedTensor(
            name: Self.weightName(index), tensor: Tensor(shape: shape, values: own.weights)))
      }
      tensors.append(
        SafetensorsFile.NamedTensor(
          name: Self.biasName(index), tensor: Tensor(shape: shapes.bias, values: own.bias)))
    }
    return tensors
  }

  /// The same weights in another number format, with other ranges.
  /// - Parameter file: named in errors.
  /// - Throws: `outOfRange` with tensor and value; `invalidGraph` for ranges wider than the format.
  public func converted(to format: FixedPointFormat, featureBits: Int?, weightBits: Int?, file: String)
    throws(ModelFileError) -> WeightedModel
  {
    func refused<Value>(_ body: () throws(ModelError) -> Value) throws(ModelFileError) -> Value {
      do throws(ModelError) {
        return try body()
      } catch {
        throw .invalidGraph(file: file, node: "model", reason: error.description)
      }
    }
    let other = try refused { () throws(ModelError) in
      try SecureModelSpecification(
        input: specification.input, layers: specification.layers, format: format, featureBits: featureBits,
        weightBits: weightBits, digitWidth: specification.digitWidth)
    }
    try Self.requireRange(of: parameters, other, file: file)
    return try refused { () throws(ModelError) in try WeightedModel(other, parameters: parameters) }
  }

  /// Checks that every weight has an encoding, before `SecureModelSpecification.encode` would say so without the tensor.
  static func requireRange(of parameters: [LayerParameters], _ specification: SecureModelSpecification, file: String)
    throws(ModelFileError)
  {
    let limit = Double(
      sign: .plus, exponent: specification.weightBits - 1 - specification.format.fractionBits, significand: 1)
    var rest = parameters[...]
    for (index, layer) in specification.layers.enumerated() {
      guard layer.parameterCounts(specification.shapes[index]) != nil, let own = rest.popFirst() else { continue }
      for (name, values) in [(weightName(index), own.weights), (biasName(index), own.bias)] {
        if let place = values.firstIndex(where: { !($0.magnitude < limit) }) {
          throw .outOfRange(file: file, tensor: name, index: place, value: values[place], limit: limit)
        }
      }
    }
  }

  static func weightName(_ layer: Int) -> String { "layers.\(layer).weight" }
  static func biasName(_ layer: Int) -> String { "layers.\(layer).bias" }
}

extension SecureModelSpecification {
  /// The shapes of a layer's weights and bias, or `nil` if it has none.
  func tensorShapes(ofLayer index: Int) -> (weight: [Int]?, bias: [Int])? {
    let input = shapes[index]
    guard let counts = layers[index].parameterCounts(input) else { return nil }
    switch (layers[index], input) {
    case (.dense(let outputs), _): return ([input.count, outputs], [counts.bias])
    case (.convolution(let filters, let height, let width, _, _, let groups), .image(let channels, _, _)):
      return ([filters, channels / groups, height, width], [counts.bias])
    case (.bias, _): return (nil, [counts.bias])
    default: return ([counts.weights], [counts.bias])
    }
  }
}
