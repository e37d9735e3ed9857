public import LatticeEncryption

/// **Insecure**: set T, tiny rings with 61-bit plaintexts for tests. Bounds and drowning hold as in the real sets; the
/// lattice problem is easy.
public enum InsecureToy64 {
  /// Active set T of degree 64 … 1024.
  public static func literal(ringDegree: Int = 64) -> ParameterLiteral {
    ParameterLiteral(
      name: "T (insecure)", adversary: .active, ringDegree: ringDegree, plaintextModulus: ParameterLiteral.p61,
      ringPrimes: [ParameterLiteral.RingPrimes(bits: 48, count: 6)], replyPrimeCount: 2, ciphertextsPerProof: 2)
  }

  /// The checked set. Throws `ParameterError` for a degree outside 64 … 1024.
  public static func parameters(ringDegree: Int = 64) throws(ParameterError) -> Parameters {
    guard (64...1024).contains(ringDegree) else {
      throw .outOfRange(field: "ringDegree", value: ringDegree, allowed: 64...1024)
    }
    return try Parameters(insecure: literal(ringDegree: ringDegree))
  }

  /// A toy of degree 64 … 1024 with the primes, plaintexts and bounds of a real set, for tests of that set's shape.
  /// Throws `ParameterError` if its inequalities fail there.
  public static func shrinking(
    _ literal: ParameterLiteral, toRingDegree ringDegree: Int
  ) throws(ParameterError) -> Parameters {
    guard (64...1024).contains(ringDegree) else {
      throw .outOfRange(field: "ringDegree", value: ringDegree, allowed: 64...1024)
    }
    var small = literal
    small.ringDegree = ringDegree
    small.name = "\(literal.name) shrunk (insecure)"
    return try Parameters(insecure: small)
  }
}

/// **Insecure**: set T257, plaintexts modulo 257, for measurements of error probabilities that a real p makes invisible.
public enum InsecureToy257 {
  /// Active set T257 of degree 16 … 128.
  public static func literal(ringDegree: Int = 16) -> ParameterLiteral {
    ParameterLiteral(
      name: "T257 (insecure)", adversary: .active, ringDegree: ringDegree, plaintextModulus: 257,
      ringPrimes: [ParameterLiteral.RingPrimes(bits: 48, count: 4)], replyPrimeCount: 1, ciphertextsPerProof: 2)
  }

  /// The checked set. Throws `ParameterError` for a degree outside 16 … 128.
  public static func parameters(ringDegree: Int = 16) throws(ParameterError) -> Parameters {
    guard (16...128).contains(ringDegree) else {
      throw .outOfRange(field: "ringDegree", value: ringDegree, allowed: 16...128)
    }
    return try Parameters(insecure: literal(ringDegree: ringDegree))
  }
}
