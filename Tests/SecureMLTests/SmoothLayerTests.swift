import FieldArithmetic
import Foundation
import MPCCore
import Online
import SecretSharing
import SecureML
import Testing

/// Exponential, softmax and exact sigmoid as layers, in ulps of 2^−16 against Double.
@Suite("Softmax, exponential and exact sigmoid layers are within their ulps of Double on random and extreme inputs")
struct SmoothLayerTests {
  static func softmax(_ row: [Double]) -> [Double] {
    let powers = row.map { exp($0 - (row.max() ?? 0)) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// Rows of ten: random ones, all equal, one far ahead, the ends of the proven range (±2^20 here), neighbours of one ulp.
  static var rows: [Double] {
    let ulp = LayerTests.ulp
    var rows = pseudorandom(60, seed: 21, scale: 6).map { ($0 / ulp).rounded() * ulp }
    rows += [Double](repeating: -3.5, count: 10)
    rows += [0x1p20 - 1] + [Double](repeating: -0x1p20, count: 9)
    rows += (0..<10).map { $0 % 2 == 0 ? -0x1p20 : 0x1p20 - 1 }
    rows += (0..<10).map { 7 + Double($0) * ulp }
    rows += (0..<10).map { -Double($0 * $0) / 8 }
    return rows
  }

  @Test("Softmax of ten scores: 8 ulp with base2(5), 224 ulp with limit(8); all numbers of the range are allowed")
  func softmaxLayer() async throws {
    for (exponential, bound) in [(Exponential.base2(degree: 5), 8.0), (.limit(steps: 8), 224)] {
      try await LayerTests().expect(
        [.softmax(Softmax(exponential: exponential))], on: .vector(10), rows: Self.rows, featureBits: 37,
        within: { _ in bound }, clear: Self.softmax)
    }
  }

  @Test("Softmax takes the rounds its parts take, and one check before each masked opening", arguments: [1, 2, 10])
  func softmaxRounds(columns: Int) async throws {
    var levels = 0
    while 1 << levels < columns { levels += 1 }
    // K = 17 + ⌈log2 columns⌉ bits of the sum: bits by 9 to 11 digits and their prefix tree of ⌈log2 ⌉ = 4 levels.
    let specification = try SecureModelSpecification(input: .vector(columns), layers: [.softmax()])
    let rows = try specification.encode(features: pseudorandom(2 * columns, seed: 3, scale: 4))
    let passive = try await SecureModelTests().infer(
      AdditiveSharing<P127>.self, parties: 2, specification, parameters: [], rows: rows)
    let active = try await SecureModelTests().infer(
      AuthenticatedSharing<P127>.self, parties: 2, specification, parameters: [], rows: rows)
    // Masked openings: one a level of the maximum, 1 clamp, 8 squarings, 1 for bits, 1 to normalise, 3 Newton steps, the
    // reciprocal, the last product. Each has a check of four rounds before it.
    // A sum of at most g = 20 bits is normalised by a local product.
    let normalised = 17 + levels > 20 ? 1 : 0
    let maskedOpenings = levels + 1 + 8 + 1 + normalised + 3 + 1 + 1
    #expect(active.roundsPerLayer[0] - passive.roundsPerLayer[0] == 4 * maskedOpenings)
    // Comparisons of 7 rounds; 8·2; the reciprocal's bits 1 + ⌈log2 ⌈K/2⌉⌉ + 1 and top bit ⌈log2 K⌉, 2, 3·3, 2; 2.
    let operandBits = 17 + levels
    func log(_ n: Int) -> Int { n <= 1 ? 0 : Int.bitWidth - (n - 1).leadingZeroBitCount }
    let reciprocal = 2 + log((operandBits + 1) / 2) + log(operandBits) + 2 + 9 + 2
    #expect(passive.roundsPerLayer[0] == 7 * levels + 7 + 16 + reciprocal - (1 - normalised) + 2)
  }

  @Test("Exponential: base2(5) within 1 ulp and 2^−16 relative; limit(8) within 1.1e-3 and 4 ulp")
  func exponentialLayer() async throws {
    let ulp = LayerTests.ulp
    let negative =
      pseudorandom(40, seed: 8, scale: 4).map { (($0 - 4) / ulp).rounded() * ulp } + [0, -ulp, -0x1p20, -11]
    try await LayerTests().expect(
      [.exponential(.base2(degree: 5))], on: .vector(4), rows: negative + [1, 5, 9, 11], featureBits: 37,
      within: { 1 + $0 * 65536 * (3.3e-6 + 0x1p-17) + 0.5 }, clear: { $0.map { exp($0) } })
    try await LayerTests().expect(
      [.exponential(.limit(steps: 8))], on: .vector(4), rows: negative, featureBits: 37, rounds: (7 + 16, 11 + 8 * 6),
      within: { _ in 1.1e-3 * 65536 + 4 }, clear: { $0.map { exp($0) } })
  }

  @Test("Exact sigmoid: 6 ulp with base2(5) for all numbers of the range")
  func sigmoidLayer() async throws {
    let ulp = LayerTests.ulp
    let numbers =
      pseudorandom(40, seed: 12, scale: 10).map { ($0 / ulp).rounded() * ulp } + [
        0, ulp, -ulp, 0x1p20 - 1, -0x1p20, 30,
      ]
    try await LayerTests().expect(
      [.sigmoid(.exact(.base2(degree: 5)))], on: .vector(2), rows: numbers, parties: 3, featureBits: 37,
      within: { _ in 6 }, clear: { $0.map { 1 / (1 + exp(-$0)) } })
  }
}
