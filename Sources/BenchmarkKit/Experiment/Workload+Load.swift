extension Workload {
  static let keys = ["name", "dataset", "input", "model", "train", "testRows", "batch"]

  init(_ reader: ObjectReader, standardBatch: Int) throws(ConfigurationError) {
    name = try reader.identifier("name")
    let isSynthetic = reader.node("input") != nil
    if isSynthetic {
      guard reader.node("dataset") == nil else {
        throw reader.error(
          "dataset",
          .conflict("\"input\" asks for random rows and \"dataset\" is given beside it", remedy: "remove one of them"))
      }
      input = try SyntheticInput(reader.object("input", keys: SyntheticInput.keys))
      dataset = nil
    } else {
      input = nil
      dataset = try DatasetSpecification(reader.object("dataset", keys: DatasetSpecification.keys, required: true))
    }
    model = try ModelSpecification(reader.object("model", keys: ["layers"], required: true))
    train = try TrainingSettings(reader.object("train", keys: TrainingSettings.keys))
    if isSynthetic && train.secure {
      throw reader.error(
        "train",
        .conflict("random rows have nothing to be trained on", remedy: "give a dataset, or remove train.secure"))
    }
    testRows = try reader.integer("testRows", in: 0...10_000_000, default: 0)
    batch = try reader.integer("batch", in: 1...65_536, default: standardBatch)
  }
}

extension DatasetSpecification {
  static let keys = [
    "path", "sha256", "header", "label", "delimiter", "classes", "testFraction", "clip", "shape", "scaling",
  ]

  init(_ reader: ObjectReader) throws(ConfigurationError) {
    path = try reader.string("path")
    if path.isEmpty { throw reader.error("path", .outOfRange(found: "\"\"", allowed: "non-empty paths")) }
    sha256 = try reader.string("sha256", default: "").lowercased()
    let isHex = sha256.unicodeScalars.allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
    guard sha256.isEmpty || (sha256.count == 64 && isHex) else {
      throw reader.error(
        "sha256", .outOfRange(found: "a string of \(sha256.count) characters", allowed: "64 hexadecimal digits"))
    }
    header = try reader.bool("header", default: false)
    label = try reader.choice("label", default: .last)
    delimiter = try reader.string("delimiter", default: ",")
    guard delimiter.utf8.count == 1, !"0123456789.+-eE\n\r\"".contains(delimiter) else {
      throw reader.error(
        "delimiter", .outOfRange(found: "\"\(delimiter)\"", allowed: "single ASCII characters no number contains"))
    }
    classes = try reader.integer("classes", in: 2...1_000)
    testFraction = try reader.number("testFraction", in: 0.01...0.9, default: 0.2)
    clip = try reader.number("clip", in: 0...1_000_000, default: 8)
    shape = try reader.shape("shape")
    scaling = try reader.choice("scaling", default: .standardize)
  }
}

extension ModelSpecification {
  init(_ reader: ObjectReader) throws(ConfigurationError) {
    layers = []
    for (index, node) in try reader.requiredArray("layers").enumerated() {
      let path = "\(reader.path(of: "layers"))[\(index)]"
      layers.append(try LayerSpecification(node, file: reader.file, path: path))
    }
  }
}

extension LayerSpecification {
  init(_ node: JSONNode, file: String, path: String) throws(ConfigurationError) {
    // The kind decides which keys are known, so it is read first.
    let kind: Kind
    let everyKey = ["kind", "outputs", "inputs", "method", "filters", "kernel", "stride", "padding", "window"]
    if case .object(let members) = node.value, let member = members.first(where: { $0.key == "kind" }) {
      let only = JSONNode(value: .object([member]), origin: node.origin)
      kind = try ObjectReader(only, file: file, path: path, keys: everyKey).choice("kind")
    } else {
      kind = try ObjectReader(node, file: file, path: path, keys: everyKey).choice("kind")
    }
    let keys =
      switch kind {
      case .dense: ["kind", "outputs", "inputs"]
      case .convolution: ["kind", "filters", "kernel", "stride", "padding"]
      case .averagePool, .maxPool: ["kind", "window"]
      case .sigmoid: ["kind", "method"]
      case .batchNorm, .globalAveragePool, .softmax, .flatten, .relu, .square, .identity, .argmax: ["kind"]
      }
    let reader = try ObjectReader(node, file: file, path: path, keys: keys)
    switch kind {
    case .dense:
      let inputs = reader.node("inputs") == nil ? nil : try reader.integer("inputs", in: 1...1_000_000)
      self = .dense(outputs: try reader.integer("outputs", in: 1...65_536), inputs: inputs)
    case .convolution:
      let (height, width) = try Self.kernel(reader)
      self = .convolution(
        filters: try reader.integer("filters", in: 1...4_096), kernelHeight: height, kernelWidth: width,
        stride: try reader.integer("stride", in: 1...64, default: 1),
        padding: try reader.integer("padding", in: 0...64, default: 0))
    case .averagePool: self = .averagePool(window: try reader.integer("window", in: 1...256))
    case .maxPool: self = .maxPool(window: try reader.integer("window", in: 1...256))
    case .sigmoid: self = .sigmoid(try reader.choice("method", default: .piecewise))
    case .batchNorm: self = .batchNorm
    case .globalAveragePool: self = .globalAveragePool
    case .softmax: self = .softmax
    case .flatten: self = .flatten
    case .relu: self = .relu
    case .square: self = .square
    case .identity: self = .identity
    case .argmax: self = .argmax
    }
  }

  /// `"kernel": 5` or `"kernel": [5, 3]`.
  private static func kernel(_ reader: ObjectReader) throws(ConfigurationError) -> (Int, Int) {
    guard let node = reader.node("kernel"), case .array(let items) = node.value else {
      let size = try reader.integer("kernel", in: 1...256)
      return (size, size)
    }
    let sizes = items.compactMap { item -> Int? in
      if case .number(let text) = item.value, let value = Int(text), (1...256).contains(value) { value } else { nil }
    }
    guard items.count == 2, sizes.count == 2 else {
      throw reader.error("kernel", .outOfRange(found: node.summary, allowed: "a size, or [height, width], of 1…256"))
    }
    return (sizes[0], sizes[1])
  }
}

extension TrainingSettings {
  static let keys = ["epochs", "batch", "learningRate", "momentum", "weightDecay", "secure", "rows"]

  init(_ reader: ObjectReader) throws(ConfigurationError) {
    let standard = TrainingSettings()
    epochs = try reader.integer("epochs", in: 1...100_000, default: standard.epochs)
    batch = try reader.integer("batch", in: 1...65_536, default: standard.batch)
    learningRate = try reader.number("learningRate", in: 1e-9...10, default: standard.learningRate)
    momentum = try reader.number("momentum", in: 0...0.999, default: standard.momentum)
    weightDecay = try reader.number("weightDecay", in: 0...1, default: standard.weightDecay)
    secure = try reader.bool("secure", default: false)
    rows = try reader.integer("rows", in: 0...100_000_000, default: 0)
  }
}
