/// A run, or several, as tables and figures, in Markdown, LaTeX or HTML.
///
/// Every table and figure carries its trust model, parties, link, field, k and f in its caption, so that it can be copied
/// out alone.
public struct Report: Sendable {
  /// Output formats.
  public enum Format: String, Sendable, CaseIterable {
    /// Markdown tables.
    case md
    /// LaTeX tables for the `booktabs` package.
    case latex
    /// One HTML file with figures as inline SVG; nothing is loaded from elsewhere.
    case html
  }

  /// The runs.
  public let results: [ResultSet]
  /// Their workloads, run by run.
  public let workloads: [WorkloadFigures]
  /// Whether only the table of totals is wanted.
  private let totalsOnly: Bool

  /// Computes the figures of runs.
  /// - Parameter totalsOnly: leaves out the parts about each workload.
  public init(_ results: [ResultSet], totalsOnly: Bool = false) {
    self.results = results
    self.totalsOnly = totalsOnly
    workloads = results.flatMap { WorkloadFigures.all(in: $0.rows) }
  }

  /// The workloads with a part of their own.
  var detailed: [WorkloadFigures] { totalsOnly ? [] : workloads }

  /// The report as text.
  public func rendered(_ format: Format) -> String {
    switch format {
    case .md: markdown()
    case .latex: latex()
    case .html: html()
    }
  }

  /// Names of the presets.
  var title: String {
    var names: [String] = []
    for figures in workloads where !names.contains(figures.setting.preset) { names.append(figures.setting.preset) }
    return names.isEmpty ? "results" : names.joined(separator: " and ")
  }

  /// Runs, machines, code, and what is missing.
  var provenance: [String] { results.flatMap(Self.provenance) }

  private static func provenance(_ results: ResultSet) -> [String] {
    guard let row = results.rows.first else { return [] }
    var lines = ["run \(row.runID), commit \(row.codeVersion)\(row.gitDirty == true ? " with changes" : "")"]
    if let run = results.description {
      lines.append(
        "\(run.host.cpuModel), \(run.host.processorCount) processors, \(run.started), \(run.buildConfiguration)")
      if run.buildConfiguration == "debug" { lines.append("DEBUG BUILD: times mean nothing") }
      if run.status == "incomplete" {
        lines.append("INCOMPLETE: \(run.interruption ?? "the run did not come to its end")")
      }
    }
    if results.lastLineIsCut { lines.append("the last line of the file is cut off and left out") }
    return lines
  }

  /// The caption every figure and table of a workload carries.
  func caption(_ figures: WorkloadFigures) -> String {
    let trust = figures.modes.compactMap { mode in figures.trustModels[mode].map { "\(mode): \($0)" } }
    let same = Set(figures.trustModels.values).count == 1 ? figures.trustModels.values.first : nil
    return "\(figures.setting); medians of \(figures.repeats), slowest party, \(Self.bytes([figures])). Trust model: "
      + (same ?? trust.joined(separator: " | "))
  }

  /// The caption of tables that hold all workloads.
  var commonCaption: String {
    guard let first = workloads.first else { return "" }
    let captions = Set(workloads.map { "\($0.setting) \($0.repeats) \(Self.bytes([$0]))" })
    guard captions.count > 1 else { return caption(first) }
    func values(_ name: String, _ value: (WorkloadFigures.Setting) -> Int) -> String {
      "\(name) " + Set(workloads.map { value($0.setting) }).sorted().map { "\($0)" }.joined(separator: "/")
    }
    let links = Set(workloads.map(\.setting.link)).sorted().joined(separator: "/")
    let repeats = Set(workloads.map(\.repeats)).sorted().map { "\($0)" }.joined(separator: " or ")
    let trust = Set(workloads.flatMap { figures in figures.trustModels.map { "\($0.key): \($0.value)" } }).sorted()
    return [
      values("parties", \.parties), "link \(links)", values("field bits", \.fieldBits), values("k =", \.k),
      values("f =", \.f), values("s =", \.sigma),
    ].joined(separator: ", ") + "; medians of \(repeats), slowest party, \(Self.bytes(workloads)). Trust model: "
      + trust.joined(separator: " | ")
  }

  /// Whose bytes are shown: single operations are measured at the party that sends most.
  private static func bytes(_ workloads: [WorkloadFigures]) -> String {
    let ofOne = workloads.count { $0.measuredParties < $0.setting.parties }
    if ofOne == 0 { return "bytes of all parties" }
    let party = "the party that sends most"
    return ofOne == workloads.count ? "bytes of \(party)" : "bytes of all parties, for single operations of \(party)"
  }

  /// Median of nanoseconds in ms with its quartiles.
  static func spread(_ statistics: RunStatistics?) -> String {
    guard let statistics else { return "" }
    guard statistics.count > 1 else { return milliseconds(statistics.median) }
    return "\(milliseconds(statistics.median)) [\(milliseconds(statistics.lowerQuartile)), "
      + "\(milliseconds(statistics.upperQuartile))]"
  }

  /// A ratio with its quartiles.
  static func ratio(_ statistics: RunStatistics?) -> String {
    guard let statistics else { return "" }
    guard statistics.count > 1 else { return fixed(statistics.median, 2) }
    return
      "\(fixed(statistics.median, 2)) [\(fixed(statistics.lowerQuartile, 2)), \(fixed(statistics.upperQuartile, 2))]"
  }

  static let layerColumns = [
    "layer", "mode", "offline ms", "online ms", "check ms", "total ms", "offline kB", "online kB", "rounds",
    "÷ passive",
  ]

  /// The cells of the table of a workload: layers, then the total.
  func layerRows(_ figures: WorkloadFigures) -> [[String]] {
    var rows: [[String]] = []
    let all: [(WorkloadFigures.Layer?, String)] =
      figures.layers.map { ($0, $0.index < 0 || $0.kind == "output" ? $0.kind : "\($0.index) \($0.kind)") } + [
        (nil, "total")
      ]
    for (layer, name) in all {
      for mode in figures.modes {
        guard let cost = figures.costs[mode]?[layer] else { continue }
        rows.append([
          name, mode, milliseconds(cost.phases[.offline]?.median ?? 0), milliseconds(cost.phases[.online]?.median ?? 0),
          milliseconds(cost.phases[.check]?.median ?? 0), Self.spread(cost.total), kilobytes(cost.bytes[.offline] ?? 0),
          kilobytes((cost.bytes[.online] ?? 0) + (cost.bytes[.check] ?? 0)), fixed(cost.onlineRounds, 0),
          mode == "active" ? Self.ratio(figures.ratio(layer)) : "",
        ])
      }
    }
    return rows
  }

  /// The table of totals: one line a workload and mode. Columns that are empty in all lines are left out.
  ///
  /// "layers" is the part of layers and output alone: what remains if model and rows are already shared, as programs of
  /// other frameworks are often measured.
  func overview() -> (columns: [String], rows: [[String]]) {
    let columns = [
      "workload", "mode", "offline ms", "online ms", "check ms", "total ms", "MB", "layers ms", "layers MB",
      "online rounds", "÷ passive", "accuracy", "as clear", "largest error",
    ]
    let rows = workloads.flatMap { figures in
      figures.modes.compactMap { mode -> [String]? in
        guard let cost = figures.costs[mode]?[nil as WorkloadFigures.Layer?] else { return nil }
        let results = figures.results[mode] ?? [:]
        let layers = figures.layersOnly[mode]
        return [
          figures.setting.title, mode, milliseconds(cost.phases[.offline]?.median ?? 0),
          milliseconds(cost.phases[.online]?.median ?? 0), milliseconds(cost.phases[.check]?.median ?? 0),
          Self.spread(cost.total), fixed(cost.allBytes / 1e6, 3), layers.map { Self.spread($0.total) } ?? "",
          layers.map { fixed($0.allBytes / 1e6, 3) } ?? "", fixed(cost.onlineRounds, 0),
          mode == "active" ? Self.ratio(figures.ratio(nil)) : "", results["accuracy"].map(percent) ?? "",
          results["agreement with clear"].map(percent) ?? "",
          results["largest output error"].map { fixed($0, 6) } ?? "",
        ]
      }
    }
    let shown = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
    return (shown.map { columns[$0] }, rows.map { row in shown.map { row[$0] } })
  }

  /// What the set-ups took, and whether the prediction was right.
  func notes(_ figures: WorkloadFigures) -> String {
    var parts = figures.modes.compactMap { mode in
      figures.setUp[mode].map { "set-up of keys (apart), \(mode): \(milliseconds($0.median)) ms" }
    }
    if let exact = figures.predictionIsExact {
      parts.append("online bytes and rounds \(exact ? "exactly as predicted" : "DIFFER from the prediction")")
    }
    return parts.joined(separator: "; ")
  }
}
