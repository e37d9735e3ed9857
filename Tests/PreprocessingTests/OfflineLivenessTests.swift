import CheatingParties
import Cryptography
import FieldArithmetic
import Foundation
import InsecureDealer
import InsecureToyField
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Synchronization
import Testing
import Transport

@Suite("Silence and disagreement while tuples are made")
struct OfflineLivenessTests {
  typealias S61 = AuthenticatedSharing<P61>

  struct Outcome: Sendable {
    var abort: ProtocolAbort?
    var keyDestroyed = false
    var stockIsEmpty = false
    var repeatsAbort = false
  }

  /// Ends of all parties; the cheater's is among them.
  static func run<S: OfflineSharing>(
    _: S.Type, parties: Int, cheater: PartyID, suite: OfflineSuite, dishonesty: (any OfflineDishonesty)? = nil,
    plan: AttackPlan? = nil, options: OfflineOptions = OfflineOptions(), seed: UInt64 = 7,
    _ program: @escaping @Sendable (inout LowGear<S, TamperingChannel<WireChannel>>) async throws(ProtocolAbort) -> Void
  ) -> [Outcome] {
    // The runner reports a dead channel whatever its party returned; so the parties leave their outcomes here.
    let outcomes = Mutex<[Int: Outcome]>([:])
    let report = runSimulated(partyCount: parties, seed: seed) { (channel) throws(ProtocolAbort) -> Outcome in
      let cheats = channel.me == cheater
      let wrapped = TamperingChannel(channel, plan: cheats ? plan : nil, coalition: cheats ? [cheater] : [])
      var party = try await LowGear<S, TamperingChannel<WireChannel>>.setUp(
        over: wrapped, suite: cheats ? dishonesty.map { suite.cheating($0) } ?? suite : suite,
        random: InsecureSeededRandom(seed: seed, party: channel.me), options: options)
      do throws(ProtocolAbort) {
        try await program(&party)
        return Outcome()
      } catch {
        var repeats = false
        do throws(ProtocolAbort) { _ = try await party.beginEpoch() } catch let again { repeats = again == error }
        let outcome = Outcome(
          abort: error, keyDestroyed: party.stock.key.isDestroyed, stockIsEmpty: party.stock.contents.isEmpty,
          repeatsAbort: repeats)
        outcomes.withLock { $0[channel.me.index] = outcome }
        return outcome
      }
    }
    return report.run.results.enumerated().map { index, result in
      if let outcome = outcomes.withLock({ $0[index] }) { return outcome }
      switch result {
      case .success(let outcome): return outcome
      case .failure(let abort): return Outcome(abort: abort)
      }
    }
  }

  /// A cheater that falls silent at a kind of message: everybody ends by the deadline and nothing is left.
  @Test func silenceAtAnyStepEndsByTheDeadline() throws {
    let suite = try toySuite(S61.self)
    let plans: [(String, AttackPlan)] = [
      ("epoch key", AttackPlan().withholding(PublicKeyMessage<EpochKey>.self)),
      ("key proof", AttackPlan().withholding(KeyProofMessage<EpochKey>.self)),
      ("operand", AttackPlan().withholding(OperandMessage.self)),
      ("operand proof", AttackPlan().withholding(OperandProofMessage.self)),
      ("authentication", AttackPlan().withholding(ReplyMessage<SessionKey>.self)),
      ("product", AttackPlan().withholding(ReplyMessage<EpochKey>.self)),
      ("batch check", AttackPlan().withholding(MaskedSum<P61>.self)),
      ("MAC check", AttackPlan().withholding(MACCheck.Commitment.self)),
      ("retirement", AttackPlan().withholding(EpochRetiredMessage.self)),
    ]
    for (what, plan) in plans {
      let outcomes = Self.run(
        S61.self, parties: 2, cheater: PartyID(1), suite: suite, plan: plan
      ) { (party) throws(ProtocolAbort) in
        var epoch = try await party.beginEpoch()
        try await party.tagProductTriples(batches: 1, in: &epoch)
        _ = try await party.retire(epoch)
      }
      #expect(plan.fired > 0, "\(what)")
      guard let abort = outcomes[0].abort else {
        Issue.record("\(what): the honest party finished")
        continue
      }
      switch abort {
      case .timedOut(PartyID(1), _), .malformedMessage(_, PartyID(1), _), .abortedByPeer(PartyID(1), _),
        .peerLost(PartyID(1), _):
        break
      default: Issue.record("\(what): \(abort)")
      }
      #expect(outcomes[0].keyDestroyed && outcomes[0].stockIsEmpty && outcomes[0].repeatsAbort, "\(what)")
    }
  }

  @Test func partiesWithOtherParametersNameTheField() throws {
    let suite = try toySuite(S61.self)
    let report = runSimulated(partyCount: 2, seed: 1) { (channel) throws(ProtocolAbort) -> Bool in
      _ = try await LowGear<S61, WireChannel>.setUp(
        over: channel, suite: suite, random: InsecureSeededRandom(seed: 1, party: channel.me),
        options: OfflineOptions(triples: channel.me.index == 0 ? .tagProduct : .classic))
      return true
    }
    #expect(
      throws: ProtocolAbort.configurationMismatch(
        field: "triple protocol (1 = classic)", mine: "0", theirs: "1", with: PartyID(1))
    ) { _ = try report.run.results[0].get() }
  }
}
