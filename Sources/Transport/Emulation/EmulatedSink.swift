internal import MPCCore

/// Holds frames back as the emulated network prescribes, then hands them to the real sink.
final class EmulatedSink: FrameSink {
  private let inner: any FrameSink
  private let clock: any TransportClock
  private let links: Guarded<[EmulatedLink]>

  init(_ inner: any FrameSink, me: PartyID, partyCount: Int, network: EmulatedNetwork, clock: any TransportClock) {
    self.inner = inner
    self.clock = clock
    links = Guarded(
      (0..<partyCount).map { peer in
        let pair = UInt64(me.index * SecurityParameters.maximumPartyCount + peer)
        return EmulatedLink(network.profile(me, PartyID(peer)), seed: network.seed &* 0x9E37 &+ pair)
      })
  }

  func transmit(_ frame: Frame, to peer: PartyID) {
    hold(byteCount: FrameHeader.byteCount + frame.payload.count, to: peer) { inner in inner.transmit(frame, to: peer) }
  }

  func transmit(raw bytes: [UInt8], to peer: PartyID) {
    hold(byteCount: bytes.count, to: peer) { inner in inner.transmit(raw: bytes, to: peer) }
  }

  func close() {
    let last = links.withLock { links in links.map(\.arrival).max() ?? 0 }
    clock.schedule(at: max(last, clock.now())) { [inner] in inner.close() }
  }

  private func hold(byteCount: Int, to peer: PartyID, _ release: @escaping @Sendable (any FrameSink) -> Void) {
    // Scheduling happens inside the lock, so that equal arrival times keep the order of sending.
    links.withLock { links in
      let arrival = links[peer.index].send(byteCount: byteCount, at: clock.now())
      clock.schedule(at: arrival) { [inner] in release(inner) }
    }
  }
}

/// A small seeded generator for schedules and jitter; not for secrets.
struct SplitMix64: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state = state &+ 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number in 0..<bound.
  mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }
}
