internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Transport
internal import ZeroKnowledge

extension Attack {
  /// Attacks on operands, their proofs, and the encoding of ciphertexts.
  static let proofs: [Attack] = [
    oversized("B6-u", "encrypts with an ephemeral secret u above the box", .ephemeral),
    oversized("B6-v", "encrypts with an error v above the box", .firstError),
    oversized("B6-w", "encrypts with an error w above the box", .secondError),
    oversized("B7", "encrypts plaintexts above the bound", .message),
    operand(
      "B8", "zk-wrong-statement", "sends the victim another ciphertext than the proven one",
      caughtBy: "the ciphertext in the proof's hash"
    ) { stage in
      let scheme = stage.suite.scheme
      return AttackPlan().tampering(OperandMessage.self) { message, at in
        if at.recipient == stage.setting.victim { message.ciphertext = scheme.doubled(message.ciphertext) }
      }
    },
    operand(
      "B8-all", "input-ciphertext-invalid", "sends everybody a ciphertext that decrypts to nothing known",
      caughtBy: "proof of plaintext knowledge", isBroadcast: true
    ) { _ in
      AttackPlan().tampering(OperandMessage.self) { message, _ in
        message.ciphertext = Ciphertext(c0: message.ciphertext.c1, c1: message.ciphertext.c0)
      }
    },
    Attack(
      offline: "B8-split", "open-inconsistent", "sends the victim another operand, with a good proof of its own",
      step: "Operand.1", caughtBy: "transcript T before the coin of the batch check", bound: "2^-128", parties: 3,
      proofs: .full, program: { _ in MadeTriples() }, forbidden: [.any(MaskedSum<P61>.self)],
      arm: { stage in
        let operands = TwoOperands(stage.suite.scheme)
        return OfflineArmament(plan: operands.plan(stage.setting), dishonesty: operands)
      },
      expected: { honest, _ in
        [.transcriptMismatch(step: CoinToss.Commitment.step, from: firstPeer(honest))]
      }),
    operand(
      "B9", "zk-altered", "alters one byte of the responses", caughtBy: "the recomputed hash", isBroadcast: true
    ) { _ in AttackPlan().tampering(OperandProofMessage.self) { message, _ in message.bytes[100] ^= 1 } },
    length("B9-short", "leaves out the last response of its proof") { Array($0.dropLast()) },
    length("B9-empty", "sends a proof without rows") { Array($0.prefix(32)) },
    length("B9-nothing", "sends an empty proof") { _ in [] },
    Attack(
      offline: "B9-count", "zk-altered", "proves two operands and sends one", step: "Operand.1",
      caughtBy: "the kind in the frame", bound: "0", proofs: .full, program: { _ in MadeTriples(batches: 2) },
      forbidden: noReply,
      arm: { _ in
        OfflineArmament(plan: AttackPlan().withholding(OperandMessage.self) { $0.index == 1 })
      },
      expected: { _, stage in
        [
          .malformedMessage(
            step: OperandMessage.step, from: stage.setting.cheater,
            reason: .wrongKind(expected: OperandMessage.kind.code, received: OperandProofMessage.kind.code))
        ]
      }),
    Attack(
      offline: "B10-batch", "zk-replay", "sends the proof of the batch before", step: "Operand.2",
      caughtBy: "the batch in the proof's hash", bound: "2^-128", proofs: .full,
      program: { _ in MadeTriples(groups: 2) },
      arm: { _ in OfflineArmament(plan: AttackPlan().replaying(OperandProofMessage.self)) },
      expected: { _, stage in [.proofRejected(step: OperandProofMessage.step, from: stage.setting.cheater)] }),
    Attack(
      offline: "B10-party", "zk-replay", "sends operand and proof that the victim sent in the batch before",
      step: "Operand.2", caughtBy: "prover and key in the proof's hash", bound: "2^-128", proofs: .full,
      program: { _ in MadeTriples(groups: 2) },
      arm: { stage in
        let victim = stage.setting.victim
        let operand = AttackMemory<OperandMessage?>(nil)
        let proof = AttackMemory<[UInt8]?>(nil)
        return OfflineArmament(
          plan: AttackPlan()
            .observing(OperandMessage.self) { message, from, _ in if from == victim { operand { $0 = message } } }
            .observing(OperandProofMessage.self) { message, from, _ in
              if from == victim { proof { $0 = message.bytes } }
            }
            .tampering(OperandMessage.self) { message, _ in
              if let theirs = operand.current { message.ciphertext = theirs.ciphertext }
            }.tampering(OperandProofMessage.self) { message, _ in message.bytes = proof.current ?? message.bytes })
      },
      expected: { _, stage in [.proofRejected(step: OperandProofMessage.step, from: stage.setting.cheater)] }),
    otherStatement("B10-session", "zk-replay", "proves in the context of another session", .session),
    otherStatement("B10-prover", "zk-replay", "proves in the name of another party", .prover),
    otherStatement("B11", "zk-wrong-statement", "hashes another ciphertext than it proves and sends", .ciphertext),
    otherStatement("B11-batch", "zk-wrong-statement", "leaves the batch out of its hash", .batch),
    malformed("B16", "sends an operand with a residue that is not below its prime", OperandMessage.self, proofs: true),
    malformed("B16-reply", "sends a reply with a residue that is not below its prime", ReplyMessage<EpochKey>.self),
    truncated("B16-limb", "sends an operand of one limb less"),
    operand(
      "B27", "proof-last", "sends a good operand and a bad proof last, and waits for replies",
      caughtBy: "no reply before the proof is verified", isBroadcast: true
    ) { _ in AttackPlan().tampering(OperandProofMessage.self) { message, _ in message.bytes[40] ^= 1 } },
  ]

  /// No reply under the cheater's key may leave before its operand is proven.
  private static let noReply: [Forbidden] = [.any(ReplyMessage<EpochKey>.self)]

  /// The rejection of a proof, or the abort of who saw it.
  private static func rejected(_ honest: PartyID, _ stage: OfflineStage, isBroadcast: Bool) -> [ProtocolAbort?] {
    let rejection = ProtocolAbort.proofRejected(step: OperandProofMessage.step, from: stage.setting.cheater)
    if isBroadcast || honest == stage.setting.victim { return [rejection] }
    return [ReplyMessage<EpochKey>.step, ReplyMessage<SessionKey>.step, OperandProofMessage.step, OperandMessage.step]
      .flatMap { step in
        [stage.setting.victim, stage.setting.cheater].map { .abortedByPeer($0, during: step) }
      }
  }

  private static func operand(
    _ id: String, _ name: String, _ summary: String, caughtBy: String, isBroadcast: Bool = false,
    arm: @escaping @Sendable (OfflineStage) -> AttackPlan
  ) -> Attack {
    Attack(
      offline: id, name, summary, step: "Operand.1", caughtBy: caughtBy, bound: "2^-128", proofs: .full,
      program: { _ in MadeTriples() }, forbidden: noReply, arm: { OfflineArmament(plan: arm($0)) },
      expected: { rejected($0, $1, isBroadcast: isBroadcast) })
  }

  private static func oversized(_ id: String, _ summary: String, _ component: WitnessComponent) -> Attack {
    Attack(
      offline: id, "zk-large-witness", summary, step: "Operand.2", caughtBy: "bounds of the responses", bound: "2^-128",
      proofs: .full, program: { _ in MadeTriples() }, forbidden: noReply,
      arm: { _ in
        let plan = AttackPlan()
        return OfflineArmament(plan: plan, dishonesty: OversizedWitness(plan: plan, component: component))
      }, expected: { rejected($0, $1, isBroadcast: true) })
  }

  private static func otherStatement(
    _ id: String, _ name: String, _ summary: String, _ difference: OtherStatement.Difference
  ) -> Attack {
    Attack(
      offline: id, name, summary, step: "Operand.2", caughtBy: "what the verifier hashes itself", bound: "2^-128",
      proofs: .full, program: { _ in MadeTriples() }, forbidden: noReply,
      arm: { stage in
        let plan = AttackPlan()
        return OfflineArmament(
          plan: plan, dishonesty: OtherStatement(plan: plan, bgv: stage.suite.scheme, difference: difference))
      }, expected: { rejected($0, $1, isBroadcast: true) })
  }

  private static func length(
    _ id: String, _ summary: String, _ cut: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> Attack {
    Attack(
      offline: id, "zk-altered", summary, step: "Operand.2", caughtBy: "the length that the parameters prescribe",
      bound: "0", proofs: .full, program: { _ in MadeTriples() }, forbidden: noReply,
      arm: { _ in
        OfflineArmament(
          plan: AttackPlan().tampering(OperandProofMessage.self) { message, _ in message.bytes = cut(message.bytes) })
      },
      expected: { _, stage in
        let full = PlaintextProofScheme(stage.suite.scheme).encodedByteCount
        return [
          .malformedMessage(
            step: OperandProofMessage.step, from: stage.setting.cheater,
            reason: .wrongLength(expected: full, received: cut([UInt8](repeating: 0, count: full)).count))
        ]
      })
  }

  /// All ones in the first bytes of a payload: no residue of a prime below 2^48 is 2^48 − 1.
  private static func malformed<M: Message>(
    _ id: String, _ summary: String, _ type: M.Type, proofs: Bool = false
  ) -> Attack {
    Attack(
      offline: id, "non-canonical", summary, step: M.step.description, caughtBy: "decoder", bound: "0",
      program: { _ in MadeTriples() }, forbidden: proofs ? noReply : [],
      arm: { _ in
        let plan = AttackPlan()
        return OfflineArmament(
          plan: plan,
          frames: { bytes, _, _ in
            guard isFrame(bytes, of: M.self) else { return [bytes] }
            plan.countDeviation()
            var altered = bytes
            for index in 0..<16 { altered[FrameHeader.byteCount + index] = 0xFF }
            return [altered]
          })
      },
      expected: { _, stage in
        [.malformedMessage(step: M.step, from: stage.setting.cheater, reason: .nonCanonical)]
      })
  }

  private static func truncated(_ id: String, _ summary: String) -> Attack {
    Attack(
      offline: id, "wrong-length", summary, step: OperandMessage.step.description, caughtBy: "the length in the frame",
      bound: "0", program: { _ in MadeTriples() }, forbidden: noReply,
      arm: { _ in
        let plan = AttackPlan()
        return OfflineArmament(
          plan: plan,
          frames: { bytes, _, _ in
            guard isFrame(bytes, of: OperandMessage.self) else { return [bytes] }
            plan.countDeviation()
            return [shortened(bytes, by: 48)]
          })
      },
      expected: { _, stage in
        let full = OperandMessage.encodedByteCount(stage.suite.scheme.parameters)
        return [
          .malformedMessage(
            step: OperandMessage.step, from: stage.setting.cheater,
            reason: .wrongLength(expected: full, received: full - 48))
        ]
      })
  }

  /// Whether encoded bytes are a frame of a message type.
  static func isFrame<M: Message>(_ bytes: [UInt8], of type: M.Type) -> Bool {
    guard bytes.count >= FrameHeader.byteCount else { return false }
    let kind: UInt16 = bytes.littleEndianInteger(at: 51)
    return kind == M.kind.code
  }

  /// A frame with `count` bytes less, and a header that says so.
  static func shortened(_ bytes: [UInt8], by count: Int) -> [UInt8] {
    var altered = Array(bytes.dropLast(count))
    var length = UInt32(altered.count - FrameHeader.byteCount)
    for index in 0..<4 {
      altered[53 + index] = UInt8(truncatingIfNeeded: length)
      length >>= 8
    }
    return altered
  }
}
