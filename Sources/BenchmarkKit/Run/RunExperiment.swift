internal import FoundationEssentials
internal import Glibc

/// The `run` command without its option parsing.
public struct RunExperiment: Sendable {
  let file: String
  let output: String?
  let overrides: [String]
  let json: Bool
  let allowDebug: Bool
  let quiet: Bool
  private let prepareOnly: Bool
  let interruption: Interruption?
  /// Where all parties' stores are; nil: material is made for each run.
  private let material: String?
  private let makesMaterial: Bool

  /// Takes the options of the command line.
  /// - Parameters:
  ///   - material: the directory of the parties' stores, if material is taken from there.
  ///   - makesMaterial: make what the stores lack for all runs, and stop.
  ///   - interruption: ends the run when it is requested; rows written until then are kept.
  public init(
    file: String, output: String?, overrides: [String], json: Bool, allowDebug: Bool, quiet: Bool, prepareOnly: Bool,
    material: String? = nil, makesMaterial: Bool = false, interruption: Interruption? = nil
  ) {
    self.material = material
    self.makesMaterial = makesMaterial
    self.interruption = interruption
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

  /// Checks the configurations and prepares data and models; with `prepareOnly` prints them and stops. Prints the closing
  /// tables.
  public func run() async throws {
    if prepareOnly {
      guard try OperationsFile.load(path: file, overrides: overrides) == nil else {
        throw OperationsFile.onlyForExperiments(file, "--prepare-only")
      }
      let configurations = try configurations()
      if !quiet { for warning in Self.warnings(configurations) { standardError("warning: \(warning)\n") } }
      let workloads = configurations[0].workloads
      standardOutput(json ? try Self.jsonLines(workloads) : Self.table(workloads).rendered())
      return
    }
    standardOutput(try await results())
  }

  /// Runs everything and writes the files.
  /// - Returns: the closing tables; empty with `json`.
  func results() async throws -> String {
    if BuildConfiguration.isDebug && !allowDebug { throw ResultError.debugBuild }
    if let output { try ResultWriter.prepare(output) }
    if let (operations, text) = try OperationsFile.load(path: file, overrides: overrides) {
      guard material == nil else {
        throw PrepError.usage("--material: files of single operations make their own material; leave it out")
      }
      return try await measure(operations, text: text)
    }
    let configurations = try configurations()
    if !quiet {
      standardError("trust model: \(configurations[0].experiment.trustModel)\n")
      for warning in Self.warnings(configurations) { standardError("warning: \(warning)\n") }
    }
    let places = material.map { StorePlaces.allParties(in: $0) }
    let inference = LocalSecureInference(
      configurations[0].experiment, interruption: interruption, stores: places)
    if let places, makesMaterial {
      return try await MaterialGeneration(places: places, start: AllPartiesHere(), quiet: quiet)
        .fill(configurations, inference)
    }
    try await inference.requireMaterial(configurations, remedy: remedy)
    try await inference.requireMemory(configurations)
    return try await measure(configurations, with: inference)
  }

  /// The command that makes what stores lack.
  private var remedy: String {
    var words = ["spdz-bench run", PrepRequest.quoted(file)]
    for text in overrides { words += ["--set", PrepRequest.quoted(text)] }
    words += ["--material", PrepRequest.quoted(material ?? ""), "--prepare-material"]
    if allowDebug { words.append("--allow-debug") }
    return words.joined(separator: " ")
  }

  /// Each warning of a sweep once.
  private static func warnings(_ configurations: [PreparedExperiment]) -> [String] {
    configurations.flatMap { $0.rangeWarnings() }.reduce(into: []) { known, warning in
      if !known.contains(warning) { known.append(warning) }
    }
  }

  private func configurations() throws -> [PreparedExperiment] {
    let sweep = try ExperimentSweep.load(path: file, overrides: overrides)
    let cache = PreparationCache(interruption: interruption) { [quiet] in if !quiet { standardError("\($0)\n") } }
    return try PreparedExperiment.all(sweep, file: file, cache: cache)
  }

  /// Prints which configurations would run, with estimated time and material; trains and writes nothing.
  public func dryRun() async throws {
    if let (operations, _) = try OperationsFile.load(path: file, overrides: overrides) {
      standardOutput(operations.overview())
      return
    }
    let cost = try await ExperimentCost(file: file, overrides: overrides)
    standardOutput(
      json ? String(decoding: try Manifest.encoder(pretty: false).encode(cost), as: UTF8.self) + "\n" : cost.overview())
  }

  /// Runs one configuration; see the other ``measure(_:with:)``.
  func measure<Inference: SecureInference>(_ prepared: PreparedExperiment, with inference: Inference) async throws
    -> String
  {
    try await measure([prepared], with: inference)
  }

  /// Runs the configurations with `inference` and writes the files; with `json` prints each row.
  /// - Returns: the closing text for stdout: tables and the place of the results; empty with `json`.
  /// - Throws: what ended the run early; the manifest then says "incomplete" and why. ``RunInterrupted`` if it was the
  ///   user.
  func measure<Inference: SecureInference>(_ configurations: [PreparedExperiment], with inference: Inference)
    async throws -> String
  {
    let runID = Self.newRunID()
    let folder = output ?? "results/\(configurations[0].experiment.name)-\(runID)"
    let writer = try ResultWriter(folder: folder, allowDebug: allowDebug)
    var manifest = try Manifest(
      runID: runID, experimentFile: file, overrides: overrides, configurations: configurations,
      kernelDispatch: inference.kernelDispatch)
    manifest.material = inference.materialOrigin
    try writer.write(manifest)
    let total = configurations.reduce(0) { $0 + ExperimentRunner<Inference>.runCount($1.experiment) }
    let progress = ProgressLine(total: total, quiet: quiet)
    let runner = ExperimentRunner(
      configurations: configurations, inference: inference, manifest: manifest, progress: progress,
      interruption: interruption
    ) { row in
      // Not kept: a party that runs for days would collect them.
      try writer.append(row)
      if json { standardOutput(row.jsonLine + "\n") }
    }
    let runs: [MeasuredRun]
    do {
      runs = try await runner.run()
    } catch {
      progress.clear()
      let stopped = interruption?.isRequested ?? false
      manifest.interruption = stopped ? "interrupted by the user" : "\(error)"
      try? writer.write(manifest)
      if stopped { throw RunInterrupted(folder: folder) }
      throw error
    }
    manifest.finished = Manifest.timestamp()
    manifest.status = .complete
    try writer.write(manifest)
    try writer.write(
      json: Manifest.encoder(pretty: true).encode(ResultsSummary(ResultSet(path: folder).rows)), file: "summary.json")
    if json { return "" }
    var text = ""
    for (index, prepared) in configurations.enumerated() {
      if !prepared.label.isEmpty { text += "\n=== \(prepared.label) ===\n" }
      text += RunSummary(prepared, runs: runs.filter { $0.configuration == index }).rendered()
    }
    if inference.usesStores { text += "material: \(inference.materialOrigin)\n" }
    return text + "results: \(folder)\n"
  }

  /// Time of day and four random letters: sorts by time, unique enough for folders.
  static func newRunID() -> String {
    let stamp = Manifest.timestamp().filter { $0 != "-" && $0 != ":" }
    let digits = UUID().uuidString.lowercased().prefix(4)
    return "\(stamp)-\(digits)"
  }

  private static func table(_ workloads: [PreparedWorkload]) -> TextTable {
    var table = TextTable([
      ("workload", .left), ("train rows", .right), ("test rows", .right), ("training s", .right), ("held out", .right),
      ("clear", .right), ("fixed point", .right), ("longest bits", .right),
    ])
    for workload in workloads {
      let summary = workload.summary
      table.append([
        summary.name, "\(summary.trainRows)", "\(summary.testRows)", fixed(summary.trainingSeconds, 2),
        percent(summary.heldOutAccuracy), percent(summary.clearAccuracy), percent(summary.fixedPointAccuracy),
        summary.longestBits.map { "\($0)" } ?? "–",
      ])
    }
    return table
  }

  private static func jsonLines(_ workloads: [PreparedWorkload]) throws -> String {
    try workloads.map {
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
