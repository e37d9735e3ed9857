public import FieldArithmetic
public import LatticeEncryption
internal import MPCCore

// The same conversions on vectors of field elements, as shares are kept.
extension BilinearPacking {
  /// The plaintexts of all ciphertexts, `ciphertextCount` of them, in coefficients.
  ///
  /// - Parameter entries: `encryptedEntryCount` of them.
  public func plaintexts<F: PrimeField>(_ entries: [F], using bgv: BGV) -> [[F]] {
    let values = bgv.integers(entries.span)
    return (0..<ciphertextCount).map { bgv.elements(F.self, plaintext(ciphertext: $0, entries: values, using: bgv)) }
  }

  /// The entries of the encrypted operand (or shares of its tags) and the values at the declared zeros, from plaintexts
  /// or sums of decrypted replies, one for each ciphertext, in coefficients.
  ///
  /// Tag shares at declared zeros belong into the MAC check with the public value 0.
  public func encryptedEntries<F: PrimeField>(
    ofCoefficients replies: [[F]], using bgv: BGV
  ) -> (entries: [F], declaredZeros: [F]) {
    precondition(replies.count == ciphertextCount, "one vector for each ciphertext of a batch")
    var entries = SecretBuffer<UInt128>(count: encryptedEntryCount, repeating: 0)
    var zeros: [F] = []
    for (k, reply) in replies.enumerated() {
      let positions = positions(ofCoefficients: bgv.integers(reply.span), using: bgv)
      scatter(ciphertext: k, positions: positions, into: &entries)
      if declaresZeros { zeros += bgv.elements(F.self, declaredZeroValues(ciphertext: k, positions: positions)) }
    }
    return (bgv.elements(F.self, entries), zeros)
  }

  /// Shares of C from shares of the replies' plaintexts (sums of decryptions and negated masks), one vector for each
  /// reply, in coefficients.
  public func outputs<F: PrimeField>(ofCoefficients replies: [[F]], using bgv: BGV) -> [F] {
    precondition(replies.count == replyCount, "one vector for each reply of a batch")
    var c = SecretBuffer<UInt128>(count: outputEntryCount, repeating: 0)
    for (j, reply) in replies.enumerated() {
      let positions = positions(ofCoefficients: bgv.integers(reply.span), using: bgv)
      accumulate(reply: j, positions: positions, into: &c, modulus: bgv.plaintextModulus)
    }
    return bgv.elements(F.self, c)
  }

  /// The multiplied operand's entries from its dense layout, one vector for each dense reply, in coefficients.
  public func multipliedEntries<F: PrimeField>(ofDense replies: [[F]]) -> [F] {
    precondition(replies.count == denseReplyCount, "one vector for each dense reply of a batch")
    return replies.indices.flatMap { replies[$0].prefix(denseEntries(reply: $0).count) }
  }

  /// f of every map of a batch: what a party's own shares contribute.
  public func evaluate<F: PrimeField>(encrypted: [F], multiplied: [F]) -> [F] {
    precondition(
      encrypted.count == encryptedEntryCount && multiplied.count == multipliedEntryCount, "the operands of a batch")
    let (left, right) = encryptedOperand == .left ? (encrypted, multiplied) : (multiplied, encrypted)
    let (l, r) = (shape.count(.left), shape.count(.right))
    var c: [F] = []
    c.reserveCapacity(outputEntryCount)
    for t in 0..<capacity {
      let a = [F](left[t * l..<(t + 1) * l])
      let b = [F](right[t * r..<(t + 1) * r])
      c += shape.evaluate(a, b)
    }
    return c
  }
}
