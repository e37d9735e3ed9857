internal import Cryptography

extension RNSBasis {
  /// A uniform element of R_q from a public 32-byte seed, directly in evaluations (uniform in one representation is
  /// uniform in the other): the `a` of keys from the coin, the second component of seeded ciphertexts.
  ///
  /// Limb i: the generator of seed "uniform-polynomial"(seed, label; i), words masked to the bits of q_i, words ≥ q_i
  /// skipped. Every party and every backend gets the same residues. Variable time: the result is public.
  public func uniform(seed: [UInt8], label: String) -> Poly<Evaluations> {
    var result = Poly<Evaluations>(zeroOfDegree: ringDegree, limbCount: moduli.count)
    for (i, modulus) in moduli.enumerated() {
      let generator = PRG(seed: PRG.deriveSeed(seed, label: "uniform-polynomial/\(label)", context: [UInt64(i)]))
      let q = modulus.value
      let mask = UInt64.max >> UInt64(q.leadingZeroBitCount)
      result.withMutableLimb(i) { limb in
        var filled = 0
        while filled < limb.count {
          let words = generator.words(min(limb.count - filled, 2048))
          for word in words where word & mask < q {
            limb[filled] = word & mask
            filled += 1
          }
        }
      }
    }
    return result
  }
}
