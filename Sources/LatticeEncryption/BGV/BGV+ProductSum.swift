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
    let (c0, c1) = drowned([], adding: (sum.c0, sum.c1), mask: mask, coins: coins, drowning: noise, under: key)
    return switched(c0, c1, dropping: limbCount - parameters.replyPrimeCount)
  }
}

extension BGV {
  /// partial_j + Σ_k ct_k·x_jk for several sums over the same ciphertexts, by multiplicands whose slots are constant on
  /// N/d blocks: a matrix product for each block, which reads every ciphertext once for all sums.
  ///
  /// - Parameters:
  ///   - ciphertexts: 1 … 1024.
  ///   - multiplicands: for each sum one for each ciphertext, from `blockMultiplicand(blockValues:)`.
  ///   - partial: none, or one for each sum.
  public func sums<Role: KeyRole>(
    of ciphertexts: [Ciphertext<Role>], times multiplicands: [[Poly<Evaluations>]],
    adding partial: consuming [ProductSum<Role>] = []
  ) -> [ProductSum<Role>] {
    precondition(partial.isEmpty || partial.count == multiplicands.count, "one partial sum for each")
    var c0: [Poly<Evaluations>] = []
    var c1: [Poly<Evaluations>] = []
    for j in multiplicands.indices {
      c0.append(partial.isEmpty ? ring.zero(Evaluations.self, secret: true) : partial[j].c0)
      c1.append(partial.isEmpty ? ring.zero(Evaluations.self, secret: true) : partial[j].c1)
    }
    let weights = partial.isEmpty ? [Int](repeating: 0, count: multiplicands.count) : partial.map(\.weight)
    partial = []
    ring.addBlockProducts(ciphertexts.map(\.c0), multiplicands, to: &c0)
    ring.addBlockProducts(ciphertexts.map(\.c1), multiplicands, to: &c1)
    return multiplicands.indices.map { j in
      ProductSum(c0: c0[j], c1: c1[j], weight: weights[j] + multiplicands[j].reduce(0) { $0 + $1.ringDegree })
    }
  }

  /// The multiplicand with constant blocks of slots, by its block values alone.
  public func blockMultiplicand(blockValues: borrowing SecretBuffer<UInt128>) -> Poly<Evaluations> {
    var values = blockValues.withSpan { span in (0..<span.count).map { span[$0] } }
    ring.fibreCoefficients(fromBlockValues: &values)
    let result = ring.blockEvaluations(ofCoefficients: values.span, limbCount: limbCount)
    wipe(&values)
    return result
  }
}
