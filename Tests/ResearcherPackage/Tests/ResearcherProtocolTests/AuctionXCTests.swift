import CheatingParties
import FieldArithmetic
import MPCCore
import ResearcherProtocol
import SecretSharing
import XCTest

/// The same attacks from XCTest: `CheatingParties` imports no test framework, so any will do.
final class AuctionXCTests: XCTestCase {
  private func auction(cheaters: [PartyID: AttackPlan]) async -> AttackOutcome<PartyID> {
    await runParties(3, Active.self, cheaters: cheaters) { session throws(ProtocolAbort) in
      try await session.auction(bid: [10, 30, 20][session.me.index])
    }
  }

  /// The control: a cheater that does nothing changes nothing.
  func testAnIdleCheaterChangesNothing() async {
    let outcome = await auction(cheaters: [PartyID(2): AttackPlan()])
    XCTAssertEqual(outcome.revealed, [PartyID(1), PartyID(1)])
  }

  /// A bidder copies the commitment of another and, once it is open, its opening.
  func testACopiedBidIsRefused() async {
    let plan = AttackPlan().rushing(BidCommitment.self) { message, honest, _ throws(ProtocolAbort) in
      if let best = honest[PartyID(1)] { message.digest = best.digest }
    }.rushing(BidOpening.self) { message, honest, _ throws(ProtocolAbort) in
      if let best = honest[PartyID(1)] { (message.value, message.randomness) = (best.value, best.randomness) }
    }
    let outcome = await auction(cheaters: [PartyID(2): plan])
    let refusal = ProtocolAbort.commitmentMismatch(step: BidOpening.step, from: PartyID(2))
    XCTAssertGreaterThan(plan.fired, 0)
    XCTAssertEqual(outcome.aborts, [refusal, refusal])
    XCTAssertTrue(outcome.revealed.isEmpty)
    XCTAssertTrue(outcome.honestAbortsAreClean)
  }

  /// Two bidders cheat together: one opens what the other saw. The third party stops, and nobody learns a winner.
  func testACoalitionOfTwoGainsNothing() async {
    let seen = AttackMemory<UInt8>(0)
    let spy = AttackPlan().observing(BidOpening.self) { message, from, _ in
      if from == PartyID(1) { seen { $0 = message.value[0] } }
    }
    let bidder = AttackPlan().rushing(BidOpening.self) { message, honest, _ throws(ProtocolAbort) in
      let known = max(seen.current, honest[PartyID(1)]?.value[0] ?? 0)
      message.value = [known + 1]
    }
    let outcome = await auction(cheaters: [PartyID(0): spy, PartyID(2): bidder])
    XCTAssertEqual(outcome.aborts, [.commitmentMismatch(step: BidOpening.step, from: PartyID(2))])
    XCTAssertEqual(outcome.honestlySent(Verdict.self), 0)
  }

  /// Below the codec: half a frame, then nothing. Deadlines are in virtual time and cost none.
  func testHalfAFrameRunsIntoTheDeadline() async {
    let isSilent = AttackMemory(false)
    let outcome = await runParties(
      2, Active.self, cheaters: [PartyID(1): AttackPlan()],
      frames: { bytes, _, _ in
        if isSilent.current { return [] }
        guard let frame = RawFrame(bytes), frame.kind == BidCommitment.kind.code else { return [bytes] }
        isSilent { $0 = true }
        return [Array(bytes.prefix(RawFrame.headerByteCount + 3))]
      }
    ) { session throws(ProtocolAbort) in
      try await session.auction(bid: 1)
    }
    XCTAssertEqual(outcome.aborts, [.timedOut(waitingFor: PartyID(1), during: BidCommitment.step)])
  }
}
