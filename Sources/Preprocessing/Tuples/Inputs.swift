internal import FieldArithmetic
public import MPCCore
public import SecretSharing

extension LowGear {
  /// Vectors of uniform values that nobody knows: step 3 alone, no epoch needed. Deposited at once.
  public mutating func randoms(batches: Int) async throws(ProtocolAbort) {
    let vectors = try await authenticatedUniform(batches)
    let values = try await checkedByOwnMask(vectors)
    stock.deposit(MaterialBlock(kind: .randoms, count: values.count, columns: [values]))
  }

  /// Vectors of uniform values that `owner` knows: its replies on the E_i alone, one a receiver and vector.
  /// - Parameter pairs: keeps the pairwise shares of the tags, N values a vector, for later proofs about the inputs; value
  ///   N−1 of the first vector masks the check and is no mask any more.
  public mutating func inputMasks(
    batches: Int, for owner: PartyID, keeping pairs: PairwiseTags<S.F>? = nil
  ) async throws(ProtocolAbort) {
    let vectors = try await authenticatedUniform(batches, owner: owner, keeping: pairs)
    let values = try await checkedByOwnMask(vectors)
    let clear = owner == session.me ? values.values : nil
    stock.deposit(
      MaterialBlock(kind: .inputMasks(owner), count: values.count, columns: [values], clear: clear))
  }

  /// All values but the last one of the first vector, which masks their check.
  private mutating func checkedByOwnMask(_ vectors: [SharedVector<S>]) async throws(ProtocolAbort) -> SharedVector<S> {
    let all = SharedVector.concatenate(vectors)
    guard S.checksBatches else { return all }
    let values = all.removing(batchSize - 1)
    try await check(
      BatchCheck(values: [values], mask: CheckMask(stepThree: all[(batchSize - 1)..<batchSize])))
    return values
  }
}
