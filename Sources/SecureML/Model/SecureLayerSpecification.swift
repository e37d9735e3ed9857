public import Online
internal import SecretSharing

/// One layer of a model, without its weights.
public enum SecureLayerSpecification: Hashable, Sendable, Codable {
  /// x·W + b, W inputs × outputs.
  case dense(outputs: Int)
  /// Cross-correlation with `filters` kernels, plus one bias a filter.
  case convolution(filters: Int, kernelHeight: Int, kernelWidth: Int, stride: Int = 1, padding: Int = 0)
  /// Mean over windows of window × window, side by side.
  case averagePool(window: Int)
  /// Largest value of windows of window × window, side by side.
  case maxPool(window: Int)
  /// An image as a vector; local.
  case flatten
  /// max(x, 0).
  case relu
  /// x².
  case square
  /// 1/(1 + e^−x).
  case sigmoid(Sigmoid)
  /// Index of the largest value, an integer; the last layer only.
  case argmax

  /// Name in reports.
  public var kind: String {
    switch self {
    case .dense: "dense"
    case .convolution: "convolution"
    case .averagePool: "averagePool"
    case .maxPool: "maxPool"
    case .flatten: "flatten"
    case .relu: "relu"
    case .square: "square"
    case .sigmoid: "sigmoid"
    case .argmax: "argmax"
    }
  }

  /// How many weights and biases the layer has for an input.
  func parameterCounts(_ input: ActivationShape) -> (weights: Int, bias: Int)? {
    switch (self, input) {
    case (.dense(let outputs), _): (input.count * outputs, outputs)
    case (.convolution(let filters, let kernelHeight, let kernelWidth, _, _), .image(let channels, _, _)):
      (filters * channels * kernelHeight * kernelWidth, filters)
    default: nil
    }
  }

  /// What the layer makes of `input`.
  /// - Throws: `shapeMismatch`.
  func output(of input: ActivationShape, layer: Int) throws(ModelError) -> ActivationShape {
    func mismatch(_ expected: String, _ given: String) -> ModelError {
      .shapeMismatch(layer: layer, kind: kind, expected: expected, given: given)
    }
    switch self {
    case .dense(let outputs):
      guard case .vector = input else { throw mismatch("a vector (put a flatten before it)", input.description) }
      guard outputs > 0 else { throw mismatch("at least 1 output", "\(outputs)") }
      return .vector(outputs)
    case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding):
      guard case .image(_, let height, let width) = input else { throw mismatch("an image", input.description) }
      guard filters > 0, kernelHeight > 0, kernelWidth > 0, stride > 0, padding >= 0 else {
        throw mismatch("positive sizes", "\(filters) filters of \(kernelHeight)x\(kernelWidth), stride \(stride)")
      }
      guard kernelHeight <= height + 2 * padding, kernelWidth <= width + 2 * padding else {
        throw mismatch("a kernel inside \(input) with padding \(padding)", "\(kernelHeight)x\(kernelWidth)")
      }
      return .image(
        channels: filters, height: (height + 2 * padding - kernelHeight) / stride + 1,
        width: (width + 2 * padding - kernelWidth) / stride + 1)
    case .averagePool(let window), .maxPool(let window):
      guard case .image(let channels, let height, let width) = input else {
        throw mismatch("an image", input.description)
      }
      guard window > 0, height % window == 0, width % window == 0 else {
        throw mismatch("windows that divide \(height)x\(width)", "\(window)x\(window)")
      }
      return .image(channels: channels, height: height / window, width: width / window)
    case .flatten: return .vector(input.count)
    case .relu, .square, .sigmoid: return input
    case .argmax:
      guard case .vector = input else { throw mismatch("a vector (put a flatten before it)", input.description) }
      return .vector(1)
    }
  }

  /// The lengths of values that the layer needs in the field.
  func longestValueBits(_ format: FixedPointFormat) -> Int {
    switch self {
    case .argmax, .maxPool: format.valueBits + 1
    case .sigmoid(let method): method.longestValueBits(format)
    default: format.valueBits
    }
  }
}
