import FieldArithmetic
import LatticeEncryption
import Testing

@Suite struct RingKnownAnswerTests {
  @Test(arguments: SIMDLevel.supported)
  func packingTransformsMatchTheVectors(level: SIMDLevel) throws {
    for vector in try RingVectors.load().packing {
      let p = try #require(UInt128(vector.p))
      let basis = try RNSBasis(ringDegree: vector.n, bits: 48, count: 1)
      let ring = try NativeRing(basis: basis, plaintext: PlaintextModulus(p, ringDegree: vector.n), level: level)
      #expect(String(ring.plaintext.root) == vector.psi)
      var values = vector.coefficients.compactMap { UInt128($0) }
      ring.slots(fromCoefficients: &values)
      #expect(values.map { String($0) } == vector.slots)
      ring.coefficients(fromSlots: &values)
      #expect(values.map { String($0) } == vector.coefficients)
    }
  }

  @Test(arguments: SIMDLevel.supported)
  func modulusSwitchingMatchesTheVectors(level: SIMDLevel) throws {
    for vector in try RingVectors.load().switching {
      let q = vector.q.compactMap { UInt64($0) }
      let n = vector.in.count
      let p = try #require(UInt128(vector.p))
      let ring = try NativeRing(
        basis: RNSBasis(ringDegree: n, moduli: q), plaintext: PlaintextModulus(p, ringDegree: n), level: level)
      var c = ring.zero(Coefficients.self)
      for i in q.indices {
        c.withMutableLimb(i) { for k in 0..<n { $0[k] = decimal(vector.in[k], modulo: q[i]) } }
      }
      let switched = ring.switchModulus(c, dropping: vector.drop)
      #expect(switched.limbCount == q.count - vector.drop)
      for i in 0..<switched.limbCount {
        #expect(switched.values(limb: i) == vector.out.map { decimal($0, modulo: q[i]) })
      }
    }
  }

  @Test func productsModuloNinetySevenMatchTheVectors() throws {
    for vector in try RingVectors.load().products {
      let q = try #require(UInt64(vector.q))
      let n = vector.f.count
      let ring = try NativeRing(
        basis: RNSBasis(ringDegree: n, moduli: [q]), plaintext: PlaintextModulus(257, ringDegree: n))
      func load(_ text: [String]) -> Poly<Coefficients> {
        var f = ring.zero(Coefficients.self)
        f.withMutableLimb(0) { for k in 0..<n { $0[k] = decimal(text[k], modulo: q) } }
        return f
      }
      let product = ring.multiply(ring.forwardTransform(load(vector.f)), ring.forwardTransform(load(vector.g)))
      #expect(ring.inverseTransform(product) == load(vector.fg))
    }
  }

  @Test func theLargestPrimesBelowTwoToTheFortyEightAreFound() throws {
    let basis = try RNSBasis(ringDegree: 16384, bits: 48, count: 3)
    #expect(basis.moduli.map(\.value) == [281_474_976_317_441, 281_474_975_662_081, 281_474_974_482_433])
  }

  @Test func compositesAndMisfitsAreRefused() {
    #expect(throws: RingError.invalidModulus(65537 * 65537, ringDegree: 8)) {
      try RNSModulus(65537 * 65537, ringDegree: 8)
    }
    #expect(throws: RingError.invalidModulus(97, ringDegree: 128)) { try RNSModulus(97, ringDegree: 128) }
    #expect(throws: RingError.invalidRingDegree(24)) { try RNSBasis(ringDegree: 24, moduli: [97]) }
    #expect(throws: RingError.invalidChain(moduliCount: 2)) { try RNSBasis(ringDegree: 8, moduli: [97, 97]) }
    #expect(throws: RingError.self) { try PlaintextModulus(p127 - 2, ringDegree: 8) }
  }
}
