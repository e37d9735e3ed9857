internal import ModelFiles
internal import SecureML

/// A layer on its way from a graph: later nodes may still be folded into its weights.
struct ConvertedLayer {
  let layer: SecureLayerSpecification
  private(set) var weights: [Double]
  /// One an output or filter; empty for layers without weights.
  private(set) var bias: [Double]

  init(_ layer: SecureLayerSpecification, weights: [Double] = [], bias: [Double] = []) {
    self.layer = layer
    self.weights = weights
    self.bias = bias
  }

  /// Whether factors and offsets of its outputs can be put into its weights.
  func folds(_ factors: [Double]) -> Bool {
    factors.count == bias.count && !bias.isEmpty && (layer != .bias || factors.allSatisfy { $0 == 1 })
  }

  /// x∘c + d for every output, filter or channel.
  mutating func scale(by factors: [Double], adding offsets: [Double]) {
    let isDense = if case .dense = layer { true } else { false }
    let kernel = weights.count / max(1, bias.count)
    for index in weights.indices { weights[index] *= factors[isDense ? index % bias.count : index / kernel] }
    for index in bias.indices { bias[index] = bias[index] * factors[index] + offsets[index] }
  }

  var parameters: LayerParameters? { bias.isEmpty ? nil : LayerParameters(weights: weights, bias: bias) }
}

extension GraphConversion {
  /// A convolution; dilations become zeros of larger kernels.
  static func convolution(_ window: WindowGeometry, _ groups: Int, _ operands: [Tensor], _ shape: [Int])
    throws(Refusal) -> ConvertedLayer
  {
    guard shape.count == 4, operands[0].shape.count == 4 else {
      throw Refusal(reason: "only convolutions of two spatial dimensions")
    }
    guard window.strides[0] == window.strides[1] else { throw Refusal(reason: "different strides \(window.strides)") }
    let padding = try symmetricPadding(window)
    let kernels = operands[0]
    let (filters, own) = (kernels.shape[0], kernels.shape[1])
    let reach = (0..<2).map { window.dilations[$0] * (window.kernel[$0] - 1) + 1 }
    guard [own, reach[0], reach[1]].reduce(Double(filters), { $0 * Double($1) }) <= 67_108_864 else {
      throw Refusal(reason: "kernels of more than 2^26 numbers, zeros of dilations included")
    }
    var weights = [Double](repeating: 0, count: filters * own * reach[0] * reach[1])
    for (index, value) in kernels.values.enumerated() {
      let column = index % window.kernel[1]
      let row = index / window.kernel[1] % window.kernel[0]
      let plane = index / window.kernel[1] / window.kernel[0]
      weights[(plane * reach[0] + row * window.dilations[0]) * reach[1] + column * window.dilations[1]] = value
    }
    var layer = ConvertedLayer(
      .convolution(
        filters: filters, kernelHeight: reach[0], kernelWidth: reach[1], stride: window.strides[0], padding: padding,
        groups: groups),
      weights: weights, bias: [Double](repeating: 0, count: filters))
    if operands.count > 1 { layer.scale(by: operands[1].values.map { _ in 1 }, adding: operands[1].values) }
    return layer
  }

  /// The padding, if it is the same on all sides.
  private static func symmetricPadding(_ window: WindowGeometry) throws(Refusal) -> Int {
    switch window.padding {
    case .valid: return 0
    case .explicit(let before, let after):
      guard Set(before + after).count == 1 else {
        throw Refusal(reason: "padding \(before + after) is not the same on all sides")
      }
      return before[0]
    case .same:
      let reach = (0..<2).map { window.dilations[$0] * (window.kernel[$0] - 1) + 1 }
      guard window.strides == [1, 1], reach[0] == reach[1], reach[0] % 2 == 1 else {
        throw Refusal(reason: "auto_pad SAME that pads sides differently")
      }
      return reach[0] / 2
    }
  }

  /// Side, stride and padding of a pool's windows; the stride is `nil` where they lie side by side.
  /// - Parameters:
  ///   - shape: of the images; output: of the result.
  static func pool(_ window: WindowGeometry, _ shape: [Int], _ output: [Int]) throws(Refusal)
    -> (window: Int, stride: Int?, padding: Int)
  {
    let (side, stride) = (window.kernel[0], window.strides[0])
    guard shape.count == 4, output.count == 4, window.kernel == [side, side], window.strides == [stride, stride],
      window.dilations == [1, 1]
    else { throw Refusal(reason: "only square windows over two spatial dimensions, not dilated") }
    let padding = try symmetricPadding(window)
    guard padding < side, (0..<2).allSatisfy({ output[2 + $0] == (shape[2 + $0] + 2 * padding - side) / stride + 1 })
    else { throw Refusal(reason: "padding as wide as the window, or a last window that ends behind the image") }
    return (side, stride == side ? nil : stride, padding)
  }
}

extension Tensor {
  /// The elements of a matrix, columns first.
  var transposedMatrix: [Double] {
    let (rows, columns) = (shape[0], shape[1])
    return (0..<count).map { values[$0 % rows * columns + $0 / rows] }
  }
}
