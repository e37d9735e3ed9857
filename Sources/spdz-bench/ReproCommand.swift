import ArgumentParser
import BenchmarkKit
import Foundation

/// `spdz-bench repro`: the claims of the documentation, run again.
struct ReproCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repro", abstract: "Run what is behind the claims of README and Papers again, and compare.",
    discussion: """
      Claims and their presets stand in Benchmarks/claims.json. Bytes, rounds and material have to be equal to \
      Benchmarks/expected/ID.json; accuracies and ratios of times have limits there. Absolute times are not compared. \
      Nothing is fetched: presets with data of 'spdz-bench data fetch' fail and say so.

      EXIT CODES: 0 reproduced, 1 something out of tolerance, 2 a run failed.

      EXAMPLES
        spdz-bench repro --tier smoke                    # less than 2 minutes
        spdz-bench repro --tier small --output results/repro
        spdz-bench repro --only quickstart
      """)

  /// How much is run.
  enum Tier: String, ExpressibleByArgument, CaseIterable {
    case smoke, small, paper
  }

  @Option(help: "smoke (2 minutes), small (half an hour) or paper (hours); each contains the ones before it.")
  var tier = Tier.smoke
  @Option(help: "One claim of claims.json instead of a tier.") var only: String?
  @Option(help: "Folder with claims.json, the presets and expected/.") var benchmarks = "Benchmarks"
  @Option(help: "Folder for the results. Default: results/repro-TIME.") var output: String?
  @Flag(help: "For maintainers: write the expectations of this run instead of checking.") var record = false
  @Flag(help: "Accept a debug build; exact figures are the same, times mean nothing.") var allowDebug = false
  @Flag(help: "Print one JSON object a check.") var json = false
  @Flag(help: "No progress.") var quiet = false

  func run() async throws {
    let interruption = Interruption()
    let stamp = Int(Date().timeIntervalSince1970)
    let reproduction = Reproduction(
      folder: benchmarks, tier: Claim.Tier(rawValue: tier.rawValue) ?? .smoke,
      output: output ?? "results/repro-\(stamp)",
      allowDebug: allowDebug, quiet: quiet, record: record, only: only, interruption: interruption)
    let checks: [Reproduction.Check]
    do {
      interruption.listen()
      defer { interruption.stopListening() }
      checks = try await reproduction.run()
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for check in checks { print(String(decoding: try encoder.encode(check), as: UTF8.self)) }
      } else {
        print(Reproduction.rendered(checks), terminator: "")
      }
    } catch {
      _ = RunExperiment.report(error)
      throw ExitCode(2)
    }
    let code = Reproduction.verdict(checks).exitCode
    if code != 0 { throw ExitCode(code) }
  }
}
