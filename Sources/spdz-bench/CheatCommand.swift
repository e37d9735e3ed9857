public import ArgumentParser
public import BenchmarkKit
public import CheatingParties
import Foundation

/// `spdz-bench cheat`: dishonest parties against our own protocols.
struct CheatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cheat", abstract: "Let parties cheat, and see what catches them.",
    discussion: """
      Runs attacks by name against the protocols of this library. All parties are in this process; randomness is seeded, \
      material comes from the insecure dealer and rings are toys: this is for looking at attacks, never for data.

      EXAMPLES
        spdz-bench cheat list --phase online
        spdz-bench cheat run --all
      """,
    subcommands: [CheatListCommand.self, CheatRunCommand.self, CheatGridCommand.self])
}

/// `spdz-bench cheat list`.
struct CheatListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "The catalogue: what each attack alters, and what must stop it.",
    discussion: "EXAMPLE\n  spdz-bench cheat list --phase transport")
  @Option(help: "online, offline or transport.") var phase: AttackPhase?
  @Flag(help: "One JSON object an attack.") var json = false

  func run() throws {
    let attacks = AttackSelection(phase: phase).attacks
    guard json else { return print(CheatReport.list(attacks), terminator: "") }
    for attack in attacks { print(try jsonLine(AttackDescription(attack))) }
  }
}

/// `spdz-bench cheat run`.
struct CheatRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run attacks and print a verdict for each; exit code 0 only if all are as expected.",
    discussion: """
      Each attack runs in the active scheme and, beside it, once in the passive one. Attacks are called by number \
      (A8-coin-value), by catalogue id (A8: all its variants) or by name (mac-open-bad).

      EXAMPLES
        spdz-bench cheat run --all
        spdz-bench cheat run A2 thread-stall --parties 3 --position all --repeats 100
        spdz-bench cheat run A1 --transport tls --json
      """)
  @Argument(help: "Attacks by number, catalogue id or name.") var names: [String] = []
  @Flag(help: "The whole catalogue, or all of --phase.") var all = false
  @Option(help: "online, offline or transport.") var phase: AttackPhase?
  @Option(help: "Number of parties, 2 to 8; by default as few as the attack can do with.") var parties: Int?
  @Option(help: "Which party cheats, from 0, or 'all' in turn.") var position: String = "all"
  @Option(help: "Runs of each attack, with seeds counting up.") var repeats: Int = 1
  @Option(help: "First seed of all randomness and of the order of events.") var seed: UInt64 = 1
  @Option(help: "simulated (virtual time), inproc, tcp or tls.") var transport: CheatTransport = .simulated
  @Flag(help: "One JSON object a verdict.") var json = false

  func validate() throws {
    if let parties, !(2...8).contains(parties) {
      throw ValidationError("--parties \(parties): a session has 2 to 8 parties")
    }
    guard position == "all" || Int(position) != nil else {
      throw ValidationError("--position \(position): give a party number from 0 or 'all'")
    }
    guard (1...1_000_000).contains(repeats) else { throw ValidationError("--repeats \(repeats): 1 to 1000000") }
    guard !all || names.isEmpty else { throw ValidationError("give names or --all, not both") }
  }

  func run() async throws {
    let rows: [CheatRow]
    do {
      let selection = all ? AttackSelection(phase: phase) : try AttackSelection(names: names, phase: phase)
      let request = CheatRequest(
        selection, partyCount: parties, position: Int(position), repeats: repeats, seed: seed, transport: transport)
      var progress: ProgressLine?
      defer { progress?.clear() }
      rows = try await request.run(
        skipsUnsuitable: all,
        progress: { index, count, text in
          if let progress {
            progress.advance(text)
          } else {
            progress = ProgressLine(total: count, quiet: false)
            progress?.announce(text)
          }
        },
        report: { row in
          if json { print(try jsonLine(row)) }
        })
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
    if !json { print("trust model: \(CheatRow.trustModel)\n" + CheatReport.verdicts(rows), terminator: "") }
    if rows.contains(where: { !$0.asExpected }) { throw ExitCode(RunExitCode.unexpectedVerdict.rawValue) }
  }
}

/// A value as one line of JSON.
private func jsonLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

extension AttackPhase: ExpressibleByArgument {}
extension CheatTransport: ExpressibleByArgument {}
