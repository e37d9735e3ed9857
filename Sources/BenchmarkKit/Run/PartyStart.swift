internal import MPCCore
internal import Transport

/// Who runs a secure inference in this process: all parties, or one of several processes' parties. The program of a party
/// is the same for both.
protocol PartyStart: Sendable {
  /// How many parties share this process's processor time.
  func partiesInProcess(_ experiment: Experiment) -> Int

  /// How many parties share this machine's memory, those of other processes included.
  func partiesOnThisMachine(_ experiment: Experiment) -> Int

  /// The parties of this process.
  func parties(_ experiment: Experiment) -> [PartyID]

  /// Runs `body` as every party of this process, waits for all of them.
  /// - Parameters:
  ///   - run: names the run among those of the experiment; the same at all parties.
  ///   - options: session and limits; real parties have their own.
  /// - Returns: by party number, ascending.
  /// - Throws: why links could not be set up, or the abort that explains most.
  func run<R: Sendable>(
    _ run: String, experiment: Experiment, options: RunOptions, _ body: @escaping PartyBody<R>
  ) async throws -> [StartedParty<R>]
}

extension PartyStart {
  func partiesOnThisMachine(_ experiment: Experiment) -> Int { partiesInProcess(experiment) }
}

/// All parties in this process, over the experiment's transport.
struct AllPartiesHere: PartyStart {
  func partiesInProcess(_ experiment: Experiment) -> Int { experiment.parties }
  func parties(_ experiment: Experiment) -> [PartyID] { (0..<experiment.parties).map { PartyID($0) } }

  func run<R: Sendable>(
    _ run: String, experiment: Experiment, options: RunOptions, _ body: @escaping PartyBody<R>
  ) async throws -> [StartedParty<R>] {
    let report = try await runLocally(experiment.transport, partyCount: experiment.parties, options: options, body)
    let aborts = report.results.compactMap { result -> ProtocolAbort? in
      if case .failure(let abort) = result { abort } else { nil }
    }
    if let abort = aborts.first(where: { $0.group == .cheating }) ?? aborts.first(where: { $0.group == .local })
      ?? aborts.first
    {
      throw abort
    }
    ChannelStatistics.requireBalance(between: report.statistics)
    return try report.values().enumerated().map { index, value in
      StartedParty(
        party: index, result: value, wire: WireAccount(report.traffic[index], report.statistics[index]))
    }
  }
}
