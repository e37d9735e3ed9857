internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing

private typealias Uniform = Opening.UniformShares<P127>
private typealias Output = Opening.OutputShares<P127>

extension Attack {
  /// All parties but the victim cheat together and share what they know; the verdict is about the victim.
  static let coalitions: [Attack] = [
    Attack(
      "A1-coalition", "coalition", "n − 1 parties each add a part of d to their shares of a Beaver opening",
      step: "Open.1", caughtBy: "MAC check before the output", bound: "2/p", parties: 3, foolsPassive: true,
      computation: { RevealedProduct($0) }, forbidden: [.any(Output.self)],
      arm: { setting in
        coalition(setting) { _ in
          AttackPlan().tampering(Uniform.self) { message, _ in message.values[0] += P127(UInt64(5)) }
        }
      },
      expected: { _, _ in [.macCheckFailed(openings: 2)] }),
    Attack(
      "A3-coalition", "coalition",
      "n − 1 parties pool their shares of α, shift an output share and its MAC share by a guess of the missing one",
      step: "Reveal.2", caughtBy: "MAC check after the output's opening: one honest share of α suffices", bound: "2/p",
      parties: 3, foolsPassive: true, computation: { RevealedProduct($0) },
      arm: { setting in
        var armament = coalition(setting) { _ in AttackPlan() }
        armament.computation = ProductWithGuessedMAC(
          setting: setting, members: Set(armament.allies.keys).union([setting.cheater]), plan: armament.plan,
          shares: AttackMemory([:]))
        return armament
      },
      expected: { _, _ in [.macCheckFailed(openings: 1)] }),
    Attack(
      "A13-coalition", "coalition", "n − 1 parties wait for the victim's seed; one of them then opens another seed",
      step: "CoinToss.2", caughtBy: "recomputation of the commitment", bound: "2^-128", parties: 3,
      computation: { RevealedProduct($0) }, forbidden: [.any(MACCheck.Commitment.self), .any(Output.self)],
      arm: { setting in
        coalition(setting) { member in
          AttackPlan().rushing(CoinToss.Opening.self) { (message, honest, _) throws(ProtocolAbort) in
            guard member == setting.cheater, let theirs = honest[setting.victim] else { return }
            message.value = theirs.value.map { ~$0 }
          }
        }
      },
      expected: { _, setting in [.commitmentMismatch(step: CoinToss.Opening.step, from: setting.cheater)] }),
    Attack(
      "A10-coalition", "coalition", "n − 1 parties all commit to the victim's σ and open it when they have seen it",
      step: "MACCheck.4", caughtBy: "the committer's number in the hash", bound: "2^-128", parties: 3,
      computation: { RevealedProduct($0) }, forbidden: [.any(Output.self)],
      arm: { setting in
        coalition(setting) { _ in
          AttackPlan().rushing(MACCheck.Commitment.self) { (message, honest, _) throws(ProtocolAbort) in
            if let theirs = honest[setting.victim] { message.digest = theirs.digest }
          }.rushing(MACCheck.Opening.self) { (message, honest, _) throws(ProtocolAbort) in
            guard let theirs = honest[setting.victim] else { return }
            message.value = theirs.value
            message.randomness = theirs.randomness
          }
        }
      },
      expected: { _, setting in
        (0..<setting.partyCount).map(PartyID.init).filter { $0 != setting.victim }.map {
          .commitmentMismatch(step: MACCheck.Opening.step, from: $0)
        }
      }),
    equivocatingCoalition,
  ]

  /// Two of four tell the two honest parties different things, and each what transcript it wants to hear.
  private static let equivocatingCoalition = Attack(
    "A6-coalition", "coalition",
    "two of four: one sends the victim another share, both tell each honest party the transcript it wants",
    step: "Open.1",
    caughtBy: "transcript T: honest parties differ from each other", bound: "2^-128", parties: 4, foolsPassive: true,
    computation: { RevealedProduct($0) }, forbidden: [.any(CoinToss.Opening.self), .any(Output.self)],
    arm: { setting in
      let ally = setting.honest.last { $0 != setting.victim }
      return coalition(setting, allies: ally.map { [$0] } ?? []) { member in
        let plan = AttackPlan().rushing(CoinToss.Commitment.self) { (message, honest, at) throws(ProtocolAbort) in
          if let theirs = honest[at.recipient] { message.transcript = theirs.transcript }
        }
        guard member == setting.cheater else { return plan }
        return plan.tampering(Uniform.self) { message, at in
          if at.recipient == setting.victim { message.values[0] += .one }
        }
      }
    },
    expected: { honest, setting in
      setting.honest.filter { $0 != honest }.map { .transcriptMismatch(step: CoinToss.Commitment.step, from: $0) }
    })

  /// A coalition of the cheater and its allies: by default everybody but the victim.
  private static func coalition(
    _ setting: AttackSetting, allies: [PartyID]? = nil, _ plan: (PartyID) -> AttackPlan
  ) -> Armament {
    let allies = allies ?? setting.honest.filter { $0 != setting.victim }
    return Armament(
      plan: plan(setting.cheater), allies: Dictionary(uniqueKeysWithValues: allies.map { ($0, plan($0)) }))
  }
}
