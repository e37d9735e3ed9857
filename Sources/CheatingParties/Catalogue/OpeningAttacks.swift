internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing

private typealias Uniform = Opening.UniformShares<P127>
private typealias Statistical = Opening.StatisticalShares<P127>
private typealias Output = Opening.OutputShares<P127>

extension Attack {
  /// Attacks on opened values, outputs and inputs.
  static let openings: [Attack] = [
    Attack(
      "A1", "open-offset", "adds d to its share of a Beaver opening", step: "Open.1",
      caughtBy: "MAC check before the output",
      bound: "2/p", foolsPassive: true, computation: { RevealedProduct($0) },
      forbidden: [.any(Output.self), .any(Statistical.self)],
      arm: { setting in dishonest(AttackPlan(), RevealedProduct(shareError: P127(UInt64(5)), setting)) },
      expected: { _, _ in [.macCheckFailed(openings: 2)] }),
    Attack(
      "A2", "late-check", "adds 2^(k+s+4) to a Beaver opening and waits for the truncation's masked opening",
      step: "OpenMasked.2", caughtBy: "MAC check before the masked opening", bound: "2/p", foolsPassive: true,
      computation: { TruncatedProduct($0) }, forbidden: [.any(Statistical.self), .any(Output.self)],
      arm: { setting in
        maskedOpeningReader(setting, TruncatedProduct(shareError: TruncatedProduct.beyondMask, setting))
      },
      expected: { _, _ in [.macCheckFailed(openings: 2)] }),
    Attack(
      "A3", "output-offset", "adds d to its share of an output", step: "Reveal.2",
      caughtBy: "MAC check after the output's opening (the cheater has seen it: no fairness)", bound: "2/p",
      foolsPassive: true, computation: { RevealedProduct($0) },
      arm: { _ in Armament(plan: .init().tampering(Output.self) { message, _ in message.values[0] += .one }) },
      expected: { _, _ in [.macCheckFailed(openings: 1)] }),
    Attack(
      "A5", "coin-reuse", "puts two errors into openings that cancel under the coefficients of the last check",
      step: "Open.1", caughtBy: "fresh coin after the openings", bound: "2/p",
      computation: { TwoProducts(setting: $0) },
      forbidden: [.any(Output.self)], arm: { reusedCoin($0) }, expected: { _, _ in [.macCheckFailed(openings: 2)] }),
    Attack(
      "A5-known", "coin-guess",
      "puts two errors into openings that cancel if the coin is the one it guesses: 32 zero bytes", step: "Open.1",
      caughtBy: "a coin that nobody knows before the openings", bound: "2/p + 2^-256",
      computation: { RevealedProduct($0) }, forbidden: [.any(Output.self)],
      arm: { _ in
        Armament(
          plan: .init().tampering(Uniform.self) { message, _ in
            let coefficients = P127.uniform(2, seed: [UInt8](repeating: 0, count: 32))
            message.values[0] += coefficients[1]
            message.values[1] -= coefficients[0]
          })
      },
      expected: { _, _ in [.macCheckFailed(openings: 2)] }),
    Attack(
      "A6-opening", "open-inconsistent", "adds d to the share of an opening that it sends to the victim only",
      step: "Open.1", caughtBy: "transcript T before any coin is opened", bound: "2^-128", parties: 3,
      foolsPassive: true,
      computation: { RevealedProduct($0) }, forbidden: [.any(CoinToss.Opening.self), .any(Output.self)],
      arm: { setting in
        Armament(
          plan: .init().tampering(Uniform.self) { message, at in
            if at.recipient == setting.victim { message.values[0] += .one }
          })
      },
      expected: { honest, setting in [.transcriptMismatch(step: CoinToss.Commitment.step, from: firstPeer(honest))] }),
    Attack(
      "A6-input", "open-inconsistent", "sends the victim another masked input than the others", step: "Input.1",
      caughtBy: "transcript T before any coin is opened", bound: "2^-128", parties: 3,
      computation: { RevealedProduct($0) }, forbidden: [.any(CoinToss.Opening.self), .any(Output.self)],
      arm: { setting in
        Armament(
          plan: .init().tampering(MaskedInput<P127>.self) { message, at in
            if at.recipient == setting.victim { message.values[0] += .one }
          })
      },
      expected: { honest, setting in [.transcriptMismatch(step: CoinToss.Commitment.step, from: firstPeer(honest))] }),
    Attack(
      "A6-unopened", "open-inconsistent",
      "sends the victim another masked input than the others, where nothing is opened before the next check",
      step: "Input.1", caughtBy: "transcript T, compared where there is nothing else to check", bound: "2^-128",
      parties: 3, computation: { InputAlone(setting: $0) },
      arm: { setting in
        Armament(
          plan: .init().tampering(MaskedInput<P127>.self) { message, at in
            if at.recipient == setting.victim { message.values[0] += .one }
          })
      },
      expected: { honest, _ in [.transcriptMismatch(step: TranscriptDigest.step, from: firstPeer(honest))] }),
    Attack(
      "A6-transcripts", "open-inconsistent", "as A6-opening, and tells each party in the coin the transcript it wants",
      step: "CoinToss.1", caughtBy: "transcript T: honest parties differ from each other", bound: "2^-128", parties: 3,
      computation: { RevealedProduct($0) }, forbidden: [.any(CoinToss.Opening.self), .any(Output.self)],
      arm: { setting in
        Armament(
          plan: .init().tampering(Uniform.self) { message, at in
            if at.recipient == setting.victim { message.values[0] += .one }
          }.rushing(CoinToss.Commitment.self) { (message, honest, at) throws(ProtocolAbort) in
            if let theirs = honest[at.recipient] { message.transcript = theirs.transcript }
          })
      },
      expected: { honest, setting in
        [.transcriptMismatch(step: CoinToss.Commitment.step, from: otherCamp(honest, setting))]
      }),
    Attack(
      "A14", "input-wrong-mask", "broadcasts e for another mask: that is another input, and a legal one",
      step: "Input.1",
      caughtBy: "nothing", bound: "-", foolsPassive: true, computation: { RevealedProduct($0) },
      arm: { setting in dishonest(AttackPlan(), RevealedProduct(x: 7, setting)) }, expected: { _, _ in [nil] }),
    Attack(
      "A20", "private-output-offset", "adds d to the share of a private output, towards its receiver only",
      step: "Reveal.2", caughtBy: "transcript T (three parties), MAC check (two), by all", bound: "2/p",
      foolsPassive: true, computation: { PrivateProduct(setting: $0) },
      arm: { setting in
        Armament(
          plan: .init().tampering(Output.self) { message, at in
            if at.recipient == setting.victim { message.values[0] += .one }
          })
      },
      expected: { honest, setting in
        setting.partyCount == 2
          ? [.macCheckFailed(openings: 1)]
          : [.transcriptMismatch(step: CoinToss.Commitment.step, from: firstPeer(honest))]
      }),
    Attack(
      "A22", "input-out-of-range", "inputs 2^(k+s+4) where inputRange is due: a digit that is none", step: "Input.1",
      caughtBy: "digit proof of inputRange", bound: "67/p", foolsPassive: true,
      computation: { TruncatedProduct(kind: .rangeChecked, $0) },
      forbidden: [.any(Statistical.self), .any(Output.self)],
      arm: { setting in
        maskedOpeningReader(setting, TruncatedProduct(kind: .dishonestDigit(TruncatedProduct.beyondMask), setting))
      },
      expected: { _, _ in [.macCheckFailed(openings: 4)] }),
    Attack(
      "A22-plain", "input-out-of-range",
      "inputs 2^(k+s+4) with plain input: legal, and the truncation of x·y shows y; why inputRange exists",
      step: "Input.1",
      caughtBy: "nothing", bound: "-", foolsPassive: true, computation: { setting in TruncatedProduct(setting) },
      arm: { setting in
        maskedOpeningReader(setting, TruncatedProduct(x: TruncatedProduct.beyondMask, setting))
      },
      expected: { _, _ in [nil] }),
  ]

  /// The first peer an honest party compares transcripts with; when an equivocating cheater's own T fits nobody, it is
  /// the first one that differs.
  static func firstPeer(_ party: PartyID) -> PartyID { party.index == 0 ? PartyID(1) : PartyID(0) }

  /// Whom an honest party blames when the cheater tells it its own T: the first honest party on the other side, where the
  /// victim stands alone.
  private static func otherCamp(_ honest: PartyID, _ setting: AttackSetting) -> PartyID {
    honest == setting.victim ? setting.honest.first { $0 != setting.victim } ?? setting.cheater : setting.victim
  }

  /// Reads the victim's secret off a masked opening, into which an error of 2^(k+s+4) carried it.
  private static func maskedOpeningReader(
    _ setting: AttackSetting, _ computation: TruncatedProduct
  ) -> Armament {
    let sum = AttackMemory<(value: P127, count: Int)>((.zero, 0))
    let plan = AttackPlan()
    plan.countDeviation()
    let armed =
      plan
      .observing(Statistical.self) { message, _, _ in
        sum { $0 = ($0.value + message.values[0], $0.count + 1) }
      }.tampering(Statistical.self) { message, at in
        if at.recipient == setting.victim { sum { $0 = ($0.value + message.values[0], $0.count + 1) } }
      }
    return Armament(
      plan: armed, computation: computation,
      leak: {
        let (opened, count) = sum.current
        guard count == setting.partyCount else { return nil }
        let read = opened.canonical >> UInt128(TruncatedProduct.valueBits + 44)
        return read == UInt128(TruncatedProduct(setting).y) ? String(read) : nil
      })
  }

  /// Honest code that runs another computation than the others agreed to.
  private static func dishonest(_ plan: AttackPlan, _ computation: some AttackedComputation) -> Armament {
    plan.countDeviation()
    return Armament(plan: plan, computation: computation)
  }

  /// Learns the coefficients of the first check and lets two errors of the next openings cancel under them.
  private static func reusedCoin(_ setting: AttackSetting) -> Armament {
    let seeds = AttackMemory<[Int: [PartyID: [UInt8]]]>([:])
    let heard = AttackMemory<[PartyID: Int]>([:])
    let plan = AttackPlan()
      .observing(CoinToss.Opening.self) { message, from, _ in
        let check = heard { heard in
          defer { heard[from, default: 0] += 1 }
          return heard[from, default: 0]
        }
        seeds { $0[check, default: [:]][from] = message.value }
      }.tampering(CoinToss.Opening.self) { message, at in
        seeds { $0[at.index, default: [:]][setting.cheater] = message.value }
      }.tampering(Uniform.self) { message, at in
        guard at.index == 1, let first = seeds.current[0], first.count == setting.partyCount else { return }
        let coefficients = CommitmentForgery.coefficients(
          2, seeds: first, counter: CommitmentForgery.coinCounter(check: 0, on: at.channel))
        message.values[0] += coefficients[1]
        message.values[1] -= coefficients[0]
      }
    return Armament(plan: plan)
  }
}
