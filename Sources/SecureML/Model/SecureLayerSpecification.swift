public import Online
internal import SecretSharing

/// One layer of a model, without its weights.
public enum SecureLayerSpecification: Hashable, Sendable {
  /// x·W + b, W inputs × outputs.
  case dense(outputs: Int)
  /// Cross-correlation with `filters` kernels, plus one bias a filter.
  ///
  /// With `groups` = g, the i-th g-th of the filters sees the i-th g-th of the channels only; g = channels is a depthwise
  /// convolution.
  case convolution(
    filters: Int, kernelHeight: Int, kernelWidth: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1)
  /// Mean over windows of window × window, `stride` apart (default: side by side); windows that do not fit are left out.
  /// Values of the padding do not count, unless `countsPadding`: then they are zeros.
  case averagePool(window: Int, stride: Int? = nil, padding: Int = 0, countsPadding: Bool = false)
  /// Largest value of windows as those of the average; padding is never the largest.
  case maxPool(window: Int, stride: Int? = nil, padding: Int = 0)
  /// Mean of every plane of an image: channels × 1 × 1.
  case globalAveragePool
  /// γ(x − μ)/√(σ² + ε) + β for every channel, with public place and secret numbers: folded into the dense, convolution or
  /// scale layer before it when parameters are encoded, so it costs nothing. Elsewhere it is refused.
  case batchNormalization(epsilon: Double = 1e-5)
  /// w∘x + b with one secret factor and one secret bias a channel (a number of a vector).
  case scale
  /// x + b with one secret bias a channel; local.
  case bias
  /// An image as a vector; local.
  case flatten
  /// max(x, 0).
  case relu
  /// x².
  case square
  /// 1/(1 + e^−x).
  case sigmoid(Sigmoid)
  /// e^x.
  case exponential(Exponential)
  /// e^(x_i) / Σ_j e^(x_j) over each row.
  case softmax(Softmax = Softmax())
  /// Index of the largest value, an integer; the last layer only.
  case argmax

  /// Name in reports.
  public var kind: String {
    switch self {
    case .dense: "dense"
    case .convolution: "convolution"
    case .averagePool: "averagePool"
    case .maxPool: "maxPool"
    case .globalAveragePool: "globalAveragePool"
    case .batchNormalization: "batchNormalization"
    case .scale: "scale"
    case .bias: "bias"
    case .flatten: "flatten"
    case .relu: "relu"
    case .square: "square"
    case .sigmoid: "sigmoid"
    case .exponential: "exponential"
    case .softmax: "softmax"
    case .argmax: "argmax"
    }
  }

  /// How many weights and biases the layer has for an input, once batch normalisation is folded.
  public func parameterCounts(_ input: ActivationShape) -> (weights: Int, bias: Int)? {
    switch (self, input) {
    case (.dense(let outputs), _): (input.count * outputs, outputs)
    case (.convolution(let filters, let kernelHeight, let kernelWidth, _, _, let groups), .image(let channels, _, _)):
      (filters * (channels / groups) * kernelHeight * kernelWidth, filters)
    case (.scale, _): (input.channelCount, input.channelCount)
    case (.bias, _): (0, input.channelCount)
    default: nil
    }
  }

  /// The windows of a pool on an image.
  func pooling(_ input: ActivationShape) -> PoolingWindows? {
    guard case .image(let channels, let height, let width) = input else { return nil }
    switch self {
    case .averagePool(let window, let stride, let padding, _), .maxPool(let window, let stride, let padding):
      return PoolingWindows(
        channels: channels, height: height, width: width, windowHeight: window, windowWidth: window,
        stride: stride ?? window, padding: padding)
    case .globalAveragePool:
      return PoolingWindows(
        channels: channels, height: height, width: width, windowHeight: height, windowWidth: width, stride: 1,
        padding: 0)
    default: return nil
    }
  }

  /// Sizes of windows, kernels and steps.
  private static let sizes = 1..<65536

  /// What the layer makes of `input`.
  /// - Throws: `shapeMismatch`.
  func output(of input: ActivationShape, layer: Int) throws(ModelError) -> ActivationShape {
    func mismatch(_ expected: String, _ given: String) -> ModelError {
      .shapeMismatch(layer: layer, kind: kind, expected: expected, given: given)
    }
    switch self {
    case .dense(let outputs):
      guard case .vector = input else { throw mismatch("a vector (put a flatten before it)", input.description) }
      guard (1...ActivationShape.largestCount).contains(outputs) else {
        throw mismatch("1 to 2^31 outputs", "\(outputs)")
      }
      return .vector(outputs)
    case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding, let groups):
      guard case .image(let channels, let height, let width) = input else {
        throw mismatch("an image", input.description)
      }
      guard
        [filters, kernelHeight, kernelWidth, stride, padding == .max ? 0 : padding + 1].allSatisfy(Self.sizes.contains)
      else {
        throw mismatch(
          "positive sizes up to 65535", "\(filters) filters of \(kernelHeight)x\(kernelWidth), stride \(stride)")
      }
      guard groups > 0, channels % groups == 0, filters % groups == 0 else {
        throw mismatch("groups that divide \(channels) channels and \(filters) filters", "\(groups) groups")
      }
      guard kernelHeight <= height + 2 * padding, kernelWidth <= width + 2 * padding else {
        throw mismatch("a kernel inside \(input) with padding \(padding)", "\(kernelHeight)x\(kernelWidth)")
      }
      return .image(
        channels: filters, height: (height + 2 * padding - kernelHeight) / stride + 1,
        width: (width + 2 * padding - kernelWidth) / stride + 1)
    case .averagePool(let window, let stride, let padding, _), .maxPool(let window, let stride, let padding):
      guard case .image(_, let height, let width) = input, let windows = pooling(input) else {
        throw mismatch("an image", input.description)
      }
      guard [window, stride ?? window].allSatisfy(Self.sizes.contains) else {
        throw mismatch("positive sizes up to 65535", "a window of \(window), stride \(stride ?? window)")
      }
      guard (0..<window).contains(padding) else {
        throw mismatch("a padding of 0 to \(window - 1), less than the window", "\(padding)")
      }
      guard window <= height + 2 * padding, window <= width + 2 * padding else {
        throw mismatch("a window inside \(height)x\(width) with padding \(padding)", "\(window)x\(window)")
      }
      return windows.output
    case .globalAveragePool:
      guard let windows = pooling(input) else { throw mismatch("an image", input.description) }
      return windows.output
    case .batchNormalization(let epsilon):
      guard epsilon >= 0, epsilon.isFinite else { throw mismatch("an epsilon of at least 0", "\(epsilon)") }
      return input
    case .scale, .bias, .relu, .square: return input
    case .sigmoid(let function):
      guard function.isValid else {
        throw mismatch("a degree of 1, 3, 5, 7 or 9 and a radius of 2^-10 to 2^20", "\(function)")
      }
      return input
    case .exponential(let function):
      guard function.isValid else { throw mismatch("1 to 20 steps, or a degree of 1 to 7", "\(function)") }
      return input
    case .flatten: return .vector(input.count)
    case .softmax(let function):
      guard case .vector(let count) = input else {
        throw mismatch("a vector (put a flatten before it)", input.description)
      }
      guard count <= Softmax.largestColumnCount else {
        throw mismatch("at most \(Softmax.largestColumnCount) values", "\(count)")
      }
      guard function.exponential.isValid else {
        throw mismatch("1 to 20 steps, or a degree of 1 to 7", "\(function.exponential)")
      }
      return input
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
    case .exponential(let method): method.longestValueBits(format)
    case .softmax(let method): max(format.valueBits + 1, method.longestValueBits(format))
    default: format.valueBits
    }
  }
}
