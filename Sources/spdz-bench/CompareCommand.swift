import ArgumentParser
import BenchmarkKit
import Foundation

/// `spdz-bench compare A B`: two runs side by side.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two runs of the same experiment: times with their spread, exact figures.",
    discussion: """
      Bytes and rounds of the online phase and the material used must be equal; what differs is listed and the exit code \
      is 1. Times differ if the quartile ranges do not overlap and the medians differ by more than the wider range and \
      2 %; by default only totals and such differences are shown. Three repeats or more are needed to tell.

      EXAMPLES
        spdz-bench compare results/before results/after
        spdz-bench compare results/before results/after --all
      """)

  @Argument(help: "A results folder, or its results.jsonl.") var a: String
  @Argument(help: "Another one.") var b: String
  @Flag(help: "Show every time.") var all = false
  @Flag(help: "Exit with 1 if a total is slower beyond the noise, too.") var failOnSlower = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let comparison: Comparison
    do {
      comparison = Comparison(try ResultSet(path: a), try ResultSet(path: b))
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(comparison), as: UTF8.self))
      } else {
        print(comparison.rendered(all: all), terminator: "")
      }
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
    let slower = comparison.entries.contains { $0.layer == "total" && $0.exceedsNoise == true && $0.ratio > 1 }
    if !comparison.isEqual || (failOnSlower && slower) { throw ExitCode(1) }
  }
}
