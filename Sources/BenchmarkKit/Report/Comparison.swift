/// Two runs of the same experiments side by side: `spdz-bench compare A B`.
///
/// Bytes and rounds of online phase and checks, and the material used, do not depend on the machine: they have to be
/// equal. Times differ beyond the noise if the quartile ranges of the repeats do not overlap and the medians differ by more
/// than the wider range and by 2 %.
public struct Comparison: Sendable, Encodable {
  /// One time in both runs, milliseconds.
  public struct Entry: Sendable, Encodable {
    /// Workload, layer ("total" for all), phase, mode.
    public var workload: String, layer: String, phase: String, mode: String
    /// Medians and quartile ranges.
    public var a: Double, b: Double, rangeA: [Double], rangeB: [Double]
    /// b ÷ a.
    public var ratio: Double
    /// Whether the difference exceeds the noise; nil with fewer than three repeats on a side: it is not known.
    public var exceedsNoise: Bool?
  }

  /// An exact figure that differs.
  public struct Difference: Sendable, Encodable {
    /// What.
    public var what: String
    /// In A, in B; nil: not there.
    public var a: Double?, b: Double?
  }

  /// Times, in the order of A.
  public private(set) var entries: [Entry] = []
  /// Exact figures that differ.
  public private(set) var differences: [Difference] = []
  /// How many exact figures are equal.
  public private(set) var equalCount = 0
  /// Things to know.
  public private(set) var remarks: [String] = []

  /// Whether all exact figures are equal.
  public var isEqual: Bool { differences.isEmpty }

  /// Compares two runs; configurations are matched by workload, parties, link, transport, field, format, size and batch.
  public init(_ a: ResultSet, _ b: ResultSet) {
    let (left, right) = (WorkloadFigures.all(in: a.rows), WorkloadFigures.all(in: b.rows))
    let (rowsA, rowsB) = (a.rows.first, b.rows.first)
    if let rowsA, let rowsB, rowsA.hostID != rowsB.hostID {
      remarks.append("the runs come from different machines: times do not compare")
    }
    for (name, run) in [("A", a), ("B", b)] where run.description?.status == "incomplete" {
      remarks.append("\(name) is incomplete")
    }
    func key(_ figures: WorkloadFigures) -> WorkloadFigures.Setting {
      var setting = figures.setting
      (setting.preset, setting.configuration) = ("", "")
      return setting
    }
    let others = Dictionary(right.map { (key($0), $0) }) { first, _ in first }
    for figures in left {
      if let other = others[key(figures)] { add(figures, other) }
    }
    if entries.isEmpty { remarks.append("no configuration is in both runs: are they of the same experiment?") }
    if entries.contains(where: { $0.exceedsNoise == nil }) {
      remarks.append("times with fewer than 3 repeats on a side cannot be told from noise")
    }
    let (exactA, exactB) = (ExactFigures(a.rows).values, ExactFigures(b.rows).values)
    for place in Set(exactA.keys).union(exactB.keys).sorted() {
      guard let one = exactA[place], let two = exactB[place] else {
        differences.append(Difference(what: "\(place): only in \(exactA[place] == nil ? "B" : "A")", a: nil, b: nil))
        continue
      }
      for name in Set(one.keys).union(two.keys).sorted() {
        if one[name] == two[name] {
          equalCount += 1
        } else {
          differences.append(Difference(what: "\(place): \(name)", a: one[name], b: two[name]))
        }
      }
    }
  }

  private mutating func add(_ a: WorkloadFigures, _ b: WorkloadFigures) {
    let layers: [WorkloadFigures.Layer?] = a.layers.map { $0 } + [nil]
    for mode in a.modes {
      for layer in layers {
        guard let one = a.costs[mode]?[layer], let two = b.costs[mode]?[layer] else { continue }
        let name = layer.map { $0.index < 0 ? $0.kind : "\($0.index) \($0.kind)" } ?? "total"
        var phases = Phase.allCases.map { ($0.rawValue, one.phases[$0], two.phases[$0]) }
        phases.append(("all", one.total, two.total))
        for (phase, x, y) in phases {
          guard let x, let y, x.median > 0, y.median > 0 else { continue }
          entries.append(
            Entry(
              workload: a.setting.title, layer: name, phase: phase, mode: mode, a: x.median / 1e6, b: y.median / 1e6,
              rangeA: [x.lowerQuartile / 1e6, x.upperQuartile / 1e6],
              rangeB: [y.lowerQuartile / 1e6, y.upperQuartile / 1e6], ratio: y.median / x.median,
              exceedsNoise: Self.exceedsNoise(x, y)))
        }
      }
    }
  }

  /// See ``Comparison``. Nil with fewer than three repeats on a side: it is not known.
  static func exceedsNoise(_ a: RunStatistics, _ b: RunStatistics) -> Bool? {
    guard a.count >= 3, b.count >= 3 else { return nil }
    let overlap = a.lowerQuartile <= b.upperQuartile && b.lowerQuartile <= a.upperQuartile
    let distance = abs(a.median - b.median)
    return !overlap && distance > max(a.interquartileRange, b.interquartileRange)
      && distance > 0.02 * min(a.median, b.median)
  }

  /// As tables.
  /// - Parameter all: every time; else totals and what exceeds the noise.
  public func rendered(all: Bool) -> String {
    var table = TextTable([
      ("workload", .left), ("layer", .left), ("phase", .left), ("mode", .left), ("A ms", .right),
      ("A quartiles", .right),
      ("B ms", .right), ("B quartiles", .right), ("B ÷ A", .right), ("", .left),
    ])
    func range(_ values: [Double]) -> String { values.map { milliseconds($0 * 1e6) }.joined(separator: "…") }
    for entry in entries where all || entry.exceedsNoise == true || (entry.layer == "total" && entry.phase == "all") {
      table.append([
        entry.workload, entry.layer, entry.phase, entry.mode, milliseconds(entry.a * 1e6), range(entry.rangeA),
        milliseconds(entry.b * 1e6), range(entry.rangeB), fixed(entry.ratio, 3),
        entry.exceedsNoise.map { !$0 ? "within noise" : entry.ratio > 1 ? "slower" : "faster" } ?? "too few repeats",
      ])
    }
    var text = table.rendered()
    let slower = entries.count { $0.exceedsNoise == true && $0.ratio > 1 }
    let faster = entries.count { $0.exceedsNoise == true && $0.ratio < 1 }
    let unknown = entries.count { $0.exceedsNoise == nil }
    text += "\n\(entries.count) times: \(slower) slower, \(faster) faster, "
    text += "\(entries.count - slower - faster - unknown) within the noise, \(unknown) with too few repeats\n"
    for remark in remarks { text += "note: \(remark)\n" }
    text += "\(equalCount) exact figures (bytes, rounds, material) are equal"
    guard !differences.isEmpty else { return text + "\n" }
    text += ", \(differences.count) differ:\n"
    var list = TextTable([("figure", .left), ("A", .right), ("B", .right)])
    for difference in differences {
      list.append([
        difference.what, difference.a.map { fixed($0, 0) } ?? "–", difference.b.map { fixed($0, 0) } ?? "–",
      ])
    }
    return text + list.rendered()
  }
}

/// The figures of a run that do not depend on the machine, by name: bytes, messages and rounds of online phase and checks by
/// layer and party, and material used.
public struct ExactFigures: Sendable, Hashable {
  /// Values by workload, mode, parties and format, then by name.
  public private(set) var values: [String: [String: Double]] = [:]

  /// Collects them from the rows of the first repeat of each workload, mode and configuration.
  public init(_ rows: [ResultRow]) {
    for row in rows where row.repetition == 0 {
      let setting = WorkloadFigures.Setting(row)
      let place =
        "\(setting.workload), \(row.mode ?? ""), \(setting.parties) parties, p\(setting.fieldBits), f \(setting.f), "
        + "k \(setting.k), \(setting.size) rows by \(setting.batch)"
      if let kind = row.preprocessingKind, let used = row.preprocessingUsed {
        values[place, default: [:]]["used \(kind)"] = Double(used)
      }
      guard let phase = row.phase, phase == "online" || phase == "check", let party = row.party,
        let index = row.layerIndex
      else { continue }
      let layer = "layer \(index) \(row.layerKind ?? ""), party \(party), \(phase)"
      values[place, default: [:]]["\(layer): bytes"] = row.bytesSent.map(Double.init)
      values[place, default: [:]]["\(layer): rounds"] = row.rounds.map(Double.init)
    }
  }
}
