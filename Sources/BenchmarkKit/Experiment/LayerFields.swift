internal import Online

/// A layer as JSON has it: `{"kind": …}` and the keys of its kind. The strict reader of experiment files and the manifest's
/// encoder share it.
struct LayerFields: Hashable, Sendable, Codable {
  var kind: LayerSpecification.Kind
  var outputs: Int?
  var inputs: Int?
  var filters: Int?
  /// Height and width.
  var kernel: [Int]?
  var window: Int?
  var stride: Int?
  var padding: Int?
  var groups: Int?
  var countsPadding: Bool?
  var sigmoid: SigmoidFields?
  var exponential: ExponentialFields?

  init(_ kind: LayerSpecification.Kind) { self.kind = kind }

  /// How a sigmoid is computed.
  struct SigmoidFields: Hashable, Sendable {
    enum Method: String, Codable, CaseIterable { case piecewise, threePieces, polynomial, exact }
    var method = Method.piecewise
    var degree: Int?
    var radius: Double?
    var outside: Sigmoid.OutsideDomain?
    /// Of the exact method.
    var exponential: ExponentialFields?
  }

  /// How an exponential is computed.
  struct ExponentialFields: Hashable, Sendable, Codable {
    enum Method: String, Codable, CaseIterable { case limit, base2 }
    var method = Method.limit
    var steps: Int?
    var degree: Int?
  }

  private enum CodingKeys: String, CodingKey {
    case kind, outputs, inputs, filters, kernel, window, stride, padding, groups, countsPadding
    case method, degree, radius, outside, steps, exponential
  }

  /// Writes the keys that are set; the methods of functions stand beside `kind`.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try container.encodeIfPresent(outputs, forKey: .outputs)
    try container.encodeIfPresent(inputs, forKey: .inputs)
    try container.encodeIfPresent(filters, forKey: .filters)
    try container.encodeIfPresent(kernel, forKey: .kernel)
    try container.encodeIfPresent(window, forKey: .window)
    try container.encodeIfPresent(stride, forKey: .stride)
    try container.encodeIfPresent(padding, forKey: .padding)
    try container.encodeIfPresent(groups, forKey: .groups)
    try container.encodeIfPresent(countsPadding, forKey: .countsPadding)
    if let sigmoid {
      try container.encode(sigmoid.method, forKey: .method)
      try container.encodeIfPresent(sigmoid.degree, forKey: .degree)
      try container.encodeIfPresent(sigmoid.radius, forKey: .radius)
      try container.encodeIfPresent(sigmoid.outside, forKey: .outside)
      try container.encodeIfPresent(sigmoid.exponential, forKey: .exponential)
    } else if kind == .exponential {
      try container.encodeIfPresent(exponential?.method, forKey: .method)
      try container.encodeIfPresent(exponential?.steps, forKey: .steps)
      try container.encodeIfPresent(exponential?.degree, forKey: .degree)
    } else {
      try container.encodeIfPresent(exponential, forKey: .exponential)
    }
  }

  /// Reads what ``encode(to:)`` writes.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    kind = try container.decode(LayerSpecification.Kind.self, forKey: .kind)
    outputs = try container.decodeIfPresent(Int.self, forKey: .outputs)
    inputs = try container.decodeIfPresent(Int.self, forKey: .inputs)
    filters = try container.decodeIfPresent(Int.self, forKey: .filters)
    kernel = try container.decodeIfPresent([Int].self, forKey: .kernel)
    window = try container.decodeIfPresent(Int.self, forKey: .window)
    stride = try container.decodeIfPresent(Int.self, forKey: .stride)
    padding = try container.decodeIfPresent(Int.self, forKey: .padding)
    groups = try container.decodeIfPresent(Int.self, forKey: .groups)
    countsPadding = try container.decodeIfPresent(Bool.self, forKey: .countsPadding)
    switch kind {
    case .sigmoid:
      sigmoid = SigmoidFields(
        method: try container.decode(SigmoidFields.Method.self, forKey: .method),
        degree: try container.decodeIfPresent(Int.self, forKey: .degree),
        radius: try container.decodeIfPresent(Double.self, forKey: .radius),
        outside: try container.decodeIfPresent(Sigmoid.OutsideDomain.self, forKey: .outside),
        exponential: try container.decodeIfPresent(ExponentialFields.self, forKey: .exponential))
    case .exponential:
      exponential = ExponentialFields(
        method: try container.decode(ExponentialFields.Method.self, forKey: .method),
        steps: try container.decodeIfPresent(Int.self, forKey: .steps),
        degree: try container.decodeIfPresent(Int.self, forKey: .degree))
    default: exponential = try container.decodeIfPresent(ExponentialFields.self, forKey: .exponential)
    }
  }
}

extension LayerFields.ExponentialFields {
  init(_ function: Exponential) {
    switch function {
    case .limit(let steps): self.init(method: .limit, steps: steps)
    case .base2(let degree): self.init(method: .base2, degree: degree)
    }
  }

  var function: Exponential {
    switch method {
    case .limit: .limit(steps: steps ?? 8)
    case .base2: .base2(degree: degree ?? 5)
    }
  }
}

extension LayerFields.SigmoidFields {
  init(_ function: Sigmoid) {
    switch function {
    case .threePieces: self.init(method: .threePieces)
    case .fivePieces: self.init(method: .piecewise)
    case .polynomial(let degree, let radius, let outside):
      self.init(method: .polynomial, degree: degree, radius: radius, outside: outside)
    case .exact(let exponential):
      self.init(method: .exact, exponential: LayerFields.ExponentialFields(exponential))
    }
  }

  var function: Sigmoid {
    switch method {
    case .threePieces: .threePieces
    case .piecewise: .fivePieces
    case .polynomial: .polynomial(degree: degree ?? 7, radius: radius ?? 5, outside: outside ?? .clamped)
    case .exact: .exact(exponential?.function ?? .standard)
    }
  }
}

extension LayerFields {
  /// All parameters of a layer, defaults included.
  init(_ layer: LayerSpecification) {
    self.init(layer.kind)
    switch layer {
    case .dense(let outputs, let inputs): (self.outputs, self.inputs) = (outputs, inputs)
    case .convolution(let filters, let height, let width, let stride, let padding, let groups):
      (self.filters, kernel, self.stride, self.padding, self.groups) =
        (filters, [height, width], stride, padding, groups)
    case .averagePool(let window, let stride, let padding, let countsPadding):
      (self.window, self.stride, self.padding, self.countsPadding) = (window, stride ?? window, padding, countsPadding)
    case .maxPool(let window, let stride, let padding):
      (self.window, self.stride, self.padding) = (window, stride ?? window, padding)
    case .sigmoid(let function): sigmoid = SigmoidFields(function)
    case .exponential(let function): exponential = ExponentialFields(function)
    case .softmax(let function): exponential = ExponentialFields(function.exponential)
    case .batchNorm, .globalAveragePool, .scale, .bias, .flatten, .relu, .square, .identity, .argmax: break
    }
  }

  /// The layer; nil if a size is missing.
  var layer: LayerSpecification? {
    switch kind {
    case .dense: outputs.map { .dense(outputs: $0, inputs: inputs) }
    case .convolution:
      if let filters, let kernel, kernel.count == 2 {
        .convolution(
          filters: filters, kernelHeight: kernel[0], kernelWidth: kernel[1], stride: stride ?? 1,
          padding: padding ?? 0, groups: groups ?? 1)
      } else {
        nil
      }
    case .averagePool:
      window.map {
        .averagePool(
          window: $0, stride: stride == $0 ? nil : stride, padding: padding ?? 0, countsPadding: countsPadding ?? false)
      }
    case .maxPool:
      window.map { .maxPool(window: $0, stride: stride == $0 ? nil : stride, padding: padding ?? 0) }
    case .sigmoid: .sigmoid((sigmoid ?? SigmoidFields()).function)
    case .exponential: .exponential((exponential ?? ExponentialFields()).function)
    case .softmax: .softmax(Softmax(exponential: (exponential ?? ExponentialFields()).function))
    case .batchNorm: .batchNorm
    case .globalAveragePool: .globalAveragePool
    case .scale: .scale
    case .bias: .bias
    case .flatten: .flatten
    case .relu: .relu
    case .square: .square
    case .identity: .identity
    case .argmax: .argmax
    }
  }
}

extension LayerSpecification: Codable {
  /// Writes `{"kind": …}` with the parameters of the kind.
  public func encode(to encoder: any Encoder) throws { try LayerFields(self).encode(to: encoder) }

  /// Reads what ``encode(to:)`` writes. Experiment files are read by ``Experiment/load(file:text:overrides:)`` instead,
  /// which is strict.
  public init(from decoder: any Decoder) throws {
    guard let layer = try LayerFields(from: decoder).layer else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "a layer without its sizes"))
    }
    self = layer
  }
}
