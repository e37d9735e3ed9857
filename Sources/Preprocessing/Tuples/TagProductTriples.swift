internal import FieldArithmetic
internal import LatticeEncryption
public import MPCCore
internal import SecretSharing

extension LowGear {
  /// Batches of triples whose tags are products: [c] = a·[b] component by component, [a] = a·(1, α).
  ///
  /// Steps: 1 operands a_i with proof; 2, 3 uniform b with tags γ(b); 4 on the encrypted a_i the replies with α_j, b_j and
  /// γ(b)_j; 5 the batch check, masked by the last b of the first batch, whose slot is discarded.
  /// Rounds: 3 and the check's 5. Error 3/p. Source: `Papers/LowGear.md`, "Tag-product triples".
  /// - Parameter batches: at most U.
  public mutating func tagProductTriples(batches: Int, in epoch: inout LiveEpoch<S>) async throws(ProtocolAbort) {
    let (slots, ciphertexts) = try await uniformOperands(batches, in: &epoch)  // 1
    let b = try await authenticatedUniform(batches)  // 2, 3
    let tagFactors = tagFactors
    let shares = try await products(  // 4
      of: slots, encrypted: ciphertexts, with: b.map { tagFactors + $0.factors }, in: epoch)
    let a = shares.indices.map { SharedVector<S>(components: [slots[$0]] + shares[$0].prefix(tagFactors.count)) }
    let c = shares.map { SharedVector<S>(components: Array($0.dropFirst(tagFactors.count))) }
    var columns = suite.altered([a, b, c].map { SharedVector.concatenate($0) }, key: session.key)
    if S.checksBatches {  // 5
      let mask = b[0][(batchSize - 1)..<batchSize]
      columns = columns.map { $0.removing(batchSize - 1) }
      try await check(BatchCheck(values: columns, mask: CheckMask(stepThree: mask)))
    }
    lock(MaterialBlock(kind: .triples, count: columns[0].count, columns: columns), in: &epoch)
  }
}

extension SharedVector {
  /// Without the value at `index`.
  func removing(_ index: Int) -> SharedVector {
    mapLinear { values in
      var rest = values
      rest.remove(at: index)
      return rest
    }
  }
}
