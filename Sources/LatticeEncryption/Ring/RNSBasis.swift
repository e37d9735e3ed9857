/// The ring R_q = Z_q[X]/(X^N + 1) with q = q_0 ⋯ q_(k−1): its degree and its primes, in the order of the limbs.
///
/// Replies keep a prefix of the chain (the first three primes of set A); modulus switching drops primes from the end.
public struct RNSBasis: Hashable, Sendable {
  /// N, a power of two in 2 … 32768.
  public let ringDegree: Int
  /// The primes, 1 … 16 of them, all different.
  public let moduli: [RNSModulus]

  /// Throws `RingError.invalidChain`, `.invalidRingDegree`, `.invalidModulus`.
  public init(ringDegree: Int, moduli values: [UInt64]) throws(RingError) {
    _ = try logarithm(ofRingDegree: ringDegree)
    guard !values.isEmpty, values.count <= 16, Set(values).count == values.count else {
      throw .invalidChain(moduliCount: values.count)
    }
    var moduli: [RNSModulus] = []
    for value in values { moduli.append(try RNSModulus(value, ringDegree: ringDegree)) }
    self.ringDegree = ringDegree
    self.moduli = moduli
  }

  /// The `count` largest primes below 2^bits congruent to 1 modulo 65536.
  public init(ringDegree: Int, bits: Int, count: Int) throws(RingError) {
    guard count >= 1, count <= 16 else { throw .invalidChain(moduliCount: count) }
    _ = try logarithm(ofRingDegree: ringDegree)
    self.ringDegree = ringDegree
    self.moduli = try RNSModulus.largestPrimes(bits: bits, count: count, ringDegree: ringDegree)
  }
}
