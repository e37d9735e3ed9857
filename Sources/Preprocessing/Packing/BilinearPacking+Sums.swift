public import LatticeEncryption
public import MPCCore

extension BilinearPacking {
  /// Σ_k ct_k·x_kj for a range of replies j: what the multiplier turns into replies with `BGV.reply(_:mask:…)`.
  ///
  /// Multiplicands are made one at a time. Memory: two ring elements per reply of the range, and some multiplicands.
  /// - Parameters:
  ///   - ciphertexts: `ciphertextCount` of them.
  ///   - entries: the multiplied operand's shares, or its tag shares.
  ///   - replies: a range of reply numbers; 16 at a time re-use each ciphertext while it is in the cache.
  public func sums<Role: KeyRole>(
    of ciphertexts: [Ciphertext<Role>], times entries: borrowing SecretBuffer<UInt128>, replies: Range<Int>,
    using bgv: BGV
  ) -> [ProductSum<Role>] {
    precondition(
      ciphertexts.count == ciphertextCount && replies.lowerBound >= 0 && replies.upperBound <= replyCount,
      "the ciphertexts and replies of a batch")
    return replies.map { j in
      var sum: ProductSum<Role>?
      var rest = terms(reply: j)
      while !rest.isEmpty {
        let pass = rest.prefix(8)
        var products: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] = []
        for k in pass {
          products.append((ciphertexts[k], multiplicand(reply: j, ciphertext: k, entries: entries, using: bgv)))
        }
        sum = bgv.sum(products, sparsity: multiplicandSparsity, adding: sum)
        rest = rest.dropFirst(8)
      }
      guard let sum else { preconditionFailure("a reply has at least one term") }
      return sum
    }
  }
}
