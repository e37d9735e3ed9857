import Cryptography
import InsecureToyParameters
import LatticeEncryption
import Testing

@testable import ZeroKnowledge

/// f·g in Z[X]/(X^N + 1), coefficient by coefficient.
private func product(_ f: [Int], _ g: [Int]) -> [Int] {
  let n = f.count
  var result = [Int](repeating: 0, count: n)
  for i in 0..<n where f[i] != 0 {
    for j in 0..<n { result[(i + j) % n] += i + j < n ? f[i] * g[j] : -f[i] * g[j] }
  }
  return result
}

/// A challenge as a polynomial.
private func polynomial(_ challenge: MonomialChallenge, _ n: Int) -> [Int] {
  var result = [Int](repeating: 0, count: n)
  if case .monomial(let e) = challenge { result[e % n] = e < n ? 1 : -1 }
  return result
}

@Suite struct MonomialChallengeTests {
  @Test func twoOverADifferenceOfChallengesHasCoefficientsMinusOneZeroOrOne() {
    // The lemma behind extraction. For c = X^i − X^j = X^i(1 − X^d) with d of 2-adic part 2^t: 1 − X^(2^t·odd) divides
    // 1 − X^N·(odd power) = 2; the quotient is the sum of the powers of X^d up to N/2^t.
    let n = 64
    var one = [Int](repeating: 0, count: n)
    one[0] = 1
    func power(_ e: Int) -> [Int] { polynomial(.monomial(((e % (2 * n)) + 2 * n) % (2 * n)), n) }
    for i in [0, 1, 37, n, 2 * n - 1] {
      for j in 0..<(2 * n) where i != j {
        let d = (j - i + 2 * n) % (2 * n)
        let terms = n >> d.trailingZeroBitCount
        let difference = zip(power(i), power(j)).map { $0 - $1 }
        var quotient = [Int](repeating: 0, count: n)
        if d == n {
          quotient = power(-i)  // X^i − X^j = 2·X^i
        } else {
          // (1 − X^d)·Σ_{k < terms} X^(dk) = 1 − X^(d·terms) = 1 − (−1)^odd = 2.
          for k in 0..<terms { quotient = zip(quotient, power(d * k - i)).map { $0 + $1 } }
        }
        #expect(product(difference, quotient) == one.map { 2 * $0 }, "X^\(i) − X^\(j)")
        #expect(quotient.allSatisfy { (-1...1).contains($0) }, "X^\(i) − X^\(j)")
      }
      // Against the challenge 0 the quotient is 2·X^−i: divided by 1 instead of 2 it is exact.
      #expect(product(power(i), power(-i)) == one)
    }
  }

  @Test func challengesAreTheWordsOfTheStreamModuloTwoNPlusOne() {
    let seed = [UInt8](0..<32)
    let (rows, count, n) = (9, 18, 16384)
    let expanded = MonomialChallenge.expand(seed: seed, rows: rows, count: count, ringDegree: n)
    let bytes = PRG(seed: PRG.deriveSeed(seed, label: "monomial-challenges")).bytes(16 * rows * count)
    for row in 0..<rows {
      for k in 0..<count {
        let at = 16 * (row * count + k)
        // Horner from the top byte: an independent way to reduce a little-endian word.
        let t = bytes[at..<(at + 16)].reversed().reduce(0) { ($0 * 256 + Int($1)) % (2 * n + 1) }
        #expect(expanded[row][k] == (t == 0 ? .zero : .monomial(t - 1)))
      }
    }
    #expect(expanded != MonomialChallenge.expand(seed: seed.reversed(), rows: rows, count: count, ringDegree: n))
  }

  @Test func allChallengesOccurEquallyOften() {
    let (n, draws) = (16, 33 * 2000)
    let row = MonomialChallenge.expand(seed: [UInt8](repeating: 7, count: 32), rows: 1, count: draws, ringDegree: n)[0]
    var counts: [MonomialChallenge: Int] = [:]
    for challenge in row { counts[challenge, default: 0] += 1 }
    #expect(counts.count == 2 * n + 1)
    // χ² with 32 degrees of freedom exceeds 85 with probability below 10^−6.
    let statistic = counts.values.reduce(0.0) { $0 + (Double($1) - 2000) * (Double($1) - 2000) / 2000 }
    #expect(statistic < 85, "χ² = \(statistic)")
  }

  @Test func shiftsMultiplyByTheMonomial() {
    let n = 64
    let x = (0..<n).map { Int64($0 * $0 - 700) }
    for exponent in 0..<(2 * n) {
      // Inside longer vectors, so that a shift that runs out of its place is seen.
      let source = [Int64](repeating: 99, count: 3) + x + [99]
      var target = [Int64](repeating: 5, count: n + 9)
      let input = source.span
      var output = target.mutableSpan
      MonomialChallenge.addShifted(input, at: 3, to: &output, at: 7, count: n, exponent: exponent)
      let expected = product(x.map { Int($0) }, polynomial(.monomial(exponent), n)).map { Int64($0 + 5) }
      #expect(target == [Int64](repeating: 5, count: 7) + expected + [5, 5], "X^\(exponent)")
    }
  }

  @Test func sumsOfShiftedResiduesAgreeWithProductsInTheRing() throws {
    // Also with more summands than fit into a word without reduction.
    let bgv = try BGV(try InsecureToy64.parameters())
    let (ring, n, limbCount) = (bgv.ring, bgv.ringDegree, bgv.parameters.primeCount)
    var sampler = SecretSampler(PRG(seed: [UInt8](repeating: 4, count: 32)))
    let largest = try #require(ring.basis.moduli.map(\.value).max())
    for count in [1, 2, Int(clamping: UInt64.max / largest) > 1000 ? 64 : 2 * Int(UInt64.max / largest) + 3] {
      let terms = (0..<count).map { _ in
        let x = sampler.symmetric(count: n, bound: NaturalNumber(1 << 60), wordCount: 1)
        return ring.reduce(x, limbCount: limbCount, secret: false)
      }
      let challenges = MonomialChallenge.expand(
        seed: [UInt8](repeating: UInt8(count % 251), count: 32), rows: 1, count: count, ringDegree: n)[0]
      let sum = ring.forwardTransform(MonomialSum.residues([challenges], terms, ring: ring)[0])
      var factors: [(Poly<Evaluations>, Poly<Evaluations>)] = []
      for (challenge, term) in zip(challenges, terms) {
        guard case .monomial(let e) = challenge else { continue }
        factors.append((ring.monomial(e, limbCount: limbCount), ring.forwardTransform(term)))
      }
      var difference = sum
      for factor in factors { ring.subtract(ring.sumOfProducts([factor], adding: nil), from: &difference) }
      let zero = Poly<Evaluations>(zeroOfDegree: n, limbCount: limbCount)
      #expect(difference == zero, "\(count) summands")
    }
  }
}
