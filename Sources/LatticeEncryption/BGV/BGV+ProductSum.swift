public import MPCCore

/// Σ ct_k·x_k on its way to becoming a reply. Secret: it shows the multiplicands until it is drowned.
public struct ProductSum<Role: KeyRole>: Sendable {
  var c0: Poly<Evaluations>
  var c1: Poly<Evaluations>
  /// Coefficients that can be nonzero in all multiplicands together: what the drowning has to cover.
  public let weight: Int
}

extension BGV {
  /// partial + Σ ct_k·x_k, in passes of 16 products.
  ///
  /// - Parameters:
  ///   - products: at least one.
  ///   - sparsity: how many coefficients of a multiplicand can be nonzero: N for dense ones, N/d for polynomials in X^d,
  ///     1 for constants.
  public func sum<Role: KeyRole>(
    _ products: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], sparsity: Int,
    adding partial: consuming ProductSum<Role>? = nil
  ) -> ProductSum<Role> {
    precondition(!products.isEmpty && (1...ringDegree).contains(sparsity), "products with 1 … N coefficients")
    let weight = (partial?.weight ?? 0) + products.count * sparsity
    var (c0, c1) = (partial?.c0, partial?.c1)
    var rest = products[...]
    while !rest.isEmpty {
      let pass = rest.prefix(16)
      c0 = ring.sumOfProducts(pass.map { ($0.ciphertext.c0, $0.multiplicand) }, adding: c0)
      c1 = ring.sumOfProducts(pass.map { ($0.ciphertext.c1, $0.multiplicand) }, adding: c1)
      rest = rest.dropFirst(16)
    }
    guard let c0, let c1 else { preconditionFailure("at least one product") }
    return ProductSum(c0: c0, c1: c1, weight: weight)
  }

  /// The reply to a sum of products: plus a fresh encryption of zero, plus the mask, plus drowning noise, switched.
  ///
  /// As ``reply(_:mask:under:from:)``, whose conditions apply. The weight is at most
  /// ``Parameters/maximumReplyWeight`` (the caller's duty: it has planned the packing by it); if it exceeds
  /// N·`innerDimension`, the key answers proportionally fewer replies than the set's lifetime.
  public func reply<Role: KeyRole>(
    _ sum: consuming ProductSum<Role>, mask: borrowing SecretBuffer<UInt128>, under key: PublicKey<Role>,
    from sampler: inout SecretSampler
  ) -> Reply<Role> {
    let coins = EncryptionCoins(parameters, from: &sampler)
    let noise = drowningNoise(from: &sampler)
    let u = ring.forwardTransform(residues(coins.u))
    let (c0, c1) = drowned(
      sum: ring.sumOfProducts([(key.b, u)], adding: sum.c0), ring.sumOfProducts([(key.a, u)], adding: sum.c1),
      mask: mask, coins: coins, drowning: noise)
    return switched(c0, c1, dropping: limbCount - parameters.replyPrimeCount)
  }
}
