internal import Cryptography
internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Transport
internal import ZeroKnowledge

extension Attack {
  /// Attacks on parameters, keys and encrypted MAC key shares.
  static let setUp: [Attack] = [
    setUp(
      "B13-b", "key-not-short", "sends a b that is no a·s + p·e with short s and e", step: "SessionKey.1",
      KeyProofMessage<SessionKey>.step, caughtBy: "key proof"
    ) { _ in
      AttackPlan().tampering(PublicKeyMessage<SessionKey>.self) { message, _ in
        message.key = PublicKey(a: message.key.a, b: message.key.a)
      }
    },
    setUp(
      "B13-error", "key-not-short", "adds a large error to its b", step: "SessionKey.1",
      KeyProofMessage<SessionKey>.step, caughtBy: "key proof"
    ) { stage in
      let ring = stage.suite.scheme.ring
      return AttackPlan().tampering(PublicKeyMessage<SessionKey>.self) { message, _ in
        var b = message.key.b
        ring.add(ring.monomial(1, limbCount: b.limbCount), to: &b)
        message.key = PublicKey(a: message.key.a, b: b)
      }
    },
    setUp(
      "B13-proof", "key-not-short", "alters its key proof", step: "SessionKey.2",
      KeyProofMessage<SessionKey>.step, caughtBy: "key proof"
    ) { _ in
      AttackPlan().tampering(KeyProofMessage<SessionKey>.self) { message, _ in message.bytes[100] ^= 1 }
    },
    setUp(
      "B13-epoch", "key-not-short", "sends a bad key A", step: "EpochKey.1", KeyProofMessage<EpochKey>.step,
      caughtBy: "key proof", program: MadeTriples()
    ) { _ in
      AttackPlan().tampering(PublicKeyMessage<EpochKey>.self) { message, _ in
        message.key = PublicKey(a: message.key.a, b: message.key.a)
      }
    },
    Attack(
      offline: "key-zero", "key-zero", "has secret keys (0, 0): it can be read by everybody, others are not hurt",
      step: "SessionKey.1",
      caughtBy: "nothing: replies are hidden by mask and drowning noise, not by the owner's secret",
      bound: "-", proofs: .full, program: { _ in MadeTriples() },
      arm: { _ in
        let plan = AttackPlan()
        plan.countDeviation()
        return OfflineArmament(plan: plan, dishonesty: ZeroKeys())
      }, expected: accepted),
    Attack(
      offline: "keygen", "keygen-inconsistent-pk", "sends the victim another key, with a good proof of its own",
      step: "SessionKey.1", caughtBy: "transcript T before anything is made", bound: "2^-128", parties: 3,
      proofs: .full, program: { _ in SetUpOnly() }, forbidden: [.any(ReplyMessage<SessionKey>.self)],
      arm: { inconsistentKeys($0) },
      expected: { honest, stage in
        stage.setting.honest.filter { $0 != honest }.flatMap { mismatch(with: $0) }
          + mismatch(with: stage.setting.cheater)
      }),
    setUp(
      "B14", "mac-key-not-constant", "encrypts a MAC key share that differs between slots", step: "MACKey.1",
      MACKeyProofMessage.step, caughtBy: "constant proof"
    ) { stage in nonConstant(stage, exponent: 1) },
    setUp(
      "B14-last", "mac-key-not-constant", "the same in the last coefficient", step: "MACKey.1",
      MACKeyProofMessage.step, caughtBy: "constant proof"
    ) { stage in nonConstant(stage, exponent: 63) },
    setUp(
      "B14-proof", "mac-key-not-constant", "alters its constant proof", step: "MACKey.2", MACKeyProofMessage.step,
      caughtBy: "constant proof"
    ) { _ in AttackPlan().tampering(MACKeyProofMessage.self) { message, _ in message.bytes[100] ^= 1 } },
    Attack(
      offline: "noise-leak", "noise-leak", "announces parameters whose drowning noise covers 8 bits less",
      step: "Parameters.0", caughtBy: "comparison of every number of the parameter block", bound: "0", proofs: .full,
      program: { _ in SetUpOnly() }, forbidden: [.any(PublicKeyMessage<SessionKey>.self)],
      arm: { stage in
        let plan = AttackPlan()
        plan.countDeviation()
        return OfflineArmament(plan: plan, suite: InsecureOfflineSuite.weaker(stage.suite))
      },
      expected: { _, stage in
        let s = stage.suite.scheme.parameters.literal.statisticalSecurity
        return [
          .configurationMismatch(
            field: "statistical security s", mine: "\(s)", theirs: "\(s - 8)", with: stage.setting.cheater)
        ]
      }),
  ]

  private static func setUp(
    _ id: String, _ name: String, _ summary: String, step: String, _ rejection: StepLabel, caughtBy: String,
    program: any OfflineProgram = SetUpOnly(), arm: @escaping @Sendable (OfflineStage) -> AttackPlan
  ) -> Attack {
    Attack(
      offline: id, name, summary, step: step, caughtBy: caughtBy, bound: "2^-128", proofs: .full,
      program: { _ in program }, forbidden: [.any(ReplyMessage<EpochKey>.self)],
      arm: { OfflineArmament(plan: arm($0)) },
      expected: { _, stage in [.proofRejected(step: rejection, from: stage.setting.cheater)] })
  }

  private static func nonConstant(_ stage: OfflineStage, exponent: Int) -> AttackPlan {
    let scheme = stage.suite.scheme
    return AttackPlan().tampering(MACKeyMessage.self) { message, _ in
      let stray = scheme.ring.monomial(exponent, limbCount: scheme.parameters.primeCount)
      message.ciphertext = scheme.add(message.ciphertext, plaintext: stray)
    }
  }

  /// Two keys B, each with its proof.
  private static func inconsistentKeys(_ stage: OfflineStage) -> OfflineArmament {
    let (scheme, setting) = (stage.suite.scheme, stage.setting)
    let proof = AttackMemory<[UInt8]?>(nil)
    let plan = AttackPlan()
      .tampering(PublicKeyMessage<SessionKey>.self) { message, at in
        guard at.recipient == setting.victim else { return }
        var sampler = SecretSampler(PRG(seed: PRG.deriveSeed([], label: "second key", context: [setting.seed])))
        let second = scheme.generateKey(SessionKey.self, a: message.key.a, from: &sampler)
        let context = ProofContext(session: .demonstration, epoch: 0, batch: 0, prover: setting.cheater)
        let bytes = KeyProofScheme(scheme).prove(second, in: context, from: &sampler).bytes
        proof { $0 = bytes }
        message.key = second.publicKey
      }.tampering(KeyProofMessage<SessionKey>.self) { message, at in
        if at.recipient == setting.victim { message.bytes = proof.current ?? message.bytes }
      }
    return OfflineArmament(plan: plan)
  }

  private static func mismatch(with party: PartyID) -> [ProtocolAbort?] {
    [
      .transcriptMismatch(step: TranscriptDigest.step, from: party),
      .transcriptMismatch(step: CoinToss.Commitment.step, from: party),
      .proofRejected(step: MACKeyProofMessage.step, from: party),
      .abortedByPeer(party, during: MACKeyProofMessage.step), .abortedByPeer(party, during: MACKeyMessage.step),
      .abortedByPeer(party, during: TranscriptDigest.step),
    ]
  }
}
