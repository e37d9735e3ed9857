internal import Cryptography
public import InsecureDealer
public import MPCCore
public import SecretSharing
internal import Synchronization
public import Transport

/// The program of a party under attack: honest code that every party runs, the cheaters included.
public typealias AttackedProgram<S: SharingScheme, C: Channel, R> =
  @Sendable (inout Session<S, TamperingChannel<C>>) async throws(ProtocolAbort) -> R

/// Runs a protocol between `n` parties in this process, some of them cheating.
///
/// Material comes from the insecure dealer and randomness from `seed`, so a run can be repeated.
/// - Parameters:
///   - n: how many parties, 2…8.
///   - scheme: passive or active sharing.
///   - cheaters: what the dishonest parties do; a party with an idle plan is a control.
///   - seed: of all randomness.
///   - limits: deadlines; a withheld message costs its receivers one.
///   - program: what every party does.
/// - Returns: how every party ended, and what it sent.
public func runParties<S: SharingScheme, R: Sendable>(
  _ n: Int, _ scheme: S.Type, cheaters: [PartyID: AttackPlan] = [:], seed: UInt64 = 1,
  limits: TransportLimits = TransportLimits(), parameters: SecurityParameters = SecurityParameters(),
  _ program: @escaping AttackedProgram<S, WireChannel, R>
) async -> AttackOutcome<R> {
  await runParties(
    n, scheme, cheaters: cheaters, seed: seed, limits: limits, parameters: parameters, frames: nil, program)
}

/// As ``runParties(_:_:cheaters:seed:limits:parameters:_:)``, with a tap on the frames below the channels.
package func runParties<S: SharingScheme, R: Sendable>(
  _ n: Int, _ scheme: S.Type, cheaters: [PartyID: AttackPlan] = [:], seed: UInt64 = 1,
  session: SessionID = .demonstration, limits: TransportLimits = TransportLimits(),
  parameters: SecurityParameters = SecurityParameters(), frames: FrameTampering?,
  _ program: @escaping AttackedProgram<S, WireChannel, R>
) async -> AttackOutcome<R> {
  let tallies = Mutex<[PartyID: FrameTally]>([:])
  let network = InProcessNetwork(
    partyCount: n, session: session, limits: limits, recordsDigests: false, clock: RealTimeClock.shared
  ) { sink, party in
    let tally = FrameTally(sink, sender: party, alter: cheaters[party] == nil ? nil : frames)
    tallies.withLock { $0[party] = tally }
    return tally
  }
  let outcome = await runParties(
    over: (0..<n).map { network.channel(of: PartyID($0)) }, scheme, cheaters: cheaters, seed: seed,
    parameters: parameters
  ) { (channel) throws(ProtocolAbort) in
    try await channel.finish()
  } program: { (session) throws(ProtocolAbort) in
    try await program(&session)
  }
  return AttackOutcome(
    parties: outcome.parties.map { party in
      var abortsOnce: Bool?
      if case .failure = party.result, let totals = tallies.withLock({ $0[party.id] })?.totals {
        abortsOnce = totals == (n - 1, 0)
      }
      return .init(
        id: party.id, result: party.result, log: party.log, keyDestroyed: party.keyDestroyed,
        repeatsAbort: party.repeatsAbort, abortsOnce: abortsOnce)
    }, cheaters: outcome.cheaters)
}

/// Runs a protocol with cheaters over channels of any transport, connected to each other in this process.
/// - Parameters:
///   - channels: of all parties, in order.
///   - finish: ends a channel in order after the program; it reports frames that nobody received.
public func runParties<S: SharingScheme, C: Channel, R: Sendable>(
  over channels: [C], _ scheme: S.Type, cheaters: [PartyID: AttackPlan] = [:], seed: UInt64 = 1,
  parameters: SecurityParameters = SecurityParameters(),
  finish: @escaping @Sendable (C) async throws(ProtocolAbort) -> Void,
  program: @escaping AttackedProgram<S, C, R>
) async -> AttackOutcome<R> {
  let coalition = Set(cheaters.keys)
  return await withTaskGroup(of: AttackOutcome<R>.Party.self) { group in
    for channel in channels {
      group.addTask {
        let wrapped = TamperingChannel(channel, plan: cheaters[channel.me], coalition: coalition)
        return await runParty(wrapped, scheme, seed: seed, parameters: parameters, finish: finish, program: program)
      }
    }
    var parties: [AttackOutcome<R>.Party] = []
    for await party in group { parties.append(party) }
    return AttackOutcome(parties: parties.sorted { $0.id < $1.id }, cheaters: coalition)
  }
}

extension InsecureDealer {
  /// The dealer of party `me` in a run of ``runParties(_:_:cheaters:seed:limits:parameters:_:)``; `stream` tells those of
  /// parallel forks apart, which share the key.
  public convenience init(run seed: UInt64, me: PartyID, partyCount: Int) {
    self.init(
      seed: PRG.deriveSeed([], label: "attack-run/dealer", context: [seed]), me: me, partyCount: partyCount)
  }
}

private func runParty<S: SharingScheme, C: Channel, R: Sendable>(
  _ channel: TamperingChannel<C>, _ scheme: S.Type, seed: UInt64, parameters: SecurityParameters,
  finish: @Sendable (C) async throws(ProtocolAbort) -> Void, program: AttackedProgram<S, C, R>
) async -> AttackOutcome<R>.Party {
  let dealer = InsecureDealer<S>(run: seed, me: channel.me, partyCount: channel.partyCount)
  var result: Result<R, ProtocolAbort>
  var repeatsAbort = false
  do {
    var session = try Session<S, TamperingChannel<C>>(
      over: channel, preprocessing: dealer, random: InsecureSeededRandom(seed: seed, party: channel.me),
      parameters: parameters)
    do throws(ProtocolAbort) {
      let value = try await program(&session)
      try channel.releaseRushing()
      try await finish(channel.base)
      result = .success(value)
    } catch {
      // The end of the program is a step like any other: whatever fails in it ends the session.
      let first = session.end(error)
      result = .failure(first)
      do throws(ProtocolAbort) {
        _ = try await session.coin()
      } catch {
        repeatsAbort = error == first
      }
    }
  } catch {
    result = .failure(.localFailure(step: StepLabel("Session", 1), detail: "\(error)"))
    channel.abort(.localFailure(step: StepLabel("Session", 1), detail: "\(error)"))
  }
  return .init(
    id: channel.me, result: result, log: channel.log, keyDestroyed: dealer.key.isDestroyed, repeatsAbort: repeatsAbort,
    abortsOnce: nil)
}
