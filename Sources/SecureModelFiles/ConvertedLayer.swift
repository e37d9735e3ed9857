internal import ModelFiles
internal import SecureML

/// A layer on its way from a graph: later nodes may still be folded into its weights.
struct ConvertedLayer {
  let layer: SecureLayerSpecification
  private(set) var weights: [Double]
  /// One an output or filter; empty for layers without weights.
  private(set) var bias: [Double]

  init(_ layer: SecureLayerSpecification, weights: [Double] = [], biases: Int = 0) {
    self.layer = layer
    self.weights = weights
    bias = [Double](repeating: 0, count: biases)
  }

  /// x∘c + d for every output or filter.
  mutating func scale(by factors: [Double], adding offsets: [Double]) {
    let isDense = if case .dense = layer { true } else { false }
    let kernel = weights.count / max(1, bias.count)
    for index in weights.indices { weights[index] *= factors[isDense ? index % bias.count : index / kernel] }
    for index in bias.indices { bias[index] = bias[index] * factors[index] + offsets[index] }
  }

  var parameters: LayerParameters? { bias.isEmpty ? nil : LayerParameters(weights: weights, bias: bias) }
}

extension GraphConversion {
  /// A convolution; groups and dilations become zeros of larger kernels.
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
    let channels = own * groups
    guard [channels, reach[0], reach[1]].reduce(Double(filters), { $0 * Double($1) }) <= 67_108_864 else {
      throw Refusal(reason: "kernels of more than 2^26 numbers, zeros of groups and dilations included")
    }
    var weights = [Double](repeating: 0, count: filters * channels * reach[0] * reach[1])
    for (index, value) in kernels.values.enumerated() {
      let column = index % window.kernel[1]
      let row = index / window.kernel[1] % window.kernel[0]
      let channel = index / window.kernel[1] / window.kernel[0] % own
      let filter = index / window.kernel[1] / window.kernel[0] / own
      let plane = filter * channels + filter / (filters / groups) * own + channel
      weights[(plane * reach[0] + row * window.dilations[0]) * reach[1] + column * window.dilations[1]] = value
    }
    var layer = ConvertedLayer(
      .convolution(
        filters: filters, kernelHeight: reach[0], kernelWidth: reach[1], stride: window.strides[0], padding: padding),
      weights: weights, biases: filters)
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

  /// The side of square windows that lie side by side.
  static func square(_ window: WindowGeometry, _ shape: [Int]) throws(Refusal) -> Int {
    let side = window.kernel[0]
    let isPadded =
      switch window.padding {
      case .valid: false
      case .explicit(let before, let after): (before + after).contains { $0 != 0 }
      case .same: true
      }
    guard shape.count == 4, window.kernel == [side, side], window.strides == window.kernel,
      window.dilations == [1, 1], !isPadded, shape[2] % side == 0, shape[3] % side == 0
    else { throw Refusal(reason: "only square windows side by side that divide the image") }
    return side
  }
}

extension Tensor {
  /// The elements of a matrix, columns first.
  var transposedMatrix: [Double] {
    let (rows, columns) = (shape[0], shape[1])
    return (0..<count).map { values[$0 % rows * columns + $0 / rows] }
  }
}
