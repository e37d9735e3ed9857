internal import Cryptography
public import InsecureDealer
public import MPCCore
public import SecretSharing
internal import Synchronization
internal import Transport

/// The program of a party under attack: honest code that every party runs, the cheaters included.
public typealias AttackedProgram<S: SharingScheme, C: Channel, R> =
  @Sendable (inout Session<S, TamperingChannel<C>>) async throws(ProtocolAbort) -> R

/// One run of a protocol in which some parties cheat, over channels of any transport.
///
/// Material comes from the insecure dealer and randomness from the seed, so a run can be repeated. Hand every party's
/// channel to ``party(_:finish:)``, each in its own task; when all have returned, read ``outcome``.
public final class CheatingRun<S: SharingScheme, C: Channel, R: Sendable>: Sendable {
  private let cheaters: [PartyID: AttackPlan]
  private let seed: UInt64
  private let parameters: SecurityParameters
  private let program: AttackedProgram<S, C, R>
  private let ended = Mutex<[AttackOutcome<R>.Party]>([])

  /// Sets up a run.
  /// - Parameters:
  ///   - cheaters: what the dishonest parties do; a party with an idle plan is a control.
  ///   - seed: of all randomness.
  ///   - program: what every party does.
  public init(
    _ scheme: S.Type, cheaters: [PartyID: AttackPlan], seed: UInt64 = 1,
    parameters: SecurityParameters = SecurityParameters(), program: @escaping AttackedProgram<S, C, R>
  ) {
    self.cheaters = cheaters
    self.seed = seed
    self.parameters = parameters
    self.program = program
  }

  /// How the parties that have finished ended.
  public var outcome: AttackOutcome<R> {
    AttackOutcome(parties: ended.withLock { $0.sorted { $0.id < $1.id } }, cheaters: Set(cheaters.keys))
  }

  /// Runs one party to its end.
  /// - Parameters:
  ///   - channel: its main channel.
  ///   - finish: ends a channel in order after the program; it reports frames that nobody received.
  public func party(_ channel: C, finish: @Sendable (C) async throws(ProtocolAbort) -> Void) async {
    let wrapped = TamperingChannel(channel, plan: cheaters[channel.me], coalition: Set(cheaters.keys))
    let dealer = InsecureDealer<S>(run: seed, me: channel.me, partyCount: channel.partyCount)
    let result: Result<R, ProtocolAbort>
    var repeatsAbort = false
    do throws(SessionError) {
      var session = try Session<S, TamperingChannel<C>>(
        over: wrapped, preprocessing: dealer,
        random: cheaters[channel.me]?.random ?? InsecureSeededRandom(seed: seed, party: channel.me),
        parameters: parameters)
      do throws(ProtocolAbort) {
        let value = try await program(&session)
        try wrapped.releaseRushing()
        do throws(ProtocolAbort) {
          try await finish(channel)
        } catch {
          // The work is done: a peer that fails from here on does not take the value back; extra frames do.
          if error.group == .cheating { throw error }
        }
        result = .success(value)
      } catch {
        let first = session.end(error)
        result = .failure(first)
        do throws(ProtocolAbort) {
          _ = try await session.coin()
        } catch {
          repeatsAbort = error == first
        }
      }
    } catch {
      let abort = ProtocolAbort.localFailure(step: StepLabel("Session", 1), detail: "\(error)")
      wrapped.abort(abort)
      result = .failure(abort)
    }
    let party = AttackOutcome<R>.Party(
      id: channel.me, result: result, log: wrapped.log, keyDestroyed: dealer.key.isDestroyed,
      repeatsAbort: repeatsAbort, abortsOnce: nil)
    ended.withLock { $0.append(party) }
  }
}

extension InsecureDealer {
  /// The dealer of party `me` in a ``CheatingRun`` with this seed.
  public convenience init(run seed: UInt64, me: PartyID, partyCount: Int) {
    self.init(
      seed: PRG.deriveSeed([], label: "attack-run/dealer", context: [seed]), me: me, partyCount: partyCount)
  }
}
