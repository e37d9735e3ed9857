internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing
internal import Transport

extension Attack {
  /// An attack on a computation.
  /// - Parameters:
  ///   - computation: what is attacked.
  ///   - arm: the cheater's plan for one run.
  ///   - forbidden: what honest parties must not send.
  ///   - expected: the ends that are right for an honest party in an armed, active run.
  init(
    _ id: String, _ name: String, _ summary: String, step: String, caughtBy: String, bound: String,
    phase: AttackPhase = .online, parties minimumPartyCount: Int = 2, foolsPassive: Bool = false,
    computation: @escaping @Sendable (AttackSetting) -> any AttackedComputation,
    forbidden: [Forbidden] = [], arm: @escaping @Sendable (AttackSetting) -> Armament,
    expected: @escaping @Sendable (PartyID, AttackSetting) -> [ProtocolAbort?]
  ) {
    self.id = id
    self.phase = phase
    self.name = name
    self.summary = summary
    self.step = step
    self.caughtBy = caughtBy
    escapeBound = bound
    self.minimumPartyCount = minimumPartyCount
    self.foolsPassive = foolsPassive
    stage = { setting in
      let armament = setting.isArmed ? arm(setting) : Armament()
      let computation = computation(setting)
      let outcome = await Attack.perform(armament.computation ?? computation, setting, armament)
      let isAttack = setting.isArmed && setting.mode == .active
      let honest = setting.honest.filter { armament.allies[$0] == nil }
      return AttackVerdict(
        fired: armament.allies.values.reduce(armament.plan.fired) { $0 + $1.fired },
        expected: honest.map { isAttack ? expected($0, setting) : [nil] },
        detected: outcome.aborts, revealed: outcome.revealed, honestResult: computation.honestResult,
        forbiddenCount: isAttack ? forbidden.reduce(0) { $0 + $1.count(outcome) } : 0,
        abortsAreClean: outcome.honestAbortsAreClean, leak: armament.leak(), remark: armament.remark(),
        sentAfterAbort: outcome.sentAfterAbort, keysDestroyed: outcome.keysDestroyed)
    }
  }

  /// Runs a computation under attack in the scheme of the setting.
  static func perform(
    _ computation: any AttackedComputation, _ setting: AttackSetting, _ armament: Armament,
    session: SessionID = .demonstration
  ) async -> AttackOutcome<[P127]> {
    switch setting.mode {
    case .active:
      await perform(computation, AuthenticatedSharing<P127>.self, setting, armament, session: session)
    case .passive: await perform(computation, AdditiveSharing<P127>.self, setting, armament, session: session)
    }
  }

  private static func perform<S: SharingScheme>(
    _ computation: any AttackedComputation, _ scheme: S.Type, _ setting: AttackSetting, _ armament: Armament,
    session: SessionID
  ) async -> AttackOutcome<[P127]> where S.F == P127 {
    let cheaters = armament.allies.merging([setting.cheater: armament.plan]) { $1 }
    var options = setting.options(session)
    options.sink = armament.sink
    let transport = armament.sink == nil ? setting.transport : nil
    return await runParties(
      setting.partyCount, scheme, cheaters: cheaters, seed: setting.seed,
      over: transport ?? .simulated(seed: setting.seed), options: options,
      frames: armament.frames
    ) { session throws(ProtocolAbort) in
      try await computation.run(&session)
    }
  }
}

extension AttackSetting {
  /// Options of a run: on real links, which wait in real time, the deadlines are short.
  func options(_ session: SessionID) -> RunOptions {
    switch transport {
    case nil, .simulated, .explored: RunOptions(session: session)
    case .inProcess, .tcp:
      RunOptions(
        session: session, limits: TransportLimits(receiveDeadline: .seconds(5), totalReceiveDeadline: .seconds(20)))
    }
  }
}
