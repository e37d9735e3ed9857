public import MPCCore

/// What goes wrong in a simulated network. Everything follows from the seed, so a run repeats exactly.
public struct SimulatedFaults: Sendable, Hashable {
  /// Decides which frames are hit, and how.
  public var seed: UInt64
  /// Every frame is up to so much later; frames of one link keep their order.
  public var maximumDelay: Duration
  /// Of a thousand frames so many never arrive.
  public var lostPerMille: UInt64
  /// Of a thousand frames so many arrive twice.
  public var repeatedPerMille: UInt64
  /// Of a thousand frames so many arrive behind the next one of their link.
  public var swappedPerMille: UInt64
  /// In a thousand frames so many have one bit flipped.
  public var alteredPerMille: UInt64
  /// Parties that die, each instead of sending this frame, counted from 0: nothing of theirs goes out any more, and their
  /// links break within the maximum delay.
  public var deaths: [PartyID: Int]

  /// A network with these faults; by default none.
  public init(
    seed: UInt64, maximumDelay: Duration = .zero, lostPerMille: UInt64 = 0, repeatedPerMille: UInt64 = 0,
    swappedPerMille: UInt64 = 0, alteredPerMille: UInt64 = 0, deaths: [PartyID: Int] = [:]
  ) {
    self.seed = seed
    self.maximumDelay = maximumDelay
    self.lostPerMille = lostPerMille
    self.repeatedPerMille = repeatedPerMille
    self.swappedPerMille = swappedPerMille
    self.alteredPerMille = alteredPerMille
    self.deaths = deaths
  }
}

/// What happened to one frame, or to a party.
public struct SimulatedEvent: Sendable, Hashable {
  /// What became of a frame.
  public enum Fate: Sendable, Hashable {
    /// It arrives at this virtual time, in nanoseconds.
    case arrives(UInt64)
    /// It never arrives.
    case lost
    /// It arrives twice.
    case repeated
    /// It arrives behind the next frame of its link.
    case heldBack
    /// This bit of it is flipped.
    case altered(bit: Int)
    /// Its sender died instead of sending it.
    case senderDied
  }

  /// When it was sent, in virtual nanoseconds.
  public let time: UInt64
  /// Who sent it.
  public let from: PartyID
  /// To whom.
  public let to: PartyID
  /// Bytes of the frame.
  public let byteCount: Int
  /// What became of it.
  public let fate: Fate
}

/// Puts faults between the sinks of a simulation's parties and the network, and keeps the record.
final class FaultInjector: Sendable {
  private let faults: SimulatedFaults
  private let clock: any TransportClock
  private let record = Guarded<[SimulatedEvent]>([])
  private let network = Guarded<InProcessNetwork?>(nil)

  init(_ faults: SimulatedFaults, clock: any TransportClock) {
    self.faults = faults
    self.clock = clock
  }

  /// What happened so far.
  var events: [SimulatedEvent] { record.withLock { $0 } }

  /// Sets the network whose links break when a party dies.
  func attach(_ network: InProcessNetwork) { self.network.withLock { $0 = network } }

  /// Lets go of the network, whose sinks hold this object.
  func detach() { network.withLock { $0 = nil } }

  func sink(_ inner: any FrameSink, me: PartyID, partyCount: Int) -> any FrameSink {
    FaultySink(inner, me: me, partyCount: partyCount, faults: faults, clock: clock, injector: self)
  }

  fileprivate func note(_ event: SimulatedEvent) { record.withLock { $0.append(event) } }

  fileprivate func kill(_ party: PartyID, at time: UInt64) {
    // Not at once: the sender holds the lock that its end takes.
    clock.schedule(at: time) { [self] in network.withLock { $0 }?.disconnect(party) }
  }
}

/// The sending side of one party in a faulty network.
private final class FaultySink: FrameSink {
  private struct Link {
    var random: SplitMix64
    /// When the last frame arrives; none may arrive earlier.
    var arrival: UInt64 = 0
    /// A frame that waits for the next one to overtake it.
    var heldBack: [UInt8]?
  }

  private struct State {
    var links: [Link]
    var sentCount = 0
    var isDead = false
  }

  private let inner: any FrameSink
  private let me: PartyID
  private let faults: SimulatedFaults
  private let clock: any TransportClock
  private let injector: FaultInjector
  private let state: Guarded<State>

  init(
    _ inner: any FrameSink, me: PartyID, partyCount: Int, faults: SimulatedFaults, clock: any TransportClock,
    injector: FaultInjector
  ) {
    self.inner = inner
    self.me = me
    self.faults = faults
    self.clock = clock
    self.injector = injector
    state = Guarded(
      State(
        links: (0..<partyCount).map { peer in
          let pair = UInt64(me.index * SecurityParameters.maximumPartyCount + peer)
          return Link(random: SplitMix64(seed: faults.seed &* 0xD134_2543_DE82_EF95 &+ pair))
        }))
  }

  func transmit(_ frame: Frame, to peer: PartyID) { transmit(raw: frame.encoded(), to: peer) }

  func transmit(raw bytes: [UInt8], to peer: PartyID) {
    state.withLock { state in
      let now = clock.now()
      func note(_ fate: SimulatedEvent.Fate) {
        injector.note(SimulatedEvent(time: now, from: me, to: peer, byteCount: bytes.count, fate: fate))
      }
      guard !state.isDead else { return }
      defer { state.sentCount += 1 }
      if let death = faults.deaths[me], state.sentCount >= death {
        state.isDead = true
        note(.senderDied)
        let delay = state.links[peer.index].random.below(faults.maximumDelay.nanoseconds + 1)
        injector.kill(me, at: now &+ delay)
        return
      }
      let dice = state.links[peer.index].random.below(1000)
      var limit = faults.lostPerMille
      if dice < limit {
        note(.lost)
        return
      }
      limit += faults.repeatedPerMille
      if dice < limit {
        note(.repeated)
        for _ in 0..<2 { deliver(bytes, to: peer, now, &state.links[peer.index]) }
        return
      }
      limit += faults.swappedPerMille
      if dice < limit, state.links[peer.index].heldBack == nil {
        note(.heldBack)
        state.links[peer.index].heldBack = bytes
        return
      }
      limit += faults.alteredPerMille
      var bytes = bytes
      if dice < limit {
        let bit = Int(state.links[peer.index].random.below(UInt64(8 * bytes.count)))
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        note(.altered(bit: bit))
      }
      note(.arrives(deliver(bytes, to: peer, now, &state.links[peer.index])))
    }
  }

  func close() {
    let last = state.withLock { state in state.links.map(\.arrival).max() ?? 0 }
    clock.schedule(at: max(last, clock.now())) { [inner] in inner.close() }
  }

  /// Hands bytes over after a delay, and behind them those that were held back.
  @discardableResult
  private func deliver(_ bytes: [UInt8], to peer: PartyID, _ now: UInt64, _ link: inout Link) -> UInt64 {
    let delay = link.random.below(faults.maximumDelay.nanoseconds + 1)
    link.arrival = max(link.arrival, now &+ delay)
    clock.schedule(at: link.arrival) { [inner] in inner.transmit(raw: bytes, to: peer) }
    if let late = link.heldBack {
      link.heldBack = nil
      clock.schedule(at: link.arrival) { [inner] in inner.transmit(raw: late, to: peer) }
    }
    return link.arrival
  }
}
