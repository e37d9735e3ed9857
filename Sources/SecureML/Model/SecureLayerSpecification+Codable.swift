internal import Online

// An object with one key, the layer's kind, whose value are its parameters: {"maxPool": {"window": 2}}. Parameters with
// defaults may be left out.
extension SecureLayerSpecification: Codable {
  private enum Kind: String, CodingKey, CaseIterable {
    case dense, convolution, averagePool, maxPool, globalAveragePool, batchNormalization, scale, bias, flatten, relu
    case square, sigmoid, exponential, softmax, argmax
  }

  private enum Parameter: String, CodingKey {
    case outputs, filters, kernelHeight, kernelWidth, stride, padding, groups, window, countsPadding, epsilon
    case function = "_0"
  }

  /// Reads one layer.
  /// - Throws: `DecodingError`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Kind.self)
    guard container.allKeys.count == 1, let kind = container.allKeys.first else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath,
          debugDescription: "a layer is an object with one of the keys "
            + Kind.allCases.map(\.rawValue).joined(separator: ", ")))
    }
    let values = try container.nestedContainer(keyedBy: Parameter.self, forKey: kind)
    func required(_ key: Parameter) throws -> Int { try values.decode(Int.self, forKey: key) }
    func optional(_ key: Parameter) throws -> Int? { try values.decodeIfPresent(Int.self, forKey: key) }
    switch kind {
    case .dense: self = .dense(outputs: try required(.outputs))
    case .convolution:
      self = .convolution(
        filters: try required(.filters), kernelHeight: try required(.kernelHeight),
        kernelWidth: try required(.kernelWidth), stride: try optional(.stride) ?? 1,
        padding: try optional(.padding) ?? 0, groups: try optional(.groups) ?? 1)
    case .averagePool:
      self = .averagePool(
        window: try required(.window), stride: try optional(.stride), padding: try optional(.padding) ?? 0,
        countsPadding: try values.decodeIfPresent(Bool.self, forKey: .countsPadding) ?? false)
    case .maxPool:
      self = .maxPool(
        window: try required(.window), stride: try optional(.stride), padding: try optional(.padding) ?? 0)
    case .globalAveragePool: self = .globalAveragePool
    case .batchNormalization:
      self = .batchNormalization(epsilon: try values.decodeIfPresent(Double.self, forKey: .epsilon) ?? 1e-5)
    case .scale: self = .scale
    case .bias: self = .bias
    case .flatten: self = .flatten
    case .relu: self = .relu
    case .square: self = .square
    case .sigmoid: self = .sigmoid(try values.decode(Sigmoid.self, forKey: .function))
    case .exponential: self = .exponential(try values.decode(Exponential.self, forKey: .function))
    case .softmax: self = .softmax(try values.decodeIfPresent(Softmax.self, forKey: .function) ?? Softmax())
    case .argmax: self = .argmax
    }
  }

  /// Writes all parameters, defaults included.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Kind.self)
    guard let key = Kind(rawValue: kind) else { preconditionFailure("every kind has its key") }
    var values = container.nestedContainer(keyedBy: Parameter.self, forKey: key)
    switch self {
    case .dense(let outputs): try values.encode(outputs, forKey: .outputs)
    case .convolution(let filters, let kernelHeight, let kernelWidth, let stride, let padding, let groups):
      try values.encode(filters, forKey: .filters)
      try values.encode(kernelHeight, forKey: .kernelHeight)
      try values.encode(kernelWidth, forKey: .kernelWidth)
      try values.encode(stride, forKey: .stride)
      try values.encode(padding, forKey: .padding)
      try values.encode(groups, forKey: .groups)
    case .averagePool(let window, let stride, let padding, let countsPadding):
      try values.encode(window, forKey: .window)
      try values.encodeIfPresent(stride, forKey: .stride)
      try values.encode(padding, forKey: .padding)
      try values.encode(countsPadding, forKey: .countsPadding)
    case .maxPool(let window, let stride, let padding):
      try values.encode(window, forKey: .window)
      try values.encodeIfPresent(stride, forKey: .stride)
      try values.encode(padding, forKey: .padding)
    case .batchNormalization(let epsilon): try values.encode(epsilon, forKey: .epsilon)
    case .sigmoid(let method): try values.encode(method, forKey: .function)
    case .exponential(let method): try values.encode(method, forKey: .function)
    case .softmax(let method): try values.encode(method, forKey: .function)
    case .globalAveragePool, .scale, .bias, .flatten, .relu, .square, .argmax: break
    }
  }
}
