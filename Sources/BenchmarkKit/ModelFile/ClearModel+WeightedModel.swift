internal import Online
internal import SecureML
internal import SecureModelFiles

extension ClearModel {
  /// A model of a file, as trained models are.
  /// - Parameter classCount: classes of the labels; nil: one an output.
  init(_ weighted: WeightedModel, classCount: Int?) {
    let specification = weighted.specification
    var generator = SplitMix64(seed: 0)
    let shape = ModelSpecification(layers: specification.layers.map { LayerSpecification($0) })
    var rest = weighted.parameters[...]
    let layers = shape.randomLayers(input: specification.input, generator: &generator).map { layer in
      layer.parameters == nil
        ? layer : layer.replacingParameters(rest.popFirst() ?? LayerParameters(weights: [], bias: []))
    }
    self.init(
      featureCount: specification.input.count, classCount: classCount ?? max(2, specification.output.count),
      layers: layers, input: specification.input)
  }

  /// The layers as the secure model has them; identity layers vanish, batch normalisation is folded before.
  /// - Throws: `shapeMismatch`.
  func secureSpecification(_ settings: FixedPointSettings) throws(ModelError) -> SecureModelSpecification {
    try SecureModelSpecification(
      input: input, layers: layers.compactMap(\.secure),
      format: FixedPointFormat(fractionBits: settings.f, valueBits: settings.k), featureBits: settings.featureBits,
      weightBits: settings.weightBits)
  }

  /// The model with weights and biases that `float32` holds exactly.
  func roundedToSinglePrecision() -> ClearModel {
    var result = self
    result.layers = layers.map { layer in
      layer.parameters.map {
        layer.replacingParameters(
          LayerParameters(weights: $0.weights.map { Double(Float($0)) }, bias: $0.bias.map { Double(Float($0)) }))
      } ?? layer
    }
    return result
  }

  /// Weights and biases, one entry a layer that has any.
  var parameters: [LayerParameters] { layers.compactMap(\.parameters) }
}

extension WeightedModel {
  /// A model that was trained in clear, for files.
  /// - Throws: `ModelError`, also for weights outside the range of `settings`.
  init(_ model: ClearModel, settings: FixedPointSettings) throws(ModelError) {
    try self.init(model.secureSpecification(settings), parameters: model.parameters)
  }
}

extension ClearLayer {
  /// The layer with other weights and biases of the same shapes.
  func replacingParameters(_ parameters: LayerParameters) -> ClearLayer {
    switch self {
    case .dense(var dense):
      (dense.weights, dense.bias) = (parameters.weights, parameters.bias)
      return .dense(dense)
    case .convolution(var convolution):
      (convolution.weights, convolution.bias) = (parameters.weights, parameters.bias)
      return .convolution(convolution)
    case .scale(var channels):
      (channels.factors, channels.bias) = (parameters.weights, parameters.bias)
      return .scale(channels)
    case .bias(var channels):
      channels.bias = parameters.bias
      return .bias(channels)
    default: return self
    }
  }
}
