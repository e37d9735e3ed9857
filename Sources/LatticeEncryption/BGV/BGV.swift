public import MPCCore

/// BGV encryption over R_q with plaintexts in F_p^N, linear operations only: what LowGear needs of it.
///
/// Scheme: [BGV12, section 3] with message in the low end, modulus switching after [GHS12, section 3.1]. A phase is
/// c0 − c1·s = m + p·ν; decryption is its centred representative modulo p. Shapes: vectors have N entries.
///
/// Everything that touches secrets runs in constant time on `NativeRing`; `NTLRing` is a reference and does not.
public struct BGV: Sendable {
  /// The checked set.
  public let parameters: Parameters
  /// Arithmetic; one instance can serve the whole process.
  public let ring: any RingBackend

  /// The scheme on given arithmetic, whose degree, primes and plaintext modulus are those of the set.
  public init(_ parameters: Parameters, ring: any RingBackend) {
    precondition(
      ring.basis == parameters.basis && ring.plaintext == parameters.plaintext, "the ring belongs to another set")
    self.parameters = parameters
    self.ring = ring
  }

  /// The scheme on the native kernels. Throws `RingError` when memory runs out.
  public init(_ parameters: Parameters) throws(RingError) {
    self.init(parameters, ring: try NativeRing(basis: parameters.basis, plaintext: parameters.plaintext))
  }

  /// N.
  public var ringDegree: Int { parameters.ringDegree }
  /// p.
  public var plaintextModulus: UInt128 { parameters.plaintext.value }
  var limbCount: Int { parameters.primeCount }

  // MARK: Keys

  /// The `a` of a key from a jointly tossed 32-byte seed.
  ///
  /// - Parameters: role: the kind of key; owner: the party's index; epoch: number of the epoch, 0 for session keys.
  public func keyElement<Role: KeyRole>(seed: [UInt8], role: Role.Type, owner: PartyID, epoch: Int) -> Poly<Evaluations>
  {
    #if KILL_MATRIX
    if SecurityCheck.usesOneKey {
      return parameters.basis.uniform(seed: [UInt8](repeating: 0, count: seed.count), label: "key/\(owner.index)")
    }
    #endif
    return parameters.basis.uniform(seed: seed, label: "key/\(Role.name)/\(owner.index)/\(epoch)")
  }

  /// A key pair for a given `a` from the coin: s ternary, e centred binomial, b = a·s + p·e.
  public func generateKey<Role: KeyRole>(
    _: Role.Type = Role.self, a: Poly<Evaluations>, from sampler: inout SecretSampler
  ) -> SecretKey<Role> {
    let secret = sampler.ternary(count: ringDegree)
    let error = sampler.centredBinomial(count: ringDegree, parameter: parameters.literal.errorParameter)
    return generateKey(a: a, secret: secret, error: error)
  }

  /// The same with chosen secrets: known-answer tests, extremes, cheaters.
  package func generateKey<Role: KeyRole>(
    _: Role.Type = Role.self, a: Poly<Evaluations>, secret: consuming SecretBuffer<Int8>,
    error: consuming SecretBuffer<Int8>
  ) -> SecretKey<Role> {
    precondition(a.limbCount == limbCount, "a covers all primes")
    let s = ring.forwardTransform(residues(secret))
    var e = residues(error)
    ring.scale(&e, by: plaintextModulus, adding: nil)
    var b = ring.sumOfProducts([(a, s)], adding: ring.forwardTransform(e))
    b.declassify()
    return SecretKey(
      publicKey: PublicKey(a: a, b: b), secret: secret, error: error, evaluations: s,
      replyPrimeCount: parameters.replyPrimeCount)
  }

  // MARK: Encryption

  /// Enc(m; u, v, w): c0 = b·u + p·w + m, c1 = a·u + p·v.
  ///
  /// - Parameter message: N plaintext coefficients in [0, p), encrypted by their centred lifts.
  public func encrypt<Role: KeyRole>(
    _ message: borrowing SecretBuffer<UInt128>, coins: borrowing EncryptionCoins, under key: PublicKey<Role>
  ) -> Ciphertext<Role> {
    var (c0, c1) = ring.encryption(
      of: self.message(message, error: coins.w, noise: nil), error(coins.v), under: key.b, key.a, ephemeral: coins.u)
    c0.declassify()
    c1.declassify()
    return Ciphertext(c0: c0, c1: c1)
  }

  /// Enc with any integers for m, u, v, w, given by their residues: masks and responses of proofs.
  package func encrypt<Role: KeyRole>(
    message m: Poly<Coefficients>, u: consuming Poly<Coefficients>, v: consuming Poly<Coefficients>,
    w: consuming Poly<Coefficients>, under key: PublicKey<Role>
  ) -> Ciphertext<Role> {
    let u = ring.forwardTransform(u)
    ring.scale(&w, by: plaintextModulus, adding: m)
    ring.scale(&v, by: plaintextModulus, adding: nil)
    var c0 = ring.sumOfProducts([(key.b, u)], adding: ring.forwardTransform(w))
    var c1 = ring.sumOfProducts([(key.a, u)], adding: ring.forwardTransform(v))
    c0.declassify()
    c1.declassify()
    return Ciphertext(c0: c0, c1: c1)
  }

  /// Secret-key encryption with c1 from a public seed: c0 = c1·s + p·e + m. The seed must be fresh and uniform.
  public func encryptSeeded<Role: KeyRole>(
    _ message: borrowing SecretBuffer<UInt128>, seed: [UInt8], with key: borrowing SecretKey<Role>,
    from sampler: inout SecretSampler
  ) -> SeededCiphertext<Role> {
    let e = sampler.centredBinomial(count: ringDegree, parameter: parameters.literal.errorParameter)
    var sum = ring.sumOfProducts(
      [(seededElement(seed), key.evaluations)],
      adding: ring.forwardTransform(self.message(message, error: e, noise: nil)))
    sum.declassify()
    return SeededCiphertext(seed: seed, c0: sum)
  }

  /// The ciphertext that a seeded one stands for.
  public func expand<Role: KeyRole>(_ c: SeededCiphertext<Role>) -> Ciphertext<Role> {
    Ciphertext(c0: c.c0, c1: seededElement(c.seed))
  }

  private func seededElement(_ seed: [UInt8]) -> Poly<Evaluations> {
    parameters.basis.uniform(seed: seed, label: "seeded-ciphertext")
  }

  /// p·(y + w) + m.
  func message(
    _ m: borrowing SecretBuffer<UInt128>, error w: borrowing SecretBuffer<Int8>, noise y: WideIntegers?
  ) -> Poly<Coefficients> {
    m.withSpan { m in w.withSpan { w in ring.message(m, error: w, noise: y, limbCount: limbCount) } }
  }

  /// p·v.
  func error(_ v: borrowing SecretBuffer<Int8>) -> Poly<Coefficients> {
    v.withSpan { ring.message(nil, error: $0, noise: nil, limbCount: limbCount) }
  }

  /// Small secret integers modulo every prime.
  func residues(_ x: borrowing SecretBuffer<Int8>) -> Poly<Coefficients> {
    x.withSpan { ring.reduce($0, limbCount: limbCount, secret: true) }
  }
}
