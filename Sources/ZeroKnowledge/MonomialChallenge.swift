internal import Cryptography
internal import LatticeEncryption

/// One challenge of a proof of plaintext knowledge: 0 or X^exponent with 0 ≤ exponent < 2N, where X^N = −1.
///
/// For two different monomials, 2/(W − W′) has coefficients in {−1, 0, 1}; if one of them is 0, it is 2 times a monomial.
/// Multiplying by it makes norms grow by at most N ≥ 2 in both cases: this is how extraction divides.
/// Source: [BCS19, section 3.1]; the lemma is [BCKL+14, lemma 3.1].
enum MonomialChallenge: Hashable {
  case zero
  case monomial(Int)

  /// Rows × count challenges from a seed: 128-bit words modulo 2N+1, bias below 2^−100.
  static func expand(seed: [UInt8], rows: Int, count: Int, ringDegree: Int) -> [[MonomialChallenge]] {
    let words = PRG(seed: PRG.deriveSeed(seed, label: "monomial-challenges")).words(2 * rows * count)
    let size = UInt128(2 * ringDegree + 1)
    return (0..<rows).map { row in
      (0..<count).map { k in
        let at = 2 * (row * count + k)
        let t = Int((UInt128(words[at]) | UInt128(words[at + 1]) << 64) % size)
        return t == 0 ? .zero : .monomial(t - 1)
      }
    }
  }

  /// Calls `body` with source range, distance to the target and sign of the two pieces of a shift of N coefficients.
  static func pieces(
    exponent: Int, count n: Int, _ body: (_ source: Range<Int>, _ distance: Int, _ isNegated: Bool) -> Void
  ) {
    let shift = exponent % n
    body(0..<(n - shift), shift, exponent >= n)
    if shift > 0 { body((n - shift)..<n, shift - n, exponent < n) }
  }

  /// y ← y + X^exponent·x for vectors of N integers inside longer ones. Constant time in x: shift and sign are public.
  static func addShifted(
    _ x: Span<Int64>, at sourceStart: Int, to y: inout MutableSpan<Int64>, at targetStart: Int, count n: Int,
    exponent: Int
  ) {
    precondition(sourceStart + n <= x.count && targetStart + n <= y.count, "vectors inside the spans")
    pieces(exponent: exponent, count: n) { range, distance, isNegated in
      let offset = targetStart &+ distance &- sourceStart
      let source = (sourceStart &+ range.lowerBound)..<(sourceStart &+ range.upperBound)
      // Both ends are inside: checked above, as a shift keeps within N.
      if isNegated {
        for i in source { unsafe y[unchecked: i &+ offset] &-= x[unchecked: i] }
      } else {
        for i in source { unsafe y[unchecked: i &+ offset] &+= x[unchecked: i] }
      }
    }
  }
}

/// Σ W_k·C_k for rows of challenges in coefficient form, residues summed up without reduction.
struct MonomialSum {
  /// One sum a row. Goes limb by limb, so that one limb of all terms stays in the cache for all rows.
  /// - Parameters:
  ///   - terms: polynomials over all primes of `ring`.
  static func residues(
    _ rows: [[MonomialChallenge]], _ terms: [Poly<Coefficients>], ring: any RingBackend
  ) -> [Poly<Coefficients>] {
    let (degree, moduli) = (ring.basis.ringDegree, ring.basis.moduli)
    var results = rows.map { _ in Poly<Coefficients>(zeroOfDegree: degree, limbCount: moduli.count) }
    for (limb, modulus) in moduli.enumerated() {
      for (index, row) in rows.enumerated() {
        results[index].withMutableLimb(limb) { sum(row, terms, limb: limb, modulo: modulus.value, into: &$0) }
      }
    }
    return results
  }

  private static func sum(
    _ row: [MonomialChallenge], _ terms: [Poly<Coefficients>], limb: Int, modulo q: UInt64,
    into out: inout MutableSpan<UInt64>
  ) {
    // A summand is at most q (−0 is stored as q), so sums of that many fit into a word; at least 7, as q < 2^61.
    let capacity = Int(clamping: UInt64.max / q) - 1
    var summands = 0
    for (challenge, term) in zip(row, terms) {
      guard case .monomial(let exponent) = challenge else { continue }
      if summands == capacity {
        reduce(&out, modulo: q)
        summands = 1
      }
      summands += 1
      term.withLimb(limb) { source in
        MonomialChallenge.pieces(exponent: exponent, count: source.count) { range, offset, isNegated in
          // The pieces lie inside both vectors.
          if isNegated {
            for i in range { unsafe out[unchecked: i &+ offset] &+= q &- source[unchecked: i] }
          } else {
            for i in range { unsafe out[unchecked: i &+ offset] &+= source[unchecked: i] }
          }
        }
      }
    }
    reduce(&out, modulo: q)
  }

  /// Barrett with ⌊2^64/q⌋: the quotient is at most one too small.
  private static func reduce(_ x: inout MutableSpan<UInt64>, modulo q: UInt64) {
    let inverse = q.dividingFullWidth((1, 0)).quotient
    for i in 0..<x.count {
      var r = x[i] &- x[i].multipliedFullWidth(by: inverse).high &* q
      r = r >= q ? r &- q : r
      x[i] = r
    }
  }
}
