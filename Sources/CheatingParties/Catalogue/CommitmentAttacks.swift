internal import Cryptography
internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing

private typealias Output = Opening.OutputShares<P127>

extension Attack {
  /// Attacks on commitments: in coins and in the MAC check.
  static let commitments: [Attack] = [
    Attack(
      "A4-zero", "mac-sigma", "commits to σ = 0", step: "MACCheck.4", caughtBy: "the sum of the σ is not 0",
      bound: "1/p",
      computation: { RevealedProduct($0) }, forbidden: [.any(Output.self)], arm: { forgedSigma($0) { .zero } },
      expected: { _, _ in [.macCheckFailed(openings: 2)] }),
    Attack(
      "A4-random", "mac-sigma", "commits to a σ of its own choice", step: "MACCheck.4",
      caughtBy: "the sum of the σ is not 0", bound: "1/p", computation: { RevealedProduct($0) },
      forbidden: [.any(Output.self)],
      arm: { forgedSigma($0) { P127(reducing: 0x1234_5678_9ABC_DEF0_0FED_CBA9_8765_4321) } },
      expected: { _, _ in [.macCheckFailed(openings: 2)] }),
    macOffset,
    Attack(
      "A6-coin", "open-inconsistent", "commits to another seed towards the victim, and opens it accordingly",
      step: "CoinToss.1", caughtBy: "transcript T before any σ is opened", bound: "2^-128", parties: 3,
      computation: { RevealedProduct($0) }, forbidden: [.any(MACCheck.Opening.self), .any(Output.self)],
      arm: { setting in
        let other = CommitmentForgery.Pair(
          [UInt8](repeating: 7, count: 32), counter: CommitmentForgery.coinCounter(check: 0, on: .main),
          by: setting.cheater)
        return Armament(
          plan: .init().tampering(CoinToss.Commitment.self) { message, at in
            if at.recipient == setting.victim { message.digest = other.digest }
          }.tampering(CoinToss.Opening.self) { message, at in
            guard at.recipient == setting.victim else { return }
            message.value = other.value
            message.randomness = other.randomness
          })
      },
      expected: { honest, _ in [.transcriptMismatch(step: MACCheck.Commitment.step, from: firstPeer(honest))] }),
    Attack(
      "A6-sigma", "open-inconsistent",
      "commits to a wrong σ towards the victim only: it aborts alone, the others learn nothing wrong",
      step: "MACCheck.4",
      caughtBy: "the sum of the σ at the victim; its abort at the others", bound: "1/p", parties: 3,
      computation: { RevealedProduct($0) }, arm: { forgedSigma($0, onlyForVictim: true) { .zero } },
      expected: { honest, setting in
        honest == setting.victim
          ? [.macCheckFailed(openings: 2)]
          : [.abortedByPeer(setting.victim, during: Output.step)]
      }),
    badOpening("A8-coin-value", CoinToss.Opening.self, "opens its coin commitment to another seed") {
      $0.value[0] ^= 1
    },
    badOpening("A8-coin-randomness", CoinToss.Opening.self, "opens its coin commitment with other randomness") {
      $0.randomness[31] ^= 0x80
    },
    badOpening("A8-sigma-value", MACCheck.Opening.self, "opens its σ commitment to another σ") { $0.value[0] ^= 1 },
    badOpening("A8-sigma-randomness", MACCheck.Opening.self, "opens its σ commitment with other randomness") {
      $0.randomness[0] ^= 1
    },
    reflection("A10-coin", CoinToss.Commitment.self, CoinToss.Opening.self),
    reflection("A10-sigma", MACCheck.Commitment.self, MACCheck.Opening.self),
    chosenSeed,
  ]

  private static let macOffset = Attack(
    "A4-tag", "mac-offset", "adds d to its own MAC share before the output", step: "Reveal.3",
    caughtBy: "MAC check after the output's opening", bound: "2/p", computation: { RevealedProduct($0) },
    arm: { setting in
      let plan = AttackPlan()
      return Armament(
        plan: plan, computation: ProductOfBadShares(tagError: P127(UInt64(3)), setting: setting, plan: plan))
    },
    expected: { _, _ in [.macCheckFailed(openings: 1)] })

  /// A cheater that commits to and opens a σ of its choice.
  private static func forgedSigma(
    _ setting: AttackSetting, onlyForVictim: Bool = false, _ sigma: @escaping @Sendable () -> P127
  ) -> Armament {
    let forged = AttackMemory<CommitmentForgery.Pair?>(nil)
    return Armament(
      plan: .init().tampering(MACCheck.Commitment.self) { message, at in
        guard at.index == 0, !onlyForVictim || at.recipient == setting.victim else { return }
        let pair = CommitmentForgery.Pair(
          CommitmentForgery.sigmaValue(sigma(), transcript: message.transcript),
          counter: CommitmentForgery.sigmaCounter(check: 0, on: at.channel), by: setting.cheater)
        forged { $0 = pair }
        message.digest = pair.digest
      }.tampering(MACCheck.Opening.self) { message, at in
        guard at.index == 0, !onlyForVictim || at.recipient == setting.victim, let pair = forged.current else { return }
        message.value = pair.value
        message.randomness = pair.randomness
      })
  }

  /// A commitment opened to something else.
  private static func badOpening<Open: CommitmentOpening>(
    _ id: String, _ type: Open.Type, _ summary: String, _ alter: @escaping @Sendable (inout Open) -> Void
  ) -> Attack {
    Attack(
      id, "mac-open-bad", summary, step: Open.step.description, caughtBy: "recomputation of the commitment",
      bound: "2^-128", computation: { RevealedProduct($0) }, forbidden: [.any(Output.self)],
      arm: { _ in Armament(plan: .init().tampering(type) { message, _ in alter(&message) }) },
      expected: { _, setting in [.commitmentMismatch(step: Open.step, from: setting.cheater)] })
  }

  /// Copies the victim's commitment, and its opening as soon as it is there.
  private static func reflection<Commit: CommitmentMessage, Open: CommitmentOpening>(
    _ id: String, _ commit: Commit.Type, _ open: Open.Type
  ) -> Attack {
    Attack(
      id, "commit-copy", "copies the victim's commitment and then its opening", step: Commit.step.description,
      caughtBy: "the committer's number in the hash", bound: "2^-128", computation: { RevealedProduct($0) },
      forbidden: [.any(Output.self)],
      arm: { setting in
        Armament(
          plan: .init().rushing(commit) { (message, honest, _) throws(ProtocolAbort) in
            if let theirs = honest[setting.victim] { message.digest = theirs.digest }
          }.rushing(open) { (message, honest, _) throws(ProtocolAbort) in
            guard let theirs = honest[setting.victim] else { return }
            message.value = theirs.value
            message.randomness = theirs.randomness
          })
      },
      expected: { _, setting in [.commitmentMismatch(step: Open.step, from: setting.cheater)] })
  }

  private static let chosenSeed = Attack(
    "A13-chosen", "coin-bias", "opens its coin commitment to a seed chosen after seeing the others'",
    step: "CoinToss.2",
    caughtBy: "recomputation of the commitment", bound: "2^-128", computation: { RevealedProduct($0) },
    forbidden: [.any(MACCheck.Commitment.self), .any(Output.self)],
    arm: { setting in
      Armament(
        plan: .init().rushing(CoinToss.Opening.self) { (message, honest, _) throws(ProtocolAbort) in
          if let theirs = honest[setting.victim] { message.value = theirs.value.map { ~$0 } }
        })
    },
    expected: { _, setting in [.commitmentMismatch(step: CoinToss.Opening.step, from: setting.cheater)] })
}
