import FieldArithmetic
import InsecureDealer
import MPCCore
import Preprocessing
import SecretSharing
import Testing
import Transport

@Suite("Tuples of the offline phase")
struct TupleTests {
  @Test(arguments: [2, 3])
  func tagProductTriplesAreProductsWithTags(parties: Int) throws {
    let made = try generate(AuthenticatedSharing<P61>.self, parties: parties, kinds: [.triples]) {
      (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      try await party.tagProductTriples(batches: 2, in: &epoch)
      _ = try await party.retire(epoch)
    }
    let triples = try #require(made[.triples])
    #expect(triples.count == 2 * 64 - 1)
    #expect(P61.multiply(triples.values[0], triples.values[1]) == triples.values[2])
    #expect(triples.tagsAreRight)
    #expect(Set(triples.values[0]).count > 120)
  }

  @Test func passiveTriplesAreProducts() throws {
    let made = try generate(AdditiveSharing<P127>.self, kinds: [.triples]) { (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      try await party.tagProductTriples(batches: 1, in: &epoch)
      _ = try await party.retire(epoch)
    }
    let triples = try #require(made[.triples])
    #expect(triples.count == 64)
    #expect(P127.multiply(triples.values[0], triples.values[1]) == triples.values[2])
  }

  @Test func classicTriplesAreProductsWithTags() throws {
    let made = try generate(AuthenticatedSharing<P127>.self, kinds: [.triples]) { (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      try await party.classicTriples(batches: 2, in: &epoch)
      _ = try await party.retire(epoch)
    }
    let triples = try #require(made[.triples])
    #expect(triples.count == 128)
    #expect(P127.multiply(triples.values[0], triples.values[1]) == triples.values[2])
    #expect(triples.tagsAreRight)
  }

  @Test func squaresRandomsInputsAndBitsAreRight() throws {
    let kinds: [MaterialKind] = [.bits, .randoms, .inputMasks(PartyID(1))]
    let made = try generate(AuthenticatedSharing<P127>.self, parties: 3, kinds: kinds) {
      (party) throws(ProtocolAbort) in
      try await party.randoms(batches: 1)
      try await party.inputMasks(batches: 2, for: PartyID(1))
      var epoch = try await party.beginEpoch()
      try await party.squarePairs(batches: 2, in: &epoch)
      _ = try await party.retire(epoch)
      try await party.bits(fromSquares: 128)
    }
    let bits = try #require(made[.bits])
    #expect(bits.count == 128 && bits.tagsAreRight)
    #expect(bits.values[0].allSatisfy { $0 == .zero || $0 == .one })
    #expect((30...98).contains(bits.values[0].filter { $0 == .one }.count))
    let randoms = try #require(made[.randoms])
    #expect(randoms.count == 2 * 63 && randoms.tagsAreRight)
    let inputs = try #require(made[.inputMasks(PartyID(1))])
    #expect(inputs.count == 127 && inputs.tagsAreRight)
  }

  @Test func pairwiseSharesOfInputTagsAreThoseOfEachReceiversKey() throws {
    typealias S = AuthenticatedSharing<P127>
    let owner = PartyID(1)
    struct View: Sendable {
      var alpha: P127
      var clear: [P127]
      var pairs: [PartyID: [P127]]
    }
    let suite = try toySuite(S.self)
    let report = runSimulated(partyCount: 3, seed: 1) { (channel) throws(ProtocolAbort) -> View in
      var party = try await LowGear<S, WireChannel>.setUp(
        over: channel, suite: suite, random: InsecureSeededRandom(seed: 3, party: channel.me))
      let tags = PairwiseTags<P127>()
      try await party.inputMasks(batches: 1, for: owner, keeping: tags)
      let count = party.stock.count(of: .inputMasks(owner))
      let (_, clear) = try party.stock.withdraw(.inputMasks(owner), count: count).inputMasks().spend()
      return View(
        alpha: S.tagConstants(party.session.key)[0], clear: clear ?? [],
        pairs: [0, 1, 2].map(PartyID.init).reduce(into: [:]) { $0[$1] = tags.shares(with: $1)?[0] })
    }
    let views = try report.run.values()
    let r = views[1].clear
    #expect(r.count == 63)
    for receiver in [PartyID(0), PartyID(2)] {
      let mine = try #require(views[1].pairs[receiver])
      let theirs = try #require(views[receiver.index].pairs[owner])
      let sum = P127.add(mine, theirs)
      #expect(Array(sum.prefix(63)) == P127.scale(r, by: views[receiver.index].alpha))
    }
    #expect(views[0].pairs[PartyID(2)] == nil)
  }
}
