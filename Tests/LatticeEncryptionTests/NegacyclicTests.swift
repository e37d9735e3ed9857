import FieldArithmetic
import LatticeEncryption
import Testing

@Suite struct NegacyclicTests {
  @Test(arguments: SIMDLevel.supported, [16, 64, 256, 512])
  func transformedProductsEqualTheSchoolbookProduct(level: SIMDLevel, degree: Int) throws {
    for bits in [40, 48, 50, 61] {
      let basis = try RNSBasis(ringDegree: degree, bits: bits, count: 2)
      let ring = try NativeRing(basis: basis, plaintext: PlaintextModulus(p127, ringDegree: degree), level: level)
      for fill in [Fill.random, .largest, .mixedExtremes] {
        let f = polynomial(Coefficients.self, in: basis, fill, seed: 1)
        let g = polynomial(Coefficients.self, in: basis, fill, seed: 2)
        let fg = ring.inverseTransform(ring.multiply(ring.forwardTransform(f), ring.forwardTransform(g)))
        for i in 0..<2 {
          let q = basis.moduli[i].value
          #expect(fg.values(limb: i) == negacyclicProduct(f.values(limb: i), g.values(limb: i), modulo: q))
        }
      }
    }
  }

  @Test(arguments: SIMDLevel.supported)
  func evaluationsAreTakenAtBitReversedOddPowersOfTheRoot(level: SIMDLevel) throws {
    let basis = try RNSBasis(ringDegree: 128, bits: 48, count: 1)
    let ring = try NativeRing(basis: basis, plaintext: PlaintextModulus(p127, ringDegree: 128), level: level)
    let f = polynomial(Coefficients.self, in: basis, seed: 3)
    let q = basis.moduli[0].value
    let psi = basis.moduli[0].root
    let coefficients = f.values(limb: 0)
    let expected = (0..<128).map { k -> UInt64 in
      let reversed = (0..<7).reduce(0) { $0 | ((k >> $1) & 1) << (6 - $1) }
      let x = power(psi, 2 * reversed + 1, modulo: q)
      return coefficients.reversed().reduce(0) { (multiply($0, x, modulo: q) + $1) % q }
    }
    #expect(ring.forwardTransform(f).values(limb: 0) == expected)
  }

  @Test(arguments: SIMDLevel.supported, [2, 4, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768])
  func theInverseTransformUndoesTheForwardTransform(level: SIMDLevel, degree: Int) throws {
    for bits in [40, 48, 50] {
      let basis = try RNSBasis(ringDegree: degree, bits: bits, count: 1)
      let ring = try NativeRing(basis: basis, plaintext: PlaintextModulus(p127, ringDegree: degree), level: level)
      for fill in Fill.allCases {
        let f = polynomial(Coefficients.self, in: basis, fill, seed: UInt64(degree))
        let values = ring.forwardTransform(f)
        #expect(ring.inverseTransform(values) == f)
        let g = polynomial(Evaluations.self, in: basis, fill, seed: UInt64(degree))
        #expect(ring.forwardTransform(ring.inverseTransform(g)) == g)
      }
    }
  }

  @Test(arguments: SIMDLevel.supported)
  func monomialsRotateWithASign(level: SIMDLevel) throws {
    let basis = try RNSBasis(ringDegree: 64, bits: 48, count: 2)
    let ring = try NativeRing(basis: basis, plaintext: PlaintextModulus(p127, ringDegree: 64), level: level)
    let f = polynomial(Coefficients.self, in: basis, seed: 4)
    let evaluated = ring.forwardTransform(f)
    for exponent in [0, 1, 17, 63, 64, 100, 127] {
      let rotated = ring.inverseTransform(ring.multiply(evaluated, ring.monomial(exponent, limbCount: 2)))
      for i in 0..<2 {
        let q = basis.moduli[i].value
        let a = f.values(limb: i)
        let expected = (0..<64).map { k -> UInt64 in
          let source = ((k - exponent) % 128 + 128) % 128
          return source < 64 ? a[source] : (q - a[source - 64]) % q
        }
        #expect(rotated.values(limb: i) == expected)
      }
    }
  }
}
