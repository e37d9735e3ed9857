internal import Cryptography
internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing
internal import Transport

/// Makes what the parties' stores lack of a demand, as one party with the others: real parties over their links, or all
/// parties of a local run.
struct StoreGeneration<S: OfflineSharing>: Sendable {
  let experiment: Experiment
  let places: StorePlaces
  let suite: OfflineSuite
  /// What the stores shall hold.
  let demand: [MaterialKind: Int]
  /// How many parties share this machine's memory and disk.
  let partiesHere: Int
  /// Told what a person should know of the agreement.
  let notify: @Sendable (String) -> Void
  let onProgress: @Sendable (GenerationProgress) -> Void

  /// One party. The store is complete and closed afterwards, or as a failure demands: whoever is lost while a key epoch is
  /// live takes the keys with him.
  ///
  /// 1: all say whether they have a store. 2: they agree on what their stores hold. 3: and on the number of parts that each
  /// of them has memory for. 4: set-up, under the MAC key of the stores if there are some, which is confirmed. 5: the parts, each stored as
  /// soon as its key epoch is retired and its checks are passed.
  /// - Returns: how many items of each kind were made.
  /// - Throws: `configurationMismatch` if only some parties have a store; `localFailure` if memory or disk are too
  ///   small, before any work; what agreement, set-up and generation throw.
  func party(_ channel: WireChannel, existing: PartyStore<S>?) async throws(ProtocolAbort) -> [MaterialKind: Int] {
    var store = existing
    var isAtRest = true
    do throws(ProtocolAbort) {
      let lacking = try await lacking(channel, existing)
      guard !lacking.isEmpty else {
        store?.close()
        return [:]
      }
      let partCount = try await agreeOnParts(lacking, channel)
      isAtRest = false
      var party = try await LowGear<S, WireChannel>.setUp(
        over: channel, suite: suite,
        options: experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s), addingTo: existing)
      if existing == nil {
        let key = try await party.makeContinuedKey()
        let trust = party.stock.trustModel
        store = try reporting { try places.make(key, trust, at: channel.me, session: channel.sessionID, experiment) }
      }
      guard let store else { return [:] }
      let made = try await generate(&party, lacking, partCount, into: store)
      try storing { () throws(StoreError) in
        try store.finishGenerating()
        store.close()
      }
      return made
    } catch {
      // Before the set-up nothing is computed under the store's keys, so only a cheater ends it.
      if isAtRest && error.group != .cheating { store?.close() } else { store?.end(because: error) }
      throw error
    }
  }

  /// Steps 1 and 2.
  private func lacking(_ channel: WireChannel, _ existing: PartyStore<S>?) async throws(ProtocolAbort)
    -> [MaterialKind: Int]
  {
    let all = try await channel.exchange(StorePresence(isThere: existing != nil))
    for peer in channel.peers where all[peer.index].isThere != (existing != nil) {
      throw .configurationMismatch(
        field: "store for \(S.mode.rawValue)", mine: existing == nil ? "none" : "there",
        theirs: existing == nil ? "there" : "none", with: peer)
    }
    guard let existing else { return demand }
    let agreement = try await existing.agree(over: channel, random: SystemRandom())
    if let notice = agreement.notice(channel.me) { notify(notice) }
    let left = agreement.left
    return demand.reduce(into: [:]) { lacking, entry in
      let missing = entry.value - (left[entry.key] ?? 0)
      if missing > 0 { lacking[entry.key] = missing }
    }
  }

  /// Step 3: in how many parts the demand fits into everybody's memory.
  private func agreeOnParts(_ lacking: [MaterialKind: Int], _ channel: WireChannel) async throws(ProtocolAbort) -> Int {
    let mine = try reporting {
      try places.makeFolder(of: S.mode, channel.me, experiment)
      do throws(StoreError) {
        try StoreBudget.requireSpace(
          for: lacking.mapValues { $0.multipliedReportingOverflow(by: partiesHere).partialValue }, S.self,
          party: channel.me, directory: places.directory)
      } catch {
        throw PrepError.store(error)
      }
      // The whole demand as one item.
      var request = PrepRequest(kind: .triples, count: 1)
      request.mode = S.mode
      request.partyCount = experiment.parties
      request.options = experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s)
      let memory = PrepMemory(request, lacking, suite.scheme.parameters, S.self)
      let room =
        memory.limitBytes * partiesHere / experiment.parties - memory.workingBytes * partiesHere / experiment.parties
      guard room > 0 else {
        throw PrepError.usage(
          "a generation needs about \(memory.workingBytes / 1_000_000) MB of memory before its first item, "
            + "\(memory.limitBytes / 1_000_000) MB may be used; free some")
      }
      let bytes = memory.bytesPerItem * Double(partiesHere) / Double(experiment.parties)
      return PartCount(UInt32(clamping: Int(min((bytes / Double(room)).rounded(.up), 60_000))))
    }
    return try await channel.exchange(mine).map { Int($0.count) }.max() ?? 1
  }

  /// Step 5.
  private func generate(
    _ party: inout LowGear<S, WireChannel>, _ lacking: [MaterialKind: Int], _ partCount: Int,
    into store: PartyStore<S>
  ) async throws(ProtocolAbort) -> [MaterialKind: Int] {
    var made: [MaterialKind: Int] = [:]
    let part = lacking.mapValues { ($0 + partCount - 1) / partCount }
    for _ in 0..<partCount {
      let wanted = part.reduce(into: [MaterialKind: Int]()) { wanted, entry in
        let count = min(entry.value, (lacking[entry.key] ?? 0) - (made[entry.key] ?? 0))
        if count > 0 { wanted[entry.key] = count }
      }
      guard !wanted.isEmpty else { break }
      try storing { () throws(StoreError) in try store.beginUndecided("a key epoch was live") }
      try await party.generate(wanted) { onProgress($0) }
      do throws(StoreError) { try store.settle(after: party.session) } catch { throw Self.failure("\(error)") }
      for kind in wanted.keys.sorted(by: { $0.description < $1.description }) {
        let count = party.stock.count(of: kind)
        let block = try await party.stock.take(kind, count: count)
        made[kind, default: 0] += count
        do throws(StoreError) { try store.append(block) } catch { throw Self.failure("\(error)") }
      }
      try storing { () throws(StoreError) in try store.commit() }
    }
    return made
  }

  private func storing(_ body: () throws(StoreError) -> Void) throws(ProtocolAbort) {
    do throws(StoreError) { try body() } catch { throw Self.failure(error.description) }
  }

  private func reporting<R>(_ body: () throws -> R) throws(ProtocolAbort) -> R {
    do { return try body() } catch { throw Self.failure("\(error)") }
  }

  private static func failure(_ detail: String) -> ProtocolAbort {
    .localFailure(step: StepLabel("StoreGeneration", 1), detail: detail)
  }
}

/// Step 1: whether the sender has a store.
struct StorePresence: Message {
  static let step = StepLabel("StoreGeneration", 1)
  static let kind = MessageKind(user: 0x7f10)
  var isThere: Bool
  var shape: Int { 0 }
  static func encodedByteCount(_ shape: Int) -> Int { 1 }
  init(isThere: Bool) { self.isThere = isThere }
  func encode(into writer: inout WireWriter) { writer.append(UInt8(isThere ? 1 : 0)) }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    let value: UInt8 = try reader.integer()
    guard value <= 1 else { throw .nonCanonical }
    isThere = value == 1
  }
}

/// Step 3: in how many parts the sender has memory for the demand.
struct PartCount: Message {
  static let step = StepLabel("StoreGeneration", 2)
  static let kind = MessageKind(user: 0x7f11)
  var count: UInt32
  var shape: Int { 0 }
  static func encodedByteCount(_ shape: Int) -> Int { 4 }
  init(_ count: UInt32) { self.count = max(1, count) }
  func encode(into writer: inout WireWriter) { writer.append(count) }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    count = try reader.integer()
    guard (1...60_000).contains(count) else { throw .nonCanonical }
  }
}
