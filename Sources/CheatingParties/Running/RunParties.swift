public import MPCCore
public import SecretSharing
public import Transport

/// Over what the parties of an attacked run talk; the attack does not notice the difference.
public enum AttackTransport: Sendable {
  /// One thread, a virtual clock, and an order of events that follows the seed: deadlines cost no time.
  case simulated(seed: UInt64)
  /// The same in an order that an explorer prescribes.
  case explored(ScheduleExplorer)
  /// Tasks of this process, in real time.
  case inProcess
  /// TCP on the loopback interface.
  case tcp(LoopbackSecurity)
}

/// Runs a protocol between `n` parties, some of them cheating.
///
/// ```swift
/// let plan = AttackPlan().tampering(Opening.UniformShares<P61>.self) { message, at in message.values[0] += .one }
/// let outcome = await runParties(3, AuthenticatedSharing<P61>.self, cheaters: [PartyID(0): plan]) { session in … }
/// #expect(outcome.aborts == [.macCheckFailed(openings: 2), .macCheckFailed(openings: 2)])
/// ```
/// - Parameters:
///   - n: how many parties, 2…8.
///   - scheme: passive or active sharing.
///   - cheaters: what the dishonest parties do; a party with an idle plan is a control.
///   - seed: of all randomness.
///   - transport: what carries the messages.
///   - options: session identifier and deadlines.
///   - frames: what the cheaters do to encoded frames.
///   - program: what every party does; it must not start tasks outside a simulation.
/// - Returns: how every party ended, and what it sent.
public func runParties<S: SharingScheme, R: Sendable>(
  _ n: Int, _ scheme: S.Type, cheaters: [PartyID: AttackPlan] = [:], seed: UInt64 = 1,
  over transport: AttackTransport = .simulated(seed: 1), options: RunOptions = RunOptions(),
  parameters: SecurityParameters = SecurityParameters(), frames: FrameTampering? = nil,
  _ program: @escaping AttackedProgram<S, WireChannel, R>
) async -> AttackOutcome<R> {
  let run = CheatingRun<S, WireChannel, R>(
    scheme, cheaters: cheaters, seed: seed, parameters: parameters, program: program)
  let tally = FrameTally()
  var options = options
  options.tap = tally.tap(cheaters: Set(cheaters.keys), alter: frames)
  let body: PartyBody<Void> = { (channel) throws(ProtocolAbort) in
    await run.party(channel) { (channel) throws(ProtocolAbort) in try await channel.finish() }
  }
  switch transport {
  case .simulated(let order): _ = runSimulated(partyCount: n, seed: order, options: options, body)
  case .explored(let explorer):
    _ = runSimulated(partyCount: n, order: .explored(explorer), options: options, body)
  case .inProcess: _ = await runInProcess(partyCount: n, options: options, body)
  case .tcp(let security):
    // Links that cannot be set up leave an outcome without parties.
    _ = try? await runOverTCP(partyCount: n, security: security, options: options, body)
  }
  let outcome = run.outcome
  return AttackOutcome(
    parties: outcome.parties.map { party in
      var abortsOnce: Bool?
      if case .failure = party.result { abortsOnce = tally.abortedOnce(party.id, peerCount: n - 1) }
      return .init(
        id: party.id, result: party.result, log: party.log, keyDestroyed: party.keyDestroyed,
        repeatsAbort: party.repeatsAbort, abortsOnce: abortsOnce)
    }, cheaters: outcome.cheaters)
}
