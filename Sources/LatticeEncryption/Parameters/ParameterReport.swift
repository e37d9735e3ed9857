/// What `spdz-bench params` prints about a set: given and needed modulus, margins, estimate, sizes.
public struct ParameterReport: Codable, Hashable, Sendable {
  /// Name of the set.
  public let name: String
  /// "active" or "passive".
  public let adversary: String
  /// Whether the set is a toy without security.
  public let insecure: Bool
  /// N.
  public let ringDegree: Int
  /// Bits of p.
  public let plaintextModulusBits: Int
  /// Primes of q and of replies.
  public let primeCount: Int
  public let replyPrimeCount: Int
  /// Bits of q given, log2 of q needed, and the standard's limit (0: none for this degree).
  public let modulusBits: Int
  public let neededModulusLog2: Double
  public let allowedModulusBits: Int
  /// Bits of q'.
  public let replyModulusBits: Int
  /// s asked for.
  public let statisticalSecurity: Int
  /// U.
  public let ciphertextsPerProof: Int
  /// V.
  public let proofRowCount: Int
  /// log2 of the proof's and of the key proof's slack.
  public let proofSlackBits: Double
  public let keySlackBits: Double
  /// log2 of the constant proof's slack, and of the phase of a MAC key ciphertext with such a proof.
  public let constantSlackBits: Double
  public let constantPhaseLog2: Double
  /// log2 of the phase of a proven ciphertext, of an undrowned reply, and of D.
  public let freshPhaseLog2: Double
  public let linearPhaseLog2: Double
  public let drowningBoundLog2: Double
  /// Bits by which one reply is drowned, N coefficients counted; s plus the lifetime must fit.
  public let drowningMarginBits: Double
  /// log2 of the replies for which s bits remain.
  public let replyLifetimeLog2: Double
  /// The estimate and its method.
  public let estimatedSecurityBits: Double
  public let estimateMethod: String
  /// Bytes on the wire.
  public let ciphertextBytes: Int
  public let seededCiphertextBytes: Int
  public let replyBytes: Int
  public let publicKeyBytes: Int
  /// Bytes of a ciphertext in memory, one word a residue.
  public let ciphertextMemoryBytes: Int

  /// The report of a valid set.
  public init(_ parameters: Parameters) {
    let literal = parameters.literal
    let budget = parameters.budget
    let q = parameters.modulus()
    name = literal.name
    adversary = literal.adversary.rawValue
    insecure = parameters.isInsecure
    ringDegree = literal.ringDegree
    plaintextModulusBits = NaturalNumber(literal.plaintextModulus).bitWidth
    primeCount = parameters.primeCount
    replyPrimeCount = parameters.replyPrimeCount
    modulusBits = q.bitWidth
    neededModulusLog2 = budget.neededDrowning(literal).log2 + 2
    allowedModulusBits = SecurityStandard.largestModulusBits(ringDegree: literal.ringDegree) ?? 0
    replyModulusBits = parameters.modulus(primeCount: parameters.replyPrimeCount).bitWidth
    statisticalSecurity = literal.statisticalSecurity
    ciphertextsPerProof = literal.ciphertextsPerProof
    proofRowCount = budget.proofRowCount
    proofSlackBits = budget.provenBounds[1].log2
    keySlackBits = budget.provenKeyBounds[0].log2
    constantSlackBits = budget.provenConstantBounds[1].log2
    constantPhaseLog2 = budget.constantPhase.log2
    freshPhaseLog2 = budget.freshPhase.log2
    linearPhaseLog2 = budget.linearPhase.log2
    drowningBoundLog2 = budget.drowningBound.log2
    drowningMarginBits = parameters.drowningMarginBits
    replyLifetimeLog2 = parameters.drowningMarginBits - Double(literal.statisticalSecurity)
    let estimate = LatticeSecurityEstimate(
      ringDegree: literal.ringDegree, modulusLog2: q.log2, errorParameter: literal.errorParameter)
    estimatedSecurityBits = estimate.bits
    estimateMethod = LatticeSecurityEstimate.method
    let widths = parameters.basis.moduli.map { 64 - $0.value.leadingZeroBitCount }
    let polynomialBytes = widths.reduce(0, +) * literal.ringDegree / 8
    ciphertextBytes = 2 * polynomialBytes
    seededCiphertextBytes = polynomialBytes + 32
    replyBytes = 2 * widths.prefix(literal.replyPrimeCount).reduce(0, +) * literal.ringDegree / 8
    publicKeyBytes = polynomialBytes
    ciphertextMemoryBytes = 2 * parameters.primeCount * literal.ringDegree * 8
  }
}
