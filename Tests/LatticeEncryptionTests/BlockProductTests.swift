import FieldArithmetic
import LatticeEncryption
import Testing

@Suite struct BlockProductTests {
  /// All levels against products with spread-out factors on the reference backend, extremes included: 1024 products of
  /// q − 1 by q − 1 are what the accumulators must hold.
  @Test func blockProductsAgreeWithSpreadProductsAtAllLevels() throws {
    let degree = 256
    for bits in [40, 50, 58] {
      let basis = try RNSBasis(ringDegree: degree, bits: bits, count: 2)
      let plaintext = try PlaintextModulus(.init(2_305_843_009_211_662_337), ringDegree: degree)
      let reference = try NTLRing(basis: basis, plaintext: plaintext)
      for level in SIMDLevel.supported {
        let ring = try NativeRing(basis: basis, plaintext: plaintext, level: level)
        for (count, outputs, blocks, extreme) in [
          (1, 1, 256, false), (3, 5, 16, false), (17, 4, 32, false), (9, 6, 64, false), (6, 5, 128, false),
          (40, 6, 2, false), (5, 2, 1, false),
          (1024, 5, 4, true), (1024, 5, 64, true),
        ] {
          var state = UInt64(count * 1000 + blocks)
          func polynomial(_ n: Int) -> Poly<Evaluations> {
            var f = Poly<Evaluations>(zeroOfDegree: n, limbCount: 2)
            for i in 0..<2 {
              let q = basis.moduli[i].value
              f.withMutableLimb(i) { out in
                for k in 0..<out.count {
                  state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                  out[k] = extreme ? q - 1 : (state >> 3) % q
                }
              }
            }
            return f
          }
          let a = (0..<count).map { _ in polynomial(degree) }
          let x = (0..<outputs).map { _ in (0..<count).map { _ in polynomial(blocks) } }
          let before = (0..<outputs).map { _ in polynomial(degree) }
          var expected = before
          if extreme {
            // Every product is 1 modulo q, so a sum is count − 1.
            for j in expected.indices {
              for i in 0..<2 {
                let q = basis.moduli[i].value
                expected[j].withMutableLimb(i) { out in for k in 0..<out.count { out[k] = (q - 1 + UInt64(count)) % q }
                }
              }
            }
          } else {
            reference.addBlockProducts(a, x, to: &expected)
          }
          var sums = before
          ring.addBlockProducts(a, x, to: &sums)
          #expect(sums == expected, "\(bits) bits, \(level), \(count) products, \(blocks) blocks")
        }
      }
    }
  }

  @Test func blockEvaluationsAreOneValueOfEachBlock() throws {
    let degree = 128
    let basis = try RNSBasis(ringDegree: degree, bits: 48, count: 3)
    let plaintext = try PlaintextModulus(PlaintextModulus.p127, ringDegree: degree)
    let ring = try NativeRing(basis: basis, plaintext: plaintext)
    for count in [1, 2, 16, 128] {
      let m = (0..<count).map { UInt128($0) &* 0x1_0000_0001_0000_0001_0000_0001 % PlaintextModulus.p127 }
      let blocks = ring.blockEvaluations(ofCoefficients: m.span, limbCount: 3)
      #expect(blocks.ringDegree == count)
      #expect(ring.spread(blocks) == ring.fibreEvaluations(ofCoefficients: m.span, limbCount: 3))
    }
  }
}
