internal import Online

extension LayerSpecification {
  /// Reads a layer strictly; the kind decides which keys are known.
  init(_ node: JSONNode, file: String, path: String) throws(ConfigurationError) {
    let kind: Kind
    if case .object(let members) = node.value, let member = members.first(where: { $0.key == "kind" }) {
      let only = JSONNode(value: .object([member]), origin: node.origin)
      kind = try ObjectReader(only, file: file, path: path, keys: ["kind"]).choice("kind")
    } else {
      kind = try ObjectReader(node, file: file, path: path, keys: Self.everyKey).choice("kind")
    }
    let reader = try ObjectReader(node, file: file, path: path, keys: ["kind"] + Self.keys(kind))
    var fields = LayerFields(kind)
    switch kind {
    case .dense:
      fields.outputs = try reader.integer("outputs", in: 1...65_536)
      if reader.node("inputs") != nil { fields.inputs = try reader.integer("inputs", in: 1...1_000_000) }
    case .convolution:
      fields.kernel = try Self.kernel(reader)
      fields.filters = try reader.integer("filters", in: 1...4_096)
      fields.stride = try reader.integer("stride", in: 1...64, default: 1)
      fields.padding = try reader.integer("padding", in: 0...64, default: 0)
      fields.groups = try reader.integer("groups", in: 1...4_096, default: 1)
    case .averagePool, .maxPool:
      let window = try reader.integer("window", in: 1...256)
      fields.window = window
      fields.stride = try reader.integer("stride", in: 1...256, default: window)
      fields.padding = try reader.integer("padding", in: 0...255, default: 0)
      if kind == .averagePool { fields.countsPadding = try reader.bool("countsPadding", default: false) }
    case .sigmoid: fields.sigmoid = try LayerFields.SigmoidFields(reader)
    case .exponential: fields.exponential = try LayerFields.ExponentialFields(reader)
    case .softmax:
      fields.exponential = try LayerFields.ExponentialFields(
        reader.object("exponential", keys: LayerFields.ExponentialFields.keys))
    case .batchNorm, .globalAveragePool, .scale, .bias, .flatten, .relu, .square, .identity, .argmax: break
    }
    guard let layer = fields.layer else { throw reader.error("kind", .missingKey("kind")) }
    self = layer
  }

  private static func keys(_ kind: Kind) -> [String] {
    switch kind {
    case .dense: ["outputs", "inputs"]
    case .convolution: ["filters", "kernel", "stride", "padding", "groups"]
    case .averagePool: ["window", "stride", "padding", "countsPadding"]
    case .maxPool: ["window", "stride", "padding"]
    case .sigmoid: LayerFields.SigmoidFields.keys
    case .exponential: LayerFields.ExponentialFields.keys
    case .softmax: ["exponential"]
    case .batchNorm, .globalAveragePool, .scale, .bias, .flatten, .relu, .square, .identity, .argmax: []
    }
  }

  /// Keys of any kind, for the complaint about a layer without one.
  private static var everyKey: [String] {
    Kind.allCases.reduce(into: ["kind"]) { known, kind in known += keys(kind).filter { !known.contains($0) } }
  }

  /// `"kernel": 5` or `"kernel": [5, 3]`: height and width.
  private static func kernel(_ reader: ObjectReader) throws(ConfigurationError) -> [Int] {
    guard let node = reader.node("kernel"), case .array(let items) = node.value else {
      let size = try reader.integer("kernel", in: 1...256)
      return [size, size]
    }
    let sizes = items.compactMap { item -> Int? in
      if case .number(let text) = item.value, let value = Int(text), (1...256).contains(value) { value } else { nil }
    }
    guard items.count == 2, sizes.count == 2 else {
      throw reader.error("kernel", .outOfRange(found: node.summary, allowed: "a size, or [height, width], of 1…256"))
    }
    return sizes
  }
}

extension LayerFields.ExponentialFields {
  static let keys = ["method", "steps", "degree"]

  init(_ reader: ObjectReader) throws(ConfigurationError) {
    method = try reader.choice("method", default: .limit)
    let wrong = method == .limit ? "degree" : "steps"
    guard reader.node(wrong) == nil else {
      throw reader.error(
        wrong, .conflict("the method \"\(method.rawValue)\" has no \"\(wrong)\"", remedy: "remove it"))
    }
    switch method {
    case .limit: steps = try reader.integer("steps", in: 1...20, default: 8)
    case .base2: degree = try reader.integer("degree", in: 1...7, default: 5)
    }
  }
}

extension LayerFields.SigmoidFields {
  static let keys = ["method", "degree", "radius", "outside", "exponential"]

  init(_ reader: ObjectReader) throws(ConfigurationError) {
    method = try reader.choice("method", default: .piecewise)
    let own: [String] =
      switch method {
      case .piecewise, .threePieces: []
      case .polynomial: ["degree", "radius", "outside"]
      case .exact: ["exponential"]
      }
    for key in Self.keys.dropFirst() where !own.contains(key) && reader.node(key) != nil {
      throw reader.error(
        key, .conflict("the method \"\(method.rawValue)\" has no \"\(key)\"", remedy: "remove it"))
    }
    switch method {
    case .piecewise, .threePieces: break
    case .polynomial:
      let degree = try reader.integer("degree", in: 3...9, default: 7)
      guard degree % 2 == 1 else {
        throw reader.error("degree", .outOfRange(found: "\(degree)", allowed: "3, 5, 7 and 9"))
      }
      self.degree = degree
      radius = try reader.number("radius", in: 1...64, default: 5)
      outside = try reader.choice("outside", default: Sigmoid.OutsideDomain.clamped)
    case .exact:
      exponential = try LayerFields.ExponentialFields(
        reader.object("exponential", keys: LayerFields.ExponentialFields.keys))
    }
  }
}
