import FieldArithmetic
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing

@testable import CheatingParties

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
    // A batch takes one authenticated vector, that is one reply under the session key, and three under the epoch key.
    let (outcome, _) = OfflineRun<S>(
      setting: AttackSetting(partyCount: 2, cheater: PartyID(1)), suite: try suite(lifetimeBits: 2),
      program: MadeTriples(epochs: 8), armament: OfflineArmament()
    ).simulated()
    for party in outcome.parties {
      guard case .failure(.localFailure(let step, _)) = party.result else {
        Issue.record("ended with \(party.result)")
        continue
      }
      #expect(step == StepLabel("LowGear", 2))
    }
  }

  @Test func aPartyThatRetiresAnotherEpochIsRefused() async throws {
    let attack = try #require(AttackCatalogue.attack("B26-retire"))
    #expect(await attack.run(AttackSetting(partyCount: 2, cheater: PartyID(1))).isAsExpected)
  }
}
