internal import FoundationEssentials
internal import Glibc

/// The `run` command without its option parsing.
public struct RunExperiment: Sendable {
  private let file: String
  private let output: String?
  private let overrides: [String]
  private let json: Bool
  private let allowDebug: Bool
  private let quiet: Bool
  private let prepareOnly: Bool

  /// Takes the options of the command line.
  public init(
    file: String, output: String?, overrides: [String], json: Bool, allowDebug: Bool, quiet: Bool, prepareOnly: Bool
  ) {
    self.file = file
    self.output = output
    self.overrides = overrides
    self.json = json
    self.allowDebug = allowDebug
    self.quiet = quiet
    self.prepareOnly = prepareOnly
  }

  /// Prints an error as one line on stderr and says which exit code belongs to it.
  public static func report(_ error: any Error) -> RunExitCode {
    standardError("error: \(error)\n")
    return RunExitCode(error)
  }

  /// Checks the configuration and prepares data and models; with `prepareOnly` prints them and stops.
  public func run() async throws {
    if BuildConfiguration.isDebug && !allowDebug && !prepareOnly { throw ResultError.debugBuild }
    let experiment = try Experiment.load(path: file, overrides: overrides)
    let prepared = try PreparedExperiment(experiment, file: file)
    if prepareOnly {
      standardOutput(json ? try Self.jsonLines(prepared) : Self.table(prepared).rendered())
      return
    }
    standardError("trust model: \(experiment.trustModel)\n")
    for warning in try prepared.rangeWarnings() { standardError("warning: \(warning)\n") }
    standardOutput(try await measure(prepared, with: LocalSecureInference(experiment)))
  }

  /// Runs the prepared experiment with `inference` and writes the files; with `json` prints each row.
  /// - Returns: the closing text for stdout: tables and the place of the results; empty with `json`.
  func measure<Inference: SecureInference>(_ prepared: PreparedExperiment, with inference: Inference) async throws
    -> String
  {
    let experiment = prepared.experiment
    let runID = Self.newRunID()
    let folder = output ?? "results/\(experiment.name)-\(runID)"
    let writer = try ResultWriter(folder: folder, allowDebug: allowDebug)
    var manifest = try Manifest(
      runID: runID, experimentFile: file, overrides: overrides, prepared: prepared,
      kernelDispatch: inference.kernelDispatch)
    try writer.write(manifest)
    let progress = ProgressLine(total: ExperimentRunner<Inference>.runCount(experiment), quiet: quiet)
    let runner = ExperimentRunner(prepared, inference: inference, manifest: manifest, progress: progress) { row in
      try writer.append(row)
      if json { standardOutput(row.jsonLine + "\n") }
    }
    let runs: [MeasuredRun]
    do {
      runs = try await runner.run()
    } catch {
      progress.clear()
      throw error
    }
    manifest.finished = Manifest.timestamp()
    try writer.write(manifest)
    return json ? "" : RunSummary(prepared, runs: runs).rendered() + "results: \(folder)\n"
  }

  /// Time of day and four random letters: sorts by time, unique enough for folders.
  private static func newRunID() -> String {
    let stamp = Manifest.timestamp().filter { $0 != "-" && $0 != ":" }
    let digits = UUID().uuidString.lowercased().prefix(4)
    return "\(stamp)-\(digits)"
  }

  private static func table(_ prepared: PreparedExperiment) -> TextTable {
    var table = TextTable([
      ("workload", .left), ("train rows", .right), ("test rows", .right), ("training s", .right), ("held out", .right),
      ("clear", .right), ("fixed point", .right),
    ])
    for workload in prepared.workloads {
      let summary = workload.summary
      table.append([
        summary.name, "\(summary.trainRows)", "\(summary.testRows)", fixed(summary.trainingSeconds, 2),
        percent(summary.heldOutAccuracy), percent(summary.clearAccuracy), percent(summary.fixedPointAccuracy),
      ])
    }
    return table
  }

  private static func jsonLines(_ prepared: PreparedExperiment) throws -> String {
    try prepared.workloads.map {
      String(decoding: try Manifest.encoder(pretty: false).encode($0.summary), as: UTF8.self)
    }
    .joined(separator: "\n") + "\n"
  }
}

func standardOutput(_ text: String) { write(text, to: STDOUT_FILENO) }
func standardError(_ text: String) { write(text, to: STDERR_FILENO) }

/// Writes all of `text`, unbuffered.
private func write(_ text: String, to descriptor: Int32) {
  let bytes = Array(text.utf8)
  var start = 0
  while start < bytes.count {
    let rest = Array(bytes[start...])
    let written = unsafe Glibc.write(descriptor, rest, rest.count)
    if written < 0 && errno == EINTR { continue }
    if written <= 0 { return }
    start += written
  }
}
