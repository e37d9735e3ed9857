/// The plain numbers of a parameter set, unchecked: what a configuration file holds. ``Parameters/init(validating:)``
/// decides whether they are correct and secure.
public struct ParameterLiteral: Codable, Hashable, Sendable {
  /// Whom the set protects against.
  public enum Adversary: String, Codable, Sendable {
    /// Arbitrary deviations: ciphertexts and keys are bounded only by their proofs, so bounds are worst case.
    case active
    /// Parties follow the protocol: honest noise, bounded up to the statistical error.
    case passive
  }

  /// How the growth of noise in a product with a plaintext is bounded.
  public enum ProductBound: String, Codable, Sendable {
    /// ‖f·x‖ ≤ N·‖f‖·‖x‖, whatever f and x are.
    case worstCase = "worst-case"
    /// Hoeffding's inequality over multiplicands x with independent uniform coefficients, honest, f fixed beforehand.
    case highProbability = "high-probability"
  }

  /// The `count` largest primes below 2^bits congruent to 1 modulo 65536.
  public struct RingPrimes: Codable, Hashable, Sendable {
    /// Size of the primes, 20 … 61; below 51 every vector kernel can be used.
    public var bits: Int
    /// How many.
    public var count: Int

    /// `count` primes of `bits` bits.
    public init(bits: Int, count: Int) {
      self.bits = bits
      self.count = count
    }
  }

  /// For reports and errors.
  public var name: String
  /// Active or passive.
  public var adversary: Adversary
  /// N, a power of two.
  public var ringDegree: Int
  /// p: 2^127 − 851967 or a prime below 2^62, 1 modulo 2N. Decimal string in JSON.
  @DecimalText public var plaintextModulus: UInt128
  /// The chain q_0 … q_(k−1). Groups of one size continue each other, so that no prime repeats.
  public var ringPrimes: [RingPrimes]
  /// How many primes, from the front, a reply keeps after modulus switching.
  public var replyPrimeCount: Int
  /// s: the distance of all drowned replies of a lifetime from ones that depend on nothing secret is below 2^−s.
  public var statisticalSecurity: Int
  /// The drowning must suffice for 2^this replies together.
  public var replyLifetimeBits: Int
  /// d: products with plaintexts that are summed in one reply.
  public var innerDimension: Int
  /// How products are bounded.
  public var productBound: ProductBound
  /// U: ciphertexts covered by one proof of plaintext knowledge (1 in passive sets).
  public var ciphertextsPerProof: Int
  /// ω: an honest prover succeeds with probability about e^(−1/ω) per attempt.
  public var rejectionParameter: Int
  /// Soundness of proofs of plaintext knowledge, in bits.
  public var proofSoundness: Int
  /// Rows of the key proof and of the constant proof, whose challenges are bits.
  public var keyProofRepetitions: Int
  /// η: errors are centred binomial, |e| ≤ η, σ = sqrt(η/2).
  public var errorParameter: Int

  /// Every field can be given; the defaults are those of the named sets.
  public init(
    name: String, adversary: Adversary, ringDegree: Int, plaintextModulus: UInt128, ringPrimes: [RingPrimes],
    replyPrimeCount: Int, statisticalSecurity: Int = 40, replyLifetimeBits: Int = 0, innerDimension: Int = 1,
    productBound: ProductBound = .worstCase, ciphertextsPerProof: Int = 18, rejectionParameter: Int = 4,
    proofSoundness: Int = 128, keyProofRepetitions: Int = 128, errorParameter: Int = 21
  ) {
    self.name = name
    self.adversary = adversary
    self.ringDegree = ringDegree
    _plaintextModulus = DecimalText(wrappedValue: plaintextModulus)
    self.ringPrimes = ringPrimes
    self.replyPrimeCount = replyPrimeCount
    self.statisticalSecurity = statisticalSecurity
    self.replyLifetimeBits = replyLifetimeBits
    self.innerDimension = innerDimension
    self.productBound = productBound
    self.ciphertextsPerProof = ciphertextsPerProof
    self.rejectionParameter = rejectionParameter
    self.proofSoundness = proofSoundness
    self.keyProofRepetitions = keyProofRepetitions
    self.errorParameter = errorParameter
  }
}

/// A 128-bit integer that JSON holds as a decimal string.
@propertyWrapper
public struct DecimalText: Codable, Hashable, Sendable {
  /// The number.
  public var wrappedValue: UInt128

  /// Wraps a number.
  public init(wrappedValue: UInt128) { self.wrappedValue = wrappedValue }

  /// Reads a decimal string. Throws `DecodingError.dataCorrupted` if it is none below 2^128.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = UInt128(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is not a decimal number below 2^128")
    }
    wrappedValue = value
  }

  /// Writes a decimal string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(String(wrappedValue))
  }
}
