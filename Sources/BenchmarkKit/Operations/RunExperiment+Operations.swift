internal import FoundationEssentials
internal import FieldArithmetic

/// `manifest.json` of a run of operations.
struct OperationsManifest: Encodable {
  var schema = 1
  var runID: String
  var experimentFile: String
  var overrides: [String]
  var name: String
  var configurationSHA256: String
  var configurationText: String
  var code: CodeVersion
  var buildConfiguration = BuildConfiguration.name
  var compiler = BuildConfiguration.compiler
  var host = HostDescription.current()
  var kernelDispatch = SIMDLevel.current.name
  var started = Manifest.timestamp()
  var finished: String?
  var status = Manifest.Status.incomplete
  var interruption: String?
}

extension OperationsFile {
  /// Reads a file of operations; nil if it is an experiment with workloads.
  static func load(path: String, overrides: [String]) throws(ConfigurationError) -> (
    file: OperationsFile, text: String
  )? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }  // told by the experiment
    var tree = try JSONParser.parse(text, file: path)
    for text in overrides { tree = try ConfigurationOverride(text, file: path).applied(to: tree, file: path) }
    guard describes(tree) else { return nil }
    return (try OperationsFile(tree, file: path), text)
  }
}

extension RunExperiment {
  /// Runs a file of operations and writes the files; with `json` prints each row.
  /// - Returns: the closing text for stdout; empty with `json`.
  func measure(_ operations: OperationsFile, text: String) async throws -> String {
    let runID = Self.newRunID()
    let folder = output ?? "results/\(operations.name)-\(runID)"
    let writer = try ResultWriter(folder: folder, allowDebug: allowDebug)
    var manifest = OperationsManifest(
      runID: runID, experimentFile: file, overrides: overrides, name: operations.name,
      configurationSHA256: sha256Hex(Array((text + overrides.joined(separator: "\n")).utf8)), configurationText: text,
      code: CodeVersion.current(near: file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."))
    try writer.write(json: Manifest.encoder(pretty: true).encode(manifest))
    var common = ResultRow()
    (common.runID, common.preset) = (runID, operations.name)
    (common.configurationSHA256, common.codeVersion) = (manifest.configurationSHA256, manifest.code.commit)
    (common.gitDirty, common.hostID) = (manifest.code.dirty, manifest.host.id)
    var rows: [ResultRow] = []
    let run = OperationsRun(
      file: operations, progress: ProgressLine(total: OperationsRun.runCount(operations), quiet: quiet),
      interruption: interruption, common: common
    ) { row in
      try writer.append(row)
      rows.append(row)
      if json { standardOutput(row.jsonLine + "\n") }
    }
    do {
      try await run.run()
    } catch {
      run.progress.clear()
      let stopped = interruption?.isRequested ?? false
      manifest.interruption = stopped ? "interrupted by the user" : "\(error)"
      if let data = try? Manifest.encoder(pretty: true).encode(manifest) { try? writer.write(json: data) }
      if stopped { throw RunInterrupted(folder: folder) }
      throw error
    }
    (manifest.finished, manifest.status) = (Manifest.timestamp(), .complete)
    try writer.write(json: Manifest.encoder(pretty: true).encode(manifest))
    return json ? "" : Self.operationsTable(rows).rendered() + "results: \(folder)\n"
  }

  private static func operationsTable(_ rows: [ResultRow]) -> TextTable {
    var table = TextTable([
      ("operation", .left), ("mode", .left), ("parties", .right), ("transport", .left), ("field", .right),
      ("ms", .right),
      ("items/s", .right), ("kB of a party", .right), ("rounds", .right), ("÷ passive", .right),
    ])
    for figures in WorkloadFigures.all(in: rows) {
      for mode in figures.modes {
        guard let cost = figures.costs[mode]?[nil as WorkloadFigures.Layer?], let time = cost.total else { continue }
        let setting = figures.setting
        table.append([
          setting.workload, mode, "\(setting.parties)", setting.transport, "p\(setting.fieldBits)", Report.spread(time),
          fixed(figures.results[mode]?["items/s"] ?? 0, 0), kilobytes(cost.allBytes),
          fixed((cost.rounds[.offline] ?? 0) + cost.onlineRounds, 0),
          mode == "active" ? Report.ratio(figures.ratio(nil)) : "",
        ])
      }
    }
    return table
  }
}
