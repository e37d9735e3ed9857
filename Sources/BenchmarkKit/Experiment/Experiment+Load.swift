internal import SecretSharing
internal import Online

extension Experiment {
  /// Reads an experiment file without a sweep, or with one of a single configuration.
  /// - Parameters:
  ///   - path: the file.
  ///   - overrides: `key=value` texts, applied in order before checking.
  public static func load(path: String, overrides: [String] = []) throws(ConfigurationError) -> Experiment {
    try single(ExperimentSweep.load(path: path, overrides: overrides), file: path)
  }

  /// Reads an experiment from text; `file` is named in errors.
  public static func load(file: String, text: String, overrides: [String] = [])
    throws(ConfigurationError) -> Experiment
  {
    try single(ExperimentSweep.load(file: file, text: text, overrides: overrides), file: file)
  }

  private static func single(_ sweep: ExperimentSweep, file: String) throws(ConfigurationError) -> Experiment {
    guard sweep.points.count == 1 else {
      throw ConfigurationError(
        file: file, origin: nil, path: "sweep",
        cause: .conflict(
          "\(sweep.points.count) configurations where one is expected",
          remedy: "choose one with --set sweep={} and --set for its values"))
    }
    return sweep.points[0].experiment
  }

  private static let keys = [
    "name", "summary", "seed", "parties", "modes", "transport", "link", "field", "fixedPoint", "batch", "repeats",
    "warmup", "deadlineSeconds", "insecureDealer", "offline", "workloads", "sweep",
  ]

  init(_ tree: JSONNode, file: String) throws(ConfigurationError) {
    let reader = try ObjectReader(tree, file: file, path: "", keys: Self.keys)
    name = try reader.identifier("name")
    summary = try reader.string("summary", default: "")
    seed = UInt64(try reader.integer("seed", in: 0...Int.max, default: 1))
    parties = try reader.integer("parties", in: 2...8, default: 2)
    modes = try reader.choices("modes", default: [.passive, .active])
    transport = try reader.choice("transport", default: .inproc)
    link = try LinkProfile(reader.object("link", keys: LinkProfile.keys))
    field = try reader.choice("field", default: .p127)
    fixedPoint = try FixedPointSettings(reader.object("fixedPoint", keys: FixedPointSettings.keys))
    batch = try reader.integer("batch", in: 1...65_536, default: 32)
    repeats = try reader.integer("repeats", in: 1...10_000, default: 5)
    warmup = try reader.integer("warmup", in: 0...1_000, default: 1)
    deadlineSeconds = try reader.number("deadlineSeconds", in: 0.1...86_400, default: 30)
    insecureDealer = try reader.bool("insecureDealer", default: false)
    offline = try OfflineSettings(reader.object("offline", keys: OfflineSettings.keys))
    workloads = []
    for (index, node) in try reader.requiredArray("workloads").enumerated() {
      let path = "workloads[\(index)]"
      let entry = try ObjectReader(node, file: file, path: path, keys: Workload.keys)
      let workload = try Workload(entry, standardBatch: batch, standard: fixedPoint)
      if workloads.contains(where: { $0.name == workload.name }) {
        throw entry.error("name", .duplicate(workload.name))
      }
      workloads.append(workload)
    }
    let own = workloads.enumerated().compactMap { index, workload in
      workload.fixedPoint.map { ("workloads[\(index)].fixedPoint", $0.k) }
    }
    for (path, k) in [("fixedPoint", fixedPoint.k)] + own
    where k + fixedPoint.s + 2 + ceilLog2(parties) > field.bits {
      throw ConfigurationError(
        file: file, origin: reader.node("fixedPoint")?.origin, path: path,
        cause: .fixedPointTooWide(
          k: k, s: fixedPoint.s, partyCount: parties, field: field.rawValue, fieldBits: field.bits))
    }
    try requireRoomForFunctions(file: file)
    try requireOwnersAreParties(file: file)
  }
}

extension Experiment {
  /// Checks k′ + s + 2 + ⌈log2 n⌉ ≤ log2 p for the longest value k′ that a layer truncates or compares.
  private func requireRoomForFunctions(file: String) throws(ConfigurationError) {
    for (workload, entry) in workloads.enumerated() {
      let fixedPoint = applying(entry).fixedPoint
      let format = FixedPointFormat(fractionBits: fixedPoint.f, valueBits: fixedPoint.k)
      for (index, layer) in entry.model.layers.enumerated() {
        let longest =
          switch layer {
          case .sigmoid(let function): function.longestValueBits(format)
          case .exponential(let function): function.longestValueBits(format)
          case .argmax, .maxPool: fixedPoint.k + 1  // differences of two values
          case .softmax(let function): function.longestValueBits(format)
          default: fixedPoint.k
          }
        let needed = longest + fixedPoint.s + 2 + ceilLog2(parties)
        guard needed <= field.bits else {
          throw ConfigurationError(
            file: file, origin: nil, path: "workloads[\(workload)].model.layers[\(index)]",
            cause: .conflict(
              "\(layer.kind.rawValue) works with values of \(longest) bits, and \(longest) + s + 2 + log2 n = \(needed) "
                + "exceeds the \(field.bits) bits of \(field.rawValue)",
              remedy: "lower fixedPoint.k, fixedPoint.f or fixedPoint.s"))
        }
      }
    }
  }
}

extension Experiment {
  /// The experiment as one of its workloads sees it: with the workload's number format.
  func applying(_ workload: Workload) -> Experiment {
    guard let own = workload.fixedPoint else { return self }
    var experiment = self
    experiment.fixedPoint = own
    return experiment
  }
}

extension ObjectReader {
  /// A name of letters, digits, '.', '_' and '-', at most 64 long: it goes into file names and columns.
  func identifier(_ key: String, default standard: String? = nil) throws(ConfigurationError) -> String {
    let text = try string(key, default: standard)
    let allowed = text.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
      default: false
      }
    }
    guard allowed, (1...64).contains(text.count), text.first != "." else {
      throw error(
        key, .outOfRange(found: "\"\(text)\"", allowed: "names of 1…64 letters, digits, '-', '_' and '.'"))
    }
    return text
  }
}

extension LinkProfile {
  static let keys = ["profile", "latencyMilliseconds", "bandwidthMbit", "jitterMilliseconds"]

  init(_ reader: ObjectReader) throws(ConfigurationError) {
    let name: Name = try reader.choice("profile", default: Name.none)
    self.init(name)
    let standard = self
    latencyMilliseconds = try reader.number(
      "latencyMilliseconds", in: 0...60_000, default: standard.latencyMilliseconds)
    bandwidthMbit = try reader.number("bandwidthMbit", in: 0...1_000_000, default: standard.bandwidthMbit)
    jitterMilliseconds = try reader.number("jitterMilliseconds", in: 0...60_000, default: standard.jitterMilliseconds)
    if name != .custom, self != standard {
      throw reader.error(
        "profile",
        .conflict(
          "the link \"\(name.rawValue)\" has its own figures and others are given beside it",
          remedy: "use \"profile\": \"custom\" or remove the figures"))
    }
  }
}

extension FixedPointSettings {
  static let keys = ["f", "k", "s", "featureBits", "weightBits"]

  /// - Parameters:
  ///   - standard: what holds if the object is silent; bits of features and weights follow f if that is given.
  ///   - multiplies: whether products are truncated, so that 2f bits have to fit.
  init(_ reader: ObjectReader, standard: FixedPointSettings = FixedPointSettings(), multiplies: Bool = true)
    throws(ConfigurationError)
  {
    f = try reader.integer("f", in: 1...30, default: standard.f)
    k = try reader.integer("k", in: 8...63, default: standard.k)
    s = try reader.integer("s", in: 20...80, default: standard.s)
    let keeps = f == standard.f
    featureBits = try reader.integer("featureBits", in: 2...63, default: keeps ? standard.featureBits : f + 5)
    weightBits = try reader.integer("weightBits", in: 2...63, default: keeps ? standard.weightBits : f + 4)
    if f >= k || (multiplies && 2 * f >= k) {
      throw reader.error(
        "f",
        .conflict(
          "a product has 2f = \(2 * f) fraction bits and does not fit in k = \(k) bits", remedy: "lower f or raise k"))
    }
  }
}
