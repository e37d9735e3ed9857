internal import FieldArithmetic
internal import LatticeEncryption
public import MPCCore
public import SecretSharing

/// How far a generation has come, for progress reports.
public struct GenerationProgress: Sendable, Hashable {
  /// What is being made.
  public var activity: String
  /// Items made of those needed.
  public var done, total: Int
}

extension LowGear {
  /// Makes what the stock lacks of a demand, in the order that the key epochs ask for: step-3 values; tuples of one epoch
  /// (or several, when replies per key run out); its retirement; what is opened or multiplied with retired tuples.
  ///
  /// Everything is made in whole batches; the rest stays in the stock. With ``OfflineOptions/workerCount`` above 1 the
  /// demand is divided among forks that work at once, each with its own channel, randomness and key epochs.
  /// - Parameter progress: called after every group of batches.
  public mutating func generate(
    _ demand: [MaterialKind: Int], progress: (@Sendable (GenerationProgress) -> Void)? = nil
  ) async throws(ProtocolAbort) {
    if options.workerCount > 1 { return try await generateWithWorkers(demand, progress: progress) }
    var missing: [MaterialKind: Int] = [:]
    for (kind, count) in demand { missing[kind] = count - stock.count(of: kind) }
    // What masks are made of is wanted on top of what was asked for of the same kind.
    let plan = GenerationPlan(
      missing.filter { $0.value > 0 }, parties: session.parties.count, options: options, S.self)
    let reserved = { (kind: MaterialKind) in
      max(0, min(demand[kind] ?? 0, missing[kind].map { (demand[kind] ?? 0) - $0 } ?? 0))
    }
    try await generateStepThreeValues(plan, reserved, progress)
    try await generateTuples(plan, reserved, progress)
    try await generateBits(plan, reserved, progress)
    for (kind, count) in plan.demand.sorted(by: { $0.key.description < $1.key.description }) {
      switch kind {
      case .truncationMasks(let dropped, let high):
        try await inParts(count, kind.description, progress) { (party, part) throws(ProtocolAbort) in
          try await party.truncationMasks(part, droppedBits: dropped, highBits: high)
        }
      case .comparisonMasks(let form):
        try await inParts(count, kind.description, progress) { (party, part) throws(ProtocolAbort) in
          try await party.comparisonMasks(part, form: form)
        }
      default: break
      }
    }
  }

  /// Masks made at once: bounds the memory of their bits.
  private static var maskPart: Int { 1 << 14 }

  private mutating func inParts(
    _ count: Int, _ activity: String, _ progress: (@Sendable (GenerationProgress) -> Void)?,
    _ body: (inout LowGear, Int) async throws(ProtocolAbort) -> Void
  ) async throws(ProtocolAbort) {
    var done = 0
    while done < count {
      let part = min(Self.maskPart, count - done)
      try await body(&self, part)
      done += part
      progress?(GenerationProgress(activity: activity, done: done, total: count))
    }
  }

  private mutating func generateStepThreeValues(
    _ plan: GenerationPlan, _ reserved: (MaterialKind) -> Int, _ progress: (@Sendable (GenerationProgress) -> Void)?
  ) async throws(ProtocolAbort) {
    for (party, count) in plan.inputs.sorted(by: { $0.key < $1.key }) {
      let kind = MaterialKind.inputMasks(party)
      let needed = count + reserved(kind)
      while stock.count(of: kind) < needed {
        try await inputMasks(batches: batches(for: needed - stock.count(of: kind)), for: party)
        progress?(GenerationProgress(activity: kind.description, done: stock.count(of: kind), total: needed))
      }
    }
    let needed = plan.randoms + reserved(.randoms)
    while plan.randoms > 0, stock.count(of: .randoms) < needed {
      try await randoms(batches: batches(for: needed - stock.count(of: .randoms)))
      progress?(GenerationProgress(activity: "randoms", done: stock.count(of: .randoms), total: needed))
    }
  }

  private mutating func generateTuples(
    _ plan: GenerationPlan, _ reserved: (MaterialKind) -> Int, _ progress: (@Sendable (GenerationProgress) -> Void)?
  ) async throws(ProtocolAbort) {
    let triples = plan.triples == 0 ? 0 : plan.triples + reserved(.triples)
    var squares = plan.squares == 0 ? 0 : plan.squares + reserved(.squares)
    if plan.bits > 0 { squares = max(0, squares - max(0, stock.count(of: .bits) - reserved(.bits))) }
    let bilinear = plan.bilinear
    while true {
      let missingTriples = triples - stock.count(of: .triples)
      let missingSquares = squares - stock.count(of: .squares)
      let missingProducts = bilinear.filter { stock.count(of: $0.kind) < $0.count + reserved($0.kind) }
      guard missingTriples > 0 || missingSquares > 0 || !missingProducts.isEmpty else { return }
      var epoch = try await beginEpoch()
      while epoch.lockedCount(of: .triples) < missingTriples, hasReplies(7, in: epoch) {
        let count = batches(for: missingTriples - epoch.lockedCount(of: .triples))
        switch options.triples {
        case .tagProduct: try await tagProductTriples(batches: count, in: &epoch)
        case .classic: try await classicTriples(batches: count, in: &epoch)
        }
        progress?(
          GenerationProgress(
            activity: "triples", done: triples - missingTriples + epoch.lockedCount(of: .triples), total: triples))
      }
      while epoch.lockedCount(of: .squares) < missingSquares, hasReplies(3, in: epoch) {
        try await squarePairs(batches: batches(for: missingSquares - epoch.lockedCount(of: .squares)), in: &epoch)
        progress?(
          GenerationProgress(
            activity: "squares", done: squares - missingSquares + epoch.lockedCount(of: .squares), total: squares))
      }
      for (kind, count) in bilinear {
        let total = count + reserved(kind)
        while let shape = kind.bilinearShape, stock.count(of: kind) + epoch.lockedCount(of: kind) < total {
          let missing = total - stock.count(of: kind) - epoch.lockedCount(of: kind)
          let packing = shape.packing(count: missing, parameters: suite.parameters)
          let replies = 2 * packing.replyCount + packing.ciphertextCount
          guard hasReplies(replies / batchesPerProof + 1, in: epoch) else { break }
          try await bilinearTriples(packing, as: kind, in: &epoch)
          progress?(
            GenerationProgress(
              activity: kind.description, done: min(total, total - missing + packing.capacity), total: total))
        }
      }
      _ = try await retire(epoch)
    }
  }

  /// Whether the keys of an epoch allow another group of batches with `perBatch` replies each.
  private func hasReplies(_ perBatch: Int, in epoch: borrowing LiveEpoch<S>) -> Bool {
    let made = epoch.keys.replyCounts.max() ?? 0
    return made == 0 || made + perBatch * batchesPerProof <= epoch.keys.replyLimit
  }

  private mutating func generateBits(
    _ plan: GenerationPlan, _ reserved: (MaterialKind) -> Int, _ progress: (@Sendable (GenerationProgress) -> Void)?
  ) async throws(ProtocolAbort) {
    guard plan.bits > 0 else { return }
    let needed = plan.bits + reserved(.bits)
    while stock.count(of: .bits) < needed {
      let kept = plan.demand[.squares].map { $0 + reserved(.squares) } ?? reserved(.squares)
      let available = max(0, stock.count(of: .squares) - kept)
      if available == 0 {
        try await generateTuples(squaresForBits(needed - stock.count(of: .bits)), reserved, progress)
      }
      let part = min(Self.maskPart * 16, available, needed - stock.count(of: .bits) + 64)
      try await bits(fromSquares: part)
      progress?(GenerationProgress(activity: "bits", done: min(needed, stock.count(of: .bits)), total: needed))
    }
  }

  private func squaresForBits(_ count: Int) -> GenerationPlan {
    GenerationPlan([.bits: count], parties: session.parties.count, options: options, S.self)
  }

  /// How many batches to make at once for `count` more values: at most U; one value of a group is a mask.
  private func batches(for count: Int) -> Int { min(batchesPerProof, count / batchSize + 1) }
}
