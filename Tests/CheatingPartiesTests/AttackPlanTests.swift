import CheatingParties
import FieldArithmetic
import MPCCore
import SecretSharing
import Testing
import Transport

@Suite("Attack plans")
struct AttackPlanTests {
  @Test("One altered share of one opening is detected by everybody, and nothing gets out")
  func tampering() async {
    let plan = AttackPlan().tampering(Opening.UniformShares<P61>.self) { message, at in
      if at.index == 0 { message.values[0] += .one }
    }
    let outcome = await runParties(3, AuthenticatedSharing<P61>.self, cheaters: [PartyID(0): plan]) {
      session throws(ProtocolAbort) in
      let x = try await session.input(session.me.index == 0 ? [P61(UInt64(6))] : nil, count: 1, from: PartyID(0))
      let y = try await session.input(session.me.index == 1 ? [P61(UInt64(7))] : nil, count: 1, from: PartyID(1))
      return try await session.reveal(session.multiply(x, y))
    }
    #expect(plan.fired == 2)
    #expect(outcome.aborts == [.macCheckFailed(openings: 2), .macCheckFailed(openings: 2)])
    #expect(outcome.revealed.isEmpty)
    #expect(outcome.honestAbortsAreClean)
    #expect(outcome.honestlySent(Opening.OutputShares<P61>.self) == 0)
  }

  @Test("A plan without levers changes nothing", arguments: [2, 3])
  func control(n: Int) async {
    let outcome = await runParties(n, AuthenticatedSharing<P61>.self, cheaters: [PartyID(1): AttackPlan()]) {
      session throws(ProtocolAbort) in
      let x = try await session.input(session.me.index == 0 ? [P61(UInt64(6))] : nil, count: 1, from: PartyID(0))
      return try await session.reveal(session.multiply(x, x))
    }
    #expect(outcome.revealed == Array(repeating: [P61(UInt64(36))], count: n - 1))
  }
}
