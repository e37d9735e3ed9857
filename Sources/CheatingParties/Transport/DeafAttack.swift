internal import FieldArithmetic
internal import Foundation
internal import MPCCore
internal import SecretSharing
internal import Transport

/// x·y as in ``RevealedProduct``, after the victim has sent everybody more than sockets hold.
private struct ProductAfterFlood: AttackedComputation {
  /// 12.8 MB in one message.
  static let count = 800_000

  let setting: AttackSetting

  var honestResult: [P127] { RevealedProduct(setting).honestResult }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let mine = session.me == setting.victim ? P127.filled(Self.count, with: .one) : nil
    _ = try await session.input(mine, count: Self.count, from: setting.victim)
    return try await RevealedProduct(setting).run(&session)
  }
}

extension Attack {
  /// A party that never reads: what is sent to it fills the sockets, and must hold up neither the others nor the abort.
  /// Always over TCP on the loopback interface.
  static let deaf = Attack(
    id: "C4-deaf", phase: .transport, name: "slow-loris", summary: "never reads while 12.8 MB are sent to it",
    step: "Input.1", caughtBy: "sends never wait; the deadline", escapeBound: "0", minimumPartyCount: 2,
    foolsPassive: false
  ) { setting in
    switch setting.mode {
    case .active: await deaf(AuthenticatedSharing<P127>.self, setting)
    case .passive: await deaf(AdditiveSharing<P127>.self, setting)
    }
  }

  private static func deaf<S: SharingScheme>(_ scheme: S.Type, _ setting: AttackSetting) async -> AttackVerdict
  where S.F == P127 {
    let plan = AttackPlan()
    let computation = ProductAfterFlood(setting: setting)
    let options = RunOptions(
      limits: TransportLimits(receiveDeadline: .seconds(2), totalReceiveDeadline: .seconds(4)))
    let run = CheatingRun<S, WireChannel, [P127]>(scheme, cheaters: [setting.cheater: plan], seed: setting.seed) {
      session throws(ProtocolAbort) in
      try await computation.run(&session)
    }
    let honestAreDone = DispatchSemaphore(value: 0)
    _ = try? await runOverTCP(partyCount: setting.partyCount, security: .insecurePlaintext, options: options) {
      channel throws(ProtocolAbort) in
      if setting.isArmed, channel.me == setting.cheater {
        plan.countDeviation()
        // This thread is the party's event loop: while it is blocked, nothing is read.
        for _ in setting.honest { blockThread(on: honestAreDone) }
        throw .cancelled(during: MaskedInput<P127>.step)
      }
      await run.party(channel) { (channel) throws(ProtocolAbort) in try await channel.finish() }
      honestAreDone.signal()
    }
    let outcome = run.outcome
    let steps = [MaskedInput<P127>.step, Opening.UniformShares<P127>.step, Opening.OutputShares<P127>.step]
    return AttackVerdict(
      fired: plan.fired,
      expected: setting.honest.map { honest in
        guard setting.isArmed else { return [nil] }
        return steps.map { .timedOut(waitingFor: setting.cheater, during: $0) } + others(honest, setting, during: steps)
      },
      detected: outcome.aborts, revealed: outcome.revealed, honestResult: computation.honestResult,
      forbiddenCount: 0, abortsAreClean: outcome.honestAbortsAreClean, leak: nil, remark: "",
      sentAfterAbort: outcome.sentAfterAbort, keysDestroyed: outcome.keysDestroyed)
  }

  private static func blockThread(on semaphore: DispatchSemaphore) {
    _ = semaphore.wait(timeout: .now() + .seconds(30))
  }
}
