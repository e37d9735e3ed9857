internal import Cryptography
internal import FieldArithmetic
internal import InsecureDealer
internal import MPCCore
internal import Online
internal import SecretSharing
internal import Transport

private typealias Statistical = Opening.StatisticalShares<P127>
private typealias Output = Opening.OutputShares<P127>

/// A product on one channel, truncated on another: shares do not remember where the opening they depend on is pending.
struct TruncatedElsewhere: AttackedComputation {
  /// Whether the fork truncates what the parent multiplied, or the parent what the fork multiplied.
  enum Direction: Sendable { case intoFork, outOfFork }

  let direction: Direction
  let setting: AttackSetting
  /// What the cheater adds to its own share of x before the product.
  var shareError = P127.zero

  var honestResult: [P127] { [P127(UInt64(42))] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let computation = RevealedProduct(x: 6 << 16, shareError: shareError, setting)
    let dealer = InsecureDealer<S>(run: setting.seed, me: session.me, partyCount: setting.partyCount).fork(1)
    switch direction {
    case .intoFork:
      let product = try await computation.product(&session)
      let truncated = try await session.concurrently([dealer]) {
        (_, fork: inout Session<S, C>) throws(ProtocolAbort) -> SharedVector<S> in
        try await fork.truncateProbabilistically(product, valueBits: 48, droppedBits: 16)
      }
      return try await session.reveal(truncated[0])
    case .outOfFork:
      let products = try await session.concurrently([dealer]) {
        (_, fork: inout Session<S, C>) throws(ProtocolAbort) -> SharedVector<S> in
        try await computation.product(&fork)
      }
      return try await session.reveal(
        session.truncateProbabilistically(products[0], valueBits: 48, droppedBits: 16))
    }
  }
}

extension Attack {
  /// Attacks that use several channels or sessions.
  static let channels: [Attack] = [
    acrossForks("A2-into-fork", .intoFork, "the parent, truncated in a fork"),
    acrossForks("A2-out-of-fork", .outOfFork, "a fork, truncated in the parent"),
    sessionReplay,
  ]

  private static func acrossForks(
    _ id: String, _ direction: TruncatedElsewhere.Direction, _ place: String
  ) -> Attack {
    Attack(
      id, "skip-check", "adds 2^(k+s+4) to a Beaver opening of \(place)", step: "OpenMasked.2",
      caughtBy: "MAC check before forking and before a fork's results come back", bound: "2/p", foolsPassive: true,
      computation: { TruncatedElsewhere(direction: direction, setting: $0) },
      forbidden: [.any(Statistical.self), .any(Output.self)],
      arm: { setting in
        let plan = AttackPlan()
        plan.countDeviation()
        return Armament(
          plan: plan,
          computation: TruncatedElsewhere(
            direction: direction, setting: setting, shareError: TruncatedProduct.beyondMask))
      },
      expected: { _, _ in [.macCheckFailed(openings: 2)] })
  }

  /// Coin commitments and openings recorded in one session, sent in the next one of the same parties.
  private static let sessionReplay = Attack(
    id: "A11-session", phase: .online, name: "prep-replay",
    summary: "sends coin commitment and opening of an earlier session",
    step: CoinToss.Commitment.step.description, caughtBy: "the session in the hash", escapeBound: "2^-128",
    minimumPartyCount: 2, foolsPassive: false
  ) { setting in
    let commitments = AttackMemory<[Int: [UInt8]]>([:])
    let openings = AttackMemory<[Int: CoinToss.Opening]>([:])
    let computation = RevealedProduct(setting)
    let recording = AttackPlan()
      .tampering(CoinToss.Commitment.self) { message, at in commitments { $0[at.index] = message.digest } }
      .tampering(CoinToss.Opening.self) { message, at in openings { $0[at.index] = message } }
    let earlier = await perform(
      computation, setting, Armament(plan: recording), session: SessionID(bytes: [UInt8](repeating: 0xE0, count: 32)))
    guard setting.isArmed else {
      return AttackVerdict(
        fired: recording.fired, expected: setting.honest.map { _ in [nil] }, detected: earlier.aborts,
        revealed: earlier.revealed, honestResult: computation.honestResult, forbiddenCount: 0,
        abortsAreClean: earlier.honestAbortsAreClean, leak: nil, remark: "")
    }
    let plan = AttackPlan()
      .tampering(CoinToss.Commitment.self) { message, at in
        message.digest = commitments.current[at.index] ?? message.digest
      }
      .tampering(CoinToss.Opening.self) { message, at in message = openings.current[at.index] ?? message }
    let outcome = await perform(computation, setting, Armament(plan: plan))
    let expected: [ProtocolAbort?] =
      setting.mode == .active ? [.commitmentMismatch(step: CoinToss.Opening.step, from: setting.cheater)] : [nil]
    return AttackVerdict(
      fired: plan.fired, expected: setting.honest.map { _ in expected }, detected: outcome.aborts,
      revealed: outcome.revealed, honestResult: computation.honestResult,
      forbiddenCount: setting.mode == .active ? outcome.honestlySent(Output.self) : 0,
      abortsAreClean: outcome.honestAbortsAreClean, leak: nil, remark: "", sentAfterAbort: outcome.sentAfterAbort,
      keysDestroyed: outcome.keysDestroyed)
  }
}
