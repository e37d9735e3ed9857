internal import Online
internal import SecretSharing

extension SecureModel {
  /// The layer of a checked specification with its weights.
  static func layer(
    _ layer: SecureLayerSpecification, input: ActivationShape, output: ActivationShape, weights: LayerWeights<S>,
    format: FixedPointFormat, digitWidth: Int
  ) -> any SecureLayer<S> {
    switch layer {
    case .dense(let outputs):
      return DenseLayer<S>(inputs: input.count, outputs: outputs, weights: weights, format: format)
    case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding, let groups):
      guard case .image(let channels, let height, let width) = input else { break }
      let geometry = ConvolutionShape(
        channels: channels / groups, height: height, width: width, filters: filters / groups,
        kernelHeight: kernelHeight, kernelWidth: kernelWidth, stride: stride, padding: padding)
      return ConvolutionLayer<S>(geometry: geometry, groups: groups, weights: weights, format: format)
    case .averagePool(_, _, _, let countsPadding):
      guard let windows = layer.pooling(input) else { break }
      return AveragePoolLayer<S>(windows: windows, countsPadding: countsPadding, format: format, kind: layer.kind)
    case .globalAveragePool:
      guard let windows = layer.pooling(input) else { break }
      return AveragePoolLayer<S>(windows: windows, countsPadding: false, format: format, kind: layer.kind)
    case .maxPool:
      guard let windows = layer.pooling(input) else { break }
      return MaxPoolLayer<S>(windows: windows, format: format, digitWidth: digitWidth)
    case .scale: return ScaleLayer<S>(output: output, weights: weights, format: format)
    case .bias: return BiasLayer<S>(output: output, weights: weights)
    case .relu: return ReLULayer<S>(output: output, format: format, digitWidth: digitWidth)
    case .square: return SquareLayer<S>(output: output, format: format)
    case .sigmoid(let method):
      return SigmoidLayer<S>(output: output, format: format, method: method, digitWidth: digitWidth)
    case .exponential(let method):
      return ExponentialLayer<S>(output: output, format: format, method: method, digitWidth: digitWidth)
    case .softmax(let method):
      return SoftmaxLayer<S>(output: output, format: format, method: method, digitWidth: digitWidth)
    case .argmax: return ArgmaxLayer<S>(format: format, digitWidth: digitWidth)
    case .flatten: return FlattenLayer<S>(output: output)
    case .batchNormalization: return FoldedLayer<S>(output: output, kind: layer.kind)
    }
    preconditionFailure("a specification is checked when it is made")
  }
}
