public import Cryptography
public import MPCCore
internal import Synchronization

/// What a cheating party does with the messages that its honest code sends: typed levers, one or more a message type.
///
/// ```swift
/// let plan = AttackPlan().tampering(Opening.UniformShares<P61>.self) { message, at in
///   if at.index == 2 && at.recipient == PartyID(1) { message.values[0] += .one }  // equivocation: P2 is told the truth
/// }
/// ```
/// Levers of one type act in the order in which they were added. A plan without levers is the control: its party is
/// honest although its channel is wrapped.
public final class AttackPlan: Sendable {
  struct Lever<M: Message>: Sendable {
    let rushes: Bool
    let apply: @Sendable (M, [PartyID: M], Delivery) throws(ProtocolAbort) -> [any Message]
  }

  struct Observer<M: Message>: Sendable {
    let see: @Sendable (M, PartyID, ChannelID) -> Void
  }

  struct Hold: Sendable {
    let released: UInt16
    let isDelayed: @Sendable (Delivery) -> Bool
  }

  private struct State {
    var levers: [UInt16: [any Sendable]] = [:]
    var observers: [UInt16: [any Sendable]] = [:]
    var holds: [UInt16: Hold] = [:]
    var fired = 0
    var random: (any RandomSource)?
    var ignoresAborts = false
  }

  private let state = Mutex(State())

  /// A plan that does nothing yet.
  public init() {}

  /// How many deliveries were other than honest: altered, withheld, repeated, added or delayed.
  public var fired: Int { state.withLock { $0.fired } }

  /// Counts a deviation that happens outside the levers, for example a dishonest input.
  public func countDeviation() { state.withLock { $0.fired += 1 } }

  // MARK: Levers

  /// Alters messages; called once for every recipient.
  public func tampering<M: Message>(
    _ type: M.Type, _ alter: @escaping @Sendable (inout M, Delivery) -> Void
  ) -> Self {
    replacing(type) { (message, at) throws(ProtocolAbort) in
      var altered = message
      alter(&altered, at)
      return [altered]
    }
  }

  /// Rushing: holds each message until the honest messages of the same type and round have come, then alters it.
  ///
  /// `honest` has the messages of the honest parties (none if they send nothing of this type in this round). A thrown
  /// abort stops the cheater there: selective abort.
  public func rushing<M: Message>(
    _ type: M.Type,
    _ alter: @escaping @Sendable (inout M, _ honest: [PartyID: M], Delivery) throws(ProtocolAbort) -> Void
  ) -> Self {
    add(
      Lever<M>(rushes: true) { (message, honest, at) throws(ProtocolAbort) in
        var altered = message
        try alter(&altered, honest, at)
        return [altered]
      })
  }

  /// Replaces a message by any messages, also of other types; none withholds it.
  public func replacing<M: Message>(
    _ type: M.Type, _ replacement: @escaping @Sendable (M, Delivery) throws(ProtocolAbort) -> [any Message]
  ) -> Self {
    add(Lever<M>(rushes: false) { (message, _, at) throws(ProtocolAbort) in try replacement(message, at) })
  }

  /// Does not send the messages for which `isWithheld` holds.
  public func withholding<M: Message>(
    _ type: M.Type, where isWithheld: @escaping @Sendable (Delivery) -> Bool = { _ in true }
  ) -> Self {
    replacing(type) { (message, at) throws(ProtocolAbort) in isWithheld(at) ? [] : [message] }
  }

  /// Sends messages twice in their round.
  public func duplicating<M: Message>(
    _ type: M.Type, where isDuplicated: @escaping @Sendable (Delivery) -> Bool = { _ in true }
  ) -> Self {
    replacing(type) { (message, at) throws(ProtocolAbort) in isDuplicated(at) ? [message, message] : [message] }
  }

  /// Sends the first message of this type again instead of every later one, on all channels.
  public func replaying<M: Message>(_ type: M.Type) -> Self {
    let first = AttackMemory<[PartyID: M]>([:])
    return replacing(type) { (message, at) throws(ProtocolAbort) in
      [
        first { first in
          if let old = first[at.recipient] { return old }
          first[at.recipient] = message
          return message
        }
      ]
    }
  }

  /// Keeps messages back until a message of type `release` has been received, then sends them, if it is too late or not.
  public func delaying<M: Message, N: Message>(
    _ type: M.Type, until release: N.Type, where isDelayed: @escaping @Sendable (Delivery) -> Bool = { _ in true }
  ) -> Self {
    state.withLock { $0.holds[M.kind.code] = Hold(released: N.kind.code, isDelayed: isDelayed) }
    return self
  }

  /// Dishonest sampling: the cheater's honest code draws its secrets (coin seeds, commitment randomness) from `source`.
  public func drawing(from source: any RandomSource) -> Self {
    state.withLock { state in
      state.random = source
      state.fired += 1
    }
    return self
  }

  /// The cheater tells nobody when its honest code aborts, and keeps its links.
  public func ignoringAborts() -> Self {
    state.withLock { $0.ignoresAborts = true }
    return self
  }

  /// Watches what the cheater receives.
  public func observing<M: Message>(
    _ type: M.Type, _ see: @escaping @Sendable (M, _ from: PartyID, ChannelID) -> Void
  ) -> Self {
    state.withLock { $0.observers[M.kind.code, default: []].append(Observer<M>(see: see)) }
    return self
  }

  private func add<M: Message>(_ lever: Lever<M>) -> Self {
    state.withLock { $0.levers[M.kind.code, default: []].append(lever) }
    return self
  }

  // MARK: For the channel

  var random: (any RandomSource)? { state.withLock { $0.random } }

  var ignoresAborts: Bool { state.withLock { $0.ignoresAborts } }

  func levers<M: Message>(_ type: M.Type) -> [Lever<M>] {
    state.withLock { $0.levers[M.kind.code] ?? [] }.compactMap { $0 as? Lever<M> }
  }

  func hold<M: Message>(_ type: M.Type) -> Hold? { state.withLock { $0.holds[M.kind.code] } }

  func notice<M: Message>(_ message: M, from peer: PartyID, _ channel: ChannelID) {
    let observers = state.withLock { $0.observers[M.kind.code] ?? [] }
    for case let observer as Observer<M> in observers { observer.see(message, peer, channel) }
  }

  /// What goes to one recipient instead of `message`.
  func copies<M: Message>(of message: M, honest: [PartyID: M], _ at: Delivery) throws(ProtocolAbort) -> [any Message] {
    var copies: [any Message] = [message]
    for lever in levers(M.self) {
      var next: [any Message] = []
      for copy in copies {
        if let typed = copy as? M { next += try lever.apply(typed, honest, at) } else { next.append(copy) }
      }
      copies = next
    }
    let isHonest = copies.count == 1 && (copies[0] as? M).map { $0.payload == message.payload } ?? false
    if !isHonest { countDeviation() }
    return copies
  }
}

extension Message {
  /// The encoded message.
  var payload: [UInt8] {
    var writer = WireWriter(byteCount: Self.encodedByteCount(shape))
    encode(into: &writer)
    return writer.finish()
  }
}
