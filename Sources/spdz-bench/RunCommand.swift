import ArgumentParser
import BenchmarkKit
import Foundation
import PartyRuntime

/// `spdz-bench run FILE`: options only; the work is in BenchmarkKit.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run an experiment: train models in clear, classify the held-out rows securely, report the costs.",
    discussion: """
      Writes results.jsonl, results.csv and manifest.json into the output folder; rows are written as they are \
      measured, so an interrupted run (Ctrl-C) keeps them and its manifest says incomplete. Tables go to stdout, \
      progress and errors to stderr. A "sweep" in the file gives one configuration for each combination of its lists.

      EXAMPLES
        spdz-bench run Benchmarks/quickstart.json
        spdz-bench run FILE --set parties=3 --set workloads.0.testRows=16
        spdz-bench run FILE --set transport=tls --output results/tls --json
        spdz-bench run Benchmarks/links.json --dry-run
        spdz-bench run FILE --processes --set parties=3
        spdz-bench run FILE --material stores --prepare-material     # fills stores for all runs
        spdz-bench run FILE --material stores                        # runs from them

      EXIT CODES
      \(RunExitCode.table)
      """)

  @Argument(help: "The experiment file (JSON).")
  var file: String

  @Option(help: "Folder for the results; it must not hold results yet. Default: results/NAME-TIME.")
  var output: String?

  @Option(name: .customLong("set"), help: "Replace a value of the file: a dotted path and a JSON value. Repeatable.")
  var overrides: [String] = []

  @Flag(help: "INSECURE: material of a trusted dealer instead of the offline phase, to study the online phase alone.")
  var insecureDealer = false

  @Option(help: "standard, or conservative: classic triples and masks from bits.") var profile: Profile?
  @Option(help: "tag-product or classic.") var triples: String?
  @Option(help: "bounded or bits.") var masks: String?
  @Option(help: "Compute threads of a party in the offline phase.") var threads: Int?
  @Option(help: "Workers of a party in the offline phase, as for prep generate.") var workers: Int?

  /// Sets of offline protocols.
  enum Profile: String, ExpressibleByArgument, CaseIterable {
    case standard, conservative
  }

  /// The options as replacements of values of the file; single options win over the profile.
  private var allOverrides: [String] {
    var result = overrides
    if insecureDealer { result.append("insecureDealer=true") }
    if let profile {
      let conservative = profile == .conservative
      result.append("offline.triples=\(conservative ? "classic" : "tag-product")")
      result.append("offline.masks=\(conservative ? "bits" : "bounded")")
    }
    if let triples { result.append("offline.triples=\(triples)") }
    if let masks { result.append("offline.masks=\(masks)") }
    if let threads { result.append("offline.threads=\(threads)") }
    if let workers { result.append("offline.workers=\(workers)") }
    return result
  }

  @Option(
    help: "Take material from the parties' stores in this directory, DIR/P<i>, or DIR/<mode>/P<i> with both modes.")
  var material: String?

  @Flag(help: "With --material: make what the stores lack for all runs, and stop.")
  var prepareMaterial = false

  @Flag(help: "Print rows as JSON Lines on stdout instead of tables.")
  var json = false

  @Flag(help: "Accept a debug build, whose times mean nothing.")
  var allowDebug = false

  @Flag(help: "No progress line.")
  var quiet = false

  @Flag(help: "Stop after reading the data and training the models in clear; writes nothing.")
  var prepareOnly = false

  @Flag(help: "List the configurations with estimated time and material; trains nothing, writes nothing.")
  var dryRun = false

  @Flag(help: "Every party a process of its own on this machine, over TLS.")
  var processes = false

  func validate() throws {
    if processes && prepareOnly { throw ValidationError("--processes and --prepare-only exclude each other") }
    if prepareMaterial && material == nil {
      throw ValidationError("--prepare-material: say into which stores with --material DIR")
    }
    for text in overrides where !text.contains("=") {
      throw ValidationError("--set \(text): has no '='; write --set key=value, for example --set parties=3")
    }
  }

  func run() async throws {
    if processes { return try await runProcesses() }
    let interruption = Interruption()
    let command = RunExperiment(
      file: file, output: output, overrides: allOverrides, json: json, allowDebug: allowDebug, quiet: quiet,
      prepareOnly: prepareOnly, material: material, makesMaterial: prepareMaterial, interruption: interruption)
    do {
      if dryRun { return try await command.dryRun() }
      if material == nil {
        interruption.listen()
      } else if !prepareMaterial {
        interruption.listen(
          notice: "ending after this run, the stores stay usable (again: end at once, which destroys them)")
      }
      defer { interruption.stopListening() }
      try await command.run()
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }

  private func runProcesses() async throws {
    let command = RunProcesses(
      file: file, overrides: allOverrides, output: output, json: json, allowDebug: allowDebug,
      material: material, makesMaterial: prepareMaterial)
    let stop = StopSwitch()
    stop.installSignals(grace: .seconds(15)) { Foundation.exit(RunExitCode.stopped.rawValue) }
    do {
      try await command.run(stop: stop)
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}
