package import MPCCore

/// pk = (a, b = a·s + p·e) in evaluations. `a` comes from a joint coin, never from the owner: an owner's choice (zero,
/// sparse) would expose what others encrypt under the key.
public struct PublicKey<Role: KeyRole>: Sendable, Equatable {
  /// Uniform, from the coin.
  public let a: Poly<Evaluations>
  /// a·s + p·e.
  public let b: Poly<Evaluations>

  /// Assembles a key; that (s, e) is short is what the key proof shows.
  public init(a: Poly<Evaluations>, b: Poly<Evaluations>) {
    precondition(a.ringDegree == b.ringDegree && a.limbCount == b.limbCount, "both parts belong to one ring")
    self.a = a
    self.b = b
  }
}

/// The one owner of a key's secrets: s ternary and e centred binomial. Wiped when its life ends; neither copyable nor
/// printable.
public struct SecretKey<Role: KeyRole>: ~Copyable, Sendable {
  /// The public part.
  public let publicKey: PublicKey<Role>
  /// s, coefficients; with `error` the witness of the key proof.
  package let secret: SecretBuffer<Int8>
  /// e, coefficients.
  package let error: SecretBuffer<Int8>
  /// s in evaluations, over all primes and over those of a reply.
  let evaluations: Poly<Evaluations>
  let replyEvaluations: Poly<Evaluations>

  init(
    publicKey: PublicKey<Role>, secret: consuming SecretBuffer<Int8>, error: consuming SecretBuffer<Int8>,
    evaluations: Poly<Evaluations>, replyPrimeCount: Int
  ) {
    self.publicKey = publicKey
    self.secret = secret
    self.error = error
    self.evaluations = evaluations
    replyEvaluations = evaluations.prefix(replyPrimeCount)
  }
}

/// The randomness (u, v, w) of one encryption: u ternary, v and w centred binomial. Witness of its proof; wiped.
public struct EncryptionCoins: ~Copyable, Sendable {
  /// Ephemeral secret.
  package let u: SecretBuffer<Int8>
  /// Error of c1.
  package let v: SecretBuffer<Int8>
  /// Error of c0.
  package let w: SecretBuffer<Int8>

  /// Fresh coins; never used twice.
  public init(_ parameters: Parameters, from sampler: inout SecretSampler) {
    let (n, eta) = (parameters.ringDegree, parameters.literal.errorParameter)
    u = sampler.ternary(count: n)
    v = sampler.centredBinomial(count: n, parameter: eta)
    w = sampler.centredBinomial(count: n, parameter: eta)
  }

  /// Chosen coins: known-answer tests, extremes, dishonest provers.
  package init(u: [Int8], v: [Int8], w: [Int8]) {
    precondition(u.count == v.count && v.count == w.count, "one coefficient count")
    self.u = SecretBuffer(copying: u)
    self.v = SecretBuffer(copying: v)
    self.w = SecretBuffer(copying: w)
  }
}
