internal import MPCCore
internal import PartyRuntime
internal import Transport

/// One real party: every run is a session of its own with the other processes.
struct RealPartyStart: PartyStart {
  let party: RealParty

  func partiesInProcess(_ experiment: Experiment) -> Int { 1 }

  func run<R: Sendable>(
    _ run: String, experiment: Experiment, options: RunOptions, _ body: @escaping PartyBody<R>
  ) async throws -> [StartedParty<R>] {
    let report = try await party.run(run, network: options.network, body)
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
