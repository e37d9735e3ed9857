public import Online

/// One layer of a model, as an experiment file names it.
public enum LayerSpecification: Hashable, Sendable {
  /// x·W + b with `outputs` columns. `inputs` may be given as a check.
  case dense(outputs: Int, inputs: Int?)
  /// Cross-correlation with `filters` kernels over images, one bias a filter. With `groups` = g, the i-th g-th of the
  /// filters sees the i-th g-th of the channels only.
  case convolution(filters: Int, kernelHeight: Int, kernelWidth: Int, stride: Int, padding: Int, groups: Int = 1)
  /// Batch normalisation, directly behind a dense layer or a convolution; folded into it for inference.
  case batchNorm
  /// Mean over windows of window × window, `stride` apart (default: side by side). Values of the padding do not count,
  /// unless `countsPadding`: then they are zeros.
  case averagePool(window: Int, stride: Int? = nil, padding: Int = 0, countsPadding: Bool = false)
  /// Largest value of windows as those of the average; padding is never the largest.
  case maxPool(window: Int, stride: Int? = nil, padding: Int = 0)
  /// Mean of every plane of an image.
  case globalAveragePool
  /// w∘x + b with one factor and one bias a channel (a number of a vector).
  case scale
  /// x + b with one bias a channel.
  case bias
  /// An image as a vector.
  case flatten
  /// e^(x_i) / Σ_j e^(x_j) over each row; trained models have it at the end.
  case softmax(Softmax = Softmax())
  /// e^x; not in models that are trained.
  case exponential(Exponential)
  /// max(x, 0).
  case relu
  /// x².
  case square
  /// 1/(1 + e^−x), approximated.
  case sigmoid(Sigmoid)
  /// x.
  case identity
  /// Index of the largest value; only at the end.
  case argmax

  /// Names of the layers in files and result rows.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// See ``LayerSpecification/dense(outputs:inputs:)``.
    case dense
    /// See ``LayerSpecification/convolution(filters:kernelHeight:kernelWidth:stride:padding:groups:)``.
    case convolution
    /// See ``LayerSpecification/batchNorm``.
    case batchNorm
    /// See ``LayerSpecification/averagePool(window:stride:padding:countsPadding:)``.
    case averagePool
    /// See ``LayerSpecification/maxPool(window:stride:padding:)``.
    case maxPool
    /// See ``LayerSpecification/globalAveragePool``.
    case globalAveragePool
    /// See ``LayerSpecification/scale``.
    case scale
    /// See ``LayerSpecification/bias``.
    case bias
    /// See ``LayerSpecification/flatten``.
    case flatten
    /// See ``LayerSpecification/softmax(_:)``.
    case softmax
    /// See ``LayerSpecification/exponential(_:)``.
    case exponential
    /// See ``LayerSpecification/relu``.
    case relu
    /// See ``LayerSpecification/square``.
    case square
    /// See ``LayerSpecification/sigmoid(_:)``.
    case sigmoid
    /// See ``LayerSpecification/identity``.
    case identity
    /// See ``LayerSpecification/argmax``.
    case argmax
  }

  /// The kind without its parameters.
  public var kind: Kind {
    switch self {
    case .dense: .dense
    case .convolution: .convolution
    case .batchNorm: .batchNorm
    case .averagePool: .averagePool
    case .maxPool: .maxPool
    case .globalAveragePool: .globalAveragePool
    case .scale: .scale
    case .bias: .bias
    case .flatten: .flatten
    case .softmax: .softmax
    case .exponential: .exponential
    case .relu: .relu
    case .square: .square
    case .sigmoid: .sigmoid
    case .identity: .identity
    case .argmax: .argmax
    }
  }
}

extension LayerSpecification {
  /// Whether values pass without a product of fixed-point numbers: no 2f fraction bits have to fit k.
  var onlyCompares: Bool {
    switch self {
    case .relu, .maxPool, .argmax, .flatten, .identity: true
    default: false
    }
  }
}
