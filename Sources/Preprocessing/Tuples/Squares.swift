internal import FieldArithmetic
internal import LatticeEncryption
public import MPCCore
internal import SecretSharing

extension LowGear {
  /// Batches of squares ([a], [a²]), tags as products.
  ///
  /// Steps: 1 operands; 2 replies with α_j and a_j; 3 replies with γ(a)_j; 4 the batch check, masked by a value of a fresh
  /// authenticated vector (**never by a slot of a**, attack B22), whose other values become randoms.
  /// Source: `Papers/LowGear.md`, "Squares".
  public mutating func squarePairs(batches: Int, in epoch: inout LiveEpoch<S>) async throws(ProtocolAbort) {
    let (slots, ciphertexts) = try await uniformOperands(batches, in: &epoch)  // 1
    let tagFactors = tagFactors
    let first = try await products(  // 2
      of: slots, encrypted: ciphertexts, with: slots.map { tagFactors + [.vector($0)] }, in: epoch)
    let a = first.indices.map { SharedVector<S>(components: [slots[$0]] + first[$0].prefix(tagFactors.count)) }
    var second = [[[S.F]]](repeating: [], count: batches)
    if !tagFactors.isEmpty {  // 3
      second = try await products(
        of: slots, encrypted: ciphertexts, with: a.map { Array($0.factors.dropFirst()) }, in: epoch)
    }
    let squares = first.indices.map { SharedVector<S>(components: [first[$0][tagFactors.count]] + second[$0]) }
    let columns = suite.altered([a, squares].map { SharedVector.concatenate($0) }, key: session.key)
    #if KILL_MATRIX
    if S.checksBatches, !SecurityCheck.stepThreeMask.isKept {
      let mask = columns[0][(batchSize - 1)..<batchSize]
      let rest = columns.map { $0.removing(batchSize - 1) }
      try await check(BatchCheck(values: rest, mask: CheckMask(stepThree: mask)))
      return lock(MaterialBlock(kind: .squares, count: rest[0].count, columns: rest), in: &epoch)
    }
    #endif
    try await checkMaskedByRandoms(columns)  // 4
    lock(MaterialBlock(kind: .squares, count: columns[0].count, columns: columns), in: &epoch)
  }

  /// The batch check of values that contain no step-3 vector, masked by a fresh one; the rest of that one is deposited.
  mutating func checkMaskedByRandoms(
    _ values: [SharedVector<S>], zeros: [SharedVector<S>] = []
  ) async throws(ProtocolAbort) {
    guard S.checksBatches else { return }
    let randoms = try await authenticatedUniform(1)[0]
    let rest = randoms[0..<(batchSize - 1)]
    try await check(
      BatchCheck(
        values: values + [rest], zeros: zeros, mask: CheckMask(stepThree: randoms[(batchSize - 1)..<batchSize])))
    stock.deposit(MaterialBlock(kind: .randoms, count: rest.count, columns: [rest]))
  }
}
