/// Sizes of a two-dimensional convolution of one image.
public struct ConvolutionGeometry: Hashable, Sendable, Codable {
  /// Planes of the input and their size.
  public var channels: Int, height: Int, width: Int
  /// Planes of the output, one a kernel.
  public var filters: Int
  /// Size of a kernel.
  public var kernelHeight: Int, kernelWidth: Int
  /// Step of the window; zeros around the image.
  public var stride: Int, padding: Int
  /// The i-th part of the filters sees the i-th part of the channels only.
  public var groups = 1

  /// Size of an output plane.
  public var outputHeight: Int { (height + 2 * padding - kernelHeight) / stride + 1 }
  /// Size of an output plane.
  public var outputWidth: Int { (width + 2 * padding - kernelWidth) / stride + 1 }
  /// Values of an output.
  public var outputCount: Int { filters * outputHeight * outputWidth }
  /// Values of all kernels.
  public var weightCount: Int { filters * groupChannels * kernelHeight * kernelWidth }
  /// Channels a filter sees.
  public var groupChannels: Int { channels / groups }

  /// Calls `body` for every stretch of an output row that one kernel weight reaches: index of the weight, of the first
  /// output and the first input (which advance by 1 and by `stride`), and their number.
  func forEachStretch(_ body: (_ weight: Int, _ output: Int, _ input: Int, _ count: Int) -> Void) {
    for filter in 0..<filters {
      let group = filter / (filters / groups)
      for own in 0..<groupChannels {
        let channel = group * groupChannels + own
        for row in 0..<kernelHeight {
          for column in 0..<kernelWidth {
            let weight = ((filter * groupChannels + own) * kernelHeight + row) * kernelWidth + column
            // Output columns x with 0 ≤ x·stride + column − padding < width.
            let first = max(0, (padding - column + stride - 1) / stride)
            let last = min(outputWidth - 1, (width - 1 + padding - column) / stride)
            guard width - 1 + padding - column >= 0, first <= last else { continue }
            for y in 0..<outputHeight {
              let from = y * stride + row - padding
              guard from >= 0, from < height else { continue }
              body(
                weight, (filter * outputHeight + y) * outputWidth + first,
                (channel * height + from) * width + first * stride + column - padding, last - first + 1)
            }
          }
        }
      }
    }
  }
}

/// Square windows over every plane of an image.
public struct PoolingGeometry: Hashable, Sendable, Codable {
  /// Planes and their size.
  public var channels: Int, height: Int, width: Int
  /// Side of a window, and the step from one to the next.
  public var window: Int, stride: Int
  /// Rows and columns around the image that a window may reach into; less than a window.
  public var padding: Int
  /// Whether a mean counts the padding, as zeros.
  public var countsPadding: Bool

  /// Creates windows.
  /// - Parameter stride: default: side by side.
  public init(
    channels: Int, height: Int, width: Int, window: Int, stride: Int? = nil, padding: Int = 0,
    countsPadding: Bool = false
  ) {
    self.channels = channels
    self.height = height
    self.width = width
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
    self.countsPadding = countsPadding
  }

  /// Size of an output plane; windows that do not fit are left out.
  public var outputHeight: Int { (height + 2 * padding - window) / stride + 1 }
  /// Size of an output plane.
  public var outputWidth: Int { (width + 2 * padding - window) / stride + 1 }
  /// Values of an output.
  public var outputCount: Int { channels * outputHeight * outputWidth }

  /// What the sum of a window with `count` values inside the image is divided by.
  func divisor(_ count: Int) -> Int { countsPadding ? window * window : count }

  /// Where the values of the window of an output stand: those inside the image, at least one.
  func indices(ofOutput output: Int) -> [Int] {
    let plane = output / (outputWidth * outputHeight)
    let top = output / outputWidth % outputHeight * stride - padding
    let left = output % outputWidth * stride - padding
    return (max(0, top)..<min(height, top + window)).flatMap { y in
      (max(0, left)..<min(width, left + window)).map { (plane * height + y) * width + $0 }
    }
  }
}

/// Weights of a convolution.
public struct ConvolutionWeights: Hashable, Sendable, Codable {
  /// Sizes.
  public var geometry: ConvolutionGeometry
  /// filters × channels × kernel height × kernel width.
  public var weights: [Double]
  /// One a filter.
  public var bias: [Double]

  /// The convolution of one image, and the biases.
  public func apply(_ image: [Double]) -> [Double] {
    let plane = geometry.outputHeight * geometry.outputWidth
    var result = bias.flatMap { [Double](repeating: $0, count: plane) }
    let stride = geometry.stride
    geometry.forEachStretch { weight, output, input, count in
      if stride == 1 {
        addScaled(&result, at: output, weights[weight], image, from: input, count: count)
      } else {
        for index in 0..<count { result[output + index] += weights[weight] * image[input + index * stride] }
      }
    }
    return result
  }

  /// Adds the gradient of the kernels and biases for one image; returns that of the image.
  func backward(
    _ image: [Double], _ delta: [Double], weights gradient: inout [Double], bias biasGradient: inout [Double]
  )
    -> [Double]
  {
    let plane = geometry.outputHeight * geometry.outputWidth
    for filter in 0..<geometry.filters {
      for index in filter * plane..<(filter + 1) * plane { biasGradient[filter] += delta[index] }
    }
    var result = [Double](repeating: 0, count: image.count)
    let stride = geometry.stride
    geometry.forEachStretch { weight, output, input, count in
      if stride == 1 {
        gradient[weight] += dotProduct(delta, from: output, image, from: input, count: count)
        addScaled(&result, at: input, weights[weight], delta, from: output, count: count)
      } else {
        for index in 0..<count {
          gradient[weight] += delta[output + index] * image[input + index * stride]
          result[input + index * stride] += weights[weight] * delta[output + index]
        }
      }
    }
    return result
  }
}

/// Scale and shift of batch normalisation, channel by channel, and the means and variances seen in training.
public struct BatchNormWeights: Hashable, Sendable, Codable {
  /// γ and β.
  public var scale: [Double], shift: [Double]
  /// Running mean and variance.
  public var mean: [Double], variance: [Double]
  /// Values of a channel in one row: pixels of a plane, or 1.
  public var positions: Int

  /// Added to variances.
  static let epsilon = 1e-5

  init(channels: Int, positions: Int) {
    scale = [Double](repeating: 1, count: channels)
    shift = [Double](repeating: 0, count: channels)
    mean = shift
    variance = scale
    self.positions = positions
  }

  /// x ↦ x·factor + offset, channel by channel, with the running figures.
  var affine: [(factor: Double, offset: Double)] {
    scale.indices.map { channel in
      let factor = scale[channel] / (variance[channel] + Self.epsilon).squareRoot()
      return (factor, shift[channel] - mean[channel] * factor)
    }
  }
}

/// y[at…] += a · x[from…], `count` values.
func addScaled(_ y: inout [Double], at: Int, _ a: Double, _ x: [Double], from: Int, count: Int) {
  precondition(at >= 0 && at + count <= y.count && from >= 0 && from + count <= x.count, "ranges inside the arrays")
  unsafe y.withUnsafeMutableBufferPointer { y in
    unsafe x.withUnsafeBufferPointer { x in
      for index in 0..<count { unsafe y[at + index] += a * x[from + index] }
    }
  }
}

/// Σ x[from…]·y[from…], `count` values, first to last.
func dotProduct(_ x: [Double], from xStart: Int, _ y: [Double], from yStart: Int, count: Int) -> Double {
  precondition(
    xStart >= 0 && xStart + count <= x.count && yStart >= 0 && yStart + count <= y.count, "ranges inside the arrays")
  var sum = 0.0
  unsafe x.withUnsafeBufferPointer { x in
    unsafe y.withUnsafeBufferPointer { y in
      for index in 0..<count { unsafe sum += x[xStart + index] * y[yStart + index] }
    }
  }
  return sum
}
