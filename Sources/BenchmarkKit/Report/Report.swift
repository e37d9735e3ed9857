/// A run as tables and figures, in Markdown, LaTeX or HTML.
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

  /// The run.
  public let results: ResultSet
  /// Its workloads.
  public let workloads: [WorkloadFigures]

  /// Computes the figures of a run.
  public init(_ results: ResultSet) {
    self.results = results
    workloads = WorkloadFigures.all(in: results.rows)
  }

  /// The report as text.
  public func rendered(_ format: Format) -> String {
    switch format {
    case .md: markdown()
    case .latex: latex()
    case .html: html()
    }
  }

  /// Name of the preset.
  var title: String { workloads.first?.setting.preset ?? "results" }

  /// Run, machine, code, and what is missing.
  var provenance: [String] {
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
    return "\(figures.setting); medians of \(figures.repeats), slowest party, bytes of all parties. Trust model: "
      + (same ?? trust.joined(separator: " | "))
  }

  /// The caption of tables that hold all workloads.
  var commonCaption: String {
    guard let first = workloads.first else { return "" }
    guard Set(workloads.map { "\($0.setting)" }).count > 1 else { return caption(first) }
    func values(_ name: String, _ value: (WorkloadFigures.Setting) -> Int) -> String {
      "\(name) " + Set(workloads.map { value($0.setting) }).sorted().map { "\($0)" }.joined(separator: "/")
    }
    let links = Set(workloads.map(\.setting.link)).sorted().joined(separator: "/")
    let trust = Set(workloads.flatMap { figures in figures.trustModels.map { "\($0.key): \($0.value)" } }).sorted()
    return [
      values("parties", \.parties), "link \(links)", values("field bits", \.fieldBits), values("k =", \.k),
      values("f =", \.f), values("s =", \.sigma),
    ].joined(separator: ", ") + "; medians of \(first.repeats), slowest party, bytes of all parties. Trust model: "
      + trust.joined(separator: " | ")
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

  static let overviewColumns = [
    "workload", "mode", "offline ms", "online ms", "check ms", "total ms", "all MB", "online rounds", "÷ passive",
    "accuracy", "as clear", "largest error",
  ]

  /// One line a workload and mode.
  func overviewRows() -> [[String]] {
    workloads.flatMap { figures in
      figures.modes.compactMap { mode -> [String]? in
        guard let cost = figures.costs[mode]?[nil as WorkloadFigures.Layer?] else { return nil }
        let results = figures.results[mode] ?? [:]
        return [
          figures.setting.title, mode, milliseconds(cost.phases[.offline]?.median ?? 0),
          milliseconds(cost.phases[.online]?.median ?? 0), milliseconds(cost.phases[.check]?.median ?? 0),
          Self.spread(cost.total), fixed(cost.allBytes / 1e6, 3), fixed(cost.onlineRounds, 0),
          mode == "active" ? Self.ratio(figures.ratio(nil)) : "", results["accuracy"].map(percent) ?? "",
          results["agreement with clear"].map(percent) ?? "",
          results["largest output error"].map { fixed($0, 6) } ?? "",
        ]
      }
    }
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
