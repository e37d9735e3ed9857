internal import FieldArithmetic
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// What an attack on the offline phase knows when it takes up its arms.
struct OfflineStage: Sendable {
  let setting: AttackSetting
  let suite: OfflineSuite

  /// Whether the scheme has tags and checks.
  var isActive: Bool { setting.mode == .active }
}

extension Attack {
  /// An attack on the making of material. What it "reveals" is 1 for a run whose material is right when all shares are put
  /// together, 0 for one whose material is wrong and was not noticed.
  /// - Parameters:
  ///   - proofs: how sound proofs are.
  ///   - program: what is made.
  ///   - forbidden: what honest parties must not send.
  ///   - arm: the cheater's means for one run.
  ///   - expected: the ends that are right for an honest party in an armed, active run.
  init(
    offline id: String, _ name: String, _ summary: String, step: String, caughtBy: String, bound: String,
    parties minimumPartyCount: Int = 2, foolsPassive: Bool = false, over field: OfflineField = .p61,
    proofs: InsecureOfflineSuite.Proofs = .short, program: @escaping @Sendable (AttackSetting) -> any OfflineProgram,
    forbidden: [Forbidden] = [], arm: @escaping @Sendable (OfflineStage) -> OfflineArmament,
    expected: @escaping @Sendable (PartyID, OfflineStage) -> [ProtocolAbort?]
  ) {
    self.init(
      id: id, phase: .offline, name: name, summary: summary, step: step, caughtBy: caughtBy, escapeBound: bound,
      minimumPartyCount: minimumPartyCount, foolsPassive: foolsPassive
    ) { setting in
      func run<S: OfflineSharing>(_: S.Type) async -> AttackVerdict {
        let stage = OfflineStage(setting: setting, suite: InsecureOfflineSuite.suite(S.self, proofs))
        let armament = setting.isArmed ? arm(stage) : OfflineArmament()
        let outcome = await OfflineRun<S>(
          setting: setting, suite: stage.suite, program: program(setting), armament: armament
        ).outcome()
        let isAttack = setting.isArmed && setting.mode == .active
        return AttackVerdict(
          fired: armament.plan.fired,
          expected: setting.honest.map { isAttack ? expected($0, stage) : [nil] }, detected: outcome.aborts,
          revealed: outcome.revealed, honestResult: OfflineRun<S>.right,
          forbiddenCount: isAttack ? forbidden.reduce(0) { $0 + $1.count(outcome) } : 0,
          abortsAreClean: outcome.honestAbortsAreClean, leak: armament.leak(), remark: "",
          sentAfterAbort: outcome.sentAfterAbort, keysDestroyed: isAttack ? outcome.keysDestroyed : nil)
      }
      switch (setting.mode, field) {
      case (.active, .p61): return await run(AuthenticatedSharing<P61>.self)
      case (.active, .p127): return await run(AuthenticatedSharing<P127>.self)
      case (.passive, .p61): return await run(AdditiveSharing<P61>.self)
      case (.passive, .p127): return await run(AdditiveSharing<P127>.self)
      }
    }
  }

  /// The end that the batch check prescribes.
  static let failedBatchCheck: @Sendable (PartyID, OfflineStage) -> [ProtocolAbort?] = { _, _ in
    [.sacrificeFailed(step: MaskedSum<P61>.step)]
  }

  /// The end that the sacrifice of classic triples prescribes.
  static let failedSacrifice: @Sendable (PartyID, OfflineStage) -> [ProtocolAbort?] = { _, _ in
    [.sacrificeFailed(step: SacrificeOpening<P61>.step)]
  }

  /// The end of an attack that is none.
  static let accepted: @Sendable (PartyID, OfflineStage) -> [ProtocolAbort?] = { _, _ in [nil] }
}
