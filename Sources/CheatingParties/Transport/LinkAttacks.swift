internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing
internal import Transport

private typealias Uniform = Opening.UniformShares<P127>

extension Attack {
  /// Attacks on the links themselves: silence, dribble, disconnection at every frame.
  static let links: [Attack] = [
    sweep(
      "C3-disconnect", "disconnect", "breaks all its links, instead of its k-th frame, for every k",
      caughtBy: "the broken link: every waiting receive ends", disconnects: true),
    sweep(
      "C3-silent", "drop", "falls silent for good, instead of its k-th frame, for every k", caughtBy: "the deadline",
      disconnects: false),
    Attack(
      "C4-half", "slow-loris", "sends half a frame, and then nothing", step: "frame", caughtBy: "the deadline",
      bound: "0", phase: .transport, computation: { RevealedProduct($0) },
      forbidden: [.any(Opening.OutputShares<P127>.self)],
      arm: { setting in
        let plan = AttackPlan()
        let silent = AttackMemory<Set<PartyID>>([])
        return Armament(
          plan: plan,
          frames: { bytes, _, to in
            if silent.current.contains(to) { return [] }
            guard let frame = RawFrame(bytes), frame.kind == Uniform.kind.code else { return [bytes] }
            plan.countDeviation()
            silent { _ = $0.insert(to) }
            return [Array(bytes.prefix(RawFrame.headerByteCount + 8))]
          })
      },
      expected: { honest, setting in silenceSeen(honest, setting) }),
    Attack(
      "C4-slow", "slow-loris", "sends its frames byte by byte, one a second", step: "frame",
      caughtBy: "the deadline: a trickle is no sign of life", bound: "0", phase: .transport,
      computation: { RevealedProduct($0) }, forbidden: [.any(Opening.OutputShares<P127>.self)],
      arm: { setting in
        let plan = AttackPlan()
        return Armament(
          plan: plan,
          sink: { inner, me, clock in
            guard me == setting.cheater else { return inner }
            return TricklingSink(inner: inner, clock: clock, from: Uniform.kind.code) { plan.countDeviation() }
          })
      },
      expected: { honest, setting in silenceSeen(honest, setting) }),
  ]

  /// The ends of parties that wait for a silent one.
  private static func silenceSeen(_ honest: PartyID, _ setting: AttackSetting) -> [ProtocolAbort?] {
    [
      .timedOut(waitingFor: setting.cheater, during: Uniform.step),
      .peerLost(from: setting.cheater, during: Uniform.step),
      .abortedByPeer(setting.cheater, during: Uniform.step),
    ] + others(honest, setting, during: [Uniform.step])
  }

  /// Every step of ``RevealedProduct``.
  private static let steps = [
    MaskedInput<P127>.step, Uniform.step, CoinToss.Commitment.step, CoinToss.Opening.step, MACCheck.Commitment.step,
    MACCheck.Opening.step, Opening.OutputShares<P127>.step, StepLabel("Finish", 1),
  ]

  /// One run for each frame that the cheater sends to the victim.
  private static func sweep(_ id: String, _ name: String, _ summary: String, caughtBy: String, disconnects: Bool)
    -> Attack
  {
    Attack(
      id: id, phase: .transport, name: name, summary: summary, step: "every frame", caughtBy: caughtBy,
      escapeBound: "0", minimumPartyCount: 2, foolsPassive: false
    ) { setting in
      let computation = RevealedProduct(setting)
      let frameCount = AttackMemory(0)
      var worst = await perform(
        computation, setting,
        Armament(
          frames: { bytes, _, to in
            if to == setting.victim, RawFrame(bytes)?.isControl == false { frameCount { $0 += 1 } }
            return [bytes]
          }))
      var verdict = AttackVerdict(
        fired: 0, expected: setting.honest.map { setting.isArmed ? ends($0, setting) : [nil] },
        detected: worst.aborts, revealed: worst.revealed, honestResult: computation.honestResult, forbiddenCount: 0,
        abortsAreClean: worst.honestAbortsAreClean, leak: nil, remark: "")
      guard setting.isArmed else { return verdict }
      for k in 0..<frameCount.current {
        let plan = AttackPlan()
        worst = await disconnects ? lost(computation, setting, frame: k, plan) : silent(computation, setting, k, plan)
        let isRight =
          plan.fired > 0 && worst.honestAbortsAreClean && worst.revealed.isEmpty
          && zip(verdict.expected, worst.aborts).allSatisfy { $0.contains($1) }
        if verdict.fired == 0 || verdict.isAsExpected || !isRight {
          verdict.detected = worst.aborts
          verdict.revealed = worst.revealed
          verdict.abortsAreClean = worst.honestAbortsAreClean
          verdict.sentAfterAbort = worst.sentAfterAbort
          verdict.keysDestroyed = worst.keysDestroyed
        }
        verdict.fired += plan.fired
        if !isRight {
          verdict.remark = "frame \(k)"
          break
        }
      }
      verdict.remark += verdict.remark.isEmpty ? "\(frameCount.current) frames" : ""
      return verdict
    }
  }

  private static func ends(_ honest: PartyID, _ setting: AttackSetting) -> [ProtocolAbort?] {
    let cheater = setting.cheater
    return steps.flatMap { step -> [ProtocolAbort?] in
      [
        .peerLost(from: cheater, during: step), .timedOut(waitingFor: cheater, during: step),
        .abortedByPeer(cheater, during: step),
      ] + others(honest, setting, during: [step])
    }
  }

  private static func silent(
    _ computation: RevealedProduct, _ setting: AttackSetting, _ k: Int, _ plan: AttackPlan
  ) async -> AttackOutcome<[P127]> {
    let sent = AttackMemory<[PartyID: Int]>([:])
    return await perform(
      computation, setting,
      Armament(
        plan: plan,
        frames: { bytes, _, to in
          let isMessage = RawFrame(bytes)?.isControl == false
          let index = sent { sent in
            defer { if isMessage { sent[to, default: 0] += 1 } }
            return sent[to, default: 0]
          }
          guard index >= k, isMessage || index > k else { return [bytes] }
          if index == k { plan.countDeviation() }
          return []
        }))
  }

  /// In one process and in real time: the links break at once.
  private static func lost(
    _ computation: RevealedProduct, _ setting: AttackSetting, frame k: Int, _ plan: AttackPlan
  ) async -> AttackOutcome<[P127]> {
    switch setting.mode {
    case .active: await lost(computation, AuthenticatedSharing<P127>.self, setting, frame: k, plan)
    case .passive: await lost(computation, AdditiveSharing<P127>.self, setting, frame: k, plan)
    }
  }

  private static func lost<S: SharingScheme>(
    _ computation: RevealedProduct, _ scheme: S.Type, _ setting: AttackSetting, frame k: Int, _ plan: AttackPlan
  ) async -> AttackOutcome<[P127]> where S.F == P127 {
    let sent = AttackMemory(0)
    let network = AttackMemory<InProcessNetwork?>(nil)
    let tally = FrameTally()
    var options = RunOptions()
    options.tap = tally.tap(cheaters: [setting.cheater]) { bytes, from, to in
      guard RawFrame(bytes)?.isControl == false else { return [bytes] }
      let index = sent { sent in
        defer { if to == setting.victim { sent += 1 } }
        return sent
      }
      guard index >= k else { return [bytes] }
      if index == k, to == setting.victim {
        plan.countDeviation()
        network.current?.disconnect(from)
      }
      return []
    }
    let links = InProcessNetwork(partyCount: setting.partyCount, options: options, clock: RealTimeClock.shared)
    network { $0 = links }
    defer { network { $0 = nil } }
    let run = CheatingRun<S, WireChannel, [P127]>(scheme, cheaters: [setting.cheater: plan], seed: setting.seed) {
      session throws(ProtocolAbort) in
      try await computation.run(&session)
    }
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<setting.partyCount {
        group.addTask {
          await run.party(links.channel(of: PartyID(index))) { (channel) throws(ProtocolAbort) in
            try await channel.finish()
          }
        }
      }
    }
    return run.outcome
  }
}

/// Sends the frames of a party from a kind of message on byte by byte, one a second; control frames wait in line.
private final class TricklingSink: FrameSink {
  private struct State {
    var isTrickling = false
    var freeAt: UInt64 = 0
  }

  private let inner: any FrameSink
  private let clock: any TransportClock
  private let kind: UInt16
  private let started: @Sendable () -> Void
  private let state = AttackMemory(State())

  init(inner: any FrameSink, clock: any TransportClock, from kind: UInt16, started: @escaping @Sendable () -> Void) {
    self.inner = inner
    self.clock = clock
    self.kind = kind
    self.started = started
  }

  func transmit(_ frame: Frame, to peer: PartyID) { transmit(raw: frame.encoded(), to: peer) }

  func transmit(raw bytes: [UInt8], to peer: PartyID) {
    if let frame = RawFrame(bytes), frame.kind == kind {
      started()
      state { $0.isTrickling = true }
    }
    guard state.current.isTrickling else { return inner.transmit(raw: bytes, to: peer) }
    let start = state { state in
      let start = max(state.freeAt, clock.now())
      state.freeAt = start &+ UInt64(bytes.count) &* 1_000_000_000
      return start
    }
    for (index, byte) in bytes.enumerated() {
      clock.schedule(at: start &+ UInt64(index + 1) &* 1_000_000_000) { [inner] in
        inner.transmit(raw: [byte], to: peer)
      }
    }
  }

  func close() { inner.close() }
}
