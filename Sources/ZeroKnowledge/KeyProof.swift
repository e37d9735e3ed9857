internal import Cryptography
public import LatticeEncryption
internal import MPCCore

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

  static var challengeByteCount: Int { 32 }
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
  let secretMask: NaturalNumber
  let errorMask: NaturalNumber
  let secretResponse: BoundedIntegers
  let errorResponse: BoundedIntegers

  /// All bounds follow from the parameters of `scheme`.
  public init(_ scheme: BGV) {
    self.scheme = scheme
    let (one, eta) = (NaturalNumber(1), NaturalNumber(scheme.parameters.literal.errorParameter))
    secretMask = scheme.parameters.budget.keyMaskBound
    errorMask = secretMask * eta
    secretResponse = BoundedIntegers(secretMask - one)
    errorResponse = BoundedIntegers(errorMask - eta)
  }

  var repetitionCount: Int { scheme.parameters.literal.keyProofRepetitions }

  /// The length of every proof.
  public var encodedByteCount: Int {
    KeyProof.challengeByteCount
      + repetitionCount * scheme.ringDegree * (secretResponse.byteWidth + errorResponse.byteWidth)
  }

  // MARK: Prover

  /// Proves `key`; repeats with fresh masks until an attempt may be shown. Rejected attempts are wiped.
  public func prove<Role: KeyRole>(
    _ key: borrowing SecretKey<Role>, in context: ProofContext, from sampler: inout SecretSampler
  ) -> KeyProof {
    let secret = key.secret.withSpan { Self.widened($0) }
    let error = key.error.withSpan { Self.widened($0) }
    while true {
      if let proof = attempt(
        secret: secret, error: error, publicKey: key.publicKey, in: context, from: &sampler, enforcingBounds: true)
      {
        return proof
      }
    }
  }

  /// One attempt; nil if a response left its box. Cheating provers in tests do not enforce the bounds.
  func attempt<Role: KeyRole>(
    secret: WideIntegers, error: WideIntegers, publicKey: PublicKey<Role>, in context: ProofContext,
    from sampler: inout SecretSampler, enforcingBounds: Bool
  ) -> KeyProof? {
    let n = scheme.ringDegree
    var responses: [(WideIntegers, WideIntegers)] = []  // masks first; every element is wiped on release
    responses.reserveCapacity(repetitionCount)
    var transcript = transcript(publicKey, context)
    for _ in 0..<repetitionCount {
      let mask = (
        sampler.symmetric(count: n, bound: secretMask, wordCount: 1),
        sampler.symmetric(count: n, bound: errorMask, wordCount: 1)
      )
      transcript.absorb("commitment", combination(mask.0, mask.1, publicKey, secret: true))
      responses.append(mask)
    }
    let challenge = transcript.challengeSeed("challenge")
    let bits = challengeBits(challenge)
    var accepted = true
    for row in 0..<repetitionCount where bits[row] {
      Self.add(secret, to: &responses[row].0)
      Self.add(error, to: &responses[row].1)
    }
    for (z, ze) in responses {
      let inside = (secretResponse.contains(z), errorResponse.contains(ze))
      accepted = inside.0 && inside.1 && accepted
    }
    guard accepted || !enforcingBounds else { return nil }
    var writer = WireWriter(byteCount: encodedByteCount)
    writer.append(challenge)
    for (z, ze) in responses {
      secretResponse.encode(z, into: &writer)
      errorResponse.encode(ze, into: &writer)
    }
    return KeyProof(bytes: writer.finish())
  }

  // MARK: Verifier

  /// Accepts or throws.
  ///
  /// - Parameters:
  ///   - key: the claimed key; its `a` must be the one of `coin`, the joint 32-byte seed.
  ///   - context: prover, session, epoch; the verifier's own view, never taken from the message.
  /// - Throws: ``ProofRejection``, which callers turn into `ProtocolAbort.proofRejected`.
  public func verify<Role: KeyRole>(
    _ proof: KeyProof, of key: PublicKey<Role>, coin: [UInt8], in context: ProofContext
  ) throws(ProofRejection) {
    let expected = scheme.keyElement(seed: coin, role: Role.self, owner: context.prover, epoch: context.epoch)
    guard key.a == expected else { throw .wrongKeyElement }
    guard proof.bytes.count == encodedByteCount else { throw wrongLength(proof) }
    var reader = WireReader(proof.bytes)
    var transcript = transcript(key, context)
    let challenge = try read(proof) { () throws(WireError) in try reader.bytes(KeyProof.challengeByteCount) }
    for (row, bit) in challengeBits(challenge).enumerated() {
      let responses = try read(proof) { () throws(WireError) in
        (
          try secretResponse.decode(count: scheme.ringDegree, from: &reader),
          try errorResponse.decode(count: scheme.ringDegree, from: &reader)
        )
      }
      guard let z = responses.0, let ze = responses.1 else { throw .responseOutOfRange(row: row) }
      var commitment = combination(z, ze, key, secret: false)
      if bit { scheme.ring.subtract(key.b, from: &commitment) }
      transcript.absorb("commitment", commitment)
    }
    guard constantTimeEqual(transcript.challengeSeed("challenge"), challenge) else { throw .challengeMismatch }
  }

  private func read<Value>(
    _ proof: KeyProof, _ body: () throws(WireError) -> Value
  ) throws(ProofRejection) -> Value {
    do { return try body() } catch { throw wrongLength(proof) }
  }

  private func wrongLength(_ proof: KeyProof) -> ProofRejection {
    .wrongLength(expected: encodedByteCount, received: proof.bytes.count)
  }

  // MARK: Common

  private func transcript<Role: KeyRole>(_ key: PublicKey<Role>, _ context: ProofContext) -> FiatShamirTranscript {
    var transcript = context.transcript("key-proof/v1", role: Role.self, scheme.parameters)
    transcript.absorb("a", key.a)
    transcript.absorb("b", key.b)
    return transcript
  }

  private func challengeBits(_ challenge: [UInt8]) -> [Bool] {
    let seed = PRG.deriveSeed(challenge, label: "key-proof-bits")
    let bytes = PRG(seed: seed).bytes((repetitionCount + 7) / 8)
    return (0..<repetitionCount).map { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
  }

  /// a·x + p·y.
  private func combination<Role: KeyRole>(
    _ x: WideIntegers, _ y: WideIntegers, _ key: PublicKey<Role>, secret: Bool
  ) -> Poly<Evaluations> {
    let (ring, limbCount) = (scheme.ring, scheme.parameters.primeCount)
    let first = ring.forwardTransform(ring.reduce(x, limbCount: limbCount, secret: secret))
    var second = ring.reduce(y, limbCount: limbCount, secret: secret)
    ring.scale(&second, by: scheme.plaintextModulus, adding: nil)
    return ring.sumOfProducts([(key.a, first)], adding: ring.forwardTransform(second))
  }

  private static func widened(_ x: Span<Int8>) -> WideIntegers {
    var result = WideIntegers(zeros: x.count, wordCount: 1, secret: true)
    result.withMutablePlane(0) { words in
      for i in 0..<x.count { words[i] = UInt64(bitPattern: Int64(x[i])) }
    }
    return result
  }

  private static func add(_ x: WideIntegers, to y: inout WideIntegers) {
    x.withPlane(0) { summand in
      y.withMutablePlane(0) { words in
        for i in 0..<summand.count { words[i] &+= summand[i] }
      }
    }
  }
}
