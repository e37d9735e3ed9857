import CheatingParties
import FieldArithmetic
import MPCCore
import SecretSharing
import Testing
import Transport

@Suite("Attacks over every transport")
struct AttackTransportTests {
  @Test(
    "Attacks do not notice what carries their messages",
    arguments: ["A1", "A2", "A6-opening", "A8-sigma-value", "A10-coin", "A11-coin", "A12-forge", "A22-plain"],
    [0, 1, 2])
  func transports(id: String, transport: Int) async throws {
    let attack = try #require(AttackCatalogue.attack(id))
    for cheater in 0..<3 {
      let transports: [AttackTransport] = [.inProcess, .tcp(.insecurePlaintext), .tcp(.mutualTLS)]
      let setting = AttackSetting(partyCount: 3, cheater: PartyID(cheater), transport: transports[transport])
      // Real threads let two honest parties enter the gate for different channels; that ends at a deadline of 30 s.
      if id == "A12-forge" && cheater == 0 { continue }
      let verdict = await attack.run(setting)
      #expect(verdict.fired > 0)
      #expect(verdict.detected.count == 2)
      #expect(verdict.isAsExpected, "cheater \(cheater): \(verdict.detected), clean: \(verdict.abortsAreClean)")
    }
  }

  @Test(
    "One hundred orders of events do not change who aborts and why",
    arguments: ["A1", "A6-transcripts", "A9-late", "A13-abort"])
  func orders(id: String) async throws {
    let attack = try #require(AttackCatalogue.attack(id))
    for seed in UInt64(1)...100 {
      let verdict = await attack.run(AttackSetting(partyCount: 3, cheater: PartyID(Int(seed) % 3), seed: seed))
      #expect(verdict.isAsExpected, "seed \(seed): \(verdict.detected)")
    }
  }

  @Test("An idle injector: ten thousand products in two thousand checks without an abort")
  func idle() async {
    let outcome = await runParties(2, AuthenticatedSharing<P61>.self, cheaters: [PartyID(1): AttackPlan()]) {
      session throws(ProtocolAbort) in
      let x = try await session.input(
        session.me.index == 0 ? Array(repeating: P61(UInt64(3)), count: 5) : nil, count: 5, from: PartyID(0))
      var right = 0
      for _ in 0..<2000 {
        let nine = try await session.reveal(session.multiply(x, x))
        right += nine.filter { $0 == P61(UInt64(9)) }.count
      }
      return right
    }
    #expect(outcome.revealed == [10_000])
  }
}

@Suite("Levers")
struct LeverTests {
  typealias S = AuthenticatedSharing<P61>

  private func run(_ n: Int, _ cheaters: [PartyID: AttackPlan], frames: FrameTampering? = nil) async
    -> AttackOutcome<[P61]>
  {
    await runParties(n, S.self, cheaters: cheaters, frames: frames) { session throws(ProtocolAbort) in
      let x = try await session.input(session.me.index == 0 ? [P61(UInt64(6))] : nil, count: 1, from: PartyID(0))
      return try await session.reveal(session.multiply(x, x))
    }
  }

  @Test("Withholding leaves the receivers waiting until the cheater's next message or the deadline")
  func withholding() async {
    let plan = AttackPlan().withholding(Opening.OutputShares<P61>.self) { $0.recipient == PartyID(0) }
    let outcome = await run(2, [PartyID(1): plan])
    #expect(plan.fired == 1)
    #expect(outcome.revealed.isEmpty)
    #expect(
      outcome.aborts == [
        .malformedMessage(
          step: Opening.OutputShares<P61>.step, from: PartyID(1), reason: .wrongRound(expected: 7, received: 8))
      ])
    #expect(outcome.honestAbortsAreClean)
  }

  @Test("A duplicate of the very last message is noticed at the end")
  func duplicateAtEnd() async {
    let plan = AttackPlan().duplicating(MACCheck.Opening.self) { $0.index == 1 }
    let outcome = await run(2, [PartyID(1): plan])
    #expect(plan.fired == 1)
    guard case .malformedMessage(_, PartyID(1), .wrongRound)? = outcome.aborts[0] else {
      Issue.record("\(outcome.aborts)")
      return
    }
  }

  @Test("Two of three cheat together: each takes half of the error, and the third is not fooled")
  func coalition() async {
    let pot = AttackMemory<Int>(0)
    let plans = [PartyID(0), PartyID(2)].map { party in
      (
        party,
        AttackPlan().rushing(Opening.UniformShares<P61>.self) { message, honest, at throws(ProtocolAbort) in
          if honest.keys.contains(PartyID(1)) && honest.count == 1 { pot { $0 += 1 } }
          message.values[0] += P61(UInt64(3))
        }
      )
    }
    let outcome = await run(3, Dictionary(uniqueKeysWithValues: plans))
    #expect(pot.current == 4)
    #expect(outcome.aborts == [.macCheckFailed(openings: 2)])
    #expect(outcome.honestAbortsAreClean)
  }

  @Test("Bytes below the codec: garbage, a foreign session, and a field element of p")
  func frames() async {
    let p = (0..<8).map { UInt8(truncatingIfNeeded: P61.modulus >> UInt128(8 * $0)) }
    let alterations: [(@Sendable ([UInt8]) -> [UInt8], ProtocolAbort)] = [
      (
        { frame in [0xFF] + frame.dropFirst() },
        .malformedMessage(step: MaskedInput<P61>.step, from: PartyID(0), reason: .notAFrame)
      ),
      (
        { frame in frame.prefix(10) + [frame[10] ^ 1] + frame.dropFirst(11) },
        .malformedMessage(step: MaskedInput<P61>.step, from: PartyID(0), reason: .wrongSession)
      ),
      (
        { frame in frame.count == 65 ? frame.prefix(57) + p : frame },
        .malformedMessage(step: MaskedInput<P61>.step, from: PartyID(0), reason: .nonCanonical)
      ),
    ]
    for (alter, expected) in alterations {
      let outcome = await run(2, [PartyID(0): AttackPlan()]) { frame, _, _ in [alter(frame)] }
      #expect(outcome.aborts == [expected])
      #expect(outcome.honestlySent(Opening.UniformShares<P61>.self) == 0)
    }
  }
}
