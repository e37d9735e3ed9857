import CheatingParties
import FieldArithmetic
import InsecureDealer
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing
import Transport

@Suite("Set-up of LowGear under attack")
struct SetUpAttackTests {
  private typealias Scheme = AuthenticatedSharing<P61>

  /// How the honest parties of a set-up end in which party 1 follows `plan`.
  private func aborts(
    _ suite: OfflineSuite, parties: Int, plan: AttackPlan
  ) -> [ProtocolAbort?] {
    let report = runSimulated(partyCount: parties, seed: 1) { (channel) throws(ProtocolAbort) -> ProtocolAbort? in
      let cheats = channel.me == PartyID(1)
      let tampering = TamperingChannel(channel, plan: cheats ? plan : nil, coalition: cheats ? [PartyID(1)] : [])
      do throws(ProtocolAbort) {
        _ = try await LowGear<Scheme, TamperingChannel<WireChannel>>.setUp(
          over: tampering, suite: suite, random: InsecureSeededRandom(seed: 7, party: channel.me))
        return nil
      } catch { return error }
    }
    return report.run.results.enumerated().filter { $0.offset != 1 }.map { party in
      switch party.element {
      case .success(let abort): abort
      case .failure(let abort): abort
      }
    }
  }

  @Test func anIdleCheaterIsAccepted() throws {
    #expect(aborts(try toySuite(Scheme.self), parties: 3, plan: AttackPlan()) == [nil, nil])
  }

  @Test(arguments: [1, 63])
  func aMACKeyShareThatIsNotTheSameInAllSlotsIsRefusedAndItsOwnerNamed(_ index: Int) throws {
    // B14: E_1 encrypts α + X^k, everything else is honest.
    let suite = try toySuite(Scheme.self)
    let scheme = suite.scheme
    let plan = AttackPlan().tampering(MACKeyMessage.self) { message, _ in
      let stray = scheme.ring.monomial(index, limbCount: scheme.parameters.primeCount)
      message.ciphertext = scheme.add(message.ciphertext, plaintext: stray)
    }
    let expected = ProtocolAbort.proofRejected(step: MACKeyProofMessage.step, from: PartyID(1))
    #expect(aborts(suite, parties: 3, plan: plan) == [expected, expected])
    #expect(plan.fired == 2)
  }

  @Test func changedProofsAreRefusedAndTheirOwnerNamed() throws {
    let suite = try toySuite(Scheme.self)
    let constant = AttackPlan().tampering(MACKeyProofMessage.self) { message, _ in message.bytes[100] ^= 1 }
    let key = AttackPlan().tampering(KeyProofMessage<SessionKey>.self) { message, _ in message.bytes[100] ^= 1 }
    for (plan, step) in [(constant, MACKeyProofMessage.step), (key, KeyProofMessage<SessionKey>.step)] {
      let expected = ProtocolAbort.proofRejected(step: step, from: PartyID(1))
      #expect(aborts(suite, parties: 2, plan: plan) == [expected])
      #expect(plan.fired == 1)
    }
  }
}
