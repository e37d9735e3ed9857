import FieldArithmetic
import LatticeEncryption
import MPCCore
import Testing

/// The fused operations of every native level against the single operations on NTL.
@Suite struct FusedOperationTests {
  static let settings = BackendDifferentialTests.settings

  struct Inputs {
    var m: [UInt128]
    var w: [Int8]
    var y: WideIntegers

    /// Random and extreme integers: ±127 and plaintexts around p/2, the largest and smallest y.
    init(_ ring: some RingBackend, wordCount: Int, _ fill: Fill) {
      var generator = SplitMix(seed: 81)
      let n = ring.basis.ringDegree
      m = plaintext(ring, fill, seed: 82)
      w = (0..<n).map { _ in
        switch fill {
        case .random: Int8(truncatingIfNeeded: Int(generator.next() % 255) - 127)
        case .zero, .one: 0
        case .largest: 127
        case .mixedExtremes: [-127, 0, 127, -1][Int(generator.next() % 4)]
        }
      }
      y = WideIntegers(zeros: n, wordCount: wordCount)
      for i in 0..<n {
        y[i] = (0..<wordCount).map { k in
          switch fill {
          case .random: generator.next()
          case .zero: 0
          case .one: .max
          case .largest: k == wordCount - 1 ? .max >> 1 : .max
          case .mixedExtremes: i % 2 == 0 ? (k == wordCount - 1 ? 1 << 63 : 0) : (k == wordCount - 1 ? .max >> 1 : .max)
          }
        }
      }
    }
  }

  @Test(arguments: settings)
  func messagesWithErrorsAndNoiseReduceAlike(setting: BackendDifferentialTests.Setting) throws {
    let (reference, natives) = try BackendDifferentialTests().rings(setting)
    for fill in Fill.allCases {
      for wordCount in 1...8 {
        let x = Inputs(reference, wordCount: wordCount, fill)
        let (m, w) = (x.m.span, x.w.span)
        let whole = reference.message(m, error: w, noise: x.y, limbCount: setting.count)
        let noise = reference.message(nil, error: nil, noise: x.y, limbCount: setting.count)
        for ring in natives {
          let place: Comment = "\(ring.name), \(fill), \(wordCount) words"
          #expect(ring.message(m, error: w, noise: x.y, limbCount: setting.count) == whole, place)
          #expect(ring.message(nil, error: nil, noise: x.y, limbCount: setting.count) == noise, place)
        }
      }
      let x = Inputs(reference, wordCount: 1, fill)
      let (m, w) = (x.m.span, x.w.span)
      let both = reference.message(m, error: w, noise: nil, limbCount: 1)
      let message = reference.message(m, error: nil, noise: nil, limbCount: setting.count)
      let error = reference.message(nil, error: w, noise: nil, limbCount: setting.count)
      #expect(message == reference.reduceCentred(m, limbCount: setting.count, secret: false))
      for ring in natives {
        #expect(ring.message(m, error: w, noise: nil, limbCount: 1) == both, "\(ring.name), \(fill)")
        #expect(ring.message(m, error: nil, noise: nil, limbCount: setting.count) == message, "\(ring.name), \(fill)")
        #expect(ring.message(nil, error: w, noise: nil, limbCount: setting.count) == error, "\(ring.name), \(fill)")
      }
    }
  }

  @Test(arguments: settings)
  func encryptionsAndRepliesAgree(setting: BackendDifferentialTests.Setting) throws {
    let (reference, natives) = try BackendDifferentialTests().rings(setting)
    for fill in Fill.allCases {
      let basis = reference.basis
      let f = polynomial(Coefficients.self, in: basis, fill, seed: 91)
      let g = polynomial(Coefficients.self, in: basis, fill, seed: 92)
      let b = polynomial(Evaluations.self, in: basis, fill, seed: 93)
      let a = polynomial(Evaluations.self, in: basis, fill, seed: 94)
      let sum = (polynomial(Evaluations.self, in: basis, fill, seed: 95), a)
      let u = SecretBuffer(copying: Inputs(reference, wordCount: 1, fill).w)
      for limbs in Set([1, setting.count]) {
        let c0 = polynomial(Coefficients.self, in: basis, limbs: limbs, fill, seed: 96)
        let c1 = polynomial(Coefficients.self, in: basis, limbs: limbs, fill, seed: 97)
        let s = polynomial(Evaluations.self, in: basis, limbs: limbs, fill, seed: 98)
        let phase = reference.phase(c0, c1, key: s)
        for ring in natives { #expect(ring.phase(c0, c1, key: s) == phase, "\(ring.name), \(fill), \(limbs) limbs") }
      }
      let encryption = reference.encryption(of: f, g, under: b, a, ephemeral: u)
      for ring in natives {
        #expect(ring.encryption(of: f, g, under: b, a, ephemeral: u) == encryption, "\(ring.name), \(fill)")
      }
      for count in [0, 1, 2, 15, 16, 40] {
        let terms = (0..<count).map { k -> ReplyTerm in
          let x = polynomial(Evaluations.self, in: basis, k == 0 ? fill : Fill.random, seed: 100 + UInt64(k))
          return ReplyTerm(c0: k % 2 == 0 ? b : sum.0, c1: a, multiplicand: x)
        }
        let added = reference.reply(f, g, products: terms, adding: sum, under: b, a, ephemeral: u)
        let plain = reference.reply(f, g, products: terms, adding: nil, under: b, a, ephemeral: u)
        for ring in natives {
          let place: Comment = "\(ring.name), \(fill), \(count) products"
          #expect(ring.reply(f, g, products: terms, adding: sum, under: b, a, ephemeral: u) == added, place)
          #expect(ring.reply(f, g, products: terms, adding: nil, under: b, a, ephemeral: u) == plain, place)
        }
      }
    }
  }
}
