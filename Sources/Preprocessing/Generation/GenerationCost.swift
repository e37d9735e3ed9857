internal import FieldArithmetic
public import LatticeEncryption
internal import MPCCore
internal import SecretSharing

/// What a ``GenerationPlan``, or a set-up, is estimated to cost: the vectors, proofs, replies and checks that
/// `LowGear/generate(_:progress:)` makes, times ``OfflineRates``.
///
/// With whole batches it counts as the generator does: vectors of N values are the smallest unit, groups of at most U of
/// them are proven and checked together, a proof costs the same for one ciphertext as for U, and every epoch begins with
/// proven keys. Coins, frames and confirmations are not counted.
public struct GenerationCost: Sendable, Hashable {
  /// Bytes one party sends, the one that sends most.
  public private(set) var bytes = 0.0
  /// Rounds, roughly.
  public private(set) var roundCount = 0
  /// Key epochs.
  public private(set) var epochCount = 0
  /// Proofs of plaintext knowledge that one party makes.
  public private(set) var proofCount = 0.0
  /// Of every party: proofs, keys, ciphertexts and field arithmetic, which one thread does.
  private var serialSeconds = 0.0
  /// Of every party: replies, which compute threads share.
  private var replySeconds = 0.0
  /// Replies that one party makes while the others wait for them; and the same with the others' receipts.
  private var ownerSeconds = 0.0, ownerTotalSeconds = 0.0
  private let parties: Int

  /// Seconds of one core, of all parties on average.
  public var seconds: Double { serialSeconds + replySeconds + ownerTotalSeconds / Double(parties) }

  /// Seconds with all parties on one machine and no link between them.
  /// - Parameters:
  ///   - cores: processors that the parties share.
  ///   - threads: compute threads of a party, or of each worker: they share the replies.
  ///   - workers: of a party at once: they share everything but the set-up.
  public func seconds(cores: Int, threads: Int, workers: Int = 1) -> Double {
    let share = Double(parties) / Double(max(1, cores))
    let alone = Double(max(1, workers))
    let together = alone * Double(max(1, threads))
    return serialSeconds * max(1 / alone, share) + replySeconds * max(1 / together, share)
      + max(ownerSeconds / together, ownerTotalSeconds / Double(max(1, cores)))
  }

  /// The set-up of a session: key pairs, and in the active scheme encrypted MAC key shares, with their proofs.
  public static func setUp<S: OfflineSharing>(
    _ parameters: Parameters, parties: Int, rates: OfflineRates, _: S.Type
  ) -> GenerationCost {
    var cost = GenerationCost(parties: parties)
    guard S.adversary == .active else { return cost }
    let others = Double(parties - 1)
    let sizes = WireSizes(parameters)
    cost.roundCount = 5
    cost.bytes = others * (sizes.epochKey + sizes.macKey)
    cost.serialSeconds = rates.key + rates.macKey + others * (rates.keyCheck + rates.macKeyCheck)
    return cost
  }

  private init(parties: Int) { self.parties = parties }

  /// - Parameters:
  ///   - rates: ``OfflineRates/init(ruleOfThumb:)`` to compare costs, measured ones to predict.
  ///   - chunks: in how many parts the demand is made, each with an epoch and proofs of its own.
  ///   - wholeBatches: count vectors of N values as the generator makes them; else fractions of them and no epochs, so that
  ///     costs of parts of a program compare.
  public init<S: OfflineSharing>(
    _ plan: GenerationPlan, parameters: Parameters, parties: Int, options: OfflineOptions, rates: OfflineRates,
    chunks: Int = 1, wholeBatches: Bool, _: S.Type
  ) {
    self.init(parties: parties)
    // Each worker has epochs of its own; there are not more of them than vectors.
    let most = plan.demand.map { kind, number in
      kind.bilinearShape == nil ? (number - 1) / parameters.ringDegree + 1 : number
    }.max()
    var count = Counter<S>(
      parameters: parameters, parties: parties, rates: rates, chunks: chunks * min(options.workerCount, most ?? 1),
      whole: wholeBatches)
    for (party, inputs) in plan.inputs.sorted(by: { $0.key < $1.key }) { count.addInputs(inputs, of: party) }
    count.addRandoms(plan.randoms)
    count.addTriples(plan.triples, classic: options.triples == .classic)
    count.addSquares(plan.squares)
    for (kind, number) in plan.bilinear {
      if let shape = kind.bilinearShape { count.addProducts(number, of: shape) }
    }
    count.addEpochs()
    count.addBits(plan.bits)
    for (kind, number) in plan.demand { count.addMasks(number, of: kind, options) }
    bytes = count.bytes + (count.ownerBytes.values.max() ?? 0)
    (epochCount, proofCount, roundCount) = (count.epochs, count.proofs, Int(count.rounds))
    (serialSeconds, replySeconds) = (count.serialSeconds, count.replySeconds)
    (ownerSeconds, ownerTotalSeconds) = (count.ownerSeconds, count.ownerTotalSeconds)
  }
}

/// Walks through a generation and adds up.
private struct Counter<S: OfflineSharing> {
  let parameters: Parameters
  let rates: OfflineRates
  let chunks: Int
  let whole: Bool
  let sizes: WireSizes
  /// n − 1.
  let others: Double
  let parties: Int
  let isActive = S.adversary == .active
  var bytes = 0.0, ownerBytes: [PartyID: Double] = [:]
  var serialSeconds = 0.0, replySeconds = 0.0, ownerSeconds = 0.0, ownerTotalSeconds = 0.0
  var epochReplies = 0.0, proofs = 0.0, rounds = 0.0
  var epochs = 0

  init(parameters: Parameters, parties: Int, rates: OfflineRates, chunks: Int, whole: Bool) {
    (self.parameters, self.rates, self.chunks, self.whole) = (parameters, rates, max(1, chunks), whole)
    sizes = WireSizes(parameters)
    (self.parties, others) = (parties, Double(parties - 1))
  }

  private var n: Int { parameters.ringDegree }
  private var valueBytes: Double { Double((S.F.modulusBits + 7) / 8) }

  /// Vectors that give `count` values, and the groups they are made in, of which each gives up `lost` values.
  private func vectors(_ count: Int, lost: Int) -> (vectors: Double, groups: Double) {
    guard count > 0 else { return (0, 0) }
    let limit = parameters.vectorsPerGroup
    let lost = isActive ? lost : 0
    guard whole else {
      let exact = Double(count) / Double(n)
      return (exact, exact / Double(limit))
    }
    let perGroup = limit * n - lost
    let threshold = (limit - 1) * n
    let full = count < threshold ? 0 : (count - threshold) / perGroup + 1
    let left = count - full * perGroup
    let last = left > 0 ? left / n + 1 : 0
    let made = Double(full * limit + last)
    return (made, min(made, max(Double(full + (last > 0 ? 1 : 0)), Double(chunks))))
  }

  // MARK: Steps

  /// Tags of vectors of values of all parties: one reply to everybody each.
  private mutating func addStepThree(_ vectors: Double, checked: Double) {
    guard isActive else { return }
    replySeconds += vectors * (rates.factor + others * (rates.reply + rates.receipt))
    bytes += vectors * others * Double(sizes.reply)
    addChecks(checked)
  }

  /// Values of which everybody handles a share and its tag.
  private mutating func addValues(_ count: Double) {
    serialSeconds += count * (isActive ? 2 : 1) * rates.value
  }

  private mutating func addChecks(_ values: Double) {
    guard isActive else { return }
    serialSeconds += values * rates.checkedValue
  }

  /// Ciphertexts with their proofs.
  private mutating func addOperands(_ count: Double, proofs groups: Double) {
    proofs += isActive ? groups : 0
    let perProof = sizes.proofShare * Double(parameters.literal.ciphertextsPerProof)
    serialSeconds +=
      count * (rates.operand + others * rates.operandCheck) + groups * (rates.proof + others * rates.proofCheck)
    bytes += others * (count * Double(sizes.ciphertext) + groups * perProof)
  }

  /// Replies under an epoch key.
  private mutating func addReplies(_ count: Double, factors: Double, slots: Double) {
    epochReplies += count
    replySeconds += count * others * (rates.reply + rates.receipt) + factors * rates.factor
    serialSeconds += slots * rates.slots
    bytes += count * others * Double(sizes.reply)
  }

  // MARK: Kinds

  mutating func addInputs(_ count: Int, of owner: PartyID) {
    let made = vectors(count, lost: 1)
    addValues(made.vectors * Double(n))
    guard isActive else { return }
    rounds += 6 * made.groups
    let own = made.vectors * (rates.factor + others * rates.reply)
    ownerSeconds += own
    ownerTotalSeconds += own + made.vectors * others * rates.receipt
    ownerBytes[owner, default: 0] += made.vectors * others * Double(sizes.reply)
    addChecks(made.vectors * Double(n))
  }

  mutating func addRandoms(_ count: Int) {
    let made = vectors(count, lost: 1)
    addValues(made.vectors * Double(n))
    addStepThree(made.vectors, checked: made.vectors * Double(n))
  }

  mutating func addTriples(_ count: Int, classic: Bool) {
    let made = vectors(count, lost: classic ? 0 : 1)
    let v = made.vectors
    rounds += (isActive ? 8 : 2) * made.groups
    addValues(3 * v * Double(n))
    addOperands(v, proofs: made.groups)
    serialSeconds += v * rates.slots
    switch (isActive, classic) {
    case (false, _): addReplies(v, factors: v, slots: 2 * v)
    case (true, false):
      addStepThree(v, checked: 3 * v * Double(n))
      addReplies(3 * v, factors: 2 * v, slots: 5 * v)
    case (true, true):
      addReplies(2 * v, factors: 2 * v, slots: 4 * v)
      addStepThree(5 * v, checked: 2 * v * Double(n))
      bytes += others * v * Double(n) * valueBytes
    }
  }

  mutating func addSquares(_ count: Int) {
    let made = vectors(count, lost: 0)
    let v = made.vectors
    rounds += (isActive ? 9 : 2) * made.groups
    addValues(2 * v * Double(n))
    addOperands(v, proofs: made.groups)
    serialSeconds += v * rates.slots
    guard isActive else { return addReplies(v, factors: v, slots: 2 * v) }
    addReplies(3 * v, factors: 2 * v, slots: 5 * v)
    addStepThree(made.groups, checked: (2 * v + made.groups) * Double(n))
  }

  mutating func addProducts(_ count: Int, of shape: BilinearShape) {
    let packing = shape.packing(count: count, parameters: parameters)
    let cost = PackingCost(packing, count: count, parameters: parameters)
    let maps = whole ? Double(cost.batchCount * packing.capacity) : Double(count)
    let batches = maps / Double(packing.capacity)
    rounds += (isActive ? 9 : 2) * batches
    let groups = Double(packing.ciphertextCount) / Double(parameters.vectorsPerGroup)
    addOperands(batches * Double(packing.ciphertextCount), proofs: batches * (whole ? groups.rounded(.up) : groups))
    let product =
      switch packing.multiplicandLayout {
      case .positions: rates.product
      case .blocks(let blocks): rates.blockProduct(blocks: blocks, parameters: parameters)
      }
    let components: Double = isActive ? 2 : 1
    addReplies(components * batches * Double(packing.replyCount), factors: 0, slots: 0)
    replySeconds +=
      others * product * components * batches * Double(packing.replyCount * max(0, packing.termsPerReply - 1))
    // The own product, value and tag, in clear.
    addValues(maps * Double(shape.count(.left) + shape.count(.right) + shape.outputCount))
    let inner = MatrixForm(shape, encrypting: .right)?.inner ?? 1
    serialSeconds += components * maps * Double(shape.outputCount * inner) * rates.multiplication
    guard isActive else { return }
    addReplies(batches * Double(packing.ciphertextCount), factors: 0, slots: 0)
    let entries = shape.count(.left) + shape.count(.right) + shape.outputCount
    addStepThree(batches * Double(packing.denseReplyCount + 1), checked: maps * Double(entries) + batches * Double(n))
  }

  /// After all tuples.
  mutating func addEpochs() {
    guard whole, epochReplies > 0 else { return }
    let byLifetime = Int((epochReplies / Double(1 << parameters.literal.replyLifetimeBits)).rounded(.up))
    epochs = max(byLifetime, chunks)
    rounds += 5 * Double(epochs)
    serialSeconds += Double(epochs) * (rates.key + others * rates.keyCheck)
    bytes += Double(epochs) * others * sizes.epochKey
  }

  mutating func addBits(_ count: Int) {
    guard count > 0 else { return }
    rounds += isActive ? 6 : 1
    addValues(2 * Double(count))
    serialSeconds += Double(count) * (rates.bit + 2 * rates.multiplication)
    addChecks(Double(count))
    bytes += others * Double(count) * valueBytes
  }

  /// What masks take beyond bits, triples and inputs.
  mutating func addMasks(_ count: Int, of kind: MaterialKind, _ options: OfflineOptions) {
    let values = Double(count * kind.columnWidths.reduce(0, +))
    switch kind {
    case .truncationMasks(_, let high):
      addValues(values)
      addHighParts(Double(count), bits: high, options)
    case .comparisonMasks(let form):
      let products = Double(count * form.productCount)
      addValues(values)
      bytes += 2 * others * products * valueBytes
      serialSeconds += products * 12 * rates.multiplication
      addChecks(2 * products)
      addHighParts(Double(count), bits: form.highBits, options)
    default: break
    }
  }

  private mutating func addHighParts(_ count: Double, bits: Int, _ options: OfflineOptions) {
    guard options.masks == .bounded else { return }
    bytes += others * count * valueBytes
    rounds += isActive ? 20 : 1
    guard isActive else { return }
    let proof = BoundedValueProof(count: 1, bits: bits, statisticalSecurity: options.security.statisticalSecurity)
    // One run in eight is repeated; the inner products of all parties' shares and tags, and the own in clear.
    let sums = 1.15 * Double(proof.repetitions) * count
    serialSeconds += sums * (2 * Double(parties) + 1) * rates.multiplication
  }
}
