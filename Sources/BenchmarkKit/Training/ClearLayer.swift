internal import Glibc
public import Online
internal import SecureML

/// One layer with its weights.
public enum ClearLayer: Hashable, Sendable, Codable {
  /// x·W + b.
  case dense(DenseWeights)
  /// Cross-correlation and biases.
  case convolution(ConvolutionWeights)
  /// Batch normalisation; in models that are trained only, see ``ClearModel/folded()``.
  case batchNorm(BatchNormWeights)
  /// Means of windows.
  case averagePool(PoolingGeometry)
  /// Largest values of windows.
  case maxPool(PoolingGeometry)
  /// Mean of every plane; the number of values of a plane.
  case globalAveragePool(area: Int)
  /// w∘x + b, channel by channel.
  case scale(ChannelWeights)
  /// x + b, channel by channel.
  case bias(ChannelWeights)
  /// e^(x_i) / Σ_j e^(x_j).
  case softmax(Softmax = Softmax())
  /// e^x.
  case exponential(Exponential)
  /// An image as a vector.
  case flatten
  /// max(x, 0).
  case relu
  /// x².
  case square
  /// Sigmoid, approximated.
  case sigmoid(Sigmoid)
  /// x.
  case identity
  /// Index of the largest value.
  case argmax

  /// The kind, as result rows name it.
  public var kind: LayerSpecification.Kind { specification.kind }

  /// The layer applied to one row.
  public func apply(_ row: [Double]) -> [Double] {
    switch self {
    case .dense(let dense): return dense.apply(row)
    case .convolution(let convolution): return convolution.apply(row)
    case .batchNorm(let norm):
      let affine = norm.affine
      return row.enumerated().map { index, value in
        let (factor, offset) = affine[index / norm.positions]
        return value * factor + offset
      }
    case .averagePool(let windows):
      return (0..<windows.outputCount).map { output in
        let indices = windows.indices(ofOutput: output)
        return indices.reduce(0) { $0 + row[$1] } / Double(windows.divisor(indices.count))
      }
    case .maxPool(let windows):
      return (0..<windows.outputCount).map { output in
        windows.indices(ofOutput: output).reduce(-Double.infinity) { max($0, row[$1]) }
      }
    case .globalAveragePool(let area):
      return stride(from: 0, to: row.count, by: area).map { start in
        row[start..<start + area].reduce(0, +) / Double(area)
      }
    case .scale(let channels):
      return row.enumerated().map { index, value in
        let channel = index / channels.positions
        return value * channels.factors[channel] + channels.bias[channel]
      }
    case .bias(let channels):
      return row.enumerated().map { index, value in value + channels.bias[index / channels.positions] }
    case .softmax: return softmaxOfRow(row)
    case .exponential(let method): return row.map { method.clear($0, FixedPointFormat()) }
    case .flatten, .identity: return row
    case .relu: return row.map { max($0, 0) }
    case .square: return row.map { $0 * $0 }
    case .sigmoid(let method): return row.map { method($0) }
    case .argmax: return [Double(indexOfLargest(row))]
    }
  }

  /// The same layer with zeros for weights and biases.
  var withZeroWeights: ClearLayer {
    switch self {
    case .dense(var dense):
      dense.weights = [Double](repeating: 0, count: dense.weights.count)
      dense.bias = [Double](repeating: 0, count: dense.bias.count)
      return .dense(dense)
    case .convolution(var convolution):
      convolution.weights = [Double](repeating: 0, count: convolution.weights.count)
      convolution.bias = [Double](repeating: 0, count: convolution.bias.count)
      return .convolution(convolution)
    case .scale(let channels): return .scale(channels.zero)
    case .bias(let channels): return .bias(channels.zero)
    default: return self
    }
  }

  /// Weights and biases in the order they are shared; nil for layers without any, and for batch normalisation, which is
  /// folded before.
  var parameters: LayerParameters? {
    switch self {
    case .dense(let dense): LayerParameters(weights: dense.weights, bias: dense.bias)
    case .convolution(let convolution): LayerParameters(weights: convolution.weights, bias: convolution.bias)
    case .scale(let channels): LayerParameters(weights: channels.factors, bias: channels.bias)
    case .bias(let channels): LayerParameters(weights: [], bias: channels.bias)
    default: nil
    }
  }

  /// The layer as the secure model has it; nil if it vanishes there.
  var secure: SecureLayerSpecification? { specification.secure }

  /// The layer without its weights.
  private var specification: LayerSpecification {
    switch self {
    case .dense(let dense): .dense(outputs: dense.outputs, inputs: nil)
    case .convolution(let convolution):
      .convolution(
        filters: convolution.geometry.filters, kernelHeight: convolution.geometry.kernelHeight,
        kernelWidth: convolution.geometry.kernelWidth, stride: convolution.geometry.stride,
        padding: convolution.geometry.padding, groups: convolution.geometry.groups)
    case .averagePool(let windows):
      .averagePool(
        window: windows.window, stride: windows.stride == windows.window ? nil : windows.stride,
        padding: windows.padding, countsPadding: windows.countsPadding)
    case .maxPool(let windows):
      .maxPool(
        window: windows.window, stride: windows.stride == windows.window ? nil : windows.stride,
        padding: windows.padding)
    case .globalAveragePool: .globalAveragePool
    case .scale: .scale
    case .bias: .bias
    case .softmax(let function): .softmax(function)
    case .exponential(let function): .exponential(function)
    case .flatten: .flatten
    case .relu: .relu
    case .square: .square
    case .sigmoid(let function): .sigmoid(function)
    case .argmax: .argmax
    case .identity: .identity
    case .batchNorm: .batchNorm
    }
  }
}

/// One factor and one bias a channel of an image, or a number of a vector.
public struct ChannelWeights: Hashable, Sendable, Codable {
  /// Empty if the layer only adds.
  public var factors: [Double]
  /// One a channel.
  public var bias: [Double]
  /// Values of a channel in one row: pixels of a plane, or 1.
  public var positions: Int

  /// Creates weights.
  public init(factors: [Double], bias: [Double], positions: Int) {
    self.factors = factors
    self.bias = bias
    self.positions = positions
  }

  var zero: ChannelWeights {
    ChannelWeights(
      factors: factors.map { _ in 0 }, bias: bias.map { _ in 0 }, positions: positions)
  }
}

/// 1/(1 + e^−x), by the branch that does not overflow; what training uses for every sigmoid.
func logistic(_ x: Double) -> Double {
  if x >= 0 { return 1 / (1 + exp(-x)) }
  let e = exp(x)
  return e / (1 + e)
}
