internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

extension Attack {
  /// Attacks on replies and shares of tuples, which the batch check or the sacrifice must notice.
  static let tuples: [Attack] = [
    shifted(
      "B1", "triple-bad-c", "multiplies by b_j + d in one slot of the product only", foolsPassive: true
    ) { stage in { job, _ in job % (stage.isActive ? 3 : 1) == (stage.isActive ? 1 : 0) ? 5 : nil } },
    shifted(
      "B1-p127", "triple-bad-c", "as B1, in the field of 127 bits", foolsPassive: true, over: .p127
    ) { stage in { job, _ in job % (stage.isActive ? 3 : 1) == (stage.isActive ? 1 : 0) ? 5 : nil } },
    shifted(
      "B1-square", "triple-bad-c", "multiplies by a_j + d in one slot of the squares", foolsPassive: true,
      program: { _ in MadeSquares() }
    ) { stage in { job, _ in job == (stage.isActive ? 1 : 0) ? 5 : nil } },
    Attack(
      offline: "B1-guess", "mac-guess", "shifts its share of c and its tag share, with a guess of the honest α_i",
      step: "TagProductTriples.4", caughtBy: "batch check", bound: "3/p", foolsPassive: true,
      program: { _ in MadeTriples() },
      arm: { _ in
        let plan = AttackPlan()
        return OfflineArmament(plan: plan, dishonesty: GuessedKey(plan: plan, guess: 77))
      }, expected: failedBatchCheck),
    shifted(
      "B2", "mac-key-shifted", "authenticates a with α_j + d, in all slots", slot: nil
    ) { _ in { job, _ in job % 3 == 0 ? 9 : nil } },
    shifted(
      "B2-slot", "mac-key-shifted", "authenticates a with α_j + d, in one slot"
    ) { _ in { job, _ in job % 3 == 0 ? 9 : nil } },
    Attack(
      offline: "B2-sigma", "mac-key-shifted",
      "uses α_j + d for a and c, and corrects its σ by d·z, which it knows by then", step: "TagProductTriples.4",
      caughtBy: "batch check, whose mask has tags under α_j", bound: "3/p", program: { _ in MadeTriples() },
      arm: { stage in
        let plan = AttackPlan()
        return OfflineArmament(plan: plan, dishonesty: ShiftedKeyShare(plan: plan, d: 9))
      }, expected: failedBatchCheck),
    shifted(
      "B3-tag", "tag-bad", "multiplies by a wrong tag share of b for the tag of c"
    ) { _ in { job, _ in job % 3 == 2 ? 1 : nil } },
    shifted(
      "B3-step3", "tag-bad", "authenticates b_j + d and multiplies b_j", role: SessionKey.self,
      step: "Authenticate.3"
    ) { _ in { _, _ in 1 } },
    shifted(
      "B3-split", "tag-bad", "multiplies other b_j for other parties", slot: nil, parties: 3
    ) { stage in { job, peer in job % 3 == 1 && peer == stage.setting.victim ? 1 : nil } },
    shifted(
      "B3-random", "tag-bad", "authenticates uniform values with an error in one", role: SessionKey.self,
      step: "Randoms.3", program: { _ in MadeStepThreeValues(owner: nil) }
    ) { _ in { _, _ in 1 } },
    shifted(
      "B3-input", "tag-bad", "authenticates its input masks with an error in one", role: SessionKey.self,
      step: "InputMasks.3", program: { MadeStepThreeValues(owner: $0.cheater) }
    ) { stage in { _, peer in stage.setting.partyCount == 2 || peer == stage.setting.victim ? 1 : nil } },
    tagShare(
      "B4",
      "shifts its tag share of b in the replies for the tag of c, and takes that back in its own share of the tag",
      takesBack: true),
    tagShare(
      "B4-inconsistent", "shifts its tag share of b in the replies for the tag of c only", takesBack: false),
    classic("B5", "triple-bad-c", "multiplies by b_j + d in the product that is kept") { job in
      job % 2 == 0 ? 5 : nil
    },
    classic("B5-spare", "triple-bad-c", "multiplies by b′_j + d in the product that is sacrificed") { job in
      job % 2 == 1 ? 5 : nil
    },
    classic(
      "B5-guess", "triple-correlated",
      "errs in both products so that they cancel for a guessed coefficient t = 7, the right bug if t were known early",
      bound: "1/p + 2/p"
    ) { job in job % 2 == 0 ? 5 : 35 },
    Attack(
      offline: "B12", "operand-not-doubled", "uses its plaintext m where all others use 2m",
      step: "Operand.1", caughtBy: "batch check", bound: "3/p", program: { _ in MadeTriples() },
      arm: { stage in
        let plan = AttackPlan()
        return OfflineArmament(plan: plan, dishonesty: UndoubledOperand(plan: plan))
      }, expected: failedBatchCheck),
    shifted(
      "B17", "selective-failure",
      "adds d·a_i to the product in one slot: nothing is wrong if the honest a_i is 0 there",
      caughtBy: "batch check; if a_i is 0 the triple is right and tells one bit of a value that masks nothing yet"
    ) { _ in { job, _ in job % 3 == 1 ? 1 : nil } },
    Attack(
      offline: "B19", "abort-retry",
      "makes a batch fail, ignores the abort and goes on with messages of the next batch",
      step: "BatchCheck.6", caughtBy: "an abort is terminal: keys and material are gone, nothing more is sent",
      bound: "0", program: { GoingOnAfterAbort(setting: $0) },
      arm: { stage in
        let plan = AttackPlan().ignoringAborts()
        return OfflineArmament(
          plan: plan,
          dishonesty: ShiftedMultiplicand(
            scheme: stage.suite.scheme, plan: plan, role: EpochKey.self, slot: 0,
            shift: { job, _ in job % 3 == 1 ? 1 : nil }))
      }, expected: failedBatchCheck),
    Attack(
      offline: "bits", "bit-not-bit",
      "sees the opened square s and sends a share that makes it 4s: the root is 2a, the bit 1/4 or 3/4",
      step: "Bits.1", caughtBy: "MAC check of the opened squares, before a root is used", bound: "2/p",
      foolsPassive: true, program: { _ in MadeBits() },
      arm: { stage in
        let sum = AttackMemory<P61>(.zero)
        return OfflineArmament(
          plan: AttackPlan().rushing(Opening.OutputShares<P61>.self) { (message, honest, at) throws(ProtocolAbort) in
            let opened = honest.values.reduce(message.values[0]) { $0 + $1.values[0] }
            sum { $0 = opened }
            message.values[0] += P61(UInt64(3)) * opened
          })
      }, expected: { _, _ in [.macCheckFailed(openings: MadeBits.count)] }),
  ]

  /// d added to what chosen replies multiply by.
  private static func shifted(
    _ id: String, _ name: String, _ summary: String, role: any KeyRole.Type = EpochKey.self, slot: Int? = 3,
    step: String = "TagProductTriples.4", caughtBy: String = "batch check", parties: Int = 2,
    foolsPassive: Bool = false, over field: OfflineField = .p61,
    program: @escaping @Sendable (AttackSetting) -> any OfflineProgram = { _ in MadeTriples() },
    shift: @escaping @Sendable (OfflineStage) -> @Sendable (Int, PartyID) -> UInt128?
  ) -> Attack {
    Attack(
      offline: id, name, summary, step: step, caughtBy: caughtBy, bound: "3/p", parties: parties,
      foolsPassive: foolsPassive, over: field, program: program,
      arm: { stage in
        let plan = AttackPlan()
        return OfflineArmament(
          plan: plan,
          dishonesty: ShiftedMultiplicand(
            scheme: stage.suite.scheme, plan: plan, role: role, slot: slot, shift: shift(stage)))
      }, expected: failedBatchCheck)
  }

  private static func tagShare(_ id: String, _ summary: String, takesBack: Bool) -> Attack {
    Attack(
      offline: id, "mac-offset", summary, step: "TagProductTriples.4",
      caughtBy: takesBack ? "nothing: it re-randomises its own share" : "batch check",
      bound: takesBack ? "-" : "3/p", program: { _ in MadeTriples() },
      arm: { stage in
        let plan = AttackPlan()
        return OfflineArmament(
          plan: plan,
          dishonesty: ShiftedTagShare(
            scheme: stage.suite.scheme, plan: plan, takesBack: takesBack, peerCount: stage.setting.partyCount - 1))
      }, expected: takesBack ? accepted : failedBatchCheck)
  }

  private static func classic(
    _ id: String, _ name: String, _ summary: String, bound: String = "3/p", shift: @escaping @Sendable (Int) -> UInt128?
  ) -> Attack {
    Attack(
      offline: id, name, summary, step: "ClassicTriples.2", caughtBy: "sacrifice", bound: bound,
      program: { _ in MadeTriples.classic },
      arm: { stage in
        let plan = AttackPlan()
        return OfflineArmament(
          plan: plan,
          dishonesty: ShiftedMultiplicand(
            scheme: stage.suite.scheme, plan: plan, role: EpochKey.self, slot: 3, shift: { job, _ in shift(job) }))
      }, expected: failedSacrifice)
  }
}

/// Triples; a cheater whose batch failed sends a coin commitment and an opening, as if the next batch had begun.
private struct GoingOnAfterAbort: OfflineProgram {
  let setting: AttackSetting

  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
    do throws(ProtocolAbort) {
      try await MadeTriples().run(&party)
    } catch {
      if setting.isArmed, party.session.me == setting.cheater {
        let zeros = [UInt8](repeating: 0, count: 32)
        let channel = party.session.channel
        channel.beginRound()
        // The links may be closed by now: then there is nothing to go on with.
        try? channel.broadcast(CoinToss.Commitment(digest: zeros, transcript: zeros))
        try? channel.broadcast(CoinToss.Opening(value: zeros, randomness: zeros))
      }
      throw error
    }
  }
}
