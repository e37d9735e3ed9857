import FieldArithmetic
import MPCCore
import Online
import SecretSharing
import Testing
import Transport

@Suite("Probabilistic truncation rounds to a neighbour without bias")
struct TruncationTests {
  @Test("The result is ⌊x/2^m⌋ or one more, at the extremes too", arguments: [2, 3])
  func neighbours(parties: Int) async throws {
    let x = ComparisonTests.extremes(48) + (-50...50).map { $0 * 98_765_432 }
    for m in [1, 16, 47] {
      let outcome = try await run(Active127.self, parties: parties) { (session) throws(ProtocolAbort) in
        try await session.revealSigned(
          try await session.truncateProbabilistically(try await session.share(x), valueBits: 48, droppedBits: m))
      }
      for (value, result) in zip(x, outcome.value) {
        let floor = value >> Int64(m)
        let isMultiple = floor << Int64(m) == value
        #expect(isMultiple ? result == floor : [floor, floor + 1].contains(result), "\(value) / 2^\(m)")
      }
    }
  }

  @Test(
    "It rounds up with probability frac(x/2^m)", arguments: [(1, 0x1p-4), (5, 5.0 / 16), (8, 0.5), (15, 15.0 / 16)])
  func frequency(fraction: Int64, probability: Double) async throws {
    let count = 4000
    for x in [3 * 16 + fraction, -7 * 16 + fraction] {
      let outcome = try await run(Passive61.self, statisticalSecurity: 30) { (session) throws(ProtocolAbort) in
        let shared = try await session.share([Int64](repeating: x, count: count))
        return try await session.revealSigned(
          try await session.truncateProbabilistically(shared, valueBits: 16, droppedBits: 4))
      }
      let up = outcome.value.count { $0 == (x >> 4) + 1 }
      #expect(outcome.value.allSatisfy { $0 == x >> 4 || $0 == (x >> 4) + 1 })
      // Five standard deviations.
      let deviation = (Double(count) * probability * (1 - probability)).squareRoot()
      #expect(abs(Double(up) - Double(count) * probability) < 5 * deviation, "\(up) of \(count) rounded up")
    }
  }

  @Test("Products and public factors of fixed-point numbers are within an ulp", arguments: [2, 3])
  func products(parties: Int) async throws {
    let format = FixedPointFormat()
    let ulp = 1 / Double(format.one)
    let x = [0, 1, -1, 0.5, 3.25, -100.125, 181, -181, 1.0 / 3, 0.0001].map { ($0 / ulp).rounded() * ulp }
    let y = [5, -2.5, -1, 0.5, 2, 3, 181, 181, 3, 0.0001].map { ($0 / ulp).rounded() * ulp }
    let outcome = try await run(Active127.self, parties: parties) { (session) throws(ProtocolAbort) -> [[Double]] in
      let a = try await session.share(x, as: format)
      let b = try await session.share(y, as: format)
      return [
        try await session.reveal(try await session.multiply(a, b, as: format), as: format),
        try await session.reveal(try await session.square(a, as: format), as: format),
        try await session.reveal(try await session.scale(a, by: -0.3, as: format), as: format),
        try await session.reveal(try await session.scale(a, by: -3, as: format), as: format),
      ]
    }
    #expect(largestDifference(outcome.value[0], zip(x, y).map(*)) < ulp)
    #expect(largestDifference(outcome.value[1], x.map { $0 * $0 }) < ulp)
    for (value, result) in zip(x, outcome.value[2]) { #expect(abs(result + 0.3 * value) < ulp + abs(value) * ulp / 2) }
    #expect(outcome.value[3] == x.map { -3 * $0 })
  }

  @Test("Division is within its bound")
  func division() async throws {
    let format = FixedPointFormat()
    let ulp = 1 / Double(format.one)
    let a = [1, -7.5, 100, 0.25, -0.001, 3]
    let b = [3, 0.75, 1000, 0.01, 0.5, 30000]
    let outcome = try await run(Active127.self) { (session) throws(ProtocolAbort) in
      let numerator = try await session.share(a, as: format)
      let denominator = try await session.share(b, as: format)
      return try await session.reveal(
        try await session.divide(numerator, by: denominator, as: format, Reciprocal(format)), as: format)
    }
    for ((a, b), result) in zip(zip(a, b), outcome.value) {
      let numerator = Double(try format.encode(a)) * ulp
      let denominator = Double(try format.encode(b)) * ulp
      let bound = abs(numerator) * (ulp + 0x1p-17 / denominator) + ulp
      #expect(abs(result - numerator / denominator) <= bound, "\(a)/\(b)")
    }
  }

  @Test("Formats are validated against the field with the numbers of the inequality")
  func formats() {
    #expect(
      throws: FixedPointError.fieldTooSmall(
        field: "p61", fieldBits: 61, valueBits: 48, statisticalSecurity: 40, partyCount: 3)
    ) {
      try FixedPointFormat().validate(P61.self, parameters: SecurityParameters(), partyCount: 3)
    }
    #expect(throws: FixedPointError.fractionDoesNotFit(fractionBits: 48, valueBits: 48)) {
      try FixedPointFormat(fractionBits: 48).validate(P127.self, parameters: SecurityParameters(), partyCount: 2)
    }
    #expect(throws: FixedPointError.outOfRange(value: 0x1p31, format: FixedPointFormat())) {
      try FixedPointFormat().encode(0x1p31)
    }
  }
}
