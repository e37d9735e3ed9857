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

/// A cheater that adds, to chosen replies, a plaintext to the multiplicand or another ciphertext to the sum.
private struct ShiftedMultiplicand: DishonestReplies {
  let scheme: BGV
  /// Whether the replies of this role are attacked.
  let attacksEpochKey: Bool
  /// Which jobs of a round.
  let isAttacked: @Sendable (_ job: Int, _ peer: PartyID) -> Bool
  /// What is added to the multiplicand.
  let shift: Poly<Evaluations>

  /// d in one slot, or in all.
  init(
    _ scheme: BGV, attacksEpochKey: Bool, slot: Int?, by d: UInt128,
    _ isAttacked: @escaping @Sendable (Int, PartyID) -> Bool
  ) {
    self.scheme = scheme
    self.attacksEpochKey = attacksEpochKey
    self.isAttacked = isAttacked
    if let slot {
      var slots = SecretBuffer<UInt128>(count: scheme.ringDegree, repeating: 0)
      slots.withMutableSpan { $0[slot] = d }
      shift = scheme.multiplicand(slots: slots)
    } else {
      shift = scheme.multiplicand(constant: d)
    }
  }

  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] {
    guard (Role.name == EpochKey.name) == attacksEpochKey, isAttacked(job, peer) else { return honest }
    return honest.map { product in
      var multiplicand = product.multiplicand
      scheme.ring.add(shift, to: &multiplicand)
      return (product.ciphertext, multiplicand)
    }
  }
}

/// A cheater that multiplies an earlier ciphertext of the same key into a reply (B25).
private final class StaleCiphertext: DishonestReplies {
  let scheme: BGV
  private let seen = Mutex<[[UInt8]: Int]>([:])
  private let kept = Mutex<(c0: Poly<Evaluations>, c1: Poly<Evaluations>)?>(nil)
  private let rounds = Mutex(0)

  init(_ scheme: BGV) { self.scheme = scheme }

  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] {
    guard Role.name == EpochKey.name, job == 0, let first = honest.first else { return honest }
    let round = rounds.withLock { count in
      count += 1
      return count
    }
    guard round > 1 else {
      kept.withLock { $0 = (first.ciphertext.c0, first.ciphertext.c1) }
      return honest
    }
    guard let old = kept.withLock({ $0 }) else { return honest }
    // One product per reply is what the set drowns: the old ciphertext joins the sum.
    let sum = scheme.add(first.ciphertext, Ciphertext<Role>(c0: old.c0, c1: old.c1))
    return [(sum, first.multiplicand)]
  }
}

/// A cheater that adds the other party's encrypted MAC key share, under key B, to replies under key A (B21, B24).
private final class MixedInKeyShare: DishonestReplies {
  let scheme: BGV
  let attackedJob: Int
  private let keyShare = Mutex<(c0: Poly<Evaluations>, c1: Poly<Evaluations>)?>(nil)

  init(_ scheme: BGV, attackedJob: Int) {
    self.scheme = scheme
    self.attackedJob = attackedJob
  }

  /// Whether the ciphertext was there to be mixed in.
  var hasKeyShare: Bool { keyShare.withLock { $0 != nil } }

  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] {
    guard let first = honest.first else { return honest }
    if Role.name == SessionKey.name {
      keyShare.withLock { $0 = (first.ciphertext.c0, first.ciphertext.c1) }
      return honest
    }
    guard job == attackedJob, let share = keyShare.withLock({ $0 }) else { return honest }
    // The types forbid the mixture; a cheater's bytes do not.
    let sum = scheme.add(first.ciphertext, Ciphertext<Role>(c0: share.c0, c1: share.c1))
    return [(sum, first.multiplicand)]
  }
}

@Suite("Attacks on tuples, caught by the batch check")
struct TupleAttackTests {
  typealias S61 = AuthenticatedSharing<P61>

  struct Outcome: Sendable {
    var abort: ProtocolAbort?
    var keyDestroyed = false
    var stockIsEmpty = false
    var repeatsAbort = false
  }

  /// Ends of all parties; the cheater's is among them.
  static func run<S: OfflineSharing>(
    _: S.Type, parties: Int, cheater: PartyID, suite: OfflineSuite, dishonesty: (any DishonestReplies)? = nil,
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

  /// Every honest party ended with the failed batch check or with the abort of another that saw it, and has nothing left.
  static func expectCaught(_ outcomes: [Outcome], cheater: PartyID, step: StepLabel, _ what: String) {
    for (index, outcome) in outcomes.enumerated() where index != cheater.index {
      #expect(outcome.abort == .sacrificeFailed(step: step), "\(what): party \(index)")
      #expect(outcome.keyDestroyed && outcome.stockIsEmpty && outcome.repeatsAbort, "\(what): party \(index)")
    }
  }

  static let batchCheck = MaskedSum<P61>.step
  static let settings = [(2, 0), (2, 1), (3, 0), (3, 2)]

  private func triples(
    _ setting: (Int, Int), dishonesty: @Sendable (BGV) -> any DishonestReplies,
    options: OfflineOptions = OfflineOptions()
  ) throws -> [Outcome] {
    let suite = try toySuite(S61.self)
    return Self.run(
      S61.self, parties: setting.0, cheater: PartyID(setting.1), suite: suite, dishonesty: dishonesty(suite.scheme),
      options: options
    ) { (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      switch party.options.triples {
      case .tagProduct: try await party.tagProductTriples(batches: 1, in: &epoch)
      case .classic: try await party.classicTriples(batches: 1, in: &epoch)
      }
      _ = try await party.retire(epoch)
    }
  }

  @Test(arguments: settings)
  func aWrongMultiplicandInTheProductIsCaught(_ parties: Int, _ cheater: Int) throws {  // B1
    let outcomes = try triples((parties, cheater)) { scheme in
      ShiftedMultiplicand(scheme, attacksEpochKey: true, slot: 3, by: 5) { job, _ in job == 1 }
    }
    Self.expectCaught(outcomes, cheater: PartyID(cheater), step: Self.batchCheck, "b + d in c")
  }

  @Test(arguments: settings)
  func aWrongKeyShareInAllSlotsIsCaught(_ parties: Int, _ cheater: Int) throws {  // B2
    let outcomes = try triples((parties, cheater)) { scheme in
      ShiftedMultiplicand(scheme, attacksEpochKey: true, slot: nil, by: 9) { job, _ in job == 0 }
    }
    Self.expectCaught(outcomes, cheater: PartyID(cheater), step: Self.batchCheck, "alpha + d")
  }

  @Test(arguments: settings)
  func aWrongTagFactorIsCaught(_ parties: Int, _ cheater: Int) throws {  // B3
    let outcomes = try triples((parties, cheater)) { scheme in
      ShiftedMultiplicand(scheme, attacksEpochKey: true, slot: 0, by: 1) { job, _ in job == 2 }
    }
    Self.expectCaught(outcomes, cheater: PartyID(cheater), step: Self.batchCheck, "tag of b + d in the tag of c")
  }

  @Test(arguments: settings)
  func anotherValueAuthenticatedThanMultipliedIsCaught(_ parties: Int, _ cheater: Int) throws {  // B3
    let outcomes = try triples((parties, cheater)) { scheme in
      ShiftedMultiplicand(scheme, attacksEpochKey: false, slot: 2, by: 1) { _, _ in true }
    }
    Self.expectCaught(outcomes, cheater: PartyID(cheater), step: Self.batchCheck, "b + d authenticated")
  }

  @Test func differentMultiplicandsForDifferentPartiesAreCaught() throws {  // B3
    let outcomes = try triples((3, 1)) { scheme in
      ShiftedMultiplicand(scheme, attacksEpochKey: true, slot: nil, by: 1) { job, peer in job == 1 && peer.index == 2 }
    }
    Self.expectCaught(outcomes, cheater: PartyID(1), step: Self.batchCheck, "other b for P_2")
  }

  @Test(arguments: settings)
  func classicTriplesCatchAWrongProduct(_ parties: Int, _ cheater: Int) throws {  // B5
    let options = OfflineOptions(triples: .classic)
    for job in [0, 1] {
      let outcomes = try triples(
        (parties, cheater),
        dishonesty: { scheme in
          ShiftedMultiplicand(scheme, attacksEpochKey: true, slot: 3, by: 5) { attacked, _ in attacked == job }
        }, options: options)
      Self.expectCaught(
        outcomes, cheater: PartyID(cheater), step: SacrificeOpening<P61>.step, "classic, product \(job)")
    }
  }

  @Test(arguments: settings)
  func wrongKeySharesInSquaresAreCaught(_ parties: Int, _ cheater: Int) throws {  // B22
    let suite = try toySuite(S61.self)
    // α + d as tag factor of the operands; the cheater does not correct its σ, which only a step-3 mask makes useless.
    let dishonesty = ShiftedMultiplicand(suite.scheme, attacksEpochKey: true, slot: nil, by: 4) { job, _ in job == 0 }
    let outcomes = Self.run(
      S61.self, parties: parties, cheater: PartyID(cheater), suite: suite, dishonesty: dishonesty
    ) { (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      try await party.squarePairs(batches: 1, in: &epoch)
      _ = try await party.retire(epoch)
    }
    Self.expectCaught(outcomes, cheater: PartyID(cheater), step: Self.batchCheck, "squares, alpha + d")
  }

  @Test func wrongTagsOfInputsAndRandomsAreCaught() throws {
    let suite = try toySuite(S61.self)
    let dishonesty = ShiftedMultiplicand(suite.scheme, attacksEpochKey: false, slot: 5, by: 1) { _, _ in true }
    for isInput in [true, false] {
      let outcomes = Self.run(
        S61.self, parties: 3, cheater: PartyID(1), suite: suite, dishonesty: dishonesty
      ) { (party) throws(ProtocolAbort) in
        if isInput {
          try await party.inputMasks(batches: 1, for: PartyID(1))
        } else {
          try await party.randoms(batches: 1)
        }
      }
      Self.expectCaught(outcomes, cheater: PartyID(1), step: Self.batchCheck, isInput ? "inputs" : "randoms")
    }
  }

  @Test func anEarlierCiphertextMixedIntoAReplyIsCaughtBeforeAnythingOfTheEpochIsUsable() throws {  // B25
    let suite = try toySuite(S61.self)
    let outcomes = Self.run(
      S61.self, parties: 2, cheater: PartyID(1), suite: suite, dishonesty: StaleCiphertext(suite.scheme)
    ) { (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      try await party.tagProductTriples(batches: 1, in: &epoch)
      // Nothing made under a live key can be taken or opened, whatever happens next.
      #expect(party.stock.contents.isEmpty)
      try await party.tagProductTriples(batches: 1, in: &epoch)
      _ = try await party.retire(epoch)
    }
    Self.expectCaught(outcomes, cheater: PartyID(1), step: Self.batchCheck, "old ciphertext in a reply")
  }

  @Test func anEncryptedKeyShareMixedIntoARepliedTagIsNoiseUnderTheOtherKey() throws {  // B21, B24
    let suite = try toySuite(S61.self)
    // The authentication of a first batch shows E_0; the second batch is attacked in c and in the tag of c.
    for (triples, job) in [(OfflineOptions.Triples.tagProduct, 2), (.tagProduct, 1), (.classic, 0)] {
      let attack = MixedInKeyShare(suite.scheme, attackedJob: job)
      let outcomes = Self.run(
        S61.self, parties: 2, cheater: PartyID(1), suite: suite, dishonesty: attack,
        options: OfflineOptions(triples: triples)
      ) { (party) throws(ProtocolAbort) in
        try await party.randoms(batches: 1)
        var epoch = try await party.beginEpoch()
        switch triples {
        case .tagProduct: try await party.tagProductTriples(batches: 1, in: &epoch)
        case .classic: try await party.classicTriples(batches: 1, in: &epoch)
        }
        _ = try await party.retire(epoch)
      }
      #expect(attack.hasKeyShare)
      let step = triples == .classic ? SacrificeOpening<P61>.step : Self.batchCheck
      Self.expectCaught(outcomes, cheater: PartyID(1), step: step, "E_0 in job \(job) of \(triples)")
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

  @Test func malformedRepliesEndInTheBatchCheckAndNothingEarlier() throws {  // B15
    let suite = try toySuite(S61.self)
    for what in ["random", "half"] {
      let plan = AttackPlan().tampering(ReplyMessage<EpochKey>.self) { message, _ in
        let basis = suite.scheme.parameters.basis
        var c0 = message.reply.c0
        for limb in 0..<c0.limbCount {
          let q = basis.moduli[limb].value
          c0.withMutableLimb(limb) { words in
            for i in 0..<words.count {
              words[i] = what == "random" ? (words[i] &* 0x9E37_79B9_7F4A_7C15) % q : (words[i] + q / 2) % q
            }
          }
        }
        message.reply = Reply(c0: c0, c1: message.reply.c1)
      }
      let outcomes = Self.run(
        S61.self, parties: 2, cheater: PartyID(1), suite: suite, plan: plan
      ) { (party) throws(ProtocolAbort) in
        var epoch = try await party.beginEpoch()
        try await party.tagProductTriples(batches: 1, in: &epoch)
        _ = try await party.retire(epoch)
      }
      #expect(plan.fired > 0)
      Self.expectCaught(outcomes, cheater: PartyID(1), step: Self.batchCheck, "\(what) replies")
    }
  }

  @Test func noReplyLeavesBeforeTheProofOfTheOperandsIsVerified() throws {  // B6, B27
    let suite = try toySuite(S61.self)
    let plan = AttackPlan().tampering(OperandProofMessage.self) { message, _ in message.bytes[40] ^= 1 }
    let sent = Mutex(0)
    let outcomes = Self.run(
      S61.self, parties: 2, cheater: PartyID(1), suite: suite, plan: plan
    ) { (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      do throws(ProtocolAbort) {
        try await party.tagProductTriples(batches: 1, in: &epoch)
      } catch {
        if party.session.me.index == 0 {
          let count = party.session.channel.log.count(ReplyMessage<EpochKey>.self)
          sent.withLock { $0 = count }
        }
        throw error
      }
    }
    #expect(outcomes[0].abort == .proofRejected(step: OperandProofMessage.step, from: PartyID(1)))
    #expect(outcomes[0].keyDestroyed && outcomes[0].repeatsAbort)
    #expect(sent.withLock { $0 } == 0)
  }

  @Test func anOperandReplayedFromAnEarlierBatchIsRefused() throws {  // B10, B18
    let suite = try toySuite(S61.self)
    let plan = AttackPlan().replaying(OperandMessage.self).replaying(OperandProofMessage.self)
    let outcomes = Self.run(
      S61.self, parties: 2, cheater: PartyID(1), suite: suite, plan: plan
    ) { (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      try await party.tagProductTriples(batches: 1, in: &epoch)
      try await party.tagProductTriples(batches: 1, in: &epoch)
      _ = try await party.retire(epoch)
    }
    #expect(outcomes[0].abort == .proofRejected(step: OperandProofMessage.step, from: PartyID(1)))
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

  // MARK: Measured miss rates

  /// Over p = 257 forgeries escape with probability at most 3/p; measured, and compared including errors that are 0.
  @Test func forgedTriplesOverASmallPrimeEscapeAsSeldomAsTheBoundSays() throws {
    typealias Toy = AuthenticatedSharing<InsecureP257>
    var literal = InsecureToy257.literal(ringDegree: 16)
    literal.keyProofRepetitions = 4  // the set-up is not what is attacked
    literal.proofSoundness = 16
    literal.ciphertextsPerProof = 1
    literal.replyLifetimeBits = 4
    let suite = OfflineSuite(try BGV(try Parameters(insecure: literal)))
    let isSlow = ProcessInfo.processInfo.environment["SPDZ_SLOW"] != nil
    let trials = isSlow ? 34_000 : 250
    let attacks: [(String, ShiftedMultiplicand)] = [
      ("b + d in c", ShiftedMultiplicand(suite.scheme, attacksEpochKey: true, slot: 3, by: 5) { job, _ in job == 1 }),
      (
        "alpha + d in one slot",
        ShiftedMultiplicand(suite.scheme, attacksEpochKey: true, slot: 3, by: 5) { job, _ in job == 0 }
      ),
      (
        "b + d authenticated",
        ShiftedMultiplicand(suite.scheme, attacksEpochKey: false, slot: 3, by: 5) { _, _ in true }
      ),
    ]
    for (name, dishonesty) in attacks {
      var escapes = 0
      for trial in 0..<trials {
        let outcomes = Self.run(
          Toy.self, parties: 2, cheater: PartyID(1), suite: suite, dishonesty: dishonesty, seed: UInt64(trial)
        ) { (party) throws(ProtocolAbort) in
          var epoch = try await party.beginEpoch()
          try await party.tagProductTriples(batches: 1, in: &epoch)
          _ = try await party.retire(epoch)
        }
        if outcomes[0].abort == nil { escapes += 1 }
        if let abort = outcomes[0].abort, case .sacrificeFailed = abort { continue }
        #expect(outcomes[0].abort == nil, "\(name), trial \(trial)")
      }
      // 3/p for a forgery; and with probability 1/p the factor of the error is 0 (a slot of a, or α_0): then the batch is
      // right, and there is nothing to notice.
      let bound = 3.0 / 257 + 1.0 / 257
      let deviation = (bound * (1 - bound) * Double(trials)).squareRoot()
      #expect(Double(escapes) <= bound * Double(trials) + 4 * deviation, "\(name): \(escapes) of \(trials)")
      if isSlow {
        print("\(name): \(escapes) of \(trials) escaped, \(Double(escapes) / Double(trials)), bound \(bound)")
      }
    }
  }
}
