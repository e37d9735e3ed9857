import Cryptography
import MPCCore
import Transport

@testable import BenchmarkKit

/// All parties on a simulated network whose frames pass a tap.
struct TappedNetwork: PartyStart {
  let tap: FrameTap

  func partiesInProcess(_ experiment: Experiment) -> Int { experiment.parties }
  func parties(_ experiment: Experiment) -> [PartyID] { (0..<experiment.parties).map { PartyID($0) } }

  func run<R: Sendable>(
    _ run: String, experiment: Experiment, options: RunOptions, _ body: @escaping PartyBody<R>
  ) async throws -> [StartedParty<R>] {
    var options = RunOptions(session: SessionID(bytes: SystemRandom().seed(label: "session", context: [])))
    options.tap = tap
    let report = runSimulated(partyCount: experiment.parties, seed: 1, options: options, body).run
    return try report.values().enumerated().map { index, value in
      StartedParty(
        party: index, result: value, wire: WireAccount(report.traffic[index], report.statistics[index]))
    }
  }
}
