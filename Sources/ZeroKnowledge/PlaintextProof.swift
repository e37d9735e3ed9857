internal import Cryptography
public import LatticeEncryption
public import MPCCore

/// A proof of plaintext knowledge for up to U ciphertexts under one key: a challenge of 32 bytes, then per row the
/// responses z and T = (T_u, T_v, T_w), N integers each.
///
/// Public: conditioned on having been accepted by the prover, responses are uniform in their boxes whatever the secrets.
public struct PlaintextProof: Hashable, Sendable {
  /// The encoding; untrusted until verified.
  public let bytes: [UInt8]

  /// Takes over received bytes; ``PlaintextProofScheme/verify(_:of:under:in:)`` checks them.
  public init(bytes: [UInt8]) { self.bytes = bytes }
}

/// Twice a ciphertext whose proof was verified: the one thing that replies under an epoch key are made on.
///
/// Extraction divides by differences of challenges and gives the plaintext and coins of *twice* the ciphertext within
/// `NoiseBudget.provenBounds`; of the ciphertext itself nothing is known. So everybody multiplies 2C, and its owner uses 2m.
public struct ProvenCiphertext<Role: KeyRole>: Sendable, Equatable {
  /// 2C.
  public let doubled: Ciphertext<Role>

  init(doubled: Ciphertext<Role>) { self.doubled = doubled }
}

/// Plaintext and coins of one ciphertext, held for its proof; wiped on release.
public final class PlaintextWitness: Sendable {
  /// N coefficients in [0, p).
  public let message: SecretBuffer<UInt128>
  let coins: EncryptionCoins

  /// Takes over a plaintext and draws fresh coins.
  public init(_ message: consuming SecretBuffer<UInt128>, _ parameters: Parameters, from sampler: inout SecretSampler) {
    precondition(message.count == parameters.ringDegree, "N coefficients")
    self.message = message
    coins = EncryptionCoins(parameters, from: &sampler)
  }

  /// Chosen coins: dishonest provers, known answers.
  package init(_ message: consuming SecretBuffer<UInt128>, coins: consuming EncryptionCoins) {
    self.message = message
    self.coins = coins
  }
}

/// The amortised proof of plaintext knowledge: V rows for up to U ciphertexts, challenges 0 and ±X^k, Fiat–Shamir with
/// rejection.
///
/// 1 masks y_j, t_j uniform in ±κU·B, A_j = Enc(y_j; t_j); 2 W from the hash of context, key, ciphertexts and all A_j;
/// 3 z_j = y_j + Σ_k W_jk·m_k and T_j likewise, over the integers; 4 start again with fresh masks if a response leaves
/// ±(κU − U)·B; 5 send (hash, z, T). The verifier recomputes A_j = Enc(z_j; T_j) − Σ_k W_jk·C_k and the hash.
/// Soundness 2^−128 with V = ⌈130/log2(2N+1)⌉. Fewer than U ciphertexts are proven with the same bounds.
/// Source: [BCS19, Fig. 3] (TopGear) in the non-interactive, pairwise setting of LowGear [KPR18] with aborts
/// (Lyubashevsky 2009). Memory: the ciphertexts, and the sums of all rows at the verifier, all rows of masks at the prover.
public struct PlaintextProofScheme: Sendable {
  let scheme: BGV
  /// For m, u, v, w: masks are uniform in ± this.
  let masks: [NaturalNumber]
  /// For m, u, v, w: responses that may be shown.
  let responses: [BoundedIntegers]

  /// All bounds follow from the parameters of `scheme`.
  public init(_ scheme: BGV) {
    self.scheme = scheme
    let budget = scheme.parameters.budget
    masks = budget.honestBounds.map { $0 * budget.maskFactor }
    responses = budget.acceptanceBounds.map { BoundedIntegers($0) }
  }

  /// The length of every proof, however many ciphertexts it covers.
  public var encodedByteCount: Int {
    Self.challengeByteCount + rowCount * responses.reduce(0) { $0 + $1.byteCount(scheme.ringDegree) }
  }

  static var challengeByteCount: Int { 32 }
  package var rowCount: Int { scheme.parameters.budget.proofRowCount }
  var ciphertextLimit: Int { scheme.parameters.literal.ciphertextsPerProof }

  // MARK: Prover

  /// The ciphertext of a witness under one's own key.
  public func encrypt<Role: KeyRole>(_ witness: PlaintextWitness, under key: PublicKey<Role>) -> Ciphertext<Role> {
    scheme.encrypt(witness.message, coins: witness.coins, under: key)
  }

  /// Proves 1 … U ciphertexts together; repeats until an attempt may be shown. Rejected attempts are wiped.
  ///
  /// - Parameters:
  ///   - ciphertexts: made by ``encrypt(_:under:)`` from `witnesses`, in the same order, under `key`. More than U would
  ///     leave the boxes with a probability that depends on the witnesses: a programming error.
  ///   - context: used for no other proof of this prover.
  ///   - sampler: masks of fresh randomness. The same masks for two proofs would reveal their witnesses.
  public func prove<Role: KeyRole>(
    _ ciphertexts: [Ciphertext<Role>], of witnesses: [PlaintextWitness], under key: PublicKey<Role>,
    in context: ProofContext, from sampler: inout SecretSampler
  ) -> PlaintextProof {
    precondition((1...ciphertextLimit).contains(witnesses.count), "a proof covers 1 … U ciphertexts")
    precondition(ciphertexts.count == witnesses.count, "a witness for every ciphertext")
    let lanes = WitnessLanes(witnesses, scheme)
    let statement = transcript(ciphertexts, key, context)
    while true {
      if let proof = attempt(lanes, statement: statement, under: key, from: &sampler, enforcingBounds: true) {
        return proof
      }
    }
  }

  /// One attempt; nil if a response left its box. Cheating provers in tests do not enforce the bounds.
  func attempt<Role: KeyRole>(
    _ lanes: borrowing WitnessLanes, statement: FiatShamirTranscript, under key: PublicKey<Role>,
    from sampler: inout SecretSampler, enforcingBounds: Bool
  ) -> PlaintextProof? {
    var transcript = statement
    var rows: [[WideIntegers]] = []
    rows.reserveCapacity(rowCount)
    for _ in 0..<rowCount {  // 1
      let row = maskRow(from: &sampler)
      transcript.absorb(encrypt(row, under: key, secret: true))
      rows.append(row)
    }
    return respond(masks: rows, after: transcript, lanes, enforcingBounds: enforcingBounds)
  }

  /// Fresh masks for m, u, v, w; wiped on release.
  package func maskRow(from sampler: inout SecretSampler) -> [WideIntegers] {
    var row: [WideIntegers] = []
    for (mask, response) in zip(masks, responses) {
      row.append(sampler.symmetric(count: scheme.ringDegree, bound: mask, wordCount: response.wordCount))
    }
    return row
  }

  /// Steps 2 to 5 for given masks, whose A_j `transcript` has absorbed. The masks become the responses in place.
  func respond(
    masks: consuming [[WideIntegers]], after transcript: consuming FiatShamirTranscript,
    _ lanes: borrowing WitnessLanes, enforcingBounds: Bool
  ) -> PlaintextProof? {
    var rows = masks
    let challenge = transcript.challengeSeed("challenge")  // 2
    let accepted = respond(to: challenge, masks: &rows, lanes)  // 3
    guard accepted || !enforcingBounds else { return nil }  // 4
    return encode(rows, challenge: challenge)  // 5
  }

  /// Step 3: turns masks into responses. Returns whether all are in their boxes; until then no time depends on them.
  package func respond(
    to challenge: [UInt8], masks rows: inout [[WideIntegers]], _ lanes: borrowing WitnessLanes
  ) -> Bool {
    let weights = MonomialChallenge.expand(
      seed: challenge, rows: rowCount, count: lanes.count, ringDegree: scheme.ringDegree)
    var accepted = true
    for row in 0..<rowCount {
      let sums = lanes.combined(weights[row], responses)
      for part in responses.indices {
        rows[row][part].add(sums[part])
        let inside = responses[part].contains(rows[row][part])
        accepted = inside && accepted
      }
    }
    return accepted
  }

  /// Step 5: the challenge, then the responses row by row.
  package func encode(_ rows: [[WideIntegers]], challenge: [UInt8]) -> PlaintextProof {
    var writer = WireWriter(byteCount: encodedByteCount)
    writer.append(challenge)
    for row in rows {
      for (response, z) in zip(responses, row) { response.encode(z, into: &writer) }
    }
    return PlaintextProof(bytes: writer.finish())
  }

  // MARK: Verifier

  /// Accepts or throws.
  ///
  /// - Parameters:
  ///   - ciphertexts: those received, 1 … U.
  ///   - key: the prover's key, whose own proof has been verified.
  ///   - context: the verifier's own view of prover, session, epoch, batch; never taken from the message.
  /// - Returns: what may be multiplied.
  /// - Throws: ``ProofRejection``, which callers turn into `ProtocolAbort.proofRejected`.
  public func verify<Role: KeyRole>(
    _ proof: PlaintextProof, of ciphertexts: [Ciphertext<Role>], under key: ProvenKey<Role>, in context: ProofContext
  ) throws(ProofRejection) -> [ProvenCiphertext<Role>] {
    precondition((1...ciphertextLimit).contains(ciphertexts.count), "a proof covers 1 … U ciphertexts")
    guard SecurityCheck.keyOfTheProver.holds(key.owner == context.prover && key.epoch == context.epoch) else {
      throw .wrongKeyElement
    }
    let wrongLength = ProofRejection.wrongLength(expected: encodedByteCount, received: proof.bytes.count)
    guard SecurityCheck.proofLength.holds(proof.bytes.count == encodedByteCount) else { throw wrongLength }
    var reader = WireReader(proof.bytes)
    let challenge: [UInt8]
    do { challenge = try reader.bytes(Self.challengeByteCount) } catch { throw wrongLength }
    let weights = MonomialChallenge.expand(
      seed: challenge, rows: rowCount, count: ciphertexts.count, ringDegree: scheme.ringDegree)
    var transcript = transcript(ciphertexts, key.publicKey, context)
    let ring = scheme.ring
    let first = MonomialSum.residues(weights, ciphertexts.map { ring.inverseTransform($0.c0) }, ring: ring)
    let second = MonomialSum.residues(weights, ciphertexts.map { ring.inverseTransform($0.c1) }, ring: ring)
    for row in 0..<rowCount {
      var z: [WideIntegers] = []
      for (index, response) in responses.enumerated() {
        let part: WideIntegers?
        do {
          part = try response.decode(
            count: scheme.ringDegree, from: &reader, check: index == 0 ? .plaintextBound : .encryptionRandomnessBound)
        } catch {
          throw error == .truncated ? wrongLength : .nonCanonicalResponse(row: row)
        }
        guard let part else { throw .responseOutOfRange(row: row) }
        z.append(part)
      }
      let masked = encrypt(z, under: key.publicKey, secret: false)
      var (c0, c1) = (masked.c0, masked.c1)
      ring.subtract(ring.forwardTransform(first[row]), from: &c0)
      ring.subtract(ring.forwardTransform(second[row]), from: &c1)
      transcript.absorb(Ciphertext<Role>(c0: c0, c1: c1))
    }
    let isRight = constantTimeEqual(transcript.challengeSeed("challenge"), challenge)
    guard SecurityCheck.plaintextProofChallenge.holds(isRight) else { throw .challengeMismatch }
    return ciphertexts.map { ProvenCiphertext(doubled: scheme.doubled($0)) }
  }

  // MARK: Common

  /// Context, key and statement.
  func transcript<Role: KeyRole>(
    _ ciphertexts: [Ciphertext<Role>], _ key: PublicKey<Role>, _ context: ProofContext
  ) -> FiatShamirTranscript {
    var transcript = context.transcript("plaintext-proof/v1", role: Role.self, scheme.parameters)
    transcript.absorb("ciphertexts", integers: [UInt64(ciphertexts.count)])
    transcript.absorb("a", key.a)
    transcript.absorb("b", key.b)
    if SecurityCheck.proofStatement.isKept { for ciphertext in ciphertexts { transcript.absorb(ciphertext) } }
    return transcript
  }

  /// Enc(m; u, v, w) for integers in this order.
  package func encrypt<Role: KeyRole>(_ x: [WideIntegers], under key: PublicKey<Role>, secret: Bool) -> Ciphertext<Role>
  {
    let (ring, limbCount) = (scheme.ring, scheme.parameters.primeCount)
    func residues(_ x: WideIntegers) -> Poly<Coefficients> { ring.reduce(x, limbCount: limbCount, secret: secret) }
    return scheme.encrypt(
      message: residues(x[0]), u: residues(x[1]), v: residues(x[2]), w: residues(x[3]), under: key)
  }
}

extension FiatShamirTranscript {
  /// Absorbs both halves.
  mutating func absorb<Role: KeyRole>(_ ciphertext: Ciphertext<Role>) {
    absorb("c0", ciphertext.c0)
    absorb("c1", ciphertext.c1)
  }
}
