import CheatingParties
import FieldArithmetic
import InsecureDealer
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing
import Transport

@Suite("Lifetimes of keys and epochs")
struct LifetimeTests {
  private typealias S = AuthenticatedSharing<P61>

  /// A suite whose keys live for 2^`bits` replies.
  private func suite(lifetimeBits bits: Int) throws -> OfflineSuite {
    var literal = try InsecureToy64.shrinking(.b, toRingDegree: 64).literal
    literal.ciphertextsPerProof = 2
    literal.replyLifetimeBits = bits
    return OfflineSuite(try BGV(try InsecureToy64.shrinking(literal, toRingDegree: 64)))
  }

  @Test func noMoreRepliesAreMadeUnderAKeyThanItsNoiseAllows() throws {
    let outcomes = OfflineLivenessTests.run(
      S.self, parties: 2, cheater: PartyID(1), suite: try suite(lifetimeBits: 2)
    ) { (party) throws(ProtocolAbort) in
      // A batch takes one authenticated vector, that is one reply under the session key, and three under the epoch key.
      for _ in 0..<8 {
        var epoch = try await party.beginEpoch()
        try await party.tagProductTriples(batches: 1, in: &epoch)
        _ = try await party.retire(epoch)
      }
    }
    for outcome in outcomes {
      guard case .localFailure(let step, _)? = outcome.abort else {
        Issue.record("ended with \(String(describing: outcome.abort))")
        continue
      }
      #expect(step == StepLabel("LowGear", 2))
    }
  }

  @Test func aPartyThatRetiresAnotherEpochIsRefused() throws {
    let plan = AttackPlan().tampering(EpochRetiredMessage.self) { message, _ in message.epoch += 1 }
    let outcomes = OfflineLivenessTests.run(
      S.self, parties: 2, cheater: PartyID(1), suite: try toySuite(S.self), plan: plan
    ) { (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      try await party.tagProductTriples(batches: 1, in: &epoch)
      _ = try await party.retire(epoch)
    }
    #expect(
      outcomes[0].abort
        == .malformedMessage(step: EpochRetiredMessage.step, from: PartyID(1), reason: .nonCanonical))
    #expect(outcomes[0].stockIsEmpty)
  }
}
