import ArgumentParser
import BenchmarkKit
import Foundation

/// `spdz-bench cost FILE`: the material an experiment needs, before it runs.
struct CostCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cost", abstract: "Compute which material an experiment needs, by kind and shape, without making any.",
    discussion: """
      The programs run on zeros with a source that only counts: no dealer, no key, no secret. A run asserts that it used \
      exactly what was computed. Bytes and seconds are estimates for whole batches; set-up and key epochs not included.

      EXAMPLES
        spdz-bench cost Benchmarks/quickstart.json
        spdz-bench cost Benchmarks/quickstart.json --set workloads.0.testRows=16 --json
      """)

  @Argument(help: "The experiment file (JSON).")
  var file: String
  @Option(name: .customLong("set"), help: "Replace a value of the file: a dotted path and a JSON value. Repeatable.")
  var overrides: [String] = []
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    for text in overrides where !text.contains("=") {
      throw ValidationError("--set \(text): has no '='; write --set key=value, for example --set parties=3")
    }
  }

  func run() async throws {
    do {
      let cost = try await ExperimentCost(file: file, overrides: overrides)
      guard json else { return print(cost.rendered(), terminator: "") }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      print(String(decoding: try encoder.encode(cost), as: UTF8.self))
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}
