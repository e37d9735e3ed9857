/// A parameter set whose inequalities hold. There is no other way to get one than to check them.
///
/// Conventions: R = Z[X]/(X^N+1), q = q_0⋯q_(k−1), BGV with plaintexts modulo p; s and u uniform ternary; e, v, w
/// centred binomial.
public struct Parameters: Hashable, Sendable {
  /// The numbers as given.
  public let literal: ParameterLiteral
  /// The ring, with the primes found by search: replies keep a prefix of the chain.
  public let basis: RNSBasis
  /// p and its slots.
  public let plaintext: PlaintextModulus
  /// All bounds.
  public let budget: NoiseBudget
  /// Whether this is a toy without security, made by the product `InsecureToyParameters`.
  public let isInsecure: Bool

  /// Checks a set for real use: every inequality, and log q against the 128-bit row of the homomorphic-encryption
  /// standard (Albrecht et al., ePrint 2019/939, ternary secrets, classical).
  public init(validating literal: ParameterLiteral) throws(ParameterError) {
    try self.init(literal, isInsecure: false)
  }

  /// Checks correctness and drowning, **not** the hardness of the lattice problem. Only for toy rings.
  package init(insecure literal: ParameterLiteral) throws(ParameterError) {
    try self.init(literal, isInsecure: true)
  }

  private init(_ literal: ParameterLiteral, isInsecure: Bool) throws(ParameterError) {
    try literal.checkRanges()
    do throws(RingError) {
      let moduli = try literal.searchPrimes()
      basis = try RNSBasis(ringDegree: literal.ringDegree, moduli: moduli)
      plaintext = try PlaintextModulus(literal.plaintextModulus, ringDegree: literal.ringDegree)
    } catch {
      throw .invalidRing(error)
    }
    self.literal = literal
    self.isInsecure = isInsecure
    budget = NoiseBudget(literal, moduli: basis.moduli.map(\.value))
    try checkInequalities()
    if !isInsecure { try checkSecurity() }
  }

  /// q, or the product of the first `count` primes.
  public func modulus(primeCount count: Int? = nil) -> NaturalNumber {
    basis.moduli.prefix(count ?? basis.moduli.count).reduce(NaturalNumber(1)) { $0 * NaturalNumber($1.value) }
  }

  /// N.
  public var ringDegree: Int { literal.ringDegree }
  /// k.
  public var primeCount: Int { basis.moduli.count }
  /// Primes kept by replies.
  public var replyPrimeCount: Int { literal.replyPrimeCount }

  /// log2(p·D) − log2(lin) − log2 N: the drowning of one reply, in bits.
  public var drowningMarginBits: Double {
    let p = NaturalNumber(literal.plaintextModulus)
    return (p * budget.drowningBound).log2 - budget.linearPhase.log2 - NaturalNumber(ringDegree).log2
  }

  private func checkInequalities() throws(ParameterError) {
    let q = modulus()
    let p = NaturalNumber(literal.plaintextModulus)
    // Replies on MAC key ciphertexts: same multiplicands, same masks and noise, so the phase decides alone.
    guard budget.constantPhase <= budget.freshPhase else {
      throw .constantProofTooWide(
        phaseLog2: budget.constantPhase.log2, freshPhaseLog2: budget.freshPhase.log2)
    }
    guard budget.drowningBound >= NaturalNumber(1), q > budget.linearPhase else {
      throw .noDrowningRoom(modulusBits: q.bitWidth, linearPhaseLog2: budget.linearPhase.log2)
    }
    guard budget.replyPhase + budget.replyPhase < q else {
      throw .decryptionFails(phaseLog2: budget.replyPhase.log2, halfModulusLog2: q.log2 - 1)
    }
    let needed = budget.neededDrowning(literal)
    guard p * budget.drowningBound >= needed else {
      throw .drowningTooSmall(
        marginBits: drowningMarginBits, neededBits: literal.statisticalSecurity + literal.replyLifetimeBits,
        modulusLog2: q.log2, neededModulusLog2: needed.log2 + 2)
    }
    let reply = modulus(primeCount: replyPrimeCount)
    guard budget.switchedPhase + budget.switchedPhase < reply else {
      throw .replyModulusTooSmall(phaseLog2: budget.switchedPhase.log2, halfReplyModulusLog2: reply.log2 - 1)
    }
  }

  private func checkSecurity() throws(ParameterError) {
    guard let allowed = SecurityStandard.largestModulusBits(ringDegree: ringDegree) else {
      throw .noStandardSecurity(ringDegree: ringDegree)
    }
    let bits = modulus().bitWidth
    guard bits <= allowed else {
      throw .modulusTooLarge(ringDegree: ringDegree, modulusBits: bits, allowedBits: allowed)
    }
    let p = NaturalNumber(literal.plaintextModulus)
    guard p >= .powerOfTwo(literal.statisticalSecurity + 2) else {
      throw .plaintextModulusTooSmall(
        statisticalSecurity: literal.statisticalSecurity, plaintextModulusBits: p.bitWidth)
    }
    guard literal.statisticalSecurity >= 40 else {
      throw .outOfRange(field: "statisticalSecurity", value: literal.statisticalSecurity, allowed: 40...128)
    }
    guard literal.errorParameter >= 21 else {
      throw .outOfRange(field: "errorParameter", value: literal.errorParameter, allowed: 21...63)
    }
    guard literal.proofSoundness >= 128 else {
      throw .outOfRange(field: "proofSoundness", value: literal.proofSoundness, allowed: 128...256)
    }
    guard literal.keyProofRepetitions >= 128 else {
      throw .outOfRange(field: "keyProofRepetitions", value: literal.keyProofRepetitions, allowed: 128...256)
    }
  }
}

extension ParameterLiteral {
  /// Ranges inside which the integer arithmetic of the budget and the kernels work.
  fileprivate func checkRanges() throws(ParameterError) {
    guard (16...32768).contains(ringDegree) else {
      throw .outOfRange(field: "ringDegree", value: ringDegree, allowed: 16...32768)
    }
    var total = 0
    for group in ringPrimes {
      guard (20...61).contains(group.bits) else {
        throw .outOfRange(field: "ringPrimes.bits", value: group.bits, allowed: 20...61)
      }
      guard (1...16).contains(group.count) else {
        throw .outOfRange(field: "ringPrimes.count", value: group.count, allowed: 1...16)
      }
      total += group.count
    }
    let ranges: [(String, Int, ClosedRange<Int>)] = [
      ("ringPrimes (all counts together)", total, 1...16),
      ("replyPrimeCount", replyPrimeCount, 1...max(total, 1)),
      ("statisticalSecurity", statisticalSecurity, 1...128),
      ("replyLifetimeBits", replyLifetimeBits, 0...64),
      ("innerDimension", innerDimension, 1...65536),
      ("ciphertextsPerProof", ciphertextsPerProof, 1...1024),
      ("rejectionParameter", rejectionParameter, 1...64),
      ("proofSoundness", proofSoundness, 1...256),
      ("keyProofRepetitions", keyProofRepetitions, 1...256),
      ("errorParameter", errorParameter, 1...63),
    ]
    for (field, value, allowed) in ranges where !allowed.contains(value) {
      throw .outOfRange(field: field, value: value, allowed: allowed)
    }
  }

  /// The chain in the order of the groups, by search for the largest primes of each size.
  fileprivate func searchPrimes() throws(RingError) -> [UInt64] {
    var taken: [Int: Int] = [:]
    var chain: [UInt64] = []
    for group in ringPrimes {
      let start = taken[group.bits, default: 0]
      let found = try RNSModulus.largestPrimes(
        bits: group.bits, count: start + group.count, ringDegree: ringDegree)
      chain += found[start...].map(\.value)
      taken[group.bits] = start + group.count
    }
    return chain
  }
}
