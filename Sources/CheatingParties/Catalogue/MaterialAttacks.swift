internal import FieldArithmetic
internal import MPCCore
internal import Online
internal import SecretSharing

private typealias Statistical = Opening.StatisticalShares<P127>
private typealias Output = Opening.OutputShares<P127>

extension Attack {
  /// Attacks with wrong or repeated material of the cheater's own.
  static let material: [Attack] = [
    misuse(
      "A15-index", "prep-replay", .skippedInputMask,
      "is one input mask ahead of the others: a mask of another index", step: "Input.1", openings: 2,
      { RevealedProduct($0) }),
    misuse(
      "A15-reuse", "prep-replay", .reusedInputMasks, "masks two inputs with one mask, and uses its share of it twice",
      step: "Input.1", openings: 2, TwoProducts.init(setting:)),
    misuse(
      "A16-tag", "input-wrong-mask", .inputMaskTag(error: 3), "adds d to its MAC share of its own input mask",
      step: "Input.1", openings: 2, foolsPassive: false, { RevealedProduct($0) }),
    misuse(
      "A17-triple", "prep-replay", .reusedTriples, "uses one triple for two products", step: "Multiply.1", openings: 2,
      TwoProducts.init(setting:)),
    misuse(
      "A17-c", "triple-bad-c", .tripleProduct(error: 1), "adds d to its share of c, in its own store",
      step: "Multiply.2", openings: 1, { RevealedProduct($0) }),
    misuse(
      "A17-c-tag", "triple-bad-c", .tripleTag(error: 1), "adds d to its MAC share of c, in its own store",
      step: "Multiply.2", openings: 1, foolsPassive: false, { RevealedProduct($0) }),
    misuse(
      "A17-matrix", "triple-bad-c", .matrixProduct(error: 1), "adds d to its share of a matrix triple's C",
      step: "Multiply.2", openings: 1, RevealedMatrixProduct.init(setting:)),
    misuse(
      "A18-bit", "bit-not-bit", .bit(error: 2), "adds 2 to its share of a random bit, in its own store",
      step: "Bits", openings: 2
    ) { _ in BitRelation() },
    misuse(
      "A18-mask", "prep-file-tamper", .truncationMask(error: 1 << 20),
      "adds 2^20 to its share of r0 of a truncation mask, in its own store", step: "OpenMasked.2", openings: 1
    ) { TruncatedProduct($0) },
    Attack(
      "A2-compare", "skip-check", "adds 2^(k+s+4) to a Beaver opening and waits for the comparison's masked opening",
      step: "OpenMasked.2", caughtBy: "MAC check before the masked opening", bound: "2/p",
      computation: { ComparedProduct(setting: $0) }, forbidden: [.any(Statistical.self), .any(Output.self)],
      arm: { setting in
        let plan = AttackPlan()
        plan.countDeviation()
        return Armament(
          plan: plan, computation: ComparedProduct(setting: setting, shareError: TruncatedProduct.beyondMask))
      },
      expected: { _, _ in [.macCheckFailed(openings: 2)] }),
    Attack(
      "A13-retry", "abort-retry-leak", "provokes an abort; the honest parties try again with the same key and material",
      step: "Session", caughtBy: "an abort wipes key and material and is repeated for ever", bound: "2/p",
      computation: { RetriedProduct(setting: $0) }, forbidden: [.any(Output.self)],
      arm: { setting in
        let plan = AttackPlan()
        plan.countDeviation()
        return Armament(plan: plan, computation: RetriedProduct(setting: setting, shareError: P127(UInt64(5))))
      },
      expected: { _, _ in [.macCheckFailed(openings: 2)] }),
    abortAfterOutput,
  ]

  private static func misuse(
    _ id: String, _ name: String, _ misuse: MaterialMisuse, _ summary: String, step: String, openings: Int,
    foolsPassive: Bool = true, _ computation: @escaping @Sendable (AttackSetting) -> any AttackedComputation
  ) -> Attack {
    Attack(
      id, name, summary, step: step,
      caughtBy: openings == 1 && !name.hasPrefix("prep")
        ? "MAC check after the output's opening" : "MAC check before the output",
      bound: "2/p", foolsPassive: foolsPassive, computation: computation,
      forbidden: openings == 1 && !name.hasPrefix("prep") ? [] : [.any(Output.self)],
      arm: { setting in
        let plan = AttackPlan()
        return Armament(
          plan: plan,
          computation: WithDishonestMaterial(
            honest: computation(setting), misuse: misuse, setting: setting, plan: plan))
      },
      expected: { _, _ in [.macCheckFailed(openings: openings)] })
  }

  /// There is no fairness: the cheater has the output, the others know that it may.
  private static let abortAfterOutput = Attack(
    "A21", "abort-after-output", "sees the others' output shares, and stops instead of sending its own",
    step: "Reveal.2", caughtBy: "the missing share: the others end without the output (no fairness)", bound: "0",
    computation: { RevealedProduct($0) },
    arm: { setting in
      let plan = AttackPlan()
      let learnt = AttackMemory<P127?>(nil)
      return Armament(
        plan: plan.rushing(Output.self) { [weak plan] (message, honest, _) throws(ProtocolAbort) in
          plan?.countDeviation()
          let sum = honest.values.reduce(message.values[0]) { $0 + $1.values[0] }
          learnt { $0 = sum }
          throw .cancelled(during: Output.step)
        }, remark: { learnt.current == P127(UInt64(42)) ? "the cheater has the output" : "" })
    },
    expected: { honest, setting in
      [.abortedByPeer(setting.cheater, during: Output.step)]
        + setting.honest.filter { $0 != honest }.map { .abortedByPeer($0, during: Output.step) }
    })
}
