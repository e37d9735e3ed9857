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
  let line: GenerationLine

  /// One party: set-up, a warm-up, the runs.
  func party(_ channel: WireChannel) async throws(ProtocolAbort) -> (setUp: PrepMeasurement, runs: [PrepMeasurement]) {
    if channel.me.index == 0 { line.announce("set-up: keys and their proofs") }
    _ = try await channel.exchange(Barrier())
    let setUpClock = PrepClock(channel)
    var party = try await LowGear<S, WireChannel>.setUp(
      over: channel, suite: suite, random: SystemRandom(), options: request.options)
    let setUp = setUpClock.stop(made: 0)
    let store = try openStore(party.stock, at: channel.me)
    do throws(ProtocolAbort) {
      let runs = try await self.runs(&party, channel, store)
      try reporting { () throws(StoreError) in
        try store?.finishGenerating()
        store?.close()
      }
      return (setUp, runs)
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
    while made < request.count {
      let part = min(itemsAtOnce, request.count - made)
      try reporting { () throws(StoreError) in try store?.beginUndecided("a key epoch was live") }
      try await party.generate(demand.mapValues { _ in part }) { line?.show($0) }
      var fewest = Int.max
      for kind in demand.keys.sorted(by: { $0.description < $1.description }) {
        let count = party.stock.count(of: kind)
        fewest = min(fewest, count)
        let block = try await party.stock.take(kind, count: count)
        try deliver(block, party.stock.key, me, store)
      }
      try reporting { () throws(StoreError) in
        try store?.commit()
        try store?.settle()
      }
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

  private func openStore(_ stock: StockSource<S>, at me: PartyID) throws(ProtocolAbort) -> PartyStore<S>? {
    guard case .store(let directory) = request.destination else { return nil }
    let literal = suite.scheme.parameters.literal
    let trust: TrustModel =
      switch (request.insecureToyDegree, S.mode) {
      case (nil, _): stock.trustModel
      case (let degree?, .active): .dishonestMajorityActive(assumption: "INSECURE toy ring of degree \(degree)")
      case (_, .passive): .insecureDealer
      }
    let terms = StoreTerms(
      S.self, partyCount: request.partyCount, session: session,
      parameterDigest: PrepRequest.digest(literal, request.options), trustModel: trust,
      masks: request.options.masks.rawValue)
    do throws(StoreError) {
      return try PartyStore<S>.create(
        directory: StoreFolder.store(directory, me), terms: terms, party: me,
        keyShare: S.tagConstants(stock.key).first ?? .zero,
        under: try StoreKey.loadOrCreate(identityDirectory: StoreFolder.identity(directory, me)))
    } catch {
      throw Self.failure("\(error)")
    }
  }

  private func reporting(_ body: () throws(StoreError) -> Void) throws(ProtocolAbort) {
    do throws(StoreError) { try body() } catch { throw Self.failure("\(error)") }
  }

  private static func failure(_ detail: String) -> ProtocolAbort {
    .localFailure(step: StepLabel("Prep", 1), detail: detail)
  }
}

/// Where a local run keeps the parties' stores and store keys: `DIR/P<i>/store` and `DIR/P<i>/identity`.
enum StoreFolder {
  static func party(_ directory: String, _ party: PartyID) -> String { "\(directory)/P\(party.index)" }
  static func store(_ directory: String, _ party: PartyID) -> String { "\(Self.party(directory, party))/store" }
  static func identity(_ directory: String, _ party: PartyID) -> String { "\(Self.party(directory, party))/identity" }
}
