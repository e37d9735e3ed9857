internal import Cryptography
internal import FieldArithmetic
internal import LatticeEncryption
public import MPCCore
public import SecretSharing
internal import ZeroKnowledge

extension LowGear {
  /// A batch of triples ([A], [B], [f(A, B)]) of a bilinear f: matrix products, convolutions.
  ///
  /// Steps: 1 the encrypted operand, packed, with proof; 2, 3 the other operand with its tags, in dense vectors; 4 on the
  /// ciphertexts the replies with α_j, with the multiplied operand's shares and with its tag shares; 5 the batch check over
  /// all entries, masked by a step-3 value, and with every position that the packing declares zero as a zero of its own
  /// (the zero rule, attack B23). Source: `Papers/LowGear.md`, `Papers/Packings.md`.
  /// - Parameters:
  ///   - packing: how `capacity` triples lie in ciphertexts.
  ///   - kind: a matrix or convolution triple of the packing's shape.
  public mutating func bilinearTriples(
    _ packing: any BilinearPacking, as kind: MaterialKind, in epoch: inout LiveEpoch<S>
  ) async throws(ProtocolAbort) {
    let scheme = suite.scheme
    let random = session.context.random
    let (encrypted, ciphertexts) = try await packedOperand(packing, in: &epoch)  // 1
    let count = packing.multipliedEntryCount
    var values = S.F.uniform(count, seed: random.seed(label: "bilinear-multiplied"))
    values += S.F.filled(packing.denseReplyCount * batchSize - count, with: .zero)
    let dense = try await authenticate(  // 2, 3
      (0..<packing.denseReplyCount).map { Array(values[($0 * batchSize)..<(($0 + 1) * batchSize)]) })
    let multiplied = SharedVector.concatenate(dense)[0..<count]

    let tagFactors = tagFactors
    var tags: [[S.F]] = []
    var zeroTags: [[S.F]] = []
    for factor in tagFactors {  // 4: α_j
      let suite = suite
      let replies = try await products(packing.ciphertextCount, on: ciphertexts, in: epoch, as: .coefficients) { k in
        [(index: k, multiplicand: factor.multiplicand(suite))]
      }
      let (cross, zeros) = packing.encryptedEntries(ofCoefficients: replies, using: scheme)
      tags.append(S.F.add(factor.product(with: encrypted), cross))
      zeroTags.append(zeros)
    }
    var outputs: [[S.F]] = []
    for component in multiplied.components {  // 4: B, then its tags
      let cross = try await bilinearProducts(packing, of: ciphertexts, with: component, in: epoch)
      outputs.append(S.F.add(packing.evaluate(encrypted: encrypted, multiplied: component), cross))
    }
    let altered = suite.altered(
      [SharedVector<S>(components: [encrypted] + tags), multiplied, SharedVector<S>(components: outputs)],
      key: session.key)
    let zeroCount = zeroTags.first?.count ?? 0
    let zeros = SharedVector<S>(components: [S.F.filled(zeroCount, with: .zero)] + zeroTags)
    try await checkMaskedByRandoms(altered, zeros: [zeros])  // 5
    let columns = packing.encryptedOperand == .left ? altered : [altered[1], altered[0], altered[2]]
    lock(MaterialBlock(kind: kind, count: packing.capacity, columns: columns), in: &epoch)
  }

  /// Uniform entries of the encrypted operand, and the ciphertexts of the others.
  private mutating func packedOperand(
    _ packing: any BilinearPacking, in epoch: inout LiveEpoch<S>
  ) async throws(ProtocolAbort) -> (entries: [S.F], ciphertexts: [[Multipliable<EpochKey>]]) {
    let (scheme, random) = (suite.scheme, session.context.random)
    let entries = S.F.uniform(packing.encryptedEntryCount, seed: random.seed(label: "bilinear-operand"))
    var sampler = SecretSampler(random, label: "bilinear-coins", context: [UInt64(epoch.number)])
    let values = scheme.integers(entries.span)
    let plaintexts = (0..<packing.ciphertextCount).map { k in
      var coefficients = packing.plaintext(ciphertext: k, entries: values, using: scheme)
      suite.dishonesty?.packedOperand(&coefficients, number: k)
      return PlaintextWitness(coefficients, suite.parameters, from: &sampler)
    }
    let ciphertexts = try await exchange(plaintexts, in: &epoch)
    return (S.F.scale(entries, by: S.F(S.operandFactor)), ciphertexts)
  }

  /// Replies made together: they read each ciphertext once.
  private static var repliesPerGroup: Int { 16 }

  private mutating func bilinearProducts(
    _ packing: any BilinearPacking, of ciphertexts: [[Multipliable<EpochKey>]], with entries: [S.F],
    in epoch: borrowing LiveEpoch<S>
  ) async throws(ProtocolAbort) -> [S.F] {
    let (suite, scheme, replyCount) = (suite, suite.scheme, packing.replyCount)
    let groups = stride(from: 0, to: replyCount, by: Self.repliesPerGroup).map {
      $0..<min($0 + Self.repliesPerGroup, replyCount)
    }
    let lifetime = (0..<replyCount).reduce(0) {
      $0 + suite.parameters.lifetimeUnits(weight: packing.weight(reply: $1))
    }
    let pairs = PairwiseProducts<EpochKey, C>(suite: suite, keys: epoch.keys, ciphertexts: ciphertexts)
    let replies = try await session.step { (context) throws(ProtocolAbort) in
      try await pairs.shares(groups: groups, lifetime: lifetime, context: &context, S.F.self) { group, theirs in
        let values = scheme.integers(entries.span)
        return packing.sums(of: theirs, times: values, replies: group, using: scheme)
      }
    }
    return packing.outputs(ofCoefficients: replies, using: scheme)
  }
}

extension MaterialKind {
  /// The bilinear map of a matrix or convolution triple.
  var bilinearShape: BilinearShape? {
    switch self {
    case .matrixTriple(let shape): .matrix(shape)
    case .convolutionTriple(let shape): .convolution(shape)
    default: nil
    }
  }
}
