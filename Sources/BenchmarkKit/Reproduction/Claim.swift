internal import FoundationEssentials

/// A statement of the documentation and the run that supports it: one entry of `Benchmarks/claims.json`.
public struct Claim: Hashable, Sendable {
  /// How much is run; each tier contains the ones before it.
  public enum Tier: String, Hashable, Sendable, CaseIterable {
    /// Less than two minutes.
    case smoke
    /// Half an hour.
    case small
    /// Hours.
    case paper

    /// Whether a run of this tier checks claims of the other.
    public func contains(_ other: Tier) -> Bool {
      let order = Tier.allCases
      return (order.firstIndex(of: other) ?? 0) <= (order.firstIndex(of: self) ?? 0)
    }
  }

  /// Name of the claim and of its file in `expected/`.
  public var id: String
  /// The statement.
  public var statement: String
  /// Where it is made.
  public var source: String
  /// The first tier that checks it.
  public var tier: Tier
  /// The experiment, relative to the claims' folder.
  public var preset: String
  /// `key=value` replacements.
  public var overrides: [String]

  /// Reads the claims.
  /// - Throws: ``ConfigurationError``.
  public static func load(path: String) throws(ConfigurationError) -> [Claim] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw ConfigurationError(
        file: path, origin: nil, path: "",
        cause: .unreadable(reason: "no readable file; name the folder with --benchmarks"))
    }
    let reader = try ObjectReader(JSONParser.parse(text, file: path), file: path, path: "", keys: ["claims"])
    var claims: [Claim] = []
    for (index, node) in try reader.requiredArray("claims").enumerated() {
      let entry = try ObjectReader(
        node, file: path, path: "claims[\(index)]", keys: ["id", "claim", "source", "tier", "preset", "set"])
      var overrides: [String] = []
      for item in try entry.array("set") ?? [] {
        guard case .string(let text) = item.value else {
          throw entry.error("set", .wrongType(expected: "a list of \"key=value\"", found: item.summary))
        }
        overrides.append(text)
      }
      let id = try entry.identifier("id")
      if claims.contains(where: { $0.id == id }) { throw entry.error("id", .duplicate(id)) }
      claims.append(
        Claim(
          id: id, statement: try entry.string("claim"), source: try entry.string("source"),
          tier: try entry.choice("tier"),
          preset: try entry.string("preset"), overrides: overrides))
    }
    return claims
  }
}

/// What the run behind a claim has to give: `expected/ID.json`.
public struct ExpectedResults: Hashable, Sendable, Codable {
  /// A figure that may vary within limits.
  public struct Band: Hashable, Sendable, Codable {
    /// Which figure.
    public var what: String
    /// Limits, inclusive.
    public var low: Double, high: Double
    /// What it was when the file was written.
    public var recorded: Double
  }

  /// Bytes, rounds and material, by workload and mode, then by name: equal or wrong.
  public var exact: [String: [String: Double]]
  /// Accuracies, bytes of the offline phase, ratios of times.
  public var bands: [Band]

  /// What a run gave, with limits around it: accuracies ± half a point or a row, agreement with clear ± a point or a row,
  /// errors at most four times as large, bytes an item and of set-up ± 2 %, bytes of a program's offline phase ± 10 %
  /// (proofs may be repeated), ratios of times between two fifths and 2½ times, if the passive run took long enough.
  /// - Parameter withTimes: false for debug builds, whose times mean nothing: no ratios.
  public init(recording rows: [ResultRow], withTimes: Bool = !BuildConfiguration.isDebug) {
    exact = ExactFigures(rows).values
    bands = Self.figures(rows).filter { withTimes && $0.isStable || $0.kind != .ratio }.map { figure in
      let value = figure.value
      let (low, high): (Double, Double) =
        switch figure.kind {
        case .accuracy(let row): (max(0, value - max(0.005, row)), min(1, value + max(0.005, row)))
        case .agreement(let row): (max(0, value - max(0.01, row)), 1)
        case .error: (0, 4 * value)
        case .bytes: (0.98 * value, 1.02 * value)
        case .programBytes: (0.9 * value, 1.1 * value)
        case .ratio: (value / 2.5, value * 2.5)
        }
      return Band(what: figure.name, low: low, high: high, recorded: value)
    }
  }

  /// What kind of limits a figure has; what one row more or less changes.
  enum Kind: Equatable {
    case accuracy(row: Double)
    case agreement(row: Double)
    case error, bytes, programBytes, ratio
  }

  /// A figure of a run that has a band.
  struct Figure {
    var name: String
    var kind: Kind
    var value: Double
    /// False for ratios of times so short that a busy machine decides.
    var isStable = true
  }

  /// Passive runs shorter than this have no band for their ratio, in nanoseconds.
  static let shortestStableTime = 20e6

  /// The figures of a run that have bands, in a fixed order.
  static func figures(_ rows: [ResultRow]) -> [Figure] {
    WorkloadFigures.all(in: rows).flatMap { figures -> [Figure] in
      let setting = figures.setting
      let row = 1.000001 / Double(max(1, setting.size))
      let kinds: [String: Kind] = [
        "accuracy": .accuracy(row: row), "agreement with clear": .agreement(row: row), "largest output error": .error,
        "bytes/item": .bytes,
      ]
      let place = "\(setting.title), \(setting.parties) parties, \(setting.transport), p\(setting.fieldBits)"
      var found: [Figure] = []
      for mode in figures.modes {
        let results = figures.results[mode] ?? [:]
        for (unit, value) in results.sorted(by: { $0.key < $1.key }) {
          if let kind = kinds[unit] {
            found.append(Figure(name: "\(place), \(mode): \(unit)", kind: kind, value: value))
          }
        }
        if let bytes = figures.setUpBytes[mode] {
          found.append(Figure(name: "\(place), \(mode): set-up bytes", kind: .bytes, value: bytes))
        }
        let offline = figures.costs[mode]?[nil as WorkloadFigures.Layer?]?.bytes[.offline] ?? 0
        if offline > 0, !setting.usesDealer, results["bytes/item"] == nil {
          found.append(Figure(name: "\(place), \(mode): offline bytes", kind: .programBytes, value: offline))
        }
      }
      if let ratio = figures.ratio(nil) {
        let passive = figures.costs["passive"]?[nil as WorkloadFigures.Layer?]?.total?.median ?? 0
        found.append(
          Figure(
            name: "\(place): time active ÷ passive", kind: .ratio, value: ratio.median,
            isStable: passive >= shortestStableTime))
      }
      return found
    }
  }
}
