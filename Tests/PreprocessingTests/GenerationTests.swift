import FieldArithmetic
import InsecureDealer
import MPCCore
import Preprocessing
import SecretSharing
import Testing
import Transport

@Suite("Generation of material by demand")
struct GenerationTests {
  private static let form = ComparisonMaskForm(lowBits: 5, highBits: 12, digitWidth: 3)
  private static let truncation = MaterialKind.truncationMasks(droppedBits: 4, highBits: 20)

  /// Bounds of the parts of masks, and the products of the bits.
  private func checkMasks<F: PrimeField>(
    _ made: [MaterialKind: ClearMaterial<F>], highBits: Int, comparisonHighBits: Int
  ) throws {
    let truncation = try #require(made[Self.truncation])
    #expect(truncation.count == 10 && truncation.tagsAreRight)
    #expect(truncation.values[0].allSatisfy { $0.canonical < 16 })
    #expect(truncation.values[1].allSatisfy { $0.canonical < 1 << UInt128(highBits) })
    #expect(Set(truncation.values[1]).count == 10)
    let comparison = try #require(made[.comparisonMasks(Self.form)])
    #expect(comparison.count == 6 && comparison.tagsAreRight)
    #expect(comparison.values[1].allSatisfy { $0.canonical < 1 << UInt128(comparisonHighBits) })
    let width = Self.form.monomialCount
    #expect(width == 7 + 3)
    for item in 0..<6 {
      let monomials = Array(comparison.values[0][(item * width)..<((item + 1) * width)]).map(\.canonical)
      #expect(monomials.allSatisfy { $0 <= 1 })
      #expect(monomials[2] == monomials[0] * monomials[1])
      #expect(monomials[4] == monomials[0] * monomials[3])
      #expect(monomials[5] == monomials[1] * monomials[3])
      #expect(monomials[6] == monomials[0] * monomials[1] * monomials[3])
      #expect(monomials[9] == monomials[7] * monomials[8])
    }
  }

  private static let demand: [MaterialKind: Int] = [
    truncation: 10, .comparisonMasks(form): 6, .triples: 5, .squares: 3, .bits: 100,
  ]

  @Test func activeMasksAreBoundedAndTheirBitsMultiplied() throws {
    let made = try generate(
      AuthenticatedSharing<P127>.self, parties: 3,
      kinds: [Self.truncation, .comparisonMasks(Self.form), .bits, .triples]
    ) { (party) throws(ProtocolAbort) in try await party.generate(Self.demand) }
    // T rounded up, l, z = 9, sign, 3 parties.
    try checkMasks(made, highBits: 4 + 20 + 9 + 1 + 2, comparisonHighBits: 3 + 12 + 9 + 1 + 2)
    #expect(try #require(made[.bits]).count >= 100)
    #expect(try #require(made[.triples]).count >= 5)
  }

  @Test func masksFromBitsHaveExactlyTheirBits() throws {
    let made = try generate(
      AuthenticatedSharing<P61>.self, kinds: [Self.truncation, .comparisonMasks(Self.form)], options: .conservative
    ) { (party) throws(ProtocolAbort) in try await party.generate(Self.demand) }
    try checkMasks(made, highBits: 20, comparisonHighBits: 12)
  }

  @Test func passiveMasksNeedNoProofs() throws {
    let made = try generate(
      AdditiveSharing<P127>.self, kinds: [Self.truncation, .comparisonMasks(Self.form)]
    ) { (party) throws(ProtocolAbort) in try await party.generate(Self.demand) }
    try checkMasks(made, highBits: 4 + 20 + 9 + 1 + 1, comparisonHighBits: 3 + 12 + 9 + 1 + 1)
  }

  @Test func aSecondDemandIsServedFromTheStockFirst() throws {
    let made = try generate(AuthenticatedSharing<P127>.self, kinds: [.triples]) { (party) throws(ProtocolAbort) in
      try await party.generate([.triples: 30])
      let rest = party.stock.count(of: .triples)
      _ = try party.stock.withdraw(.triples, count: 30)
      try await party.generate([.triples: rest - 30])
      #expect(party.stock.count(of: .triples) == rest - 30)
    }
    #expect(try #require(made[.triples]).tagsAreRight)
  }

  @Test func aLaterSetUpUnderTheSameKeyAddsToTheMaterial() throws {
    let suite = try toySuite(AuthenticatedSharing<P127>.self)
    let made = try generate(AuthenticatedSharing<P127>.self, kinds: [.triples, .squares], suite: suite) {
      (party) throws(ProtocolAbort) in
      try await party.generate([.squares: 5])
      let key = try await party.makeContinuedKey()
      // One witness serves all later sessions.
      for number in 0..<2 {
        var later = try await LowGear<AuthenticatedSharing<P127>, WireChannel>.setUp(
          over: try party.session.channel.fork(), suite: suite,
          random: InsecureSeededRandom(seed: 99 + UInt64(number), party: party.session.me), continuing: key
        ) {}
        try await later.generate([.triples: 5])
        party.stock.deposit(try later.stock.withdraw(.triples, count: 5))
      }
    }
    let triples = try #require(made[.triples])
    #expect(triples.tagsAreRight && triples.count == 10, "tags under the key of the first set-up")
    #expect(P127.multiply(triples.values[0], triples.values[1]) == triples.values[2])
    #expect(try #require(made[.squares]).tagsAreRight)
  }
}
