internal import SecureML

extension ModelSpecification {
  /// The layers with random weights: uniform with He's scale before ReLU, Glorot's elsewhere, smaller before a square,
  /// whose outputs must stay small.
  /// - Precondition: the layers fit `input`.
  func randomLayers(input: ActivationShape, generator: inout SplitMix64) -> [ClearLayer] {
    var shape = input
    return layers.indices.map { index in
      let before = shape
      shape = layers[index].output(of: before) ?? before
      switch layers[index] {
      case .dense(let outputs, _):
        let bound = bound(after: index, fanIn: before.count, fanOut: outputs)
        let values = (0..<before.count * outputs).map { _ in bound * generator.symmetricUnit() }
        return .dense(
          DenseWeights(
            inputs: before.count, outputs: outputs, weights: values, bias: [Double](repeating: 0, count: outputs)))
      case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding, let groups):
        let (channels, height, width) = before.image
        let geometry = ConvolutionGeometry(
          channels: channels, height: height, width: width, filters: filters, kernelHeight: kernelHeight,
          kernelWidth: kernelWidth, stride: stride, padding: padding, groups: groups)
        let area = kernelHeight * kernelWidth
        let bound = bound(after: index, fanIn: geometry.groupChannels * area, fanOut: filters * area)
        return .convolution(
          ConvolutionWeights(
            geometry: geometry, weights: (0..<geometry.weightCount).map { _ in bound * generator.symmetricUnit() },
            bias: [Double](repeating: 0, count: filters)))
      case .batchNorm:
        let (channels, height, width) = before.image
        return .batchNorm(BatchNormWeights(channels: channels, positions: height * width))
      case .averagePool(let window, let stride, let padding, let countsPadding):
        let (channels, height, width) = before.image
        return .averagePool(
          PoolingGeometry(
            channels: channels, height: height, width: width, window: window, stride: stride, padding: padding,
            countsPadding: countsPadding))
      case .maxPool(let window, let stride, let padding):
        let (channels, height, width) = before.image
        return .maxPool(
          PoolingGeometry(
            channels: channels, height: height, width: width, window: window, stride: stride, padding: padding))
      case .scale:
        let (channels, height, width) = before.image
        return .scale(
          ChannelWeights(
            factors: (0..<channels).map { _ in 1 + 0.5 * generator.symmetricUnit() },
            bias: [Double](repeating: 0, count: channels), positions: height * width))
      case .bias:
        let (channels, height, width) = before.image
        return .bias(
          ChannelWeights(
            factors: [], bias: (0..<channels).map { _ in 0.5 * generator.symmetricUnit() }, positions: height * width))
      case .globalAveragePool:
        let (_, height, width) = before.image
        return .globalAveragePool(area: height * width)
      case .softmax(let function): return .softmax(function)
      case .exponential(let function): return .exponential(function)
      case .flatten: return .flatten
      case .relu: return .relu
      case .square: return .square
      case .sigmoid(let method): return .sigmoid(method)
      case .identity: return .identity
      case .argmax: return .argmax
      }
    }
  }

  private func bound(after index: Int, fanIn: Int, fanOut: Int) -> Double {
    let next = layers[(index + 1)...].first { layer in
      ![.batchNorm, .averagePool, .maxPool, .globalAveragePool, .flatten, .scale, .bias].contains(layer.kind)
    }
    let variance =
      switch next {
      case .relu: 2 / Double(fanIn)
      case .square: 0.5 / Double(fanIn)
      default: 2 / Double(fanIn + fanOut)
      }
    return (3 * variance).squareRoot()
  }
}

extension ActivationShape {
  /// Channels, height and width; a vector is so many channels of one pixel.
  var image: (channels: Int, height: Int, width: Int) {
    switch self {
    case .vector(let count): (count, 1, 1)
    case .image(let channels, let height, let width): (channels, height, width)
    }
  }
}

extension ClearModel {
  /// The same function without batch normalisation: its scale and shift go into the weights of the layer before it, which
  /// is dense or a convolution.
  public func folded() -> ClearModel {
    var result = self
    result.layers = []
    for layer in layers {
      guard case .batchNorm(let norm) = layer else {
        result.layers.append(layer)
        continue
      }
      switch result.layers.popLast() {
      case .dense(var dense):
        let affine = norm.affine
        for index in dense.weights.indices { dense.weights[index] *= affine[index % dense.outputs].factor }
        for output in dense.bias.indices {
          dense.bias[output] = dense.bias[output] * affine[output].factor + affine[output].offset
        }
        result.layers.append(.dense(dense))
      case .convolution(var convolution):
        let affine = norm.affine
        let size = convolution.weights.count / max(1, convolution.bias.count)
        for index in convolution.weights.indices { convolution.weights[index] *= affine[index / size].factor }
        for filter in convolution.bias.indices {
          convolution.bias[filter] = convolution.bias[filter] * affine[filter].factor + affine[filter].offset
        }
        result.layers.append(.convolution(convolution))
      case let other?: result.layers += [other, layer]  // refused when the specification was read
      case nil: result.layers.append(layer)
      }
    }
    return result
  }
}
