import FieldArithmetic
import MPCCore
import Online
import SecretSharing
import Testing
import Transport

@Suite("Rounds and material are what the doc comments say")
struct CostTests {
  /// Rounds and material of one operation on ten values; passive, so that no round is a check.
  func cost(
    _ body:
      @escaping @Sendable (inout Session<Passive127, WireChannel>, SharedVector<Passive127>)
      async throws(ProtocolAbort) -> SharedVector<Passive127>
  ) async throws -> Cost {
    try await run(Passive127.self) { (session) throws(ProtocolAbort) -> Cost in
      let x = try await session.share([Int64](repeating: 70000, count: 10))
      return try await session.cost { (session) throws(ProtocolAbort) in try await body(&session, x) }.1
    }.value
  }

  @Test(
    "A comparison of 48 bits takes 1 + ⌈log2 ⌈47/w⌉⌉ rounds",
    arguments: [(1, 7, 86, 47), (2, 6, 41, 70), (3, 5, 26, 108), (4, 5, 18, 172)])
  func comparison(digitWidth: Int, rounds: Int, triples: Int, monomials: Int) async throws {
    let measured = try await cost { session, x throws(ProtocolAbort) in
      try await session.isNegative(x, valueBits: 48, digitWidth: digitWidth)
    }
    #expect(
      measured == Cost(rounds: rounds, material: ["triples": 10 * triples, "comparison 47+41 w\(digitWidth)": 10]))
    let form = ComparisonMasks<Passive127>.Form(lowBits: 47, highBits: 41, digitWidth: digitWidth)
    #expect(form.monomialCount == monomials)
  }

  @Test("Zero test, ReLU, products, exact truncation")
  func building() async throws {
    let format = FixedPointFormat()
    #expect(
      try await cost { session, x throws(ProtocolAbort) in try await session.isZero(x, valueBits: 48) }
        == Cost(rounds: 6, material: ["triples": 230, "comparison 48+40 w2": 10]))
    #expect(
      try await cost { session, x throws(ProtocolAbort) in try await session.relu(x, valueBits: 48).result }
        == Cost(rounds: 7, material: ["triples": 420, "comparison 47+41 w2": 10]))
    #expect(
      try await cost { session, x throws(ProtocolAbort) in try await session.multiply(x, x, as: format) }
        == Cost(rounds: 2, material: ["triples": 10, "truncation 16+72": 10]))
    #expect(
      try await cost { session, x throws(ProtocolAbort) in try await session.square(x, as: format) }
        == Cost(rounds: 2, material: ["squares": 10, "truncation 16+72": 10]))
    #expect(
      try await cost { session, x throws(ProtocolAbort) in
        try await session.truncate(x, valueBits: 48, droppedBits: 16, digitWidth: 1)
      } == Cost(rounds: 5, material: ["triples": 260, "comparison 16+72 w1": 10]))
    #expect(
      try await cost { session, x throws(ProtocolAbort) in
        let matrix = SharedMatrix(rows: 2, columns: 5, elements: x)
        return try await session.multiply(matrix, matrix.transposed(), as: format).elements
      } == Cost(rounds: 2, material: ["matrix 2x5x2": 1, "truncation 16+72": 4]))
  }

  @Test("Argmax of ten columns: nine comparisons of 49 bits in four levels of seven rounds")
  func argmax() async throws {
    let measured = try await cost { session, x throws(ProtocolAbort) in
      try await session.argmax(ofRows: SharedMatrix(rows: 1, columns: 10, elements: x), valueBits: 48).indices
    }
    #expect(measured == Cost(rounds: 28, material: ["triples": 9 * 41 + 9 * 2, "comparison 48+41 w2": 9]))
  }

  @Test("Functions: rounds besides checks")
  func functions() async throws {
    let format = FixedPointFormat()
    let exponential = try await cost { session, x throws(ProtocolAbort) in
      try await session.exponential(of: x, as: format, .limit(steps: 8))
    }
    #expect(exponential.rounds == 7 + 8 * 2)
    #expect(exponential.material["squares"] == 80)
    let reciprocal = try await cost { session, x throws(ProtocolAbort) in
      try await session.reciprocal(of: x, as: format, Reciprocal(format))
    }
    // Bits 1 + 5 + 1, top bit 6, normalise 2, Newton 3·3, result 2.
    #expect(reciprocal.rounds == 7 + 6 + 2 + 9 + 2)
    let polynomial = try await cost { session, x throws(ProtocolAbort) in
      try await session.sigmoid(
        of: x, as: format, .polynomial(degree: 7, radius: 5, outside: .excludedByCaller))
    }
    #expect(polynomial.rounds == 1 + 2 * 3 + 1)
    #expect(polynomial.material["triples"] == 50, "u², u³, u⁴, u⁵, u⁷")
    let fivePieces = try await cost { session, x throws(ProtocolAbort) in
      try await session.sigmoid(of: x, as: format, .fivePieces)
    }
    #expect(fivePieces.rounds == 6 + 1 + 1)
  }

  @Test("The active scheme adds one check of four rounds before each masked opening that follows unchecked ones")
  func checks() async throws {
    let format = FixedPointFormat()
    let rounds = try await run(Active127.self) { (session) throws(ProtocolAbort) -> [Int] in
      let x = try await session.share([Int64](repeating: 70000, count: 10))
      var rounds: [Int] = []
      rounds.append(
        try await session.cost { (session) throws(ProtocolAbort) in
          try await session.isNegative(x, valueBits: 48)
        }.1.rounds)
      rounds.append(
        try await session.cost { (session) throws(ProtocolAbort) in
          try await session.isNegative(x, valueBits: 48)
        }.1.rounds)
      rounds.append(
        try await session.cost { (session) throws(ProtocolAbort) in
          try await session.multiply(x, x, as: format)
        }.1.rounds)
      return rounds
    }.value
    #expect(rounds == [6, 10, 6])
  }
}
