import Cryptography
import FieldArithmetic
import Foundation
import LatticeEncryption
import MPCCore
import Testing

/// χ² of observed counts against probabilities.
func chiSquare(_ counts: [Int], _ probabilities: [Double]) -> Double {
  let total = Double(counts.reduce(0, +))
  return zip(counts, probabilities).reduce(0) { sum, pair in
    let expected = total * pair.1
    return sum + (Double(pair.0) - expected) * (Double(pair.0) - expected) / expected
  }
}

/// A bound that χ² with this many degrees of freedom exceeds with probability about 10^−9 (Wilson–Hilferty, z = 6).
func chiSquareLimit(_ degrees: Int) -> Double {
  let d = Double(degrees)
  let x = 1 - 2 / (9 * d) + 6 * (2 / (9 * d)).squareRoot()
  return d * x * x * x
}

func sampler(_ seed: UInt64) -> SecretSampler {
  SecretSampler(PRG(seed: PRG.deriveSeed([], label: "sampler-test", context: [seed])))
}

func values<T>(_ buffer: borrowing SecretBuffer<T>) -> [T] { buffer.withSpan { s in (0..<s.count).map { s[$0] } } }

@Suite struct SamplerTests {
  let count = 1 << 20

  @Test func ternaryIsUniformOnThreeValues() {
    var s = sampler(1)
    let x = values(s.ternary(count: count))
    let counts = [-1, 0, 1].map { v in x.count { $0 == Int8(v) } }
    #expect(counts.reduce(0, +) == count)
    #expect(chiSquare(counts, [1 / 3.0, 1 / 3.0, 1 / 3.0]) < chiSquareLimit(2))
    // Neighbours are independent: nine pairs.
    var pairs = [Int](repeating: 0, count: 9)
    for i in stride(from: 0, to: count, by: 2) { pairs[Int(x[i] + 1) * 3 + Int(x[i + 1] + 1)] += 1 }
    #expect(chiSquare(pairs, [Double](repeating: 1 / 9.0, count: 9)) < chiSquareLimit(8))
  }

  @Test func centredBinomialHasItsDistributionAndBound() {
    var s = sampler(2)
    let x = values(s.centredBinomial(count: count, parameter: 21))
    // Binomial(42, 1/2), tails beyond ±13 in one bin each.
    var probabilities = [Double](repeating: 0, count: 43)
    var c = 1 / Double(UInt64(1) << 42)
    for k in 0...42 {
      probabilities[k] = c
      c = c * Double(42 - k) / Double(k + 1)
    }
    var counts = [Int](repeating: 0, count: 27)
    var expected = [Double](repeating: 0, count: 27)
    for v in x {
      #expect(abs(Int(v)) <= 21)
      counts[min(max(Int(v), -13), 13) + 13] += 1
    }
    for k in 0...42 { expected[min(max(k - 21, -13), 13) + 13] += probabilities[k] }
    #expect(chiSquare(counts, expected) < chiSquareLimit(26))
    let variance = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)
    #expect(abs(variance - 10.5) < 0.1)
  }

  /// Every value against a count of bits in the words of the same generator, for parameters that share words and others.
  @Test(arguments: [1, 8, 21, 22, 32])
  func centredBinomialCountsTheBitsOfItsWords(_ eta: Int) {
    for count in [1, 2, 3, 64, 100, 4096] {
      let seed = PRG.deriveSeed([], label: "binomial", context: [UInt64(eta), UInt64(count)])
      var s = SecretSampler(PRG(seed: seed))
      let x = values(s.centredBinomial(count: count, parameter: eta))
      let generator = PRG(seed: seed)
      var expected: [Int] = []
      while expected.count < count {
        let block = min(count - expected.count, eta <= 21 ? 3840 : 2560)
        let m = (block + 2) / 3
        let words = generator.words(eta <= 21 ? 2 * m : block)
        for i in 0..<block {
          let word = eta > 21 || i < 2 * m ? words[i] : words[i - 2 * m] >> 42 | (words[i - m] >> 42) << 22
          expected.append((0..<2 * eta).count { word >> UInt64($0) & 1 == 1 } - eta)
        }
      }
      #expect(x.map { Int($0) } == expected, "\(count) values")
    }
  }

  @Test(arguments: [257, ParameterLiteral.p61, PlaintextModulus.p127])
  func plaintextsAreUniformPerBinAndPerBit(_ p: UInt128) {
    var s = sampler(3)
    let x = values(s.plaintext(count: count, modulus: p))
    #expect(x.allSatisfy { $0 < p })
    if p == 257 {
      var counts = [Int](repeating: 0, count: 257)
      for v in x { counts[Int(v)] += 1 }
      #expect(chiSquare(counts, [Double](repeating: 1 / 257.0, count: 257)) < chiSquareLimit(256))
      return
    }
    // 256 bins by the top byte: all equally likely up to 2^−40 for these primes.
    let bits = 128 - p.leadingZeroBitCount
    var counts = [Int](repeating: 0, count: 256)
    var ones = [Int](repeating: 0, count: bits)
    for v in x { counts[Int(v >> UInt128(bits - 8))] += 1 }
    let few = x.prefix(1 << 15)
    for v in few {
      for k in 0..<bits { ones[k] += Int(v >> UInt128(k) & 1) }
    }
    #expect((162...377).contains(chiSquare(counts, [Double](repeating: 1 / 256.0, count: 256))))
    for k in 0..<bits { #expect(abs(Double(ones[k]) / Double(few.count) - 0.5) < 0.017, "bit \(k)") }
  }

  @Test func drowningNoiseIsUniformInItsInterval() throws {
    let bound = try Parameters(validating: .a).budget.drowningBound
    var s = sampler(4)
    let n = 1 << 15
    let y = s.symmetric(count: n, bound: bound, wordCount: 5)
    let range = bound + bound
    let shift = range.bitWidth - 40
    var bins = [Int](repeating: 0, count: 256)
    var ones = [Int](repeating: 0, count: range.bitWidth)
    var fractions: [Double] = []
    let scale = Double((range >> shift).words[0]) + 1
    for i in 0..<n {
      let shifted = twosComplementSum(y[i], bound)  // y + D in [0, 2D]
      #expect(shifted <= range)
      for k in 0..<range.bitWidth {
        ones[k] += Int(shifted.words.count > k / 64 ? shifted.words[k / 64] >> UInt64(k % 64) & 1 : 0)
      }
      let top = shifted >> shift
      let fraction = Double(top.words.first ?? 0) / scale
      fractions.append(fraction)
      bins[min(255, Int(fraction * 256))] += 1
    }
    #expect((162...377).contains(chiSquare(bins, [Double](repeating: 1 / 256.0, count: 256))))
    for k in 0..<(range.bitWidth - 1) { #expect(abs(Double(ones[k]) / Double(n) - 0.5) < 0.017, "bit \(k)") }
    // Kolmogorov–Smirnov: p > 10^−6 means sqrt(n)·D < 2.7.
    fractions.sort()
    var distance = 0.0
    for (i, f) in fractions.enumerated() { distance = max(distance, abs(f - Double(i) / Double(n))) }
    #expect(distance * Double(n).squareRoot() < 2.7)
  }

  /// Candidates in, kept ones out, against arithmetic on `NaturalNumber`, with candidates at and around the limits.
  @Test func everyLevelKeepsTheCandidatesThatTheDefinitionKeeps() throws {
    var generator = SplitMix(seed: 77)
    let large = NaturalNumber(words: [.max, 0, 5, .max, 0x7_0000])
    let bounds = [
      NaturalNumber(0), NaturalNumber(1), NaturalNumber(1 << 24), .powerOfTwo(63), .powerOfTwo(64) - NaturalNumber(1),
      .powerOfTwo(130), large, try Parameters(validating: .a).budget.drowningBound, .powerOfTwo(509),
    ]
    for bound in bounds {
      let wordCount = min(8, bound.bitWidth / 64 + 2)
      let interval = SymmetricInterval(bound: bound, wordCount: wordCount)
      let (used, range) = (interval.candidateWordCount, bound + bound)
      for count in [1, 7, 64, 525] {
        var expected: [[UInt64]] = []
        var words = [UInt64](repeating: 0, count: used * count)
        for i in 0..<count {
          // Any word below the top bit of 2·bound, or 2·bound with one word a little off.
          var candidate = (0..<used).map { k in k < range.words.count ? range.words[k] : 0 }
          let place = Int(generator.next() % UInt64(used))
          switch generator.next() % 4 {
          case 0: for k in 0..<used { candidate[k] = generator.next() }
          case 1: candidate[place] &+= 1
          case 2: candidate[place] &-= 1
          default: break
          }
          for k in 0..<used { words[k * count + i] = candidate[k] }
          let top = used - 1
          let topBits = range.bitWidth - 64 * top
          candidate[top] &= topBits >= 64 ? .max : topBits <= 0 ? 0 : (1 << UInt64(topBits)) - 1
          let value = NaturalNumber(words: candidate)
          guard value <= range else { continue }
          let wrapped = .powerOfTwo(64 * wordCount) + value - bound
          expected.append((wrapped.words + [UInt64](repeating: 0, count: wordCount)).prefix(wordCount).map { $0 })
        }
        for level in SIMDLevel.supported {
          var out = WideIntegers(zeros: count + 3, wordCount: wordCount)
          let span = words.span
          let kept = interval.store(span, count: count, into: &out, at: 3, level: level)
          #expect(kept == expected.count, "\(level.name), \(bound)")
          #expect((0..<min(kept, expected.count)).allSatisfy { out[3 + $0] == expected[$0] }, "\(level.name), \(bound)")
          #expect((0..<3).allSatisfy { out[$0].allSatisfy { $0 == 0 } })
        }
      }
    }
  }

  @Test(arguments: [0, 1, 2, 3, 7, 128])
  func smallSymmetricBoundsAreReachedAndNeverExceeded(_ bound: Int) {
    var s = sampler(5)
    let n = 60000
    let y = s.symmetric(count: n, bound: NaturalNumber(bound), wordCount: 2)
    var counts = [Int](repeating: 0, count: 2 * bound + 1)
    for i in 0..<n {
      let v = Int(Int64(bitPattern: y[i][0]))
      #expect(y[i][1] == (v < 0 ? UInt64.max : 0))
      guard abs(v) <= bound else {
        Issue.record("\(v) is outside ±\(bound)")
        return
      }
      counts[v + bound] += 1
    }
    if bound > 0 {
      let uniform = [Double](repeating: 1 / Double(2 * bound + 1), count: 2 * bound + 1)
      #expect(chiSquare(counts, uniform) < chiSquareLimit(2 * bound))
    }
  }

  @Test func ringElementsAreUniformAndLimbsAreIndependent() throws {
    let parameters = try Parameters(validating: .a)
    let seed = PRG.deriveSeed([], label: "coin")
    let a = parameters.basis.uniform(seed: seed, label: "A")
    #expect(a == parameters.basis.uniform(seed: seed, label: "A"))
    #expect(a != parameters.basis.uniform(seed: seed, label: "B"))
    var joint = [Int](repeating: 0, count: 256)
    var bins = [Int](repeating: 0, count: 256)
    let limbs = (0..<a.limbCount).map { a.values(limb: $0) }
    for i in 0..<limbs.count {
      let next = limbs[(i + 1) % limbs.count]
      for (x, y) in zip(limbs[i], next) {
        #expect(x < parameters.basis.moduli[i].value)
        bins[Int(x >> 40)] += 1
        joint[Int(x >> 44) * 16 + Int(y >> 44)] += 1  // top nibbles of neighbouring limbs
      }
    }
    let uniform = [Double](repeating: 1 / 256.0, count: 256)
    #expect((162...377).contains(chiSquare(bins, uniform)))
    #expect((162...377).contains(chiSquare(joint, uniform)))
  }

  @Test func partiesAndPurposesGetIndependentStreams() {
    let root = [UInt8](repeating: 9, count: 32)
    func stream(_ party: UInt64, _ label: String) -> [Int8] {
      var s = SecretSampler(PRG(seed: PRG.deriveSeed(root, label: label, context: [party])))
      return values(s.ternary(count: 1 << 16))
    }
    let streams = [stream(0, "key"), stream(1, "key"), stream(0, "coins")]
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
      var pairs = [Int](repeating: 0, count: 9)
      for (x, y) in zip(streams[i], streams[j]) { pairs[Int(x + 1) * 3 + Int(y + 1)] += 1 }
      #expect(chiSquare(pairs, [Double](repeating: 1 / 9.0, count: 9)) < chiSquareLimit(8))
    }
  }

  @Test func consecutiveDrawsNeverRepeat() {
    var s = sampler(6)
    let first = values(s.ternary(count: 4096))
    let second = values(s.ternary(count: 4096))
    #expect(first != second)
    #expect(first.contains { $0 != 0 } && Set(first).count == 3)
  }
}

/// value + bound for a two's complement value ≥ −bound.
func twosComplementSum(_ words: [UInt64], _ bound: NaturalNumber) -> NaturalNumber {
  let isNegative = words[words.count - 1] >> 63 == 1
  guard isNegative else { return NaturalNumber(words: words) + bound }
  let magnitude = NaturalNumber(words: words.map { ~$0 }) + NaturalNumber(1)
  return magnitude <= bound ? bound - magnitude : bound + bound + NaturalNumber(1)
}
