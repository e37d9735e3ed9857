/// One layer of a model, as an experiment file names it.
public enum LayerSpecification: Hashable, Sendable {
  /// x·W + b with `outputs` columns. `inputs` may be given as a check.
  case dense(outputs: Int, inputs: Int?)
  /// Cross-correlation with `filters` kernels over images, one bias a filter.
  case convolution(filters: Int, kernelHeight: Int, kernelWidth: Int, stride: Int, padding: Int)
  /// Batch normalisation, directly behind a dense layer or a convolution; folded into it for inference.
  case batchNorm
  /// Mean over windows of window × window, side by side.
  case averagePool(window: Int)
  /// Largest value of windows of window × window, side by side.
  case maxPool(window: Int)
  /// Mean of every plane of an image.
  case globalAveragePool
  /// An image as a vector.
  case flatten
  /// e^(x_i) / Σ_j e^(x_j) over each row; trained models have it at the end.
  case softmax
  /// max(x, 0).
  case relu
  /// x².
  case square
  /// 1/(1 + e^−x), approximated.
  case sigmoid(SigmoidMethod)
  /// x.
  case identity
  /// Index of the largest value; only at the end.
  case argmax

  /// Names of the layers in files and result rows.
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    /// See ``LayerSpecification/dense(outputs:inputs:)``.
    case dense
    /// See ``LayerSpecification/convolution(filters:kernelHeight:kernelWidth:stride:padding:)``.
    case convolution
    /// See ``LayerSpecification/batchNorm``.
    case batchNorm
    /// See ``LayerSpecification/averagePool(window:)``.
    case averagePool
    /// See ``LayerSpecification/maxPool(window:)``.
    case maxPool
    /// See ``LayerSpecification/globalAveragePool``.
    case globalAveragePool
    /// See ``LayerSpecification/softmax``.
    case softmax
    /// See ``LayerSpecification/flatten``.
    case flatten
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
    case .softmax: .softmax
    case .flatten: .flatten
    case .relu: .relu
    case .square: .square
    case .sigmoid: .sigmoid
    case .identity: .identity
    case .argmax: .argmax
    }
  }
}

extension LayerSpecification: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind, outputs, inputs, method, filters, kernel, stride, padding, window
  }

  /// Writes `{"kind": …}` with the parameters of the kind.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    switch self {
    case .dense(let outputs, let inputs):
      try container.encode(outputs, forKey: .outputs)
      try container.encodeIfPresent(inputs, forKey: .inputs)
    case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding):
      try container.encode(filters, forKey: .filters)
      try container.encode([kernelHeight, kernelWidth], forKey: .kernel)
      try container.encode(stride, forKey: .stride)
      try container.encode(padding, forKey: .padding)
    case .averagePool(let window), .maxPool(let window): try container.encode(window, forKey: .window)
    case .sigmoid(let method): try container.encode(method, forKey: .method)
    case .batchNorm, .globalAveragePool, .softmax, .flatten, .relu, .square, .identity, .argmax: break
    }
  }

  /// Reads what ``encode(to:)`` writes. Experiment files are read by ``Experiment/load(file:text:overrides:)`` instead,
  /// which is strict.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func integer(_ key: CodingKeys) throws -> Int { try container.decode(Int.self, forKey: key) }
    switch try container.decode(Kind.self, forKey: .kind) {
    case .dense:
      self = .dense(
        outputs: try integer(.outputs), inputs: try container.decodeIfPresent(Int.self, forKey: .inputs))
    case .convolution:
      let kernel = try container.decode([Int].self, forKey: .kernel)
      guard kernel.count == 2 else {
        throw DecodingError.dataCorruptedError(forKey: .kernel, in: container, debugDescription: "height and width")
      }
      self = .convolution(
        filters: try integer(.filters), kernelHeight: kernel[0], kernelWidth: kernel[1], stride: try integer(.stride),
        padding: try integer(.padding))
    case .averagePool: self = .averagePool(window: try integer(.window))
    case .maxPool: self = .maxPool(window: try integer(.window))
    case .batchNorm: self = .batchNorm
    case .globalAveragePool: self = .globalAveragePool
    case .softmax: self = .softmax
    case .flatten: self = .flatten
    case .relu: self = .relu
    case .square: self = .square
    case .identity: self = .identity
    case .argmax: self = .argmax
    case .sigmoid: self = .sigmoid(try container.decode(SigmoidMethod.self, forKey: .method))
    }
  }
}
