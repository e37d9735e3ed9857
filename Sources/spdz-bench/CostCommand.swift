import ArgumentParser
import BenchmarkKit
import Foundation

/// `spdz-bench cost FILE`: the material an experiment needs, before it runs.
struct CostCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cost",
    abstract: "Predict what an experiment is going to cost: material, bytes, rounds and time on a link.",
    discussion: """
      The programs run on zeros with a source that only counts: no training, no dealer, no key, no secret. Material, \
      online bytes and rounds are exact, and a run checks them; offline bytes and all times are estimates: whole batches, \
      proofs, key epochs and set-up are counted and multiplied with the rates of this machine, measured for half a second \
      a parameter set. Rates of a finished run correct them: --measured.

      EXAMPLES
        spdz-bench cost Benchmarks/quickstart.json
        spdz-bench cost Benchmarks/quickstart.json --link wan
        spdz-bench cost Benchmarks/quickstart.json --set workloads.0.testRows=16 --json
        spdz-bench cost Benchmarks/layers.json --measured results/layers
        spdz-bench cost Benchmarks/banks.json --extrapolate-rows 500000 --measured results/banks
      """)

  @Argument(help: "The experiment file (JSON).")
  var file: String
  @Option(name: .customLong("set"), help: "Replace a value of the file: a dotted path and a JSON value. Repeatable.")
  var overrides: [String] = []
  @Option(help: "none, lan, wan or slow-wan, in place of the file's link.") var link: String?
  @Option(help: "Secure trainings: also the cost on so many rows, EXTRAPOLATED from the file's own.")
  var extrapolateRows: Int?
  @Option(help: "Correct times by those of a finished run of the file (its results folder).")
  var measured: String?
  @Flag(help: "Times by a rule of thumb that is the same everywhere; nothing is measured.") var ruleOfThumb = false
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (1...1_000_000_000).contains(extrapolateRows ?? 1) else {
      throw ValidationError("--extrapolate-rows: 1 to 1000000000")
    }
    for text in overrides where !text.contains("=") {
      throw ValidationError("--set \(text): has no '='; write --set key=value, for example --set parties=3")
    }
  }

  func run() async throws {
    do {
      let cost = try await ExperimentCost(
        file: file, overrides: overrides + (link.map { ["link={\"profile\": \"\($0)\"}"] } ?? []),
        extrapolatedRows: extrapolateRows, calibration: try measured.map { try CostCalibration(folder: $0) },
        measuresRates: !ruleOfThumb)
      guard json else { return print(cost.rendered(), terminator: "") }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(cost), as: UTF8.self))
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}
