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
  /// e^(x_i) / Σ_j e^(x_j).
  case softmax
  /// An image as a vector.
  case flatten
  /// max(x, 0).
  case relu
  /// x².
  case square
  /// Sigmoid, approximated.
  case sigmoid(SigmoidMethod)
  /// x.
  case identity
  /// Index of the largest value.
  case argmax

  /// The kind, as result rows name it.
  public var kind: LayerSpecification.Kind {
    switch self {
    case .dense: .dense
    case .convolution: .convolution
    case .batchNorm: .batchNorm
    case .averagePool: .averagePool
    case .maxPool: .maxPool
    case .globalAveragePool: .globalAveragePool
    case .softmax: .softmax
    case .flatten: .flatten
    case .relu: .relu
    case .square: .square
    case .sigmoid: .sigmoid
    case .identity: .identity
    case .argmax: .argmax
    }
  }

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
        windows.indices(ofOutput: output).reduce(0) { $0 + row[$1] } / Double(windows.area)
      }
    case .maxPool(let windows):
      return (0..<windows.outputCount).map { output in
        windows.indices(ofOutput: output).reduce(-Double.infinity) { max($0, row[$1]) }
      }
    case .globalAveragePool(let area):
      return stride(from: 0, to: row.count, by: area).map { start in
        row[start..<start + area].reduce(0, +) / Double(area)
      }
    case .softmax: return softmaxOfRow(row)
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
    default: return self
    }
  }
}
