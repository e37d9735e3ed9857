import FieldArithmetic
import LatticeEncryption
import Testing

/// At real sizes the vector levels take other passes than at toy sizes; they are compared with the portable level, which
/// the smaller tests compare with NTL.
@Suite struct LargeDegreeTests {
  @Test(arguments: [512, 1024, 2048, 4096, 8192, 16384, 32768], [40, 48, 49, 50])
  func transformsOfAllLevelsAreBitIdentical(degree: Int, bits: Int) throws {
    let basis = try RNSBasis(ringDegree: degree, bits: bits, count: 1)
    let plaintext = try PlaintextModulus(257, ringDegree: 16)
    #expect(throws: RingError.self) { try NativeRing(basis: basis, plaintext: plaintext) }
    let rings = try SIMDLevel.supported.map {
      try NativeRing(basis: basis, plaintext: PlaintextModulus(p61, ringDegree: degree), level: $0)
    }
    for fill in Fill.allCases {
      let f = polynomial(Coefficients.self, in: basis, fill, seed: 1)
      let g = polynomial(Evaluations.self, in: basis, fill, seed: 2)
      let forward = rings[0].forwardTransform(f)
      let inverse = rings[0].inverseTransform(g)
      for ring in rings.dropFirst() {
        #expect(ring.forwardTransform(f) == forward, "\(ring.name), \(fill)")
        #expect(ring.inverseTransform(g) == inverse, "\(ring.name), \(fill)")
      }
    }
  }

  @Test(arguments: [2048, 8192, 16384, 32768])
  func packingOfAllLevelsIsBitIdentical(degree: Int) throws {
    let basis = try RNSBasis(ringDegree: degree, bits: 48, count: 1)
    let rings = try SIMDLevel.supported.map {
      try NativeRing(basis: basis, plaintext: PlaintextModulus(p127, ringDegree: degree), level: $0)
    }
    let logDegree = degree.trailingZeroBitCount
    for fill in Fill.allCases {
      let values = plaintext(rings[0], fill, seed: 3)
      for layers in [1, 2, 5, logDegree - 4, logDegree - 3, logDegree - 2, logDegree - 1, logDegree] {
        var slots = values
        rings[0].slots(fromCoefficients: &slots, layers: layers)
        var coefficients = values
        rings[0].coefficients(fromSlots: &coefficients, layers: layers)
        for ring in rings.dropFirst() {
          var x = values
          ring.slots(fromCoefficients: &x, layers: layers)
          #expect(x == slots, "\(ring.name), \(fill), \(layers) layers")
          x = values
          ring.coefficients(fromSlots: &x, layers: layers)
          #expect(x == coefficients, "\(ring.name), \(fill), \(layers) layers")
        }
      }
    }
  }

  @Test(arguments: SIMDLevel.supported)
  func transformsAreLinear(level: SIMDLevel) throws {
    let basis = try RNSBasis(ringDegree: 1024, bits: 48, count: 2)
    let ring = try NativeRing(basis: basis, plaintext: PlaintextModulus(p127, ringDegree: 1024), level: level)
    let f = polynomial(Coefficients.self, in: basis, seed: 5)
    let g = polynomial(Coefficients.self, in: basis, seed: 6)
    var combination = f
    ring.scale(&combination, by: 123_456_789, adding: g)
    var expected = ring.forwardTransform(f)
    ring.scale(&expected, by: 123_456_789, adding: ring.forwardTransform(g))
    #expect(ring.forwardTransform(combination) == expected)
  }

  /// Set A's reply path: nine primes, six dropped, three recomposed; the dropped primes come back as a factor.
  @Test func replyPathOfSetAKeepsThePlaintextAtEveryLevel() throws {
    let basis = try RNSBasis(ringDegree: 256, bits: 48, count: 9)
    for level in SIMDLevel.supported {
      let ring = try NativeRing(basis: basis, plaintext: PlaintextModulus(p127, ringDegree: 256), level: level)
      let m = plaintext(ring, seed: 7)
      // Phase m + p * noise with noise of 300 bits, as after drowning.
      var generator = SplitMix(seed: 8)
      var noise = WideIntegers(zeros: 256, wordCount: 5)
      for i in 0..<256 {
        var words = (0..<5).map { _ in generator.next() }
        words[4] = UInt64(bitPattern: Int64(bitPattern: words[4]) >> 24)
        noise[i] = words
      }
      let span = m.span
      let lifted = ring.reduceCentred(span, limbCount: 9, secret: false)
      var phase = ring.reduce(noise, limbCount: 9, secret: true)
      ring.scale(&phase, by: p127, adding: lifted)
      #expect(phase.isSecret)
      #expect(ring.recompose(phase, restoringDropped: 9) == m)
      for drop in 1...6 {
        let switched = ring.switchModulus(phase, dropping: drop)
        #expect(switched.limbCount == 9 - drop)
        // Each switch rounds by at most p/2 per coefficient; the phase stays far below q'/2 and congruent modulo p.
        #expect(ring.recompose(switched, restoringDropped: 9) == m, "\(ring.name), \(drop) dropped")
      }
    }
  }
}
