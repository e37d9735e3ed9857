internal import FieldArithmetic
public import LatticeEncryption
internal import MPCCore
internal import SecretSharing

/// What a ``GenerationPlan`` is estimated to cost a party: ciphertexts with their proofs, and replies; with whole batches
/// also proofs of fewer ciphertexts than they have room for, and the keys of epochs. Batch checks and openings of bits and
/// range proofs are not counted.
public struct GenerationCost: Sendable, Hashable {
  /// Bytes one party sends.
  public private(set) var bytes = 0.0
  /// Seconds of one core of a party; see ``PackingCost/seconds``: a rule to compare by, no promise.
  public private(set) var seconds = 0.0

  /// - Parameter wholeBatches: count vectors of N values as the generator makes them; else fractions of them, so that
  ///   costs of parts of a program compare.
  public init<S: OfflineSharing>(
    _ plan: GenerationPlan, parameters: Parameters, parties: Int, options: OfflineOptions, wholeBatches: Bool, _: S.Type
  ) {
    let active = S.adversary == .active
    let sizes = WireSizes(parameters)
    let work = WorkEstimate(parameters)
    var epochReplies = 0.0
    func add(_ count: Int, ciphertexts: Int, replies: Int, products: Int) {
      guard count > 0 else { return }
      let exact = Double(count) / Double(parameters.ringDegree)
      let batches = wholeBatches ? exact.rounded(.down) + 1 : exact
      let group = Double(parameters.literal.ciphertextsPerProof)
      let proven = batches * Double(ciphertexts)
      let places = wholeBatches ? (proven / group).rounded(.up) * group : proven
      bytes += proven * Double(sizes.ciphertext) + places * sizes.proofShare + batches * Double(replies * sizes.reply)
      if ciphertexts > 0 { epochReplies += batches * Double(replies) }
      seconds +=
        batches
        * (Double(ciphertexts) * work.ciphertext + Double(replies) * work.reply + Double(products) * work.denseProduct)
    }
    let replies = !active ? 1 : options.triples == .classic ? 7 : 4
    add(plan.triples, ciphertexts: 1, replies: replies, products: replies)
    add(plan.squares, ciphertexts: 1, replies: active ? 3 : 1, products: active ? 3 : 1)
    // Tags of inputs are replies of their owner: the party with most of them sends most.
    for count in [plan.inputs.values.max() ?? 0, plan.randoms] {
      add(count, ciphertexts: 0, replies: active ? 1 : 0, products: active ? 1 : 0)
    }
    for (kind, count) in plan.bilinear {
      guard let shape = kind.bilinearShape else { continue }
      let cost = PackingCost(shape.packing(count: count, parameters: parameters), count: count, parameters: parameters)
      bytes += Double(cost.bytes)
      epochReplies += 1
      seconds += cost.seconds
    }
    if wholeBatches, epochReplies > 0 {
      let epochs = (epochReplies / Double(1 << parameters.literal.replyLifetimeBits)).rounded(.up)
      bytes += epochs * sizes.epochKey
    }
    bytes *= Double(parties - 1)
    seconds *= Double(parties - 1)
  }
}
