public import ArgumentParser
import BenchmarkKit
public import CheatingParties
import Foundation

/// `spdz-bench cheat grid`.
struct CheatGridCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grid", abstract: "Every deviation of every kind of message at every position.",
    discussion: """
      Alters the first message of a kind below the codec (or with --occurrence the last one), runs the rest honestly, and \
      looks at how the honest parties end. \
      Simulated and seeded; toy rings and the insecure dealer. 2 parties take a few minutes, 2 and 3 about three times that.

      EXAMPLES
        spdz-bench cheat grid --parties 2
        spdz-bench cheat grid --parties 2 3 --occurrence first last
        spdz-bench cheat grid --kind 0x110 --json
      """)
  @Option(parsing: .upToNextOption, help: "Numbers of parties, of 2 and 3.") var parties: [Int] = [2]
  @Option(parsing: .upToNextOption, help: "Which message of the kind, of those from one party to another: first, last.")
  var occurrence: [MessageGrid.Occurrence] = [.first]
  @Option(help: "Only this kind of message, as a hexadecimal code (0x110).") var kind: String?
  @Option(help: "Only every k-th run.") var every: Int = 1
  @Option(help: "Seed of the deviations and of the order of events.") var seed: UInt64 = 1
  @Flag(help: "One JSON object a run.") var json = false

  private var code: UInt16? { kind.flatMap { UInt16($0.hasPrefix("0x") ? $0.dropFirst(2) : $0[...], radix: 16) } }

  func validate() throws {
    guard parties.allSatisfy({ (2...8).contains($0) }) else { throw ValidationError("--parties: 2 to 8") }
    guard every > 0 else { throw ValidationError("--every \(every): must be positive") }
    if let kind, !MessageKindRow.all.contains(where: { $0.code == code && $0.scenario != nil }) {
      throw ValidationError("--kind \(kind): no kind of message in the grid has this code")
    }
  }

  func run() throws {
    let grid = MessageGrid()
    let all = Set(occurrence).sorted { $0.rawValue < $1.rawValue }.flatMap {
      MessageGrid.cases(parties: parties, occurrence: $0)
    }
    let cases = all.filter { kind == nil || $0.row.code == code }.enumerated()
      .filter { $0.offset % every == 0 }.map(\.element)
    let progress = ProgressLine(total: cases.count, quiet: false)
    var report = GridReport()
    if !json { print("trust model: \(CheatRow.trustModel)") }
    for run in cases {
      progress.announce("\(run)")
      let row = GridReport.Row(run, grid.run(run, seed: seed))
      report.append(row)
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(row), as: UTF8.self))
      }
      progress.advance("")
    }
    progress.clear()
    if !json { print(report.rendered(), terminator: "") }
    if !report.isAsExpected { throw ExitCode(RunExitCode.unexpectedVerdict.rawValue) }
  }
}

extension MessageGrid.Occurrence: ExpressibleByArgument {}
