internal import Cryptography
public import LatticeEncryption
public import MPCCore

/// A proof that b = a·s + p·e with short (s, e): a challenge of 32 bytes, then one response (z_s, z_e) per repetition.
///
/// Public: conditioned on having been accepted by the prover, responses are uniform in their boxes whatever the secrets.
/// Extraction gives exactly ‖s‖ ≤ 2(Y−1), ‖e‖ ≤ 2η(Y−1) (`NoiseBudget.provenKeyBounds`); nothing is doubled here,
/// because two accepting transcripts differ in a challenge bit by ±1.
public struct KeyProof: Hashable, Sendable {
  /// The encoding; untrusted until verified.
  public let bytes: [UInt8]

  /// Takes over received bytes; ``KeyProofScheme/verify(_:of:coin:in:)`` checks them.
  public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// A public key whose secrets are known to be short: verified, or one's own. What a party encrypts or replies under.
public struct ProvenKey<Role: KeyRole>: Sendable, Equatable {
  /// The key.
  public let publicKey: PublicKey<Role>
  /// Whose it is.
  public let owner: PartyID
  /// Of which epoch.
  public let epoch: Int

  init(_ publicKey: PublicKey<Role>, of context: ProofContext) {
    (self.publicKey, owner, epoch) = (publicKey, context.prover, context.epoch)
  }

  /// One's own key. Parameter `context`: that of its key proof.
  public init(own key: borrowing SecretKey<Role>, in context: ProofContext) {
    self.init(key.publicKey, of: context)
  }
}

/// The key proof of LowGear: Σ-protocol with bit challenges, `keyProofRepetitions` times in parallel, Fiat–Shamir with
/// rejection.
///
/// Masks y are uniform in [−Y, Y] and [−ηY, ηY], Y = ω·2N·repetitions; t_k = a·y_s + p·y_e; z = y + bit·(s, e). An attempt
/// is thrown away unless all |z_s| ≤ Y−1 and |z_e| ≤ η(Y−1), which happens with probability about e^(−1/ω) whatever the
/// secrets are. Source: LowGear [KPR18] with aborts (Lyubashevsky 2009). One row of the verifier is in memory at a time; the
/// prover holds the masks of all rows, 16·N bytes a row, in wiped memory.
public struct KeyProofScheme: Sendable {
  let scheme: BGV
  let rows: BitChallengeProof

  /// All bounds follow from the parameters of `scheme`.
  public init(_ scheme: BGV) { self.init(scheme, insecureRowCount: scheme.parameters.literal.keyProofRepetitions) }

  /// **Insecure** with fewer rows than the set has: only to time them.
  package init(_ scheme: BGV, insecureRowCount rowCount: Int) {
    self.scheme = scheme
    let (one, eta) = (NaturalNumber(1), NaturalNumber(scheme.parameters.literal.errorParameter))
    let y = scheme.parameters.budget.keyMaskBound
    rows = BitChallengeProof(
      ring: scheme.ring, rowCount: rowCount,
      parts: [
        WitnessPart(count: scheme.ringDegree, mask: y, honest: one),
        WitnessPart(count: scheme.ringDegree, mask: y * eta, honest: eta),
      ])
  }

  /// The length of every proof.
  public var encodedByteCount: Int { rows.encodedByteCount }

  /// Proves `key`; repeats with fresh masks until an attempt may be shown. Rejected attempts are wiped.
  public func prove<Role: KeyRole>(
    _ key: borrowing SecretKey<Role>, in context: ProofContext, from sampler: inout SecretSampler
  ) -> KeyProof {
    let publicKey = key.publicKey
    return KeyProof(
      bytes: rows.prove(
        [witness(key.secret, 0), witness(key.error, 1)], transcript: transcript(publicKey, context), from: &sampler,
        map: { combination($0, publicKey, secret: true) }))
  }

  private func witness(_ x: borrowing SecretBuffer<Int8>, _ part: Int) -> WideIntegers {
    x.withSpan { WideIntegers($0, wordCount: rows.parts[part].response.wordCount) }
  }

  /// Accepts or throws.
  ///
  /// - Parameters:
  ///   - key: the claimed key; its `a` must be the one of `coin`, the joint 32-byte seed.
  ///   - context: prover, session, epoch; the verifier's own view, never taken from the message.
  /// - Returns: the key, as one that may be used.
  /// - Throws: ``ProofRejection``, which callers turn into `ProtocolAbort.proofRejected`.
  @discardableResult
  public func verify<Role: KeyRole>(
    _ proof: KeyProof, of key: PublicKey<Role>, coin: [UInt8], in context: ProofContext
  ) throws(ProofRejection) -> ProvenKey<Role> {
    let expected = scheme.keyElement(seed: coin, role: Role.self, owner: context.prover, epoch: context.epoch)
    guard SecurityCheck.keyElementFromCoin.holds(key.a == expected) else { throw .wrongKeyElement }
    try rows.verify(
      proof.bytes, statement: [key.b], transcript: transcript(key, context),
      map: { combination($0, key, secret: false) })
    return ProvenKey(key, of: context)
  }

  func transcript<Role: KeyRole>(_ key: PublicKey<Role>, _ context: ProofContext) -> FiatShamirTranscript {
    var transcript = context.transcript("key-proof/v1", role: Role.self, scheme.parameters)
    transcript.absorb("a", key.a)
    transcript.absorb("b", key.b)
    return transcript
  }

  /// a·x + p·y.
  func combination<Role: KeyRole>(
    _ x: [WideIntegers], _ key: PublicKey<Role>, secret: Bool
  ) -> [Poly<Evaluations>] {
    let (ring, limbCount) = (scheme.ring, scheme.parameters.primeCount)
    let first = ring.forwardTransform(ring.reduce(x[0], limbCount: limbCount, secret: secret))
    var second = ring.reduce(x[1], limbCount: limbCount, secret: secret)
    ring.scale(&second, by: scheme.plaintextModulus, adding: nil)
    return [ring.sumOfProducts([(key.a, first)], adding: ring.forwardTransform(second))]
  }
}
