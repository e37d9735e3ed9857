import ArgumentParser
import BenchmarkKit

/// `spdz-bench run FILE`: options only; the work is in BenchmarkKit.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run an experiment: train models in clear, classify the held-out rows securely, report the costs.",
    discussion: """
      Writes results.jsonl, results.csv and manifest.json into the output folder; rows are written as they are \
      measured, so an interrupted run keeps them. Tables go to stdout, progress and errors to stderr.

      EXAMPLES
        spdz-bench run Benchmarks/quickstart.json
        spdz-bench run FILE --set parties=3 --set workloads.0.testRows=16
        spdz-bench run FILE --set transport=tls --output results/tls --json

      EXIT CODES
      \(RunExitCode.table)
      """)

  @Argument(help: "The experiment file (JSON).")
  var file: String

  @Option(help: "Folder for the results; it must not hold results yet. Default: results/NAME-TIME.")
  var output: String?

  @Option(name: .customLong("set"), help: "Replace a value of the file: a dotted path and a JSON value. Repeatable.")
  var overrides: [String] = []

  @Flag(help: "Print rows as JSON Lines on stdout instead of tables.")
  var json = false

  @Flag(help: "Accept a debug build, whose times mean nothing.")
  var allowDebug = false

  @Flag(help: "No progress line.")
  var quiet = false

  @Flag(help: "Stop after reading the data and training the models in clear; writes nothing.")
  var prepareOnly = false

  func validate() throws {
    for text in overrides where !text.contains("=") {
      throw ValidationError("--set \(text): has no '='; write --set key=value, for example --set parties=3")
    }
  }

  func run() async throws {
    let command = RunExperiment(
      file: file, output: output, overrides: overrides, json: json, allowDebug: allowDebug, quiet: quiet,
      prepareOnly: prepareOnly)
    do {
      try await command.run()
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}
