internal import MPCCore
internal import Preprocessing
internal import SecretSharing

extension Attack {
  /// Attacks on what the parties agree about before the first key: nobody can talk the others into less.
  static let parameters: [Attack] = [
    Attack(
      offline: "manifest-s", "manifest-downgrade", "announces a smaller statistical security", step: "Parameters.0",
      caughtBy: "comparison of all parameters", bound: "0", program: { _ in MadeTriples() },
      forbidden: [.any(MACKeyMessage.self)],
      arm: { _ in
        let plan = AttackPlan()
        plan.countDeviation()
        let security = SecurityParameters(statisticalSecurity: 20)
        return OfflineArmament(plan: plan, program: MadeTriples(options: OfflineOptions(security: security)))
      },
      expected: { honest, stage in
        mismatch("statistical security of checks", mine: "40", theirs: "20", honest, stage.setting)
      }),
    Attack(
      offline: "manifest-passive", "manifest-downgrade", "announces the passive scheme", step: "Parameters.0",
      caughtBy: "comparison of all parameters", bound: "0", program: { _ in MadeTriples() },
      forbidden: [.any(MACKeyMessage.self)],
      arm: { _ in
        let plan = AttackPlan()
        // The third number of the block is the mode.
        return OfflineArmament(
          plan: plan,
          frames: { bytes, _, _ in
            guard var frame = RawFrame(bytes), frame.kind == 0x140 else { return [bytes] }
            plan.countDeviation()
            var payload = frame.payload
            payload[32] = 0
            frame.payload = payload
            return [frame.bytes]
          })
      },
      expected: { honest, stage in
        mismatch("mode (1 = active)", mine: "1", theirs: "0", honest, stage.setting)
      }),
  ]

  private static func mismatch(
    _ field: String, mine: String, theirs: String, _ honest: PartyID, _ setting: AttackSetting
  ) -> [ProtocolAbort?] {
    [.configurationMismatch(field: field, mine: mine, theirs: theirs, with: setting.cheater)]
      + others(honest, setting, during: [StepLabel("LowGear.Parameters", 0)])
  }
}
