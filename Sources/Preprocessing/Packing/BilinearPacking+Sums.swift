public import LatticeEncryption
public import MPCCore

extension BilinearPacking {
  /// Σ_k ct_k·x_kj for a range of replies j: what the multiplier turns into replies with `BGV.reply(_:mask:…)`.
  ///
  /// Multiplicands are made as they are needed. Memory: two ring elements per reply of the range, and 24 MB or less of
  /// multiplicands. With block multiplicands each ciphertext is read once for 16 replies.
  /// - Parameters:
  ///   - ciphertexts: `ciphertextCount` of them.
  ///   - entries: the multiplied operand's shares, or its tag shares.
  ///   - replies: a range of reply numbers; 16 at a time are good for memory and speed.
  public func sums<Role: KeyRole>(
    of ciphertexts: [Ciphertext<Role>], times entries: borrowing SecretBuffer<UInt128>, replies: Range<Int>,
    using bgv: BGV
  ) -> [ProductSum<Role>] {
    precondition(
      ciphertexts.count == ciphertextCount && replies.lowerBound >= 0 && replies.upperBound <= replyCount,
      "the ciphertexts and replies of a batch")
    var results: [ProductSum<Role>] = []
    var rest = replies
    while let first = rest.first {
      // Replies that sum products of the same ciphertexts go together; those of other parts of a column do not.
      let terms = terms(reply: first)
      let together = rest.prefix(16).prefix { self.terms(reply: $0) == terms }
      switch multiplicandLayout {
      case .blocks: results += blockSums(ciphertexts, entries, replies: together, terms: terms, bgv)
      case .positions: results += together.map { denseSum(ciphertexts, entries, reply: $0, terms: terms, bgv) }
      }
      rest = together.upperBound..<replies.upperBound
    }
    return results
  }

  private func blockSums<Role: KeyRole>(
    _ ciphertexts: [Ciphertext<Role>], _ entries: borrowing SecretBuffer<UInt128>, replies: Range<Int>,
    terms: Range<Int>, _ bgv: BGV
  ) -> [ProductSum<Role>] {
    // At most 2^18 block values for each prime, and what the kernel takes at once.
    let passLength = max(1, min(1024, (1 << 18) / (replies.count * multiplicandSparsity)))
    var sums: [ProductSum<Role>] = []
    var rest = terms
    while !rest.isEmpty {
      let pass = rest.prefix(passLength)
      var multiplicands: [[Poly<Evaluations>]] = []
      for j in replies {
        var row: [Poly<Evaluations>] = []
        for k in pass {
          row.append(
            bgv.blockMultiplicand(blockValues: multiplicandValues(reply: j, ciphertext: k, entries: entries)))
        }
        multiplicands.append(row)
      }
      sums = bgv.sums(of: Array(ciphertexts[pass]), times: multiplicands, adding: sums)
      rest = rest.dropFirst(passLength)
    }
    return sums
  }

  private func denseSum<Role: KeyRole>(
    _ ciphertexts: [Ciphertext<Role>], _ entries: borrowing SecretBuffer<UInt128>, reply j: Int, terms: Range<Int>,
    _ bgv: BGV
  ) -> ProductSum<Role> {
    var sum: ProductSum<Role>?
    var rest = terms
    while !rest.isEmpty {
      var products: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] = []
      for k in rest.prefix(8) {
        products.append((ciphertexts[k], multiplicand(reply: j, ciphertext: k, entries: entries, using: bgv)))
      }
      sum = bgv.sum(products, sparsity: multiplicandSparsity, adding: sum)
      rest = rest.dropFirst(8)
    }
    guard let sum else { preconditionFailure("a reply has at least one term") }
    return sum
  }
}
