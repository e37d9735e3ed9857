internal import MPCCore
internal import SecretSharing

/// Several workers of one party: independent sub-sessions under one MAC key, whose batches go into one stock.
///
/// Why this is as secure as one worker after the other (our derivation, on top of `Papers/LowGear.md`, "Key epochs", and
/// `Papers/MODEL.md`, "What must be checked before what"):
///
/// 1. *One α everywhere.* All workers authenticate with the same key pairs B and the same proven E_i of the one set-up. Had
///    each a set-up of its own, a party could encrypt α_j in one and α_j + δ in another: each worker's checks would pass,
///    as the party corrects its σ by δ times opened values, and the first check that meets values of both would fail
///    with δ times a *secret* in its published σ.
/// 2. *Nothing is drawn twice.* A worker's channel has its own number, which stands in every frame, commitment and coin;
///    its randomness is expanded from a seed of its own; its epochs are numbered from (channel number)·2^20, so that labels
///    of keys a, of proofs and of samplers differ from those of all other workers: a proof or reply of one is
///    refused by the others. Replies under the shared key B are counted together.
/// 3. *No value of a live key is opened or used.* Key A is a worker's own. What a worker opens was made under its own
///    retired keys; a failing check of another reveals forms of *that* worker's plaintexts and of α only. Material reaches
///    the stock, and callers, when all workers have retired their keys and passed their checks.
/// 4. *One check at a time.* All checks pass the key's gate, in the order P_0 announces; a failing one never opens
///    it again, so no other check under α is under way or begins, on any channel.
/// 5. *One fails, all end.* An abort on any channel ends the session, wipes α and destroys every worker's material.
extension LowGear {
  /// Epochs of one worker in one call; the bound keeps their numbers apart from those of other workers.
  static var epochsOfChannel: Int { 1 << 20 }

  /// Makes what the stock lacks of a demand, divided among forks of this party that work at once.
  ///
  /// All parties call this with the same demand and stock; ``setUp(over:suite:random:options:)`` has compared
  /// the number of workers. A demand of fewer vectors than workers has fewer workers.
  mutating func generateWithWorkers(
    _ demand: [MaterialKind: Int], progress: (@Sendable (GenerationProgress) -> Void)?
  ) async throws(ProtocolAbort) {
    try await session.verify()
    let wasOrdered = session.context.ordersChecks
    var crew: [SendingOnce<LowGear>] = []
    var stocks: [StockSource<S>] = []
    let parts = workerDemands(demand)
    for _ in parts {
      let worker = try fork()
      stocks.append(worker.stock)
      crew.append(SendingOnce(worker))
    }
    let failures = await withTaskGroup(of: ProtocolAbort?.self) { group in
      for (index, handover) in crew.enumerated() {
        // On the pool of all cores: a party over TCP has one thread, which moves the bytes meanwhile.
        group.addTask(executorPreference: globalConcurrentExecutor) {
          guard var worker = handover.take() else { preconditionFailure("a worker is handed over once") }
          return await worker.work(parts[index], progress: index == 0 ? progress : nil)
        }
      }
      var failures: [ProtocolAbort] = []
      for await failure in group { if let failure { failures.append(failure) } }
      return failures
    }
    if let first = failures.first {
      for stock in stocks { stock.destroy() }
      throw session.end(session.key.gate.closedBecause ?? first)
    }
    try session.ensureAlive()
    for source in stocks {
      for (kind, count) in source.contents { stock.deposit(try source.withdraw(kind, count: count)) }
    }
    session.context.ordersChecks = wasOrdered
  }

  /// A worker's part: made, checked, its keys retired.
  private mutating func work(
    _ demand: [MaterialKind: Int], progress: (@Sendable (GenerationProgress) -> Void)?
  ) async -> ProtocolAbort? {
    do throws(ProtocolAbort) {
      try await generate(demand, progress: progress)
      if SecurityCheck.checkAtForkEnd.isKept { try await session.verify() }
      return nil
    } catch {
      return session.end(error)
    }
  }

  /// What each worker makes: equal parts of what is missing.
  private func workerDemands(_ demand: [MaterialKind: Int]) -> [[MaterialKind: Int]] {
    let missing = demand.compactMap { kind, count -> (MaterialKind, Int)? in
      let left = count - stock.count(of: kind)
      return left > 0 ? (kind, left) : nil
    }
    let most = missing.map { kind, count in kind.bilinearShape == nil ? (count - 1) / batchSize + 1 : count }.max() ?? 0
    let count = min(options.workerCount, most)
    return (0..<count).map { worker in
      Dictionary(uniqueKeysWithValues: missing.map { ($0, $1 / count + (worker < $1 % count ? 1 : 0)) })
        .filter { $0.value > 0 }
    }
  }
}
