internal import MPCCore
internal import PartyRuntime
internal import Transport

/// One real party: every run is a session of its own with the other processes.
struct RealPartyStart: PartyStart {
  let party: RealParty
  /// Whether a request to stop waits for the end of a run: a run on stored material that is broken off costs the store.
  var stopsBetweenRuns = false
  /// How many of the parties run on this machine.
  var partiesHere = 1

  func partiesInProcess(_ experiment: Experiment) -> Int { 1 }
  func partiesOnThisMachine(_ experiment: Experiment) -> Int { min(max(1, partiesHere), experiment.parties) }
  func parties(_ experiment: Experiment) -> [PartyID] { [party.me] }

  func run<R: Sendable>(
    _ run: String, experiment: Experiment, options: RunOptions, _ body: @escaping PartyBody<R>
  ) async throws -> [StartedParty<R>] {
    let report = try await party.run(run, network: options.network, stopsBetweenRuns: stopsBetweenRuns, body)
    do {
      return [
        StartedParty(
          party: party.me.index, result: try report.result.get(),
          wire: WireAccount(report.traffic, report.statistics))
      ]
    } catch ProtocolAbort.cancelled {
      throw PartyError.interrupted
    }
  }
}
