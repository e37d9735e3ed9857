public import MPCCore
internal import Synchronization

/// A typed channel under the control of an adversary, around any other channel: in process, simulated, TLS.
///
/// The protocol code above stays honest and untouched; the plan decides what really goes out. Without a plan the channel
/// only records what its party sends. A broadcast becomes one delivery per recipient, so the plan may equivocate.
public final class TamperingChannel<Base: Channel>: Channel {
  /// The channel below.
  public let base: Base
  /// What this party really sent.
  public let log: MessageLog
  private let plan: AttackPlan?
  private let coalition: Set<PartyID>
  private let state = Mutex(State())

  private struct State {
    /// A message held back by a rushing lever, and how to let it go.
    var rushing: (any RushingMessage)?
    /// Messages that were fetched early to be seen before sending.
    var fetched: [PartyID: any Message] = [:]
    /// Messages held back until another kind of message comes.
    var delayed: [(release: UInt16, message: any Message, to: PartyID)] = []
    var counts: [UInt16: Int] = [:]
    /// What a lever threw where nothing may throw; thrown at the next occasion.
    var failure: ProtocolAbort?
  }

  /// Wraps `base`.
  /// - Parameters:
  ///   - plan: what this party does; `nil` for an honest one.
  ///   - coalition: all cheaters, for whose messages rushing does not wait.
  ///   - log: where sent messages are noted.
  public init(_ base: Base, plan: AttackPlan? = nil, coalition: Set<PartyID> = [], log: MessageLog = MessageLog()) {
    self.base = base
    self.plan = plan
    self.coalition = coalition
    self.log = log
  }

  /// The local party.
  public var me: PartyID { base.me }
  /// How many parties.
  public var partyCount: Int { base.partyCount }
  /// The session.
  public var sessionID: SessionID { base.sessionID }
  /// The channel's number.
  public var channelID: ChannelID { base.channelID }
  /// The current round.
  public var round: UInt64 { base.round }

  /// Starts the next round; what a rushing lever still holds goes out before.
  public func beginRound() {
    do throws(ProtocolAbort) {
      try releaseRushing()
    } catch {
      state.withLock { $0.failure = error }
    }
    base.beginRound()
  }

  /// Sends what the plan makes of `message`.
  public func send<M: Message>(_ message: M, to peer: PartyID) throws(ProtocolAbort) {
    try submit(message, to: [peer], isBroadcast: false)
  }

  /// Sends, to each recipient, what the plan makes of `message` for it.
  public func broadcast<M: Message>(_ message: M) throws(ProtocolAbort) {
    try submit(message, to: peers, isBroadcast: true)
  }

  /// Receives; a message held back by rushing goes out as soon as the honest ones have come.
  public func receive<M: Message>(_ type: M.Type, shape: M.Shape, from peer: PartyID) async throws(ProtocolAbort) -> M {
    try await rush(type, shape: shape, isBroadcast: false)
    return try await fetch(type, shape: shape, from: peer, isBroadcast: false)
  }

  /// Receives a broadcast; a message held back by rushing goes out as soon as the honest ones have come.
  public func receiveBroadcast<M: Message>(
    _ type: M.Type, shape: M.Shape, from peer: PartyID
  ) async throws(ProtocolAbort) -> M {
    try await rush(type, shape: shape, isBroadcast: true)
    return try await fetch(type, shape: shape, from: peer, isBroadcast: true)
  }

  /// T of the channel below; broadcasts in which the cheater told different things are not in it.
  public func transcriptDigest() -> [UInt8] { base.transcriptDigest() }

  /// Forks the channel below under the same plan.
  public func fork() throws(ProtocolAbort) -> TamperingChannel {
    TamperingChannel(try base.fork(), plan: plan, coalition: coalition, log: log)
  }

  /// Ends the session, unless the plan ignores aborts.
  public func abort(_ reason: ProtocolAbort) {
    if plan?.ignoresAborts == true { return }
    base.abort(reason)
    log.recordAbort()
  }

  // MARK: Sending

  /// Sends what a rushing lever still holds, without having seen anything.
  public func releaseRushing() throws(ProtocolAbort) {
    let held = state.withLock { state in
      defer { state.rushing = nil }
      return state.rushing
    }
    try held?.release(over: self)
  }

  private func submit<M: Message>(_ message: M, to recipients: [PartyID], isBroadcast: Bool) throws(ProtocolAbort) {
    if let failure = state.withLock({ $0.failure }) { throw failure }
    guard let plan else {
      return try forward(message, to: recipients, isBroadcast: isBroadcast)
    }
    if plan.levers(M.self).contains(where: \.rushes) {
      try releaseRushing()
      state.withLock { $0.rushing = Held(message: message, recipients: recipients, isBroadcast: isBroadcast) }
    } else {
      try deliver(message, honest: [:], to: recipients, isBroadcast: isBroadcast)
    }
  }

  fileprivate func deliver<M: Message>(
    _ message: M, honest: [PartyID: M], to recipients: [PartyID], isBroadcast: Bool
  ) throws(ProtocolAbort) {
    guard let plan else { return }
    let index = state.withLock { state in
      defer { state.counts[M.kind.code, default: 0] += 1 }
      return state.counts[M.kind.code, default: 0]
    }
    var copies: [(recipient: PartyID, messages: [any Message])] = []
    for recipient in recipients {
      let at = Delivery(step: M.step, channel: channelID, round: round, recipient: recipient, index: index)
      var messages = try plan.copies(of: message, honest: honest, at)
      if let hold = plan.hold(M.self), hold.isDelayed(at) {
        plan.countDeviation()
        let held = messages
        state.withLock { state in state.delayed += held.map { (hold.released, $0, recipient) } }
        messages = []
      }
      copies.append((recipient, messages))
    }
    // What all recipients are told in the same words is a broadcast and belongs into the cheater's T too.
    if isBroadcast, let common = copies.first?.messages.first as? M,
      copies.allSatisfy({ ($0.messages.first as? M)?.payload == common.payload })
    {
      try forward(common, to: recipients, isBroadcast: true)
      for index in copies.indices { copies[index].messages.removeFirst() }
    }
    for (recipient, messages) in copies {
      for message in messages { try forward(message, to: [recipient], isBroadcast: false) }
    }
  }

  private func forward<M: Message>(_ message: M, to recipients: [PartyID], isBroadcast: Bool) throws(ProtocolAbort) {
    if isBroadcast {
      try base.broadcast(message)
    } else {
      for recipient in recipients { try base.send(message, to: recipient) }
    }
    let size = M.encodedByteCount(message.shape)
    for recipient in recipients {
      log.record(
        .init(
          kind: M.kind, step: M.step, channel: channelID, round: round, recipient: recipient, payloadByteCount: size))
    }
  }

  // MARK: Receiving

  /// Fetches the honest messages of this round if a message of the same type is held back, then lets it go.
  private func rush<M: Message>(_ type: M.Type, shape: M.Shape, isBroadcast: Bool) async throws(ProtocolAbort) {
    guard plan != nil else { return }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    let held = state.withLock { state in
      defer { state.rushing = nil }
      return state.rushing
    }
    guard let held else { return }
    guard let typed = held as? Held<M> else { return try held.release(over: self) }
    var honest: [PartyID: M] = [:]
    for peer in peers where !coalition.contains(peer) {
      let message = try await fetch(type, shape: shape, from: peer, isBroadcast: isBroadcast)
      honest[peer] = message
      state.withLock { $0.fetched[peer] = message }
    }
    try deliver(typed.message, honest: honest, to: typed.recipients, isBroadcast: typed.isBroadcast)
  }

  private func fetch<M: Message>(
    _ type: M.Type, shape: M.Shape, from peer: PartyID, isBroadcast: Bool
  ) async throws(ProtocolAbort) -> M {
    if let early = state.withLock({ $0.fetched.removeValue(forKey: peer) }) as? M { return early }
    let message =
      isBroadcast
      ? try await base.receiveBroadcast(type, shape: shape, from: peer)
      : try await base.receive(type, shape: shape, from: peer)
    guard let plan else { return message }
    plan.notice(message, from: peer, channelID)
    let due = state.withLock { state in
      let due = state.delayed.filter { $0.release == M.kind.code }
      state.delayed.removeAll { $0.release == M.kind.code }
      return due
    }
    for (_, message, recipient) in due { try forward(message, to: [recipient], isBroadcast: false) }
    return message
  }
}

/// A message held back, whatever its type.
private protocol RushingMessage: Sendable {
  func release<Base: Channel>(over channel: TamperingChannel<Base>) throws(ProtocolAbort)
}

private struct Held<M: Message>: RushingMessage {
  let message: M
  let recipients: [PartyID]
  let isBroadcast: Bool

  func release<Base: Channel>(over channel: TamperingChannel<Base>) throws(ProtocolAbort) {
    try channel.deliver(message, honest: [:], to: recipients, isBroadcast: isBroadcast)
  }
}
