internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

extension Attack {
  /// Attacks on encoded replies, packed batches and the check itself.
  static let replies: [Attack] = [
    malformedReply("B15-random", "sends uniform ciphertexts as replies") { words, q in
      for i in 0..<words.count { words[i] = (words[i] &* 0x9E37_79B9_7F4A_7C15) % q }
    },
    malformedReply("B15-overflow", "shifts the phase of its replies by half of the modulus") { words, q in
      for i in 0..<words.count { words[i] = (words[i] + q / 2) % q }
    },
    malformedReply("B15-key", "adds the owner's secret key to what its replies decrypt to", inSecondPart: true) {
      words, q in words[0] = (words[0] + 1) % q
    },
    packed("B20", "triple-bad-c", "errs in one entry of C of a packed batch", isEntry: true),
    packed("B20-garbage", "garbage-coefficient", "errs where a packed reply carries nothing", isEntry: false),
    Attack(
      offline: "matrix-shape", "matrix-triple-wrong-shape", "makes matrix triples of the transposed shape",
      step: "BilinearTriples.1", caughtBy: "batch check, or the number of messages", bound: "3/p",
      program: { _ in MadeMatrices() },
      arm: { _ in
        let plan = AttackPlan()
        plan.countDeviation()
        return OfflineArmament(
          plan: plan, program: MadeMatrices(shape: MatrixShape(rows: 5, inner: 3, columns: 2)))
      },
      expected: { honest, stage in
        let steps = [OperandMessage.step, ReplyMessage<EpochKey>.step, ReplyMessage<SessionKey>.step]
        return [.sacrificeFailed(step: MaskedSum<P61>.step)]
          + steps.flatMap { step in
            (stage.setting.honest + [stage.setting.cheater]).flatMap { peer -> [ProtocolAbort?] in
              [
                .malformedMessage(
                  step: step, from: peer,
                  reason: .wrongKind(
                    expected: ReplyMessage<EpochKey>.kind.code, received: ReplyMessage<SessionKey>.kind.code)),
                .abortedByPeer(peer, during: step),
              ]
            }
          }
      }),
    checkEquivocation(
      // Coins 0 and 1 are those of the keys.
      "B28-commitment", "commits to the coin of the batch check in other words towards the victim",
      CoinToss.Commitment.self, index: 2, opening: CoinToss.Opening.self
    ) { $0.digest[0] ^= 1 },
    checkEquivocation(
      "B28-sigma", "opens another σ towards the victim", MACCheck.Opening.self, opening: MACCheck.Opening.self
    ) { $0.value[0] ^= 1 },
    Attack(
      offline: "B28-transcript", "open-inconsistent", "opens another share of the masked sum towards the victim",
      step: "BatchCheck.2", caughtBy: "transcript T before the coin of the MAC check; with two parties its σ",
      bound: "2/p", parties: 3, program: { _ in MadeTriples() }, forbidden: [.any(MACCheck.Opening.self)],
      arm: { stage in
        OfflineArmament(
          plan: AttackPlan().tampering(MaskedSum<P61>.self) { message, at in
            if at.recipient == stage.setting.victim { message.values[0] += .one }
          })
      },
      expected: { honest, _ in
        [.transcriptMismatch(step: CoinToss.Commitment.step, from: firstPeer(honest))]
      }),
  ]

  private static func malformedReply(
    _ id: String, _ summary: String, inSecondPart: Bool = false,
    _ alter: @escaping @Sendable (inout MutableSpan<UInt64>, _ q: UInt64) -> Void
  ) -> Attack {
    Attack(
      offline: id, "reply-malformed", summary, step: ReplyMessage<EpochKey>.step.description,
      caughtBy: "batch check, and nothing earlier: decryption never reacts", bound: "3/p",
      program: { _ in MadeTriples() },
      arm: { stage in
        let moduli = stage.suite.scheme.parameters.basis.moduli
        return OfflineArmament(
          plan: AttackPlan().tampering(ReplyMessage<EpochKey>.self) { message, _ in
            var (c0, c1) = (message.reply.c0, message.reply.c1)
            for limb in 0..<c0.limbCount {
              let q = moduli[limb].value
              if inSecondPart {
                c1.withMutableLimb(limb) { alter(&$0, q) }
              } else {
                c0.withMutableLimb(limb) { alter(&$0, q) }
              }
            }
            message.reply = Reply(c0: c0, c1: c1)
          })
      }, expected: failedBatchCheck)
  }

  private static func packed(_ id: String, _ name: String, _ summary: String, isEntry: Bool) -> Attack {
    Attack(
      offline: id, name, summary, step: "BilinearTriples.4",
      caughtBy: isEntry ? "batch check" : "nothing: what has no meaning is ignored", bound: isEntry ? "3/p" : "-",
      foolsPassive: isEntry, program: { _ in MadeConvolutions() },
      arm: { stage in
        OfflineArmament(plan: shiftedPackedReply(stage, isEntry: isEntry))
      }, expected: isEntry ? failedBatchCheck : accepted)
  }

  /// 1 added to one coefficient of the replies that carry C of ``MadeConvolutions``.
  static func shiftedPackedReply(_ stage: OfflineStage, isEntry: Bool) -> AttackPlan {
    let parameters = stage.suite.scheme.parameters
    let used = Set(MadeConvolutions.packing(stage.suite).outputs(reply: 0).map { Int($0.position) })
    let position = (0..<parameters.ringDegree).first { used.contains($0) == isEntry } ?? 0
    let (peerCount, attacked) = (stage.setting.partyCount - 1, stage.isActive ? 1 : 0)
    return AttackPlan().tampering(ReplyMessage<EpochKey>.self) { message, at in
      guard at.index / peerCount == attacked else { return }  // with tags: first α·A, then C, then its tag
      var c0 = message.reply.c0
      for limb in 0..<c0.limbCount {
        let q = parameters.basis.moduli[limb].value
        c0.withMutableLimb(limb) { $0[position] = ($0[position] + 1) % q }
      }
      message.reply = Reply(c0: c0, c1: message.reply.c1)
    }
  }

  private static func checkEquivocation<M: Message, Open: CommitmentOpening>(
    _ id: String, _ summary: String, _ type: M.Type, index: Int = 0, opening: Open.Type,
    _ alter: @escaping @Sendable (inout M) -> Void
  ) -> Attack {
    Attack(
      offline: id, "open-inconsistent", summary, step: M.step.description,
      caughtBy: "commitment; transcript T; some honest parties end alone", bound: "2^-128", parties: 3,
      program: { _ in MadeTriples() },
      arm: { stage in
        OfflineArmament(
          plan: AttackPlan().tampering(type) { message, at in
            if at.recipient == stage.setting.victim && at.index == index { alter(&message) }
          })
      },
      expected: { honest, stage in
        let (victim, cheater) = (stage.setting.victim, stage.setting.cheater)
        if honest == victim { return [.commitmentMismatch(step: Open.step, from: cheater)] }
        let steps = [
          Open.step, CoinToss.Commitment.step, CoinToss.Opening.step, MACCheck.Commitment.step, MACCheck.Opening.step,
          MaskedSum<P61>.step, PublicKeyMessage<EpochKey>.step, EpochRetiredMessage.step,
        ]
        return steps.flatMap { step -> [ProtocolAbort?] in
          [
            .abortedByPeer(victim, during: step), .abortedByPeer(cheater, during: step),
            .transcriptMismatch(step: step, from: victim), .transcriptMismatch(step: step, from: cheater),
          ]
        }
      })
  }
}
