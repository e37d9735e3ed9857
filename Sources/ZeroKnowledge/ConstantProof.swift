internal import Cryptography
public import LatticeEncryption
public import MPCCore

/// A proof that a ciphertext under key B encrypts a constant: a challenge of 32 bytes, then per repetition one integer z_m
/// and N integers each of z_u, z_v, z_w.
///
/// Public: conditioned on having been accepted by the prover, responses are uniform in their boxes whatever the secrets.
public struct ConstantProof: Hashable, Sendable {
  /// The encoding; untrusted until verified.
  public let bytes: [UInt8]

  /// Takes over received bytes; ``ConstantProofScheme/verify(_:of:under:in:)`` checks them.
  public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// The ciphertext E_i of a party's MAC key share, known to be well formed: its plaintext is a constant polynomial, so the
/// share is the same in all slots, and its noise is bounded. Made by the verifier and by the owner only; authentication
/// replies are made on nothing else.
///
/// If the share could differ between slots, combinations across slots would fail selectively and leak.
public struct ProvenMACKeyCiphertext: Sendable, Equatable {
  /// E_i, to be used as it is: the proof is exact, nothing is doubled.
  public let ciphertext: Ciphertext<SessionKey>
  /// The key it is under, and whose.
  public let key: ProvenKey<SessionKey>

  init(_ ciphertext: Ciphertext<SessionKey>, under key: ProvenKey<SessionKey>) {
    (self.ciphertext, self.key) = (ciphertext, key)
  }
}

/// The constant proof of LowGear, one ciphertext E = Enc(m; u, v, w) with m in Z instead of Z[X]: Σ-protocol with bit
/// challenges, `keyProofRepetitions` times in parallel, Fiat–Shamir with rejection.
///
/// Masks are uniform in ±κ·B for the honest bounds B of m, u, v, w, κ = ω·repetitions·(3N+1); responses are shown only if
/// all are within (κ−1)·B. A row has 3N+1 integers and each stays inside with probability (2Z+1)/(2M+1) ≥ 1 − 1/κ, so an
/// attempt succeeds with probability about e^(−1/ω). Challenges are bits because monomials would move the constant.
///
/// **The zero-coefficient check.** The protocol wants the coefficients 1 … N−1 of z_m to be zero. They have no place in the
/// encoding: the verifier reads one integer and computes Enc(z_m; …) with z_m as the constant it is. A prover therefore
/// cannot send another z_m, and extraction (the difference of two such constants) gives a constant plaintext, exactly:
/// |m| ≤ 2(κ−1)·p/2, |u| ≤ 2(κ−1), |v|, |w| ≤ 2(κ−1)·η (`NoiseBudget.provenConstantBounds`).
///
/// Source: LowGear [KPR18] with the "diagonal" proof of [DPSZ12, appendix A]. One row of the verifier is in memory at a
/// time; the prover holds the masks of all rows, 24·N bytes a row, in wiped memory.
public struct ConstantProofScheme: Sendable {
  let scheme: BGV
  let rows: BitChallengeProof

  /// All bounds follow from the parameters of `scheme`.
  public init(_ scheme: BGV) { self.init(scheme, insecureRowCount: scheme.parameters.literal.keyProofRepetitions) }

  /// **Insecure** with fewer rows than the set has: only to time them.
  package init(_ scheme: BGV, insecureRowCount rowCount: Int) {
    self.scheme = scheme
    let budget = scheme.parameters.budget
    let counts = [1, scheme.ringDegree, scheme.ringDegree, scheme.ringDegree]
    rows = BitChallengeProof(
      ring: scheme.ring, rowCount: rowCount,
      parts: zip(counts, budget.honestBounds).map { count, honest in
        WitnessPart(count: count, mask: budget.constantMaskFactor * honest, honest: honest)
      })
  }

  /// The length of every proof.
  public var encodedByteCount: Int { rows.encodedByteCount }

  // MARK: Prover

  /// Encrypts the MAC key share under one's own key B with fresh coins and proves it. Protocol: LowGear, setup, once a
  /// session.
  ///
  /// - Parameters: share: α_i in [0, p); key: one's own key B; context: session and prover, epoch and batch 0.
  /// - Returns: E_i, to be broadcast with its proof.
  public func encryptAndProve(
    _ share: UInt128, with key: borrowing SecretKey<SessionKey>, in context: ProofContext,
    from sampler: inout SecretSampler
  ) -> (ciphertext: ProvenMACKeyCiphertext, proof: ConstantProof) {
    precondition(share < scheme.plaintextModulus, "a MAC key share lies in [0, p)")
    let publicKey = key.publicKey
    let coins = EncryptionCoins(scheme.parameters, from: &sampler)
    let witness = witness(share, coins)
    let ciphertext = encrypt(witness, under: publicKey, secret: true)
    let bytes = rows.prove(
      witness, transcript: transcript(ciphertext, publicKey, context), from: &sampler,
      map: { parts(of: encrypt($0, under: publicKey, secret: true)) })
    let proven = ProvenMACKeyCiphertext(ciphertext, under: ProvenKey(own: key, in: context))
    return (proven, ConstantProof(bytes: bytes))
  }

  /// The centred lift of the share, and the coins, as integers.
  func witness(_ share: UInt128, _ coins: borrowing EncryptionCoins) -> [WideIntegers] {
    let p = scheme.plaintextModulus
    // share − p if share > (p−1)/2, without a branch: the borrow of (p−1)/2 − share selects.
    let isUpper = (p >> 1).subtractingReportingOverflow(share).overflow
    let subtrahend = p & (0 &- UInt128(isUpper ? 1 : 0))
    let lift = Int128(bitPattern: share &- subtrahend)
    let wordCount = rows.parts[0].response.wordCount
    var m = WideIntegers(zeros: 1, wordCount: wordCount, secret: true)
    m.withMutableWords { words in
      for k in 0..<wordCount { words[k] = UInt64(truncatingIfNeeded: lift >> Int128(min(64 * k, 127))) }
    }
    func wide(_ x: borrowing SecretBuffer<Int8>, _ part: Int) -> WideIntegers {
      x.withSpan { WideIntegers($0, wordCount: rows.parts[part].response.wordCount) }
    }
    return [m, wide(coins.u, 1), wide(coins.v, 2), wide(coins.w, 3)]
  }

  // MARK: Verifier

  /// Accepts or throws.
  ///
  /// - Parameters:
  ///   - key: the prover's key B, whose proof has been verified.
  ///   - context: prover and session; the verifier's own view, never taken from the message.
  /// - Returns: the ciphertext, as one that replies may be made on.
  /// - Throws: ``ProofRejection``, which callers turn into `ProtocolAbort.proofRejected`.
  public func verify(
    _ proof: ConstantProof, of ciphertext: Ciphertext<SessionKey>, under key: ProvenKey<SessionKey>,
    in context: ProofContext
  ) throws(ProofRejection) -> ProvenMACKeyCiphertext {
    guard SecurityCheck.keyOfTheProver.holds(key.owner == context.prover && key.epoch == context.epoch) else {
      throw .wrongKeyElement
    }
    try rows.verify(
      proof.bytes, statement: parts(of: ciphertext), transcript: transcript(ciphertext, key.publicKey, context),
      map: { parts(of: encrypt($0, under: key.publicKey, secret: false)) })
    return ProvenMACKeyCiphertext(ciphertext, under: key)
  }

  // MARK: Common

  func transcript(
    _ ciphertext: Ciphertext<SessionKey>, _ key: PublicKey<SessionKey>, _ context: ProofContext
  ) -> FiatShamirTranscript {
    var transcript = context.transcript("constant-proof/v1", role: SessionKey.self, scheme.parameters)
    transcript.absorb("a", key.a)
    transcript.absorb("b", key.b)
    transcript.absorb("c0", ciphertext.c0)
    transcript.absorb("c1", ciphertext.c1)
    return transcript
  }

  func parts(of ciphertext: Ciphertext<SessionKey>) -> [Poly<Evaluations>] { [ciphertext.c0, ciphertext.c1] }

  /// Enc(m; u, v, w) for integers in the order m, u, v, w, m a constant.
  func encrypt(_ x: [WideIntegers], under key: PublicKey<SessionKey>, secret: Bool) -> Ciphertext<SessionKey> {
    let limbCount = scheme.parameters.primeCount
    func residues(_ x: WideIntegers) -> Poly<Coefficients> {
      scheme.ring.reduce(x, limbCount: limbCount, secret: secret)
    }
    return scheme.encrypt(
      message: residues(constant(x[0], secret: secret)), u: residues(x[1]), v: residues(x[2]), w: residues(x[3]),
      under: key)
  }

  /// The constant polynomial, N integers.
  private func constant(_ m: WideIntegers, secret: Bool) -> WideIntegers {
    let (n, wordCount) = (scheme.ringDegree, m.wordCount)
    var result = WideIntegers(zeros: n, wordCount: wordCount, secret: secret)
    m.withWords { source in
      result.withMutableWords { words in
        for k in 0..<wordCount { words[k &* n] = source[k] }
      }
    }
    return result
  }
}

extension BGV {
  /// The reply that authenticates: on E_i times the multiplier's values, masked and drowned, under the owner's key B.
  /// Protocol: LowGear's pairwise product; the mask, negated, is the multiplier's share of the tag.
  ///
  /// - Parameters:
  ///   - multiplicand: N values by their centred lifts, coefficients or slots alike: the MAC key share is a constant.
  ///   - mask: N coefficients in [0, p), uniform, used for this reply only.
  public func authenticationReply(
    on ciphertext: ProvenMACKeyCiphertext, times multiplicand: Poly<Evaluations>,
    mask: borrowing SecretBuffer<UInt128>, from sampler: inout SecretSampler
  ) -> Reply<SessionKey> {
    reply(
      [(ciphertext.ciphertext, multiplicand)], mask: mask, under: ciphertext.key.publicKey, from: &sampler)
  }
}
