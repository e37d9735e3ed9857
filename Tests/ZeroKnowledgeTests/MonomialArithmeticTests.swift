import Cryptography
import FieldArithmetic
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

@testable import ZeroKnowledge

@Suite struct MonomialArithmeticTests {
  private func challenges(_ count: Int, _ n: Int, seed: UInt64) -> [MonomialChallenge] {
    MonomialChallenge.expand(
      seed: PRG.deriveSeed([], label: "monomial-test", context: [seed]), rows: 1, count: count, ringDegree: n)[0]
  }

  @Test func challengesAreTheDocumentedFunctionOfTheSeed() {
    // 128-bit words of AES-256-CTR under a derived seed, modulo 2N + 1: from Scripts/vectors/monomial_challenges.py.
    let seed = [UInt8](0..<32)
    func exponents(_ rows: Int, _ count: Int, _ n: Int) -> [[Int]] {
      MonomialChallenge.expand(seed: seed, rows: rows, count: count, ringDegree: n).map {
        $0.map { if case .monomial(let exponent) = $0 { exponent } else { -1 } }
      }
    }
    #expect(exponents(2, 3, 16) == [[18, 15, 13], [29, 3, 17]])
    #expect(exponents(1, 4, 16384) == [[24405, 8331, 20572, 3560]])
  }

  @Test func combinationsOfWitnessesAreTheOnesOfNaiveArithmetic() throws {
    for parameters in try operandProofToys() {
      var fixture = try OperandProofFixture(parameters)
      let (n, limit) = (fixture.n, parameters.literal.ciphertextsPerProof)
      let p = parameters.plaintext.value
      var witnesses = fixture.witnesses(limit)
      witnesses[0] = fixture.constantWitness(p / 2, u: 1, v: 21, w: -21)
      witnesses[limit - 1] = fixture.constantWitness(p / 2 + 1, u: -1, v: -21, w: 21)
      let lanes = WitnessLanes(witnesses, fixture.bgv)
      var rows = [challenges(limit, n, seed: 2), challenges(limit, n, seed: 3)]
      rows.append([MonomialChallenge](repeating: .monomial(0), count: limit))
      rows.append([MonomialChallenge](repeating: .monomial(2 * n - 1), count: limit))
      rows.append([MonomialChallenge](repeating: .zero, count: limit))
      for row in rows {
        let sums = lanes.combined(row, fixture.scheme.responses)
        // Modulo all primes, whose product is above the range of the sums.
        for (part, sum) in sums.enumerated() {
          let residues = fixture.bgv.ring.reduce(sum, limbCount: parameters.primeCount, secret: false)
          for (limb, modulus) in parameters.basis.moduli.enumerated() {
            var expected = [UInt64](repeating: 0, count: n)
            for (challenge, witness) in zip(row, witnesses) {
              let x = integers(witness, part, p, modulus.value)
              expected = naiveSum(expected, challenge, x, modulus.value)
            }
            #expect(residues.withLimb(limb) { x in x.indices.map { x[$0] } } == expected)
          }
        }
      }
    }
  }

  @Test func sumsOfCiphertextsAreTheOnesOfNaiveArithmetic() throws {
    for bits in [20, 48, 50, 61] {
      let n = 64
      let basis = try RNSBasis(ringDegree: n, bits: bits, count: bits == 20 ? 1 : 2)
      let ring = try NativeRing(basis: basis, plaintext: try PlaintextModulus(257, ringDegree: n))
      for count in [1, 6, 7, 8, 13, 14, 15, 100] {
        var terms = (0..<count).map { basis.uniformCoefficients($0) }
        for (limb, modulus) in basis.moduli.enumerated() {
          // Largest and smallest residues in all summands.
          for k in terms.indices {
            terms[k].withMutableLimb(limb) {
              $0[0] = 0
              $0[1] = modulus.value - 1
            }
          }
        }
        for row in [
          challenges(count, n, seed: 4), [MonomialChallenge](repeating: .monomial(n), count: count),
          [MonomialChallenge](repeating: .monomial(0), count: count),
          [MonomialChallenge](repeating: .zero, count: count),
        ] {
          let sum = MonomialSum.residues([row], terms, ring: ring)[0]
          for (limb, modulus) in basis.moduli.enumerated() {
            var expected = [UInt64](repeating: 0, count: n)
            for (challenge, term) in zip(row, terms) {
              let x = term.withLimb(limb) { x in x.indices.map { x[$0] } }
              expected = naiveSum(expected, challenge, x, modulus.value)
            }
            #expect(sum.withLimb(limb) { x in x.indices.map { x[$0] } } == expected, "\(bits) bits, \(count) terms")
          }
        }
      }
    }
  }

  /// Part of a witness modulo q: 0 … 3 for m (its centred lift), u, v, w.
  private func integers(_ witness: PlaintextWitness, _ part: Int, _ p: UInt128, _ q: UInt64) -> [UInt64] {
    func residue(_ x: Int128) -> UInt64 {
      let r = x % Int128(q)
      return UInt64(r < 0 ? r + Int128(q) : r)
    }
    func small(_ x: Span<Int8>) -> [UInt64] { x.indices.map { residue(Int128(x[$0])) } }
    switch part {
    case 0:
      return witness.message.withSpan { m in
        m.indices.map { residue(m[$0] > p / 2 ? Int128(m[$0]) - Int128(p) : Int128(m[$0])) }
      }
    case 1: return witness.coins.u.withSpan(small)
    case 2: return witness.coins.v.withSpan(small)
    default: return witness.coins.w.withSpan(small)
    }
  }

  /// sum + W·x modulo q.
  private func naiveSum(_ sum: [UInt64], _ challenge: MonomialChallenge, _ x: [UInt64], _ q: UInt64) -> [UInt64] {
    guard case .monomial(let exponent) = challenge else { return sum }
    var sum = sum
    for (i, value) in x.enumerated() {
      let target = (i + exponent) % (2 * x.count)
      let summand = target < x.count || value == 0 ? value : q - value
      sum[target % x.count] = UInt64((UInt128(sum[target % x.count]) + UInt128(summand)) % UInt128(q))
    }
    return sum
  }
}

extension RNSBasis {
  /// Uniform residues, read as coefficients.
  fileprivate func uniformCoefficients(_ index: Int) -> Poly<Coefficients> {
    let f = uniform(seed: PRG.deriveSeed([], label: "coefficients", context: [UInt64(index)]), label: "test")
    var result = Poly<Coefficients>(zeroOfDegree: ringDegree, limbCount: moduli.count)
    for limb in moduli.indices {
      let words = f.withLimb(limb) { x in x.indices.map { x[$0] } }
      result.withMutableLimb(limb) { out in for i in words.indices { out[i] = words[i] } }
    }
    return result
  }
}
