import FieldArithmetic
import MPCCore
import Online
import SecretSharing
import Testing
import Transport

@Suite("Comparison and exact truncation agree with integers")
struct ComparisonTests {
  /// The ends of k bits, around zero, and around powers of two.
  static func extremes(_ valueBits: Int) -> [Int64] {
    let top = Int64(1) << Int64(valueBits - 1)
    return [-top, -top + 1, -(top / 2), -3, -2, -1, 0, 1, 2, 3, top / 2 - 1, top / 2, top - 2, top - 1]
  }

  struct Answers: Sendable, Equatable {
    var negative, zero, relu, positive: [Int64]
  }

  func expectAll<S: SharingScheme>(
    _ scheme: S.Type, parties: Int, valueBits: Int, digitWidth: Int, statisticalSecurity: Int = 40, _ x: [Int64]
  ) async throws {
    let outcome = try await run(scheme, parties: parties, statisticalSecurity: statisticalSecurity) {
      (session) throws(ProtocolAbort) -> Answers in
      let shared = try await session.share(x)
      let negative = try await session.isNegative(shared, valueBits: valueBits, digitWidth: digitWidth)
      let zero = try await session.isZero(shared, valueBits: valueBits, digitWidth: digitWidth)
      let (relu, positive) = try await session.relu(shared, valueBits: valueBits, digitWidth: digitWidth)
      return Answers(
        negative: try await session.revealSigned(negative), zero: try await session.revealSigned(zero),
        relu: try await session.revealSigned(relu), positive: try await session.revealSigned(positive))
    }
    #expect(outcome.value.negative == x.map { $0 < 0 ? 1 : 0 })
    #expect(outcome.value.zero == x.map { $0 == 0 ? 1 : 0 })
    #expect(outcome.value.relu == x.map { max($0, 0) })
    #expect(outcome.value.positive == x.map { $0 >= 0 ? 1 : 0 })
  }

  @Test("Sign, zero test and ReLU at the extremes of 48 bits, digit widths 1 to 4", arguments: [2, 3], 1...4)
  func extremesOf48Bits(parties: Int, digitWidth: Int) async throws {
    let x = Self.extremes(48)
    try await expectAll(Active127.self, parties: parties, valueBits: 48, digitWidth: digitWidth, x)
    try await expectAll(Passive127.self, parties: parties, valueBits: 48, digitWidth: digitWidth, x)
  }

  @Test("Eight parties compare and take the ReLU")
  func eightParties() async throws {
    try await expectAll(Active127.self, parties: 8, valueBits: 48, digitWidth: 2, Self.extremes(48))
  }

  @Test("The longest format, k = 63, compares, and takes maxima of its extremes")
  func longestFormat() async throws {
    let x = Self.extremes(63)
    try await expectAll(Active127.self, parties: 2, valueBits: 63, digitWidth: 2, x)
    let outcome = try await run(Active127.self) { (session) throws(ProtocolAbort) in
      let row = SharedMatrix(rows: 1, columns: x.count, elements: try await session.share(x))
      return try await session.revealSigned(try await session.argmax(ofRows: row, valueBits: 63).indices)
    }
    #expect(outcome.value == [Int64(x.count - 1)])
  }

  @Test("The 61-bit field compares 16-bit values at s = 40 and 36-bit values at s = 20", arguments: 1...4)
  func smallField(digitWidth: Int) async throws {
    try await expectAll(
      Active61.self, parties: 3, valueBits: 16, digitWidth: digitWidth, Self.extremes(16))
    try await expectAll(
      Passive61.self, parties: 2, valueBits: 36, digitWidth: digitWidth, statisticalSecurity: 20, Self.extremes(36))
  }

  @Test("All values of 6 bits, all digit widths", arguments: 1...4)
  func exhaustive(digitWidth: Int) async throws {
    try await expectAll(Active127.self, parties: 2, valueBits: 6, digitWidth: digitWidth, Array(-32...31))
  }

  @Test("Exact truncation is ⌊x/2^m⌋ for all values of 7 bits and every m", arguments: 1...4)
  func truncation(digitWidth: Int) async throws {
    let x = (-64...63).map(Int64.init)
    for m in 1...6 {
      let outcome = try await run(Active127.self) { (session) throws(ProtocolAbort) in
        let shared = try await session.share(x)
        return try await session.revealSigned(
          try await session.truncate(shared, valueBits: 7, droppedBits: m, digitWidth: digitWidth))
      }
      #expect(outcome.value == x.map { $0 >> Int64(m) }, "m = \(m)")
    }
  }

  @Test("Bits and residues of signed values, from any position, digit widths 1 to 4", arguments: 1...4)
  func bits(digitWidth: Int) async throws {
    let x = Self.extremes(20) + (-40...40).map { $0 * 12345 }
    for (lowBits, first) in [(19, 0), (13, 5), (7, 6), (1, 0)] {
      let outcome = try await run(Active127.self) { (session) throws(ProtocolAbort) -> [[Int64]] in
        let shared = try await session.share(x)
        let bits = try await session.bits(
          of: shared, valueBits: 20, lowBits: lowBits, firstPosition: first, digitWidth: digitWidth)
        var revealed = [try await session.revealSigned(bits.residue)]
        for bit in bits.bits { revealed.append(try await session.revealSigned(bit)) }
        return revealed
      }
      #expect(outcome.value.count == 1 + lowBits - first)
      #expect(outcome.value[0] == x.map { $0 & ((1 << Int64(lowBits)) - 1) })
      for (index, bit) in outcome.value.dropFirst().enumerated() {
        #expect(bit == x.map { $0 >> Int64(first + index) & 1 }, "bit \(first + index) of \(lowBits)")
      }
    }
  }

  @Test("The top bit is one-hot, and nowhere for 0")
  func topBit() async throws {
    let x = (0..<64).map(Int64.init)
    let outcome = try await run(Active127.self) { (session) throws(ProtocolAbort) -> [[Int64]] in
      let bits = try await session.bits(of: try await session.share(x), valueBits: 8, lowBits: 7)
      var revealed: [[Int64]] = []
      for bit in try await session.topBit(bits.bits) { revealed.append(try await session.revealSigned(bit)) }
      return revealed
    }
    for (position, bit) in outcome.value.enumerated() {
      #expect(bit == x.map { $0 >= 1 << Int64(position) && $0 < 2 << Int64(position) ? 1 : 0 })
    }
  }

  @Test("Maximum and argmax over rows of every width up to 7, ties to the lowest column", arguments: 1...7)
  func maxima(columns: Int) async throws {
    let top = Int64(1) << 47
    let pool: [Int64] = [-top, top - 1, 0, 5, 5, -7, top - 1, -top, 0, 0, 3]
    let rows = 11
    let x = (0..<(rows * columns)).map { pool[($0 * $0 + 3 * $0) % pool.count] }
    let outcome = try await run(Active127.self, parties: 3) { (session) throws(ProtocolAbort) -> [[Int64]] in
      let shared = SharedMatrix(rows: rows, columns: columns, elements: try await session.share(x))
      let best = try await session.argmax(ofRows: shared, valueBits: 48)
      let largest = try await session.maximum(ofRows: shared, valueBits: 48)
      return [
        try await session.revealSigned(best.values), try await session.revealSigned(best.indices),
        try await session.revealSigned(largest),
      ]
    }
    let clear = (0..<rows).map { row in
      let own = Array(x[(row * columns)..<((row + 1) * columns)])
      let best = own.max() ?? 0
      return (best, Int64(own.firstIndex(of: best) ?? 0))
    }
    #expect(outcome.value == [clear.map(\.0), clear.map(\.1), clear.map(\.0)])
  }

  @Test("Clamping keeps what is inside and stops at the bounds")
  func clamp() async throws {
    let x = Self.extremes(48) + [99, 100, 101, -50, -51]
    let outcome = try await run(Active127.self) { (session) throws(ProtocolAbort) in
      try await session.revealSigned(
        try await session.clamp(try await session.share(x), lower: -50, upper: 100, valueBits: 48))
    }
    #expect(outcome.value == x.map { min(max($0, -50), 100) })
  }
}
