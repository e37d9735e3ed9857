internal import Cryptography
internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing
internal import Transport

/// What one party used for set-up and for each run.
struct PrepMeasurement: Sendable {
  var wallNanoseconds: UInt64
  /// Of the whole process.
  var cpuNanoseconds: UInt64
  var bytesSent: Int
  var rounds: Int
  var made: Int
}

/// Runs while a party works.
private struct PrepClock {
  private let channel: WireChannel
  private let before: ChannelStatistics
  private let wall = PartyClock.wall()
  private let cpu = PartyClock.processCPU()

  init(_ channel: WireChannel) {
    self.channel = channel
    before = channel.sessionStatistics()
  }

  func stop(made: Int) -> PrepMeasurement {
    let (wall, cpu) = (PartyClock.wall() - wall, PartyClock.processCPU() - cpu)
    let used = channel.sessionStatistics() - before
    return PrepMeasurement(
      wallNanoseconds: wall, cpuNanoseconds: cpu, bytesSent: used.totalSent.frameByteCount, rounds: used.roundCount,
      made: made)
  }
}

/// What all parties of a generation share.
struct PrepJob<S: OfflineSharing>: Sendable {
  let request: PrepRequest
  let demand: [MaterialKind: Int]
  let suite: OfflineSuite
  let itemsAtOnce: Int
  let session: SessionID
  let sinks: [any ShareSink<S.F>]
  /// Where the material is kept, if it is.
  let stores: PrepStoreSet<S>?
  /// Parts after this are not made.
  let stop: PartStop?
  let line: GenerationLine

  /// One party: set-up, a warm-up, the runs.
  func party(_ channel: WireChannel) async throws(ProtocolAbort) -> (setUp: PrepMeasurement, runs: [PrepMeasurement]) {
    if channel.me.index == 0 { line.announce("set-up: keys and their proofs") }
    _ = try await channel.exchange(Barrier())
    let setUpClock = PrepClock(channel)
    do throws(ProtocolAbort) {
      let continued = try await stores?.takeUp(over: channel, random: SystemRandom())
      var party = try await LowGear<S, WireChannel>.setUp(
        over: channel, suite: suite, options: request.options, addingTo: continued)
      let setUp = setUpClock.stop(made: 0)
      var store = continued
      if store == nil, let stores {
        store = try stores.make(
          try await party.makeContinuedKey(), party.stock.trustModel, at: channel.me, session: session)
      }
      return (setUp, try await runs(&party, channel, keeping: store))
    } catch {
      if let stores, !stores.existing.isEmpty { stores.existing[channel.me.index].end(because: error) }
      throw error
    }
  }

  /// The runs; `store` is complete and closed afterwards, or as the failure demands.
  private func runs(
    _ party: inout LowGear<S, WireChannel>, _ channel: WireChannel, keeping store: PartyStore<S>?
  ) async throws(ProtocolAbort) -> [PrepMeasurement] {
    do throws(ProtocolAbort) {
      let runs = try await self.runs(&party, channel, store)
      try reporting { () throws(StoreError) in
        try store?.finishGenerating()
        store?.close()
      }
      return runs
    } catch {
      store?.end(because: error)
      throw error
    }
  }

  private func runs(
    _ party: inout LowGear<S, WireChannel>, _ channel: WireChannel, _ store: PartyStore<S>?
  ) async throws(ProtocolAbort) -> [PrepMeasurement] {
    var runs: [PrepMeasurement] = []
    if request.destination == .discard {
      let small = request.kind.hasShape ? 1 : min(request.count, suite.ringDegree)
      try await party.generate(demand.mapValues { _ in small })
      try await empty(party.stock)
    }
    for _ in 0..<request.repeats {
      _ = try await party.session.exchange(Barrier())
      let clock = PrepClock(channel)
      let made = try await generate(&party, at: channel.me, into: store)
      runs.append(clock.stop(made: made))
      try await empty(party.stock)
    }
    return runs
  }

  /// The whole demand, in parts that fit into memory; gives what came out.
  private func generate(
    _ party: inout LowGear<S, WireChannel>, at me: PartyID, into store: PartyStore<S>?
  ) async throws(ProtocolAbort) -> Int {
    let line = me.index == 0 ? self.line : nil
    var made = 0
    var partNumber = 0
    while made < request.count {
      if let stop, stop.stops(before: partNumber) { break }
      partNumber += 1
      let part = min(itemsAtOnce, request.count - made)
      try reporting { () throws(StoreError) in try store?.beginUndecided("a key epoch was live") }
      try await party.generate(demand.mapValues { _ in part }) { line?.show($0) }
      // All epochs are retired and every check is passed: a full disk or a kill costs this part from here on, not the store.
      do throws(StoreError) { try store?.settle(after: party.session) } catch { throw Self.failure("\(error)") }
      var fewest = Int.max
      for kind in demand.keys.sorted(by: { $0.description < $1.description }) {
        let count = party.stock.count(of: kind)
        fewest = min(fewest, count)
        let block = try await party.stock.take(kind, count: count)
        try deliver(block, party.stock.key, me, store)
      }
      try reporting { () throws(StoreError) in try store?.commit() }
      made += fewest
    }
    return made
  }

  private func deliver(
    _ block: consuming sending MaterialBlock<S>, _ key: S.Key, _ me: PartyID, _ store: PartyStore<S>?
  ) throws(ProtocolAbort) {
    if let store {
      do throws(StoreError) { try store.append(block) } catch { throw Self.failure("\(error)") }
      return
    }
    guard !sinks.isEmpty else { return }
    let shares = PartyShares<S.F>(block, party: me, keyShare: S.tagConstants(key).first)
    for sink in sinks {
      do throws(PrepError) { try sink.accept(shares) } catch { throw Self.failure("\(error)") }
    }
  }

  /// What is left of a run: squares and triples that masks did not use, rests of batches.
  private func empty(_ stock: StockSource<S>) async throws(ProtocolAbort) {
    for (kind, count) in stock.contents { _ = try await stock.take(kind, count: count) }
  }

  private func reporting(_ body: () throws(StoreError) -> Void) throws(ProtocolAbort) {
    do throws(StoreError) { try body() } catch { throw Self.failure("\(error)") }
  }

  private static func failure(_ detail: String) -> ProtocolAbort {
    .localFailure(step: StepLabel("Prep", 1), detail: detail)
  }
}
