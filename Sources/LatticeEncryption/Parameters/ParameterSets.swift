/// The secure sets. Each is refused by ``Parameters/init(validating:)`` if a single inequality fails; the figures below
/// are what `spdz-bench params show` prints.
extension ParameterLiteral {
  /// Active security, 127-bit plaintexts, the default: 9 primes of 48 bits, 3 in replies. s = 40 over 2^20 replies by
  /// worst-case bounds; log q = 432 of 438 allowed at N = 16384.
  public static let a = ParameterLiteral(
    name: "A", adversary: .active, ringDegree: 16384, plaintextModulus: PlaintextModulus.p127,
    ringPrimes: [RingPrimes(bits: 48, count: 9)], replyPrimeCount: 3, replyLifetimeBits: 20)

  /// Active security, 61-bit plaintexts, up to 1024 products summed per reply, 2^20 replies.
  public static let b = ParameterLiteral(
    name: "B", adversary: .active, ringDegree: 16384, plaintextModulus: p61,
    ringPrimes: [RingPrimes(bits: 40, count: 2), RingPrimes(bits: 48, count: 5)], replyPrimeCount: 2,
    replyLifetimeBits: 20, innerDimension: 1024)

  /// Passive security, 127-bit plaintexts: s = 40 over 2^11 replies a key (33 million triples).
  public static let p = ParameterLiteral(
    name: "P", adversary: .passive, ringDegree: 16384, plaintextModulus: PlaintextModulus.p127,
    ringPrimes: [RingPrimes(bits: 48, count: 3), RingPrimes(bits: 50, count: 4)], replyPrimeCount: 3,
    replyLifetimeBits: 11, productBound: .highProbability,
    ciphertextsPerProof: 1)

  /// Passive security, 61-bit plaintexts, the one set that fits N = 8192; 2^16 replies a key.
  public static let p61Passive = ParameterLiteral(
    name: "P61", adversary: .passive, ringDegree: 8192, plaintextModulus: p61,
    ringPrimes: [RingPrimes(bits: 40, count: 2), RingPrimes(bits: 45, count: 3)], replyPrimeCount: 2,
    replyLifetimeBits: 16, productBound: .highProbability,
    ciphertextsPerProof: 1)

  /// All secure sets, in the order of reports.
  public static let secureSets: [ParameterLiteral] = [a, b, p, p61Passive]

  /// The largest prime below 2^61 that is 1 modulo 65536.
  public static let p61: UInt128 = 2_305_843_009_211_662_337
}
