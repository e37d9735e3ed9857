import CheatingParties
import FieldArithmetic
import MPCCore
import ResearcherProtocol
import SecretSharing
import Testing
import Transport

typealias Active = AuthenticatedSharing<P127>

@Suite("A protocol written outside the library")
struct ResearcherProtocolTests {
  @Test("Inverses of shared values", arguments: [2, 3])
  func inverse(n: Int) async {
    let outcome = await runParties(n, Active.self) { session throws(ProtocolAbort) in
      let values = [P127(UInt64(4)), -P127.one]
      let x = try await session.input(session.me.index == 0 ? values : nil, count: 2, from: PartyID(0))
      do {
        return try await session.reveal(session.multiply(session.inverse(of: x), x))
      } catch let abort as ProtocolAbort {
        throw abort
      } catch {
        throw .localFailure(step: StepLabel("Inverse", 2), detail: "\(error)")
      }
    }
    #expect(outcome.revealed == Array(repeating: [.one, .one], count: n))
  }

  @Test("An opening that is used unread, and checked before the output")
  func doubled() async {
    let outcome = await runParties(3, Active.self) { session throws(ProtocolAbort) in
      let x = try await session.input(session.me.index == 1 ? [P127(UInt64(21))] : nil, count: 1, from: PartyID(1))
      return try await session.reveal(session.doubled(x))
    }
    #expect(outcome.revealed == Array(repeating: [P127(UInt64(42))], count: 3))
  }

  @Test("An auction with commitments, a coin and messages of its own")
  func auction() async {
    let outcome = await runParties(3, Active.self) { session throws(ProtocolAbort) in
      try await session.auction(bid: [10, 30, 20][session.me.index])
    }
    #expect(outcome.revealed == [PartyID(1), PartyID(1), PartyID(1)])
  }

  @Test("A bid changed after the others were seen is refused")
  func rushingBidder() async {
    let plan = AttackPlan().rushing(BidOpening.self) { message, honest, _ throws(ProtocolAbort) in
      message.value = [(honest.values.map { $0.value[0] }.max() ?? 0) + 1]
    }
    let outcome = await runParties(3, Active.self, cheaters: [PartyID(2): plan]) { session throws(ProtocolAbort) in
      try await session.auction(bid: [10, 30, 20][session.me.index])
    }
    let refusal = ProtocolAbort.commitmentMismatch(step: BidOpening.step, from: PartyID(2))
    #expect(plan.fired == 2)
    #expect(outcome.aborts == [refusal, refusal])
    #expect(outcome.honestlySent(Verdict.self) == 0)
    #expect(outcome.honestAbortsAreClean)
  }

  @Test("A verdict told differently to two parties is refused, over TLS too", arguments: [false, true])
  func equivocatingVerdict(overTLS: Bool) async {
    let plan = AttackPlan().tampering(Verdict.self) { message, at in
      if at.recipient == PartyID(1) { message.winner = 2 }
    }
    let outcome = await runParties(
      3, Active.self, cheaters: [PartyID(2): plan], over: overTLS ? .tcp(.mutualTLS) : .simulated(seed: 4)
    ) { session throws(ProtocolAbort) in
      try await session.auction(bid: [10, 30, 20][session.me.index])
    }
    #expect(plan.fired == 1)
    #expect(outcome.revealed.isEmpty)
    #expect(outcome.aborts.last == .proofRejected(step: Verdict.step, from: PartyID(2)))
    #expect(outcome.honestAbortsAreClean)
  }

  @Test("A wrong share in an unread opening is caught before the output")
  func wrongShare() async {
    let plan = AttackPlan().tampering(Opening.UniformShares<P127>.self) { message, _ in message.values[0] += .one }
    let outcome = await runParties(2, Active.self, cheaters: [PartyID(0): plan]) { session throws(ProtocolAbort) in
      let x = try await session.input(session.me.index == 1 ? [P127(UInt64(4))] : nil, count: 1, from: PartyID(1))
      return try await session.reveal(session.doubled(x))
    }
    #expect(outcome.aborts == [.macCheckFailed(openings: 1)])
    #expect(outcome.honestlySent(Opening.OutputShares<P127>.self) == 0)
  }
}
