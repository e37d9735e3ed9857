extension Workload {
  static let keys = ["name", "dataset", "input", "model", "train", "testRows", "batch", "fixedPoint"]

  /// - Parameters:
  ///   - standardBatch: rows computed together if the workload does not say.
  ///   - standard: the experiment's number format, whose s is that of all workloads.
  init(_ reader: ObjectReader, standardBatch: Int, standard: FixedPointSettings) throws(ConfigurationError) {
    name = try reader.identifier("name")
    let isSynthetic = reader.node("input") != nil
    model = try ModelSpecification(reader.object("model", keys: ModelSpecification.keys, required: true))
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
      dataset = try DatasetSpecification(
        reader.object("dataset", keys: DatasetSpecification.keys, required: true), isTrained: model.file == nil)
    }
    if model.file != nil, reader.node("train") != nil {
      throw reader.error(
        "train",
        .conflict("the model comes from the file model.path and is not trained", remedy: "remove one of the two"))
    }
    train = try TrainingSettings(reader.object("train", keys: TrainingSettings.keys))
    if isSynthetic && train.secure && train.rows == 0 {
      throw reader.error(
        "train",
        .conflict("random rows have no number of their own", remedy: "add train.rows, the rows to be trained on"))
    }
    testRows = try reader.integer("testRows", in: 0...10_000_000, default: 0)
    batch = try reader.integer("batch", in: 1...65_536, default: standardBatch)
    fixedPoint = nil
    if reader.node("fixedPoint") != nil {
      let own = try reader.object("fixedPoint", keys: FixedPointSettings.keys)
      let settings = try FixedPointSettings(
        own, standard: standard, multiplies: model.layers.isEmpty || model.layers.contains { !$0.onlyCompares })
      guard settings.s == standard.s else {
        throw own.error(
          "s", .conflict("all workloads have the statistical security of the experiment", remedy: "remove it here"))
      }
      fixedPoint = settings
    }
  }
}

extension DatasetSpecification {
  static let keys = [
    "path", "sha256", "header", "label", "delimiter", "classes", "testFraction", "clip", "shape", "scaling", "divisor",
    "arrays", "owners",
  ]

  /// - Parameter isTrained: whether rows are held back for training by default, and scaled by it.
  init(_ reader: ObjectReader, isTrained: Bool) throws(ConfigurationError) {
    path = try reader.string("path")
    if path.isEmpty { throw reader.error("path", .outOfRange(found: "\"\"", allowed: "non-empty paths")) }
    sha256 = try reader.sha256("sha256")
    header = try reader.bool("header", default: false)
    arrays = try ArrayNames(reader)
    label = try reader.choice("label", default: arrays?.labels == "" ? LabelColumn.none : .last)
    delimiter = try reader.string("delimiter", default: ",")
    guard delimiter.utf8.count == 1, !"0123456789.+-eE\n\r\"".contains(delimiter) else {
      throw reader.error(
        "delimiter", .outOfRange(found: "\"\(delimiter)\"", allowed: "single ASCII characters no number contains"))
    }
    classes = label == .none ? 0 : try reader.integer("classes", in: 2...1_000)
    testFraction = try reader.number("testFraction", in: 0.01...1, default: isTrained ? 0.2 : 1)
    scaling = try reader.choice("scaling", default: isTrained ? Scaling.standardize : .none)
    clip = try reader.number("clip", in: 0...1_000_000, default: scaling == .none ? 0 : 8)
    divisor = try reader.number("divisor", in: 1e-6...1e6, default: 1)
    shape = try reader.shape("shape")
    if isTrained, label == .none {
      throw reader.error(
        "label", .conflict("a model is trained on labels", remedy: "name a column, or give model.path"))
    }
    if testFraction > 0.9, isTrained || scaling != .none {
      throw reader.error(
        "testFraction",
        .conflict(
          "training, and scaling fitted to training rows, need rows that are not classified",
          remedy: "choose at most 0.9" + (isTrained ? "" : ", or scaling \"none\"")))
    }
    guard reader.node("owners") != nil else { return }
    owners = try OwnerColumn(reader.object("owners", keys: OwnerColumn.keys))
    guard header else {
      throw reader.error(
        "owners", .conflict("the owner's column is named and the file has no header", remedy: "set header to true"))
    }
  }
}

extension DatasetSpecification.ArrayNames {
  /// `"arrays": {"features": "x", "labels": "y"}`; nil if absent.
  init?(_ reader: ObjectReader) throws(ConfigurationError) {
    guard reader.node("arrays") != nil else { return nil }
    let names = try reader.object("arrays", keys: ["features", "labels"])
    features = try names.string("features")
    labels = try names.string("labels", default: "")
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
