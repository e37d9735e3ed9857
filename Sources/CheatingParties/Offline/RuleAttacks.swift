internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

extension Attack {
  /// Attacks that the five rules of tag products are there for: each succeeds when its rule is broken, which the
  /// kill-matrix build shows.
  static let rules: [Attack] = [
    Attack(
      offline: "B18", "operand-replay", "encrypts the same plaintexts with the same coins in two batches of an epoch",
      step: "Operand.1", caughtBy: "fingerprints of the operands of an epoch", bound: "0",
      program: { _ in MadeTriples(groups: 2) },
      arm: { _ in
        let plan = AttackPlan()
        return OfflineArmament(plan: plan, dishonesty: RepeatedOperands(plan))
      },
      expected: { _, stage in [.proofRejected(step: OperandMessage.step, from: stage.setting.cheater)] }),
    Attack(
      offline: "B21", "key-mixing",
      "adds E_i(α_i)·γ(b)_j to its replies for the tag of c, and the like to its own shares of c and of its tag",
      step: "TagProductTriples.4", caughtBy: "two keys: the mixture is noise under key A, the batch check fails",
      bound: "3/p", program: { _ in MadeTriples(startsWithRandoms: true) },
      arm: { stage in
        let plan = AttackPlan()
        return OfflineArmament(plan: plan, dishonesty: MixedInKeyShare(stage, plan, .tagProduct))
      }, expected: failedBatchCheck),
    Attack(
      offline: "B22", "mac-key-shifted", "uses α_j + d everywhere in a batch of squares, and for its σ",
      step: "Squares.2", caughtBy: "the mask is a step-3 value, with tags under α_j: batch check", bound: "3/p",
      program: { _ in MadeSquares() },
      arm: { _ in
        let plan = AttackPlan()
        return OfflineArmament(plan: plan, dishonesty: ShiftedKeyShare(plan: plan, d: 9))
      }, expected: failedBatchCheck),
    stray("B23", isLast: false),
    stray("B23-last", isLast: true),
    Attack(
      offline: "B24", "key-mixing",
      "adds E_i(α_i)·b_j to its replies for c, to read α_i off τ = t·c − c′ − ρ·a if it were opened",
      step: "ClassicTriples.2", caughtBy: "two keys; τ enters the MAC check with the value 0 and is never opened",
      bound: "3/p", program: { _ in MadeTriples(options: OfflineOptions(triples: .classic), startsWithRandoms: true) },
      arm: { stage in
        let plan = AttackPlan()
        let mixed = MixedInKeyShare(stage, plan, .classic)
        return OfflineArmament(plan: openedTauReader(plan, mixed.memory), dishonesty: mixed)
      }, expected: failedSacrifice),
    Attack(
      offline: "B25", "operand-reuse",
      "multiplies an operand of an earlier, checked batch into a reply: the failing check shows that operand",
      step: "TagProductTriples.4",
      caughtBy: "batch check; nothing of a live epoch was used, so there is nothing to read",
      bound: "3/p", program: { UsedBetweenBatches(setting: $0) },
      arm: { stage in
        let plan = AttackPlan()
        let reader = StaleOperandReader(stage.setting)
        return OfflineArmament(
          plan: reader.watching(plan), dishonesty: StaleOperand(stage.suite.scheme, plan),
          program: UsedBetweenBatches(setting: stage.setting, ownOperand: reader.ownOperand), leak: { reader.leak })
      }, expected: failedBatchCheck),
    Attack(
      offline: "B26-key", "retired-key", "keeps its key of the retired epoch, with that epoch's proof",
      step: "EpochKey.1", caughtBy: "key proof: a fresh coin decides on a, the epoch is in the hash", bound: "2^-128",
      proofs: .full, program: { _ in MadeTriples(epochs: 2) },
      arm: { _ in
        OfflineArmament(
          plan: AttackPlan().replaying(PublicKeyMessage<EpochKey>.self).replaying(KeyProofMessage<EpochKey>.self))
      },
      expected: { _, stage in
        [.proofRejected(step: KeyProofMessage<EpochKey>.step, from: stage.setting.cheater)]
      }),
    Attack(
      offline: "B26-proof", "zk-replay", "asks for replies on an operand of the retired epoch, with that epoch's proof",
      step: "Operand.2", caughtBy: "the epoch in the proof's hash", bound: "2^-128", proofs: .full,
      program: { _ in MadeTriples(epochs: 2) },
      arm: { _ in
        OfflineArmament(
          plan: AttackPlan().replaying(OperandMessage.self).replaying(OperandProofMessage.self))
      },
      expected: { _, stage in [.proofRejected(step: OperandProofMessage.step, from: stage.setting.cheater)] }),
    Attack(
      offline: "B26-retire", "retired-key", "confirms the retirement of another epoch", step: "Retire.1",
      caughtBy: "the epoch's number in the confirmation", bound: "0", program: { _ in MadeTriples() },
      arm: { _ in
        OfflineArmament(plan: AttackPlan().tampering(EpochRetiredMessage.self) { message, _ in message.epoch += 1 })
      },
      expected: { _, stage in
        [
          .malformedMessage(
            step: EpochRetiredMessage.step, from: stage.setting.cheater, reason: .nonCanonical)
        ]
      }),
  ]

  private static func stray(_ id: String, isLast: Bool) -> Attack {
    Attack(
      offline: id, "packing-stray",
      "encrypts a value where the packing has none, and puts its products into its shares of C and of C's tag",
      step: "BilinearTriples.1", caughtBy: "zero rule: what is declared zero enters the MAC check", bound: "3/p",
      foolsPassive: true, program: { _ in MadeConvolutions() },
      arm: { stage in
        let plan = AttackPlan()
        return OfflineArmament(
          plan: plan, dishonesty: StrayCoefficient(plan: plan, suite: stage.suite, isLast: isLast))
      }, expected: failedBatchCheck)
  }

  /// Remembers τ, were it opened, and announces what makes it 0.
  private static func openedTauReader(
    _ plan: AttackPlan, _ memory: AttackMemory<(b: [UInt128], tau: [UInt128])>
  ) -> AttackPlan {
    plan.rushing(SacrificeOpening<P61>.self) { (message, honest, at) throws(ProtocolAbort) in
      guard at.index == 1 else { return }  // 0 is ρ
      let theirs = honest.values.reduce([P61](repeating: .zero, count: message.values.count)) {
        P61.add($0, $1.values)
      }
      memory { $0.tau = P61.add(theirs, message.values).map(\.canonical) }
      message.values = P61.negate(theirs)
    }
  }
}
