internal import FieldArithmetic
internal import InsecureDealer
internal import MPCCore
internal import SecretSharing

extension Attack {
  /// Two MAC checks under one key at the same time: cheat in the first, read α off its σ, forge in the second [RS25].
  static let overlap: [Attack] = [
    Attack(
      "A12-stall", "thread-stall", "cheats on two forks, withholds its σ in the first check and goes on in the second",
      step: "MACCheck.5",
      caughtBy: "the gate of the key: no second check before the verdict of the first; the deadline",
      bound: "0", computation: { ProductsOnForks(setting: $0, inParallel: true) }, forbidden: nothingOnSecondChannel,
      arm: { alphaReader($0, stalls: true) },
      expected: { _, setting in stuck(setting) }),
    Attack(
      "A12-forge", "thread-stall", "cheats on two forks and answers both checks", step: "MACCheck.5",
      caughtBy: "the gate of the key: a failed check never opens it again", bound: "2/p",
      computation: { ProductsOnForks(setting: $0, inParallel: true) }, forbidden: nothingOnSecondChannel,
      arm: { alphaReader($0, stalls: false) },
      expected: { _, setting in [.macCheckFailed(openings: 2)] + (setting.partyCount == 2 ? [] : stuck(setting)) }),
  ]

  /// The ends of a party that waits at a check: a cheating P_0 can even let two honest parties enter the gate for different
  /// channels and wait for each other until the deadline.
  private static func stuck(_ setting: AttackSetting) -> [ProtocolAbort?] {
    // An abort may also find the other fork of a party before its check.
    let steps = [
      MACCheck.Opening.step, MACCheck.Commitment.step, CoinToss.Opening.step, CoinToss.Commitment.step, GateTurn.step,
      Opening.UniformShares<P127>.step, MaskedInput<P127>.step,
    ]
    return steps.flatMap { step in
      (setting.honest + [setting.cheater]).flatMap {
        [ProtocolAbort.abortedByPeer($0, during: step), .timedOut(waitingFor: $0, during: step)]
      }
    }
  }

  private static let nothingOnSecondChannel: [Forbidden] = [
    .onSecondChannel(MACCheck.Opening.self), .onSecondChannel(CoinToss.Opening.self),
    .any(Opening.OutputShares<P127>.self), .any(Opening.StatisticalShares<P127>.self),
  ]

  /// Reads α off the honest σ of the first check on either channel: Σσ = −α·χ_1·d.
  private static func alphaReader(_ setting: AttackSetting, stalls: Bool) -> Armament {
    struct Channel: Sendable {
      var seeds: [PartyID: [UInt8]] = [:]
      var alpha: P127?
    }
    let seen = AttackMemory<[ChannelID: Channel]>([:])
    var plan = AttackPlan().ignoringAborts()
      .observing(CoinToss.Opening.self) { message, from, channel in
        seen { $0[channel, default: Channel()].seeds[from] = message.value }
      }
      .tampering(CoinToss.Opening.self) { message, at in
        seen { $0[at.channel, default: Channel()].seeds[setting.cheater] = message.value }
      }
      .rushing(MACCheck.Opening.self) { (message, honest, at) throws(ProtocolAbort) in
        guard at.index == 0, honest.count == setting.partyCount - 1 else { return }
        let mine = CommitmentForgery.sigma(in: message)
        seen { seen in
          guard let seeds = seen[at.channel]?.seeds, seeds.count == setting.partyCount else { return }
          let chi = CommitmentForgery.coefficients(
            1, seeds: seeds, counter: CommitmentForgery.coinCounter(check: 0, on: at.channel))[0]
          let sum = honest.values.reduce(mine) { $0 + CommitmentForgery.sigma(in: $1) }
          seen[at.channel]?.alpha = (chi * CheatedForks.shareError).inverse().map { -sum * $0 }
        }
      }
    if stalls { plan = plan.withholding(MACCheck.Opening.self) }
    let computation = CheatedForks(setting: setting, plan: plan)
    return Armament(
      plan: plan, computation: computation,
      remark: {
        let alpha = InsecureDealer<AuthenticatedSharing<P127>>(
          run: setting.seed, me: PartyID(0), partyCount: setting.partyCount
        ).alpha
        let known = seen.current.values.compactMap(\.alpha)
        return known.contains(alpha) ? "learnt α after \(known.count) check" : ""
      })
  }
}
