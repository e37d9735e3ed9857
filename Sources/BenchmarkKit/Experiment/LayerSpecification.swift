/// One layer of a model, as an experiment file names it.
public enum LayerSpecification: Hashable, Sendable {
  /// x·W + b with `outputs` columns. `inputs` may be given as a check.
  case dense(outputs: Int, inputs: Int?)
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
    case .relu: .relu
    case .square: .square
    case .sigmoid: .sigmoid
    case .identity: .identity
    case .argmax: .argmax
    }
  }
}

extension LayerSpecification: Codable {
  private enum CodingKeys: String, CodingKey { case kind, outputs, inputs, method }

  /// Writes `{"kind": …}` with the parameters of the kind.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    switch self {
    case .dense(let outputs, let inputs):
      try container.encode(outputs, forKey: .outputs)
      try container.encodeIfPresent(inputs, forKey: .inputs)
    case .sigmoid(let method): try container.encode(method, forKey: .method)
    case .relu, .square, .identity, .argmax: break
    }
  }

  /// Reads what ``encode(to:)`` writes. Experiment files are read by ``Experiment/load(file:text:overrides:)`` instead,
  /// which is strict.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Kind.self, forKey: .kind) {
    case .dense:
      self = .dense(
        outputs: try container.decode(Int.self, forKey: .outputs),
        inputs: try container.decodeIfPresent(Int.self, forKey: .inputs))
    case .relu: self = .relu
    case .square: self = .square
    case .sigmoid: self = .sigmoid(try container.decode(SigmoidMethod.self, forKey: .method))
    case .identity: self = .identity
    case .argmax: self = .argmax
    }
  }
}

extension ModelSpecification {
  /// Checks the layers against the data: widths, one dense layer at least, argmax only at the end, the right number of
  /// outputs.
  /// - Parameters:
  ///   - featureCount: columns of the input.
  ///   - classCount: classes of the label. One sigmoid output counts as two classes.
  /// - Returns: the output width of each layer.
  /// - Throws: `shapeMismatch` naming layer index, kind, expected and given, with `file` and `path`.
  @discardableResult
  public func layerWidths(featureCount: Int, classCount: Int, file: String, path: String)
    throws(ConfigurationError) -> [Int]
  {
    func mismatch(_ layer: Int, _ expected: String, _ given: String) -> ConfigurationError {
      ConfigurationError(
        file: file, origin: nil, path: "\(path).layers[\(layer)]",
        cause: .shapeMismatch(layer: layer, kind: layers[layer].kind.rawValue, expected: expected, given: given))
    }
    precondition(!layers.isEmpty, "a model has layers")
    var width = featureCount
    var widths: [Int] = []
    for (index, layer) in layers.enumerated() {
      switch layer {
      case .dense(let outputs, let inputs):
        if let inputs, inputs != width { throw mismatch(index, "\(width) inputs", "\(inputs)") }
        width = outputs
      case .argmax:
        guard index == layers.count - 1 else {
          throw mismatch(index, "to be the last layer", "\(layers.count - 1 - index) more after it")
        }
        guard width == classCount else { throw mismatch(index, "\(classCount) inputs, one per class", "\(width)") }
        width = 1
      case .relu, .square, .sigmoid, .identity: break
      }
      widths.append(width)
    }
    let last = layers.count - 1
    guard layers.contains(where: { $0.kind == .dense }) else { throw mismatch(last, "a dense layer before it", "none") }
    if layers[last] != .argmax {
      let single = classCount == 2 && width == 1 && layers[last].kind == .sigmoid
      guard width == classCount || single else {
        throw mismatch(last, "\(classCount) outputs, one per class (or one sigmoid output for 2 classes)", "\(width)")
      }
    }
    return widths
  }
}
