public import MPCCore

// Linear operations on ciphertexts. Noise grows: the caller stays within the budget of the set (one product of a proven
// ciphertext, sums of `innerDimension` products).
extension BGV {
  /// Encrypts the sum of the plaintexts.
  public func add<Role: KeyRole>(_ x: Ciphertext<Role>, _ y: Ciphertext<Role>) -> Ciphertext<Role> {
    var (c0, c1) = (x.c0, x.c1)
    ring.add(y.c0, to: &c0)
    ring.add(y.c1, to: &c1)
    return Ciphertext(c0: c0, c1: c1)
  }

  /// Encrypts the sum with a plaintext, given by its evaluations (`multiplicand`).
  public func add<Role: KeyRole>(_ x: Ciphertext<Role>, plaintext: Poly<Evaluations>) -> Ciphertext<Role> {
    var c0 = x.c0
    ring.add(plaintext, to: &c0)
    return Ciphertext(c0: c0, c1: x.c1)
  }

  /// 2·c: what a proof of plaintext knowledge speaks about.
  public func doubled<Role: KeyRole>(_ x: Ciphertext<Role>) -> Ciphertext<Role> { add(x, x) }

  /// Encrypts the product with a plaintext, given by the evaluations of its centred lift: slotwise multiplication.
  public func multiply<Role: KeyRole>(_ x: Ciphertext<Role>, by multiplicand: Poly<Evaluations>) -> Ciphertext<Role> {
    Ciphertext(c0: ring.multiply(x.c0, multiplicand), c1: ring.multiply(x.c1, multiplicand))
  }

  /// The reply to `products`: Σ ct_k·x_k plus a fresh encryption of zero, plus the mask r, plus p·y with y uniform in
  /// ±D, then modulus switching. Protocol: LowGear's pairwise product, with r the responder's share up to the sign.
  ///
  /// Coins, r and y are fresh for every reply and every receiver; switching comes last. Key proof and ciphertext proofs
  /// have been verified before, and with active adversaries each ct_k is a doubled, proven one.
  /// - Parameters:
  ///   - products: at least one; at most `innerDimension` keep the drowning within its bound.
  ///   - mask: N coefficients in [0, p), uniform.
  ///   - key: the receiver's.
  public func reply<Role: KeyRole>(
    _ products: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)],
    mask: borrowing SecretBuffer<UInt128>, under key: PublicKey<Role>, from sampler: inout SecretSampler
  ) -> Reply<Role> {
    precondition(
      !products.isEmpty && products.count <= parameters.literal.innerDimension,
      "the set \(parameters.literal.name) drowns sums of at most \(parameters.literal.innerDimension) products")
    let coins = EncryptionCoins(parameters, from: &sampler)
    let noise = drowningNoise(from: &sampler)
    return reply(products, mask: mask, coins: coins, drowning: noise, under: key)
  }

  /// D and the words it takes: y uniform in [−D, D]^N.
  package func drowningNoise(from sampler: inout SecretSampler) -> WideIntegers {
    let bound = parameters.budget.drowningBound
    return sampler.symmetric(count: ringDegree, bound: bound, wordCount: (bound.bitWidth + 1) / 64 + 1)
  }

  /// The reply with given randomness.
  package func reply<Role: KeyRole>(
    _ products: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)],
    mask: borrowing SecretBuffer<UInt128>, coins: borrowing EncryptionCoins, drowning: WideIntegers,
    under key: PublicKey<Role>
  ) -> Reply<Role> {
    let (c0, c1) = drowned(products, mask: mask, coins: coins, drowning: drowning, under: key)
    return switched(c0, c1, dropping: limbCount - parameters.replyPrimeCount)
  }

  /// A reply before modulus switching, in coefficients.
  package func drowned<Role: KeyRole>(
    _ products: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)],
    mask: borrowing SecretBuffer<UInt128>, coins: borrowing EncryptionCoins, drowning: WideIntegers,
    under key: PublicKey<Role>
  ) -> (c0: Poly<Coefficients>, c1: Poly<Coefficients>) {
    let terms = products.map {
      ReplyTerm(c0: $0.ciphertext.c0, c1: $0.ciphertext.c1, multiplicand: $0.multiplicand)
    }
    return drowned(terms, adding: nil, mask: mask, coins: coins, drowning: drowning, under: key)
  }

  /// The same for products and a sum of products. v′, w′, y and r are added in coefficients: p·(y + w′) + r needs no
  /// transform.
  func drowned<Role: KeyRole>(
    _ terms: [ReplyTerm], adding sum: (Poly<Evaluations>, Poly<Evaluations>)?, mask: borrowing SecretBuffer<UInt128>,
    coins: borrowing EncryptionCoins, drowning: WideIntegers, under key: PublicKey<Role>
  ) -> (c0: Poly<Coefficients>, c1: Poly<Coefficients>) {
    ring.reply(
      message(mask, error: coins.w, noise: drowning), error(coins.v), products: terms, adding: sum, under: key.b, key.a,
      ephemeral: coins.u)
  }

  /// Drops `count` primes of a ciphertext in coefficients, one after the other: δ = p·[−c·p⁻¹]_(q_l) centred,
  /// c ← (c + δ)/q_l, which divides the plaintext by q_l modulo p.
  ///
  /// Correspondence with scale-invariant encryption: for z = p⁻¹·c mod q the same step is z ← (z − [z]_(q_l))/q_l, a
  /// division with rounding, because [z]_(q_l) = −δ/p. Both are one linear form of the residues with other constants;
  /// the ring folds all dropped primes into one such form per remaining prime, so keeping c instead of z costs nothing
  /// and saves the multiplications by p⁻¹ and p on the way.
  package func switched<Role: KeyRole>(
    _ c0: consuming Poly<Coefficients>, _ c1: consuming Poly<Coefficients>, dropping count: Int
  ) -> Reply<Role> {
    var x = ring.switchModulus(c0, dropping: count)
    var y = ring.switchModulus(c1, dropping: count)
    x.declassify()
    y.declassify()
    return Reply(c0: x, c1: y)
  }
}
