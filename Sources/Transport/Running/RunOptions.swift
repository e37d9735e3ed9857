public import MPCCore

/// How a run of all parties in one process is set up.
public struct RunOptions: Sendable {
  /// The identifier all frames carry.
  public var session: SessionID
  /// Deadlines and memory bounds.
  public var limits: TransportLimits
  /// Whether link digests are kept; costs a hash over all that is sent.
  public var recordsDigests: Bool
  /// A network to emulate; `nil`: none.
  public var network: EmulatedNetwork?
  /// A hook on raw frames, for tests.
  package var tap: FrameTap?
  /// Another sink around a party's own, for tests that need time or links; not used over TCP.
  package var sink: (@Sendable (any FrameSink, _ me: PartyID, any TransportClock) -> any FrameSink)?

  /// Creates options.
  public init(
    session: SessionID = .demonstration, limits: TransportLimits = TransportLimits(), recordsDigests: Bool = false,
    network: EmulatedNetwork? = nil
  ) {
    self.session = session
    self.limits = limits
    self.recordsDigests = recordsDigests
    self.network = network
  }

  /// Puts emulated link and tap in front of a party's sink; the tap sees frames first.
  func wrap(_ sink: any FrameSink, me: PartyID, partyCount: Int, clock: any TransportClock) -> any FrameSink {
    var wrapped = self.sink.map { $0(sink, me, clock) } ?? sink
    if let network {
      wrapped = EmulatedSink(wrapped, me: me, partyCount: partyCount, network: network, clock: clock)
    }
    if let tap { wrapped = TappedSink(inner: wrapped, me: me, tap: tap) }
    return wrapped
  }
}

extension InProcessNetwork {
  /// Creates the links of a run on `clock`.
  package convenience init(partyCount: Int, options: RunOptions, clock: any TransportClock) {
    self.init(partyCount: partyCount, options: options, clock: clock, faults: nil)
  }

  /// The same with faults.
  convenience init(
    partyCount: Int, options: RunOptions, clock: any TransportClock, faults: FaultInjector?
  ) {
    self.init(
      partyCount: partyCount, session: options.session, limits: options.limits, recordsDigests: options.recordsDigests,
      clock: clock
    ) { sink, me in
      let sink = faults?.sink(sink, me: me, partyCount: partyCount) ?? sink
      return options.wrap(sink, me: me, partyCount: partyCount, clock: clock)
    }
  }
}

/// Runs all parties of a session in this process, in real time.
public func runInProcess<R: Sendable>(
  partyCount: Int, options: RunOptions, _ body: @escaping PartyBody<R>
) async -> RunReport<R> {
  let network = InProcessNetwork(partyCount: partyCount, options: options, clock: RealTimeClock.shared)
  return await runParties((0..<partyCount).map { network.channel(of: PartyID($0)) }, body)
}
