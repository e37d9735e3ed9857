import FieldArithmetic
import Foundation
import MPCCore
import Online
import SecretSharing
import Transport
import Testing

@Suite("Functions of fixed-point numbers meet their stated error bounds")
struct FunctionTests {
  let format = FixedPointFormat()
  var ulp: Double { 1 / Double(format.one) }

  /// Runs a function over shared numbers and returns the results.
  func apply<S: SharingScheme>(
    _ scheme: S.Type, parties: Int, to x: [Double], _ format: FixedPointFormat = FixedPointFormat(),
    statisticalSecurity: Int = 40,
    _ function:
      @escaping @Sendable (inout Session<S, WireChannel>, SharedVector<S>) async throws(ProtocolAbort)
      -> SharedVector<S>
  ) async throws -> [Double] {
    let bits = format
    return try await run(scheme, parties: parties, statisticalSecurity: statisticalSecurity) {
      (session) throws(ProtocolAbort) in
      let shared = try await session.share(x, as: bits)
      return try await session.reveal(try await function(&session, shared), as: bits)
    }.value
  }

  @Test("1/b is within 2^−f + 2^(3−g)/b on seven orders of magnitude, and 0 for 0", arguments: [2, 3])
  func reciprocal(parties: Int) async throws {
    let numbers = [
      ulp, 3 * ulp, 0.001, 0.0117, 0.1, 0.49999, 0.5, 0.7, 1, 1.5, 2, 3.14159, 10, 100.7, 999, 20000, 32000, 0,
    ]
    let format = format
    let result = try await apply(Active127.self, parties: parties, to: numbers) { session, x throws(ProtocolAbort) in
      try await session.reciprocal(of: x, as: format, Reciprocal(format))
    }
    for (b, r) in zip(numbers, result) {
      if b == 0 {
        #expect(r == 0)
      } else {
        let clear = Double(try format.encode(b)) * ulp
        #expect(abs(r - 1 / clear) <= ulp + 0x1p-17 / clear, "1/\(b)")
      }
    }
  }

  @Test("1/b for b in [1/2, 1) is within 2 ulp")
  func reciprocalOfNormalised() async throws {
    let numbers = (0..<64).map { 0.5 + Double($0 * 512 + 37) * ulp }
    let format = format
    let result = try await apply(Passive127.self, parties: 2, to: numbers) { session, x throws(ProtocolAbort) in
      try await session.reciprocal(of: x, as: format, Reciprocal(operandBits: 16, workingBits: 20))
    }
    let error = largestDifference(result, numbers.map { 1 / $0 })
    #expect(error <= 2 * ulp)
  }

  @Test("e^x by the limit meets 1.1e-3 for m = 8 and 2.7e-4 for m = 10, and is 0 below and 1 above its domain")
  func limit() async throws {
    let format = format
    for (steps, bound) in [(8, 1.1e-3), (10, 2.7e-4)] {
      let numbers = grid(-8, 0, 160) + [-255.9, -256, -1000, -30000, 5, 30000]
      let result = try await apply(Passive127.self, parties: 2, to: numbers) { session, x throws(ProtocolAbort) in
        try await session.exponential(of: x, as: format, .limit(steps: steps))
      }
      let error = largestDifference(result, numbers.map { exp(min(0, $0)) })
      #expect(error <= bound + 4 * ulp)
    }
  }

  @Test(
    "e^x by 2^y meets the polynomial's relative error plus one ulp", arguments: [(3, 7.95e-4), (5, 3.3e-6), (7, 1e-8)])
  func base2(degree: Int, bound: Double) async throws {
    let format = format
    let numbers = grid(-11, 9, 200) + [-12, -100, -30000]
    let result = try await apply(Passive127.self, parties: 2, to: numbers) { session, x throws(ProtocolAbort) in
      try await session.exponential(of: x, as: format, .base2(degree: degree))
    }
    for (x, r) in zip(numbers, result) {
      let clear = exp(Double(try format.encode(x)) * ulp)
      #expect(abs(r - clear) <= ulp + (bound + 0x1p-17) * clear, "e^\(x)")
    }
  }

  @Test(
    "Sigmoids meet their bounds",
    arguments: [
      (Sigmoid.threePieces, 10.0, 0.3776), (.fivePieces, 10, 0.0649),
      (.polynomial(degree: 3, radius: 5), 5, 0.0594), (.polynomial(degree: 5, radius: 5), 5, 0.0208),
      (.polynomial(degree: 7, radius: 5), 5, 0.0070), (.polynomial(degree: 9, radius: 8), 8, 0.0145),
      (.exact(.limit(steps: 8)), 12, 1.1e-3), (.exact(.base2(degree: 5)), 12, 1e-5),
    ])
  func sigmoid(method: Sigmoid, radius: Double, bound: Double) async throws {
    let format = format
    let numbers = grid(-radius, radius, 120)
    let result = try await apply(Passive127.self, parties: 2, to: numbers) { session, x throws(ProtocolAbort) in
      try await session.sigmoid(of: x, as: format, method)
    }
    let error = largestDifference(result, numbers.map { 1 / (1 + exp(-$0)) })
    #expect(error <= bound + 4 * ulp)
  }

  @Test("A clamped polynomial sigmoid stays bounded for the largest numbers of the format")
  func clampedSigmoid() async throws {
    let format = format
    let result = try await apply(Active127.self, parties: 2, to: [0x1.8p30, -0x1.8p30]) {
      session, x throws(ProtocolAbort) in
      try await session.sigmoid(of: x, as: format, .polynomial(degree: 5, radius: 5))
    }
    #expect(largestDifference(result, [1, 0]) < 0.021)
  }

  @Test("Softmax of ten logits is within 3.4e-3, and its rows sum to 1", arguments: [2, 3])
  func softmax(parties: Int) async throws {
    let format = format
    let rows = 20
    var state: UInt64 = 5
    let logits: [Double] = (0..<(rows * 10)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24) * 12 - 6
    }
    let result = try await apply(Active127.self, parties: parties, to: logits) { session, x throws(ProtocolAbort) in
      try await session.softmax(ofRows: SharedMatrix(rows: rows, columns: 10, elements: x), as: format).elements
    }
    var worst = 0.0
    for row in 0..<rows {
      let range = (row * 10)..<((row + 1) * 10)
      let powers = logits[range].map { exp($0) }
      let sum = powers.reduce(0, +)
      for (r, power) in zip(result[range], powers) { worst = max(worst, abs(r - power / sum)) }
      #expect(abs(result[range].reduce(0, +) - 1) < 20 * ulp)
    }
    #expect(worst <= 3.4e-3)
  }

  @Test("All functions run over the 61-bit field with a short format")
  func smallField() async throws {
    let format = FixedPointFormat(fractionBits: 7, valueBits: 20)
    let numbers = grid(-3, 3, 30)
    let methods: [Sigmoid] = [.fivePieces, .polynomial(degree: 5, radius: 5), .exact(.limit(steps: 5))]
    for (method, bound) in zip(methods, [0.065, 0.021, 0.01]) {
      try method.validate(
        format, field: P61.self, parameters: SecurityParameters(statisticalSecurity: 16), partyCount: 3)
      let result = try await apply(Active61.self, parties: 3, to: numbers, format, statisticalSecurity: 16) {
        session, x throws(ProtocolAbort) in
        try await session.sigmoid(of: x, as: format, method)
      }
      #expect(largestDifference(result, numbers.map { 1 / (1 + exp(-$0)) }) <= bound + 4.0 / 128)
    }
  }

  @Test("A function that needs more room than the field has is refused before a session starts")
  func validation() {
    let format = FixedPointFormat(fractionBits: 24, valueBits: 56)
    #expect(
      throws: FixedPointError.fieldTooSmall(
        field: "p127", fieldBits: 127, valueBits: 91, statisticalSecurity: 40, partyCount: 2)
    ) {
      try Reciprocal(format).validate(format, field: P127.self, parameters: SecurityParameters(), partyCount: 2)
    }
    #expect(throws: Never.self) {
      for function in [Exponential.limit(steps: 8), .base2(degree: 5)] {
        try function.validate(self.format, field: P127.self, parameters: SecurityParameters(), partyCount: 8)
      }
      try Reciprocal(self.format).validate(
        self.format, field: P127.self, parameters: SecurityParameters(), partyCount: 8)
      try Softmax().validate(self.format, field: P127.self, parameters: SecurityParameters(), partyCount: 8)
    }
  }
}
