internal import Cryptography
internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing
internal import Transport

private typealias Output = Opening.OutputShares<P127>

extension Attack {
  /// Attacks on order and freshness: late, early, repeated and replayed messages, selective aborts, overlapping checks.
  ///
  /// In ``RevealedProduct`` rounds 1 and 2 are inputs, 3 the Beaver opening, 4 and 5 the coin, 6 and 7 the σ of the first
  /// check, 8 the output.
  static let order: [Attack] = [
    Attack(
      "A9-late", "commit-late", "holds its coin commitment back until it has seen an opening", step: "CoinToss.1",
      caughtBy: "openings are sent only when all commitments are in; then the deadline", bound: "0",
      computation: { RevealedProduct($0) }, forbidden: [.any(CoinToss.Opening.self), .any(Output.self)],
      arm: { _ in
        Armament(
          plan: .init().delaying(CoinToss.Commitment.self, until: CoinToss.Opening.self)
            .delaying(CoinToss.Opening.self, until: CoinToss.Opening.self))
      },
      expected: { honest, setting in
        [.timedOut(waitingFor: setting.cheater, during: CoinToss.Commitment.step)]
          + setting.honest.filter { $0 != honest }.map { .abortedByPeer($0, during: CoinToss.Commitment.step) }
          + [.abortedByPeer(setting.cheater, during: CoinToss.Commitment.step)]
      }),
    Attack(
      "A9-early", "open-early", "opens its coin together with the commitment", step: "CoinToss.1",
      caughtBy: "the round in the frame", bound: "0", computation: { RevealedProduct($0) },
      forbidden: [.any(MACCheck.Commitment.self), .any(Output.self)],
      arm: { _ in
        Armament(
          plan: .init().replacing(CoinToss.Commitment.self) { (message, _) throws(ProtocolAbort) in
            [message, CoinToss.Opening(value: message.digest, randomness: message.digest)]
          })
      },
      expected: { _, setting in
        [
          .malformedMessage(
            step: CoinToss.Opening.step, from: setting.cheater, reason: .wrongRound(expected: 5, received: 4))
        ]
      }),
    Attack(
      "A9-twice", "open-twice", "opens its coin twice", step: "CoinToss.2", caughtBy: "the round in the frame",
      bound: "0",
      computation: { RevealedProduct($0) }, forbidden: [.any(MACCheck.Opening.self), .any(Output.self)],
      arm: { _ in Armament(plan: .init().duplicating(CoinToss.Opening.self)) },
      expected: { _, setting in
        [
          .malformedMessage(
            step: MACCheck.Commitment.step, from: setting.cheater, reason: .wrongRound(expected: 6, received: 5))
        ]
      }),
    replay("A11-coin", CoinToss.Commitment.self, CoinToss.Opening.self),
    replay("A11-sigma", MACCheck.Commitment.self, MACCheck.Opening.self),
    Attack(
      "A11-frame", "frame-replay", "sends the frame of its Beaver opening again instead of its output share",
      step: "frame", caughtBy: "the round in the frame", bound: "0", computation: { RevealedProduct($0) },
      arm: { replayedFrame($0) },
      expected: { _, setting in
        [
          .malformedMessage(
            step: Output.step, from: setting.cheater, reason: .wrongRound(expected: 8, received: 3))
        ]
      }),
    channelReplay,
    Attack(
      "A13-abort", "coin-selective-abort", "stops when it has seen the others' seeds", step: "CoinToss.2",
      caughtBy: "an abort is terminal: no coin from n − 1 seeds, no second try", bound: "0",
      computation: { RevealedProduct($0) }, forbidden: [.any(MACCheck.Commitment.self), .any(Output.self)],
      arm: { setting in
        let plan = AttackPlan()
        return Armament(
          plan: plan.rushing(CoinToss.Opening.self) { [weak plan] (_, _, _) throws(ProtocolAbort) in
            plan?.countDeviation()
            throw .cancelled(during: CoinToss.Opening.step)
          })
      },
      expected: { honest, setting in
        [.abortedByPeer(setting.cheater, during: CoinToss.Opening.step)]
          + setting.honest.filter { $0 != honest }.map { .abortedByPeer($0, during: CoinToss.Opening.step) }
      }),
    Attack(
      "A13-silent", "coin-selective-abort", "never opens its coin", step: "CoinToss.2",
      caughtBy: "the deadline: no coin from n − 1 seeds", bound: "0", computation: { RevealedProduct($0) },
      forbidden: [.any(MACCheck.Commitment.self), .any(Output.self)],
      arm: { _ in Armament(plan: .init().withholding(CoinToss.Opening.self)) },
      // The cheater's honest code goes on to the σ commitments, which are of another kind than the opening that is due.
      expected: { _, setting in
        [
          .malformedMessage(
            step: CoinToss.Opening.step, from: setting.cheater, reason: .wrongRound(expected: 5, received: 6))
        ]
      }),
    Attack(
      "A13-constant", "coin-constant", "always contributes the same seed: the coin is as good as the honest seeds",
      step: "CoinToss.1", caughtBy: "nothing; one honest seed suffices", bound: "-",
      computation: { RevealedProduct($0) },
      arm: { _ in Armament(plan: .init().drawing(from: ConstantRandom())) },
      expected: { _, _ in [nil] }),
  ]

  /// The first commitment and opening, sent again in the second check.
  private static func replay<Commit: CommitmentMessage, Open: CommitmentOpening>(
    _ id: String, _ commit: Commit.Type, _ open: Open.Type
  ) -> Attack {
    Attack(
      id, "prep-replay", "repeats commitment and opening of an earlier check", step: Commit.step.description,
      caughtBy: "the counter in the hash", bound: "2^-128", computation: { TwoProducts(setting: $0) },
      forbidden: [.any(Output.self)], arm: { _ in replay(commit, open) },
      expected: { _, setting in [.commitmentMismatch(step: Open.step, from: setting.cheater)] })
  }

  /// Repeats the first commitment with the transcript that is due, and its opening.
  private static func replay<Commit: CommitmentMessage, Open: CommitmentOpening>(
    _ commit: Commit.Type, _ open: Open.Type
  ) -> Armament {
    let digest = AttackMemory<[UInt8]?>(nil)
    return Armament(
      plan: .init().tampering(commit) { message, _ in
        let honest = message.digest
        message.digest = digest { digest in
          digest = digest ?? honest
          return digest ?? honest
        }
      }.replaying(open))
  }

  /// On the second fork, the coin commitment and opening of the first one: forks run one check after the other.
  private static let channelReplay = Attack(
    "A11-channel", "frame-replay", "repeats the coin of one channel on another", step: "CoinToss.1",
    caughtBy: "the channel in the commitment counter", bound: "2^-128",
    computation: { ProductsOnForks(setting: $0, inParallel: false) },
    arm: { _ in replay(CoinToss.Commitment.self, CoinToss.Opening.self) },
    expected: { honest, setting in
      [.commitmentMismatch(step: CoinToss.Opening.step, from: setting.cheater)]
    })

  private static func replayedFrame(_ setting: AttackSetting) -> Armament {
    let stored = AttackMemory<[PartyID: [UInt8]]>([:])
    let plan = AttackPlan()
    return Armament(
      plan: plan,
      frames: { bytes, _, to in
        guard bytes.count >= FrameHeader.byteCount else { return [bytes] }
        let kind: UInt16 = bytes.littleEndianInteger(at: 51)
        if kind == Opening.UniformShares<P127>.kind.code { stored { $0[to] = bytes } }
        guard kind == Output.kind.code, let old = stored.current[to] else { return [bytes] }
        plan.countDeviation()
        return [old]
      })
  }
}

/// A sampler that always draws the same.
private struct ConstantRandom: RandomSource {
  func seed(label: String, context: [UInt64]) -> [UInt8] { [UInt8](repeating: 0, count: PRG.seedByteCount) }
}
