import FieldArithmetic
import MPCCore
import Preprocessing
import SecretSharing
import Testing

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
}
