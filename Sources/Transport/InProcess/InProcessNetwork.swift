public import MPCCore

/// All parties of a session in one process: payloads are handed over in memory without copying.
public final class InProcessNetwork: Sendable {
  private let endpoints: [SessionEndpoint]
  private let channels: [WireChannel]

  /// Creates the links of `partyCount` parties.
  /// - Parameters:
  ///   - session: the identifier all frames carry.
  ///   - limits: deadlines and memory bounds.
  ///   - recordsDigests: whether ``WireChannel/linkDigests()`` is kept; costs a hash over all that is sent.
  public convenience init(
    partyCount: Int, session: SessionID, limits: TransportLimits = TransportLimits(), recordsDigests: Bool = false
  ) {
    self.init(
      partyCount: partyCount, session: session, limits: limits, recordsDigests: recordsDigests,
      clock: RealTimeClock.shared
    ) { sink, _ in sink }
  }

  /// Creates links with another clock and with wrappers (emulated links, taps) around each party's sending side.
  package init(
    partyCount: Int, session: SessionID, limits: TransportLimits, recordsDigests: Bool, clock: any TransportClock,
    wrapping: (any FrameSink, PartyID) -> any FrameSink
  ) {
    let endpoints = (0..<partyCount).map { index in
      SessionEndpoint(me: PartyID(index), partyCount: partyCount, session: session, limits: limits, clock: clock)
    }
    for endpoint in endpoints {
      endpoint.attach(wrapping(InProcessSink(me: endpoint.me, endpoints: endpoints.map(Weak.init)), endpoint.me))
    }
    self.endpoints = endpoints
    channels = endpoints.map { WireChannel(endpoint: $0, recordsDigests: recordsDigests) }
  }

  /// The main channel of `party`.
  public func channel(of party: PartyID) -> WireChannel { channels[party.index] }

  /// Breaks all links of `party`, as if its process had died.
  public func disconnect(_ party: PartyID) {
    for endpoint in endpoints {
      if endpoint.me == party {
        for peer in endpoints where peer.me != party { endpoint.linkLost(peer.me) }
      } else {
        endpoint.linkLost(party)
      }
    }
  }
}

/// A reference that keeps nothing alive; the network owns the endpoints.
struct Weak: Sendable {
  weak let endpoint: SessionEndpoint?
}

/// Delivers into the receiver's endpoint on the sender's thread.
struct InProcessSink: FrameSink {
  let me: PartyID
  let endpoints: [Weak]

  func transmit(_ frame: Frame, to peer: PartyID) { endpoints[peer.index].endpoint?.deliver(frame, from: me) }

  func transmit(raw bytes: [UInt8], to peer: PartyID) {
    let span = bytes.span
    endpoints[peer.index].endpoint?.deliver(bytes: unsafe span.bytes, from: me)
  }

  func close() {}
}
