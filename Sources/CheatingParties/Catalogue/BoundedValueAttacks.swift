internal import FieldArithmetic
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Transport

private typealias Statistical = Opening.StatisticalShares<P127>

extension Attack {
  /// A19: values of masks that are larger than they may be, against their range proof.
  static let boundedValues: [Attack] = [
    bounded(
      "A19-claim", "inputs 2^90 where 8 bits are due, and claims that its v_j are in the interval", .claim,
      caughtBy: "range proof: v_j is opened from the shares", bound: "2^-s"
    ) { _, setting in [.rangeCheckFailed(step: StepLabel("BoundedValues", 4), from: setting.cheater)] },
    bounded(
      "A19-restart", "inputs 2^90 where 8 bits are due, and asks for another attempt every time", .restart,
      caughtBy: "range proof: at most 16 attempts", bound: "2^-s"
    ) { _, setting in [.rangeCheckFailed(step: StepLabel("BoundedValues", 4), from: setting.cheater)] },
    bounded(
      "A19-announce", "inputs 2^90, and sends shares of v_j that bring the sum back into the interval", .announce,
      caughtBy: "MAC check of the v_j before they are looked at", bound: "2/p"
    ) { _, setting in (1...setting.partyCount).map { .macCheckFailed(openings: 44 * $0) } },
  ]

  /// What a party with too large a value says in the proof.
  private enum Lie: Sendable { case claim, restart, announce }

  private static let honestValue = P127(UInt64(200))

  private static func bounded(
    _ id: String, _ summary: String, _ lie: Lie, caughtBy: String, bound: String,
    expected: @escaping @Sendable (PartyID, AttackSetting) -> [ProtocolAbort?]
  ) -> Attack {
    Attack(
      id: id, phase: .online, name: "bound-violated", summary: summary, step: "BoundedValues", caughtBy: caughtBy,
      escapeBound: bound, minimumPartyCount: 2, foolsPassive: true
    ) { setting in
      let plan = AttackPlan()
      let outcome = await runBounded(setting, lie, plan)
      let isAttack = setting.isArmed && setting.mode == .active
      return AttackVerdict(
        fired: plan.fired, expected: setting.honest.map { isAttack ? expected($0, setting) : [nil] },
        detected: outcome.aborts, revealed: outcome.revealed,
        honestResult: [(0..<setting.partyCount).reduce(P127.zero) { sum, _ in sum + honestValue }],
        forbiddenCount: isAttack ? outcome.honestlySent(Opening.OutputShares<P127>.self) : 0,
        abortsAreClean: outcome.honestAbortsAreClean, leak: nil, remark: "", sentAfterAbort: outcome.sentAfterAbort,
        keysDestroyed: outcome.keysDestroyed)
    }
  }

  private static func runBounded(_ setting: AttackSetting, _ lie: Lie, _ plan: AttackPlan) async
    -> AttackOutcome<[P127]>
  {
    let transport = setting.transport ?? .simulated(seed: setting.seed)
    let options = setting.options(.demonstration)
    guard setting.mode == .active else {
      return await runParties(
        setting.partyCount, AdditiveSharing<P127>.self, cheaters: [setting.cheater: plan], seed: setting.seed,
        over: transport, options: options
      ) { session throws(ProtocolAbort) in
        try await session.reveal(sum(boundedInputs(&session, setting, plan)))
      }
    }
    let repairs = AttackMemory<[P127]>([])
    if setting.isArmed, lie == .announce {
      _ = plan.tampering(Statistical.self) { message, _ in
        let repairs = repairs.current
        let provers = message.values.count / max(1, repairs.count)
        guard provers > 0 else { return }
        let start = min(setting.cheater.index, provers - 1) * repairs.count
        for (index, repair) in repairs.enumerated() { message.values[start + index] += repair }
      }
    }
    return await runParties(
      setting.partyCount, AuthenticatedSharing<P127>.self, cheaters: [setting.cheater: plan], seed: setting.seed,
      over: transport, options: options
    ) { session throws(ProtocolAbort) in
      let proof = BoundedValueProof(count: 1, bits: 8, statisticalSecurity: 40)
      let inside = P127(UInt64(proof.count)) * P127.powerOfTwo(proof.bits)
      let values = try await boundedInputs(&session, setting, plan)
      let cheats = setting.isArmed && session.me == setting.cheater
      let mine = cheats ? P127.powerOfTwo(90) : honestValue
      try await BoundedValueProtocol.prove(values, proof, in: &session) { _, masks, coefficients in
        let v = zip(masks, coefficients).map { $0 + $1[0] * mine }
        guard cheats else { return v }
        switch lie {
        case .restart: return masks.map { _ in .zero }
        case .announce: repairs { $0 = v.map { inside - $0 } }
        case .claim: break
        }
        return masks.map { _ in inside }
      }
      return try await session.reveal(sum(values))
    }
  }

  /// One value a party.
  private static func boundedInputs<S: SharingScheme, C: Channel>(
    _ session: inout Session<S, C>, _ setting: AttackSetting, _ plan: AttackPlan
  ) async throws(ProtocolAbort) -> [SharedVector<S>] where S.F == P127 {
    var values: [SharedVector<S>] = []
    for party in session.parties {
      let cheats = setting.isArmed && party == setting.cheater
      if cheats, party == session.me { plan.countDeviation() }
      let mine = cheats ? P127.powerOfTwo(90) : honestValue
      values.append(try await session.input(party == session.me ? [mine] : nil, count: 1, from: party))
    }
    return values
  }

  private static func sum<S: SharingScheme>(_ values: [SharedVector<S>]) -> SharedVector<S> {
    values.dropFirst().reduce(values[0]) { $0 + $1 }
  }
}
