internal import MPCCore

/// What the channels of one party's session have in common.
final class ChannelSession: Sendable {
  let endpoint: SessionEndpoint
  let recordsDigests: Bool
  let observer: (any MessageObserver)?
  /// The account of channel 0.
  let main: ChannelLedger
  private let ledgers: Guarded<[ChannelID: ChannelLedger]>

  init(endpoint: SessionEndpoint, recordsDigests: Bool, observer: (any MessageObserver)? = nil) {
    self.observer = observer
    self.endpoint = endpoint
    self.recordsDigests = recordsDigests
    main = ChannelLedger(id: .main, digestsFor: recordsDigests ? endpoint.partyCount : nil)
    ledgers = Guarded([.main: main])
  }

  /// Opens the account of a new channel; `nil` when its number is taken.
  func register(_ id: ChannelID) -> ChannelLedger? {
    ledgers.withLock { ledgers in
      guard ledgers[id] == nil else { return nil }
      let ledger = ChannelLedger(id: id, digestsFor: recordsDigests ? endpoint.partyCount : nil)
      ledgers[id] = ledger
      return ledger
    }
  }

  /// The sum over all channels.
  func statistics() -> ChannelStatistics {
    ordered().reduce(ChannelStatistics()) { $0 + $1.statistics() }
  }

  /// Per peer, the digests of all channels hashed in the order of their numbers; empty if none are recorded.
  func linkDigests() -> [[UInt8]] {
    let channels = ordered().compactMap { ledger in ledger.state.withLock { $0.digests }.map { (ledger.id, $0) } }
    return LinkDigests.combine(channels, partyCount: recordsDigests ? endpoint.partyCount : 0)
  }

  private func ordered() -> [ChannelLedger] {
    ledgers.withLock { ledgers in ledgers.values.sorted { $0.id < $1.id } }
  }
}

/// Round, transcript and account of one channel.
final class ChannelLedger: Sendable {
  struct State {
    var round: UInt64 = 0
    var forkCount: UInt32 = 0
    var transcript = BroadcastTranscript()
    var sent = TrafficCounters()
    var received = TrafficCounters()
    var waitingNanoseconds: UInt64 = 0
    var digests: LinkDigests?
  }

  let id: ChannelID
  let state: Guarded<State>

  init(id: ChannelID, digestsFor partyCount: Int?) {
    self.id = id
    var initial = State()
    initial.digests = partyCount.map(LinkDigests.init)
    state = Guarded(initial)
  }

  func statistics() -> ChannelStatistics {
    state.withLock { state in
      var statistics = ChannelStatistics()
      statistics.sent = state.sent.snapshot()
      statistics.received = state.received.snapshot()
      statistics.roundCount = Int(state.round)
      statistics.waiting = .nanoseconds(state.waitingNanoseconds)
      return statistics
    }
  }
}
