import FieldArithmetic
import LatticeEncryption
import Testing

/// Every native level against the ring on NTL, operation by operation, over random values and extremes.
@Suite struct BackendDifferentialTests {
  struct Setting: CustomTestStringConvertible, Sendable {
    var degree: Int
    var bits: Int
    var count: Int
    var p: UInt128
    var testDescription: String { "N=\(degree), \(count) x \(bits) bits, p=\(p)" }
  }
  static let settings = [
    Setting(degree: 16, bits: 40, count: 2, p: 257),
    Setting(degree: 64, bits: 48, count: 9, p: p127),
    Setting(degree: 128, bits: 50, count: 5, p: p61),
    Setting(degree: 256, bits: 50, count: 16, p: p127),
    Setting(degree: 64, bits: 59, count: 4, p: p61),
    Setting(degree: 1024, bits: 48, count: 3, p: p127),
  ]

  func rings(_ setting: Setting) throws -> (reference: NTLRing, natives: [NativeRing]) {
    let basis = try RNSBasis(ringDegree: setting.degree, bits: setting.bits, count: setting.count)
    let plaintext = try PlaintextModulus(setting.p, ringDegree: setting.degree)
    return (
      try NTLRing(basis: basis, plaintext: plaintext),
      try SIMDLevel.supported.map { try NativeRing(basis: basis, plaintext: plaintext, level: $0) }
    )
  }

  @Test(arguments: settings)
  func transformsAgree(setting: Setting) throws {
    let (reference, natives) = try rings(setting)
    for fill in Fill.allCases {
      let f = polynomial(Coefficients.self, in: reference.basis, fill, seed: 11)
      let g = polynomial(Evaluations.self, in: reference.basis, fill, seed: 12)
      let forward = reference.forwardTransform(f)
      let inverse = reference.inverseTransform(g)
      for ring in natives {
        #expect(ring.forwardTransform(f) == forward, "\(ring.name), \(fill)")
        #expect(ring.inverseTransform(g) == inverse, "\(ring.name), \(fill)")
      }
    }
  }

  @Test(arguments: settings)
  func pointwiseArithmeticAgrees(setting: Setting) throws {
    let (reference, natives) = try rings(setting)
    for fill in Fill.allCases {
      let a = polynomial(Evaluations.self, in: reference.basis, fill, seed: 21)
      let b = polynomial(Evaluations.self, in: reference.basis, fill, seed: 22)
      let c = polynomial(Evaluations.self, in: reference.basis, fill, seed: 23)
      func results(_ ring: some RingBackend) -> [Poly<Evaluations>] {
        var sum = a
        ring.add(b, to: &sum)
        var difference = a
        ring.subtract(b, from: &difference)
        var negative = a
        ring.negate(&negative)
        var scaled = a
        ring.scale(&scaled, by: setting.p - 1, adding: nil)
        var scaledSum = a
        ring.scale(&scaledSum, by: setting.p / 2, adding: c)
        return [
          sum, difference, negative, scaled, scaledSum, ring.multiply(a, b),
          ring.sumOfProducts([(a, b)], adding: nil), ring.sumOfProducts([(a, b), (b, c)], adding: c),
          ring.sumOfProducts(Array(repeating: (a, b), count: 16), adding: c),
          ring.sumOfProducts([(a, b), (b, c), (c, a), (a, a), (b, b)], adding: nil),
          ring.monomial(5, limbCount: setting.count), ring.monomial(2 * setting.degree - 3, limbCount: 1),
        ]
      }
      let expected = results(reference)
      for ring in natives { #expect(results(ring) == expected, "\(ring.name), \(fill)") }
    }
  }

  @Test(arguments: settings)
  func wideIntegersReduceAlike(setting: Setting) throws {
    let (reference, natives) = try rings(setting)
    var generator = SplitMix(seed: 31)
    for words in 1...8 {
      var x = WideIntegers(zeros: setting.degree, wordCount: words)
      for i in 0..<setting.degree {
        x[i] = (0..<words).map { k in
          switch i % 8 {
          case 0: UInt64.max  // -1
          case 1: k == words - 1 ? 1 << 63 : 0  // the smallest value
          case 2: k == words - 1 ? (1 << 63) - 1 : UInt64.max  // the largest
          case 3: 0
          default: generator.next()
          }
        }
      }
      let expected = reference.reduce(x, limbCount: setting.count, secret: false)
      for ring in natives {
        #expect(ring.reduce(x, limbCount: setting.count, secret: false) == expected, "\(ring.name), \(words) words")
      }
    }
  }

  @Test(arguments: settings)
  func plaintextsAndSmallIntegersReduceAlike(setting: Setting) throws {
    let (reference, natives) = try rings(setting)
    let small = (0..<setting.degree).map { Int8(truncatingIfNeeded: $0 % 255 - 127) }
    let smallSpan = small.span
    let expectedSmall = reference.reduce(smallSpan, limbCount: setting.count, secret: true)
    for ring in natives {
      #expect(ring.reduce(smallSpan, limbCount: setting.count, secret: true) == expectedSmall, "\(ring.name)")
    }
    for fill in Fill.allCases {
      let m = plaintext(reference, fill, seed: 32)
      let span = m.span
      let expected = reference.reduceCentred(span, limbCount: setting.count, secret: false)
      for ring in natives {
        #expect(ring.reduceCentred(span, limbCount: setting.count, secret: false) == expected, "\(ring.name), \(fill)")
      }
    }
  }

  @Test(arguments: settings)
  func modulusSwitchingAgrees(setting: Setting) throws {
    let (reference, natives) = try rings(setting)
    for fill in Fill.allCases {
      for limbs in Set([setting.count, max(1, setting.count - 1)]) {
        let c = polynomial(Coefficients.self, in: reference.basis, limbs: limbs, fill, seed: 41)
        for drop in Set([0, 1, limbs / 2, limbs - 1]) where drop < limbs {
          let expected = reference.switchModulus(c, dropping: drop)
          for ring in natives {
            #expect(ring.switchModulus(c, dropping: drop) == expected, "\(ring.name), \(fill), \(limbs) - \(drop)")
          }
        }
      }
    }
  }

  @Test(arguments: settings)
  func recompositionAgrees(setting: Setting) throws {
    let (reference, natives) = try rings(setting)
    for fill in Fill.allCases {
      for limbs in Set([1, 2, min(3, setting.count), setting.count]) {
        let f = polynomial(Coefficients.self, in: reference.basis, limbs: limbs, fill, seed: 51)
        for chain in Set([limbs, setting.count]) {
          let expected = reference.recompose(f, restoringDropped: chain)
          for ring in natives {
            #expect(ring.recompose(f, restoringDropped: chain) == expected, "\(ring.name), \(fill), \(limbs) limbs")
          }
        }
      }
    }
  }

  @Test(arguments: settings)
  func packingAgreesForEveryNumberOfLayers(setting: Setting) throws {
    let (reference, natives) = try rings(setting)
    for fill in Fill.allCases {
      let values = plaintext(reference, fill, seed: 61)
      for layers in 0...setting.degree.trailingZeroBitCount {
        var slots = values
        reference.slots(fromCoefficients: &slots, layers: layers)
        var coefficients = values
        reference.coefficients(fromSlots: &coefficients, layers: layers)
        for ring in natives {
          var x = values
          ring.slots(fromCoefficients: &x, layers: layers)
          #expect(x == slots, "\(ring.name), \(fill), \(layers) layers")
          ring.coefficients(fromSlots: &x, layers: layers)
          #expect(x == values, "\(ring.name), \(fill), \(layers) layers")
          var y = values
          ring.coefficients(fromSlots: &y, layers: layers)
          #expect(y == coefficients, "\(ring.name), \(fill), \(layers) layers")
        }
      }
    }
  }

  @Test(arguments: settings)
  func fibrePackingIsTheFullTransformOfBlockConstantSlots(setting: Setting) throws {
    let (reference, natives) = try rings(setting)
    for log in 0...setting.degree.trailingZeroBitCount {
      let values = plaintext(reference, count: 1 << log, seed: 71)
      var coefficients = values
      reference.fibreCoefficients(fromBlockValues: &coefficients)
      let span = coefficients.span
      let evaluations = reference.fibreEvaluations(ofCoefficients: span, limbCount: setting.count)
      for ring in natives {
        var x = values
        ring.fibreCoefficients(fromBlockValues: &x)
        #expect(x == coefficients, "\(ring.name), \(values.count) blocks")
        #expect(
          ring.fibreEvaluations(ofCoefficients: span, limbCount: setting.count) == evaluations,
          "\(ring.name), \(values.count) blocks")
      }
    }
  }
}
