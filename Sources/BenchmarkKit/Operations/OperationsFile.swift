public import SecretSharing
internal import Preprocessing

/// A file of single operations and of material to generate, with the lists it runs over: `"operations"` in place of
/// `"workloads"`. Read as strictly as an experiment.
public struct OperationsFile: Sendable {
  /// One measurement.
  public struct Entry: Sendable {
    /// What is measured.
    public enum Subject: Sendable {
      /// An operation of the online phase, with its material made before or, if the file says so, dealt.
      case online(MicroOperation, size: Int, digitWidth: Int)
      /// Material of the offline phase, discarded.
      case offline(PrepKind, count: Int, shape: String?)
    }

    /// What is measured.
    public var subject: Subject
    /// Passive or active.
    public var mode: SecurityMode
    /// 2…8.
    public var parties: Int
    /// How the parties are connected.
    public var transport: TransportKind
    /// The field.
    public var field: FieldChoice
    /// f, k and s.
    public var fixedPoint: FixedPointSettings
    /// Whether f and k are the entry's own, and stand in its title.
    var hasOwnFormat = false
  }

  /// Name of the preset.
  public let name: String
  /// What it is for.
  public let summary: String
  /// The measurements, modes next to each other.
  public let entries: [Entry]
  /// Measured runs and runs before them.
  public let repeats: Int, warmup: Int
  /// f, k and s, unless an entry has its own.
  public let fixedPoint: FixedPointSettings
  /// **Insecure**: operations of the online phase take material of a trusted dealer.
  public let insecureDealer: Bool
  /// Threads of a party and protocols of the offline phase.
  public let offline: OfflineSettings

  private static let keys = [
    "name", "summary", "modes", "parties", "transports", "fields", "repeats", "warmup", "fixedPoint", "offline",
    "operations", "insecureDealer",
  ]

  /// Whether a file lists operations instead of workloads.
  static func describes(_ tree: JSONNode) -> Bool {
    guard case .object(let members) = tree.value else { return false }
    return members.contains { $0.key == "operations" } && !members.contains { $0.key == "workloads" }
  }

  /// Why something that experiments have makes no sense here.
  static func onlyForExperiments(_ file: String, _ what: String) -> ConfigurationError {
    ConfigurationError(
      file: file, origin: nil, path: "operations",
      cause: .conflict(
        "\(what) is for experiments with \"workloads\"; single operations have no data and no models",
        remedy: "'spdz-bench run --dry-run' lists them"))
  }

  /// One line a measurement.
  func overview() -> String {
    var table = TextTable([
      ("operation", .left), ("mode", .left), ("parties", .right), ("transport", .left), ("field", .left),
      ("runs", .right),
    ])
    for entry in entries {
      table.append([
        entry.title, entry.mode.rawValue, "\(entry.parties)", entry.transport.rawValue, entry.field.rawValue,
        "\(warmup + repeats)",
      ])
    }
    return table.rendered()
  }

  init(_ tree: JSONNode, file: String) throws(ConfigurationError) {
    let reader = try ObjectReader(tree, file: file, path: "", keys: Self.keys)
    name = try reader.identifier("name")
    summary = try reader.string("summary", default: "")
    let modes: [SecurityMode] = try reader.choices("modes", default: [.passive, .active])
    let transports: [TransportKind] = try reader.choices("transports", default: [.inproc])
    let fields: [FieldChoice] = try reader.choices("fields", default: [.p127])
    let parties = try reader.integers("parties", in: 2...8, default: [2])
    repeats = try reader.integer("repeats", in: 1...1_000, default: 5)
    warmup = try reader.integer("warmup", in: 0...100, default: 1)
    fixedPoint = try FixedPointSettings(reader.object("fixedPoint", keys: FixedPointSettings.keys))
    offline = try OfflineSettings(reader.object("offline", keys: OfflineSettings.keys))
    insecureDealer = try reader.bool("insecureDealer", default: false)
    var subjects: [(subject: Entry.Subject, format: FixedPointSettings?)] = []
    for (index, node) in try reader.requiredArray("operations").enumerated() {
      let entry = try ObjectReader(
        node, file: file, path: "operations[\(index)]",
        keys: ["op", "sizes", "material", "counts", "shape", "fixedPoint", "digitWidth"])
      let format = try Self.ownFormat(entry, standard: fixedPoint)
      subjects += try Self.subjects(entry).map { ($0, format) }
    }
    var entries: [Entry] = []
    for count in parties {
      for field in fields {
        for transport in transports {
          for (subject, format) in subjects {
            for mode in modes {
              entries.append(
                Entry(
                  subject: subject, mode: mode, parties: count, transport: transport, field: field,
                  fixedPoint: format ?? fixedPoint, hasOwnFormat: format != nil))
            }
          }
        }
      }
    }
    self.entries = entries
  }

  /// f and k of an operation, if it has its own.
  private static func ownFormat(_ reader: ObjectReader, standard: FixedPointSettings) throws(ConfigurationError)
    -> FixedPointSettings?
  {
    guard reader.node("fixedPoint") != nil else { return nil }
    guard reader.node("op") != nil else {
      throw reader.error("fixedPoint", .conflict("material has no number format", remedy: "remove it"))
    }
    let operation: MicroOperation = try reader.choice("op")
    return try FixedPointSettings(
      reader.object("fixedPoint", keys: ["f", "k"]), standard: standard, multiplies: operation.truncatesProducts)
  }

  private static func subjects(_ reader: ObjectReader) throws(ConfigurationError) -> [Entry.Subject] {
    if reader.node("op") != nil {
      for key in ["material", "counts", "shape"] where reader.node(key) != nil {
        throw reader.error(
          key, .conflict("\"\(key)\" does not belong to an \"op\"", remedy: "remove one of them"))
      }
      let operation: MicroOperation = try reader.choice("op")
      let largest = operation == .matmul ? 2_048 : 10_000_000
      if reader.node("digitWidth") != nil, !operation.compares {
        throw reader.error(
          "digitWidth", .conflict("\(operation.rawValue) compares nothing", remedy: "remove it, or take ltz or relu"))
      }
      let width = try reader.integer("digitWidth", in: 1...4, default: 2)
      return try reader.integers("sizes", in: 1...largest).map { .online(operation, size: $0, digitWidth: width) }
    }
    let kind: PrepKind = try reader.choice("material")
    let shape = reader.node("shape") == nil ? nil : try reader.string("shape")
    guard kind.hasShape == (shape != nil) else {
      throw reader.error(
        "shape",
        .conflict(
          kind.hasShape ? "\(kind.rawValue) needs a shape" : "\(kind.rawValue) has no shape",
          remedy: kind.hasShape ? "add for example \"shape\": \"\(kind.shapeExample)\"" : "remove \"shape\""))
    }
    if reader.node("sizes") != nil {
      throw reader.error("sizes", .conflict("material has \"counts\"", remedy: "rename it"))
    }
    return try reader.integers("counts", in: 1...100_000_000).map { .offline(kind, count: $0, shape: shape) }
  }
}

extension ObjectReader {
  /// A non-empty list of different whole numbers.
  func integers(_ key: String, in range: ClosedRange<Int>, default standard: [Int]? = nil)
    throws(ConfigurationError) -> [Int]
  {
    guard let items = try array(key) else {
      if let standard { return standard }
      throw error(key, .missingKey(key))
    }
    var values: [Int] = []
    for item in items {
      guard case .number(let text) = item.value, let value = Int(text), range.contains(value) else {
        throw error(key, .outOfRange(found: item.summary, allowed: "\(range.lowerBound)…\(range.upperBound)"))
      }
      if values.contains(value) { throw error(key, .duplicate("\(value)")) }
      values.append(value)
    }
    if values.isEmpty { throw error(key, .outOfRange(found: "an empty list", allowed: "1 or more entries")) }
    return values
  }
}
