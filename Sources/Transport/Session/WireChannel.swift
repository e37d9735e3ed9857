internal import Cryptography
public import MPCCore

/// The channel of a real session: encodes, frames, checks and counts. The same over every transport.
///
/// A failed receive ends the session for this party on all channels: the peers get an abort frame, later calls throw the
/// first abort. One task uses a channel at a time; parallel work forks.
public final class WireChannel: Channel {
  /// The local party.
  public var me: PartyID { session.endpoint.me }
  /// How many parties the session has.
  public var partyCount: Int { session.endpoint.partyCount }
  /// The session all frames are bound to.
  public var sessionID: SessionID { session.endpoint.session }
  /// The number of this channel.
  public var channelID: ChannelID { ledger.id }

  private let session: ChannelSession
  private let ledger: ChannelLedger

  private init(session: ChannelSession, ledger: ChannelLedger) {
    self.session = session
    self.ledger = ledger
  }

  /// The channel every session starts with.
  package convenience init(
    endpoint: SessionEndpoint, recordsDigests: Bool = false, observer: (any MessageObserver)? = nil
  ) {
    let session = ChannelSession(endpoint: endpoint, recordsDigests: recordsDigests, observer: observer)
    self.init(session: session, ledger: session.main)
  }

  /// The number of the current round.
  public var round: UInt64 { ledger.state.withLock { $0.round } }

  /// Starts the next round.
  public func beginRound() {
    ledger.state.withLock { state in
      state.round += 1
      state.transcript.finishRound()
    }
  }

  /// Enqueues `message` for `peer`.
  public func send<M: Message>(_ message: M, to peer: PartyID) throws(ProtocolAbort) {
    try send(WireChannel.encode(message), M.self, to: peer)
  }

  /// Receives the `M` of this round from `peer`.
  public func receive<M: Message>(
    _ type: M.Type, shape: M.Shape, from peer: PartyID
  ) async throws(ProtocolAbort) -> M {
    try await receiveWithPayload(type, shape: shape, from: peer).message
  }

  /// Sends `message` to all others; absorbs it in T.
  public func broadcast<M: Message>(_ message: M) throws(ProtocolAbort) {
    let payload = WireChannel.encode(message)
    for peer in peers { try send(payload, M.self, to: peer) }
    absorb(payload, from: me)
  }

  /// Receives the broadcast of `peer`; absorbs it in T.
  public func receiveBroadcast<M: Message>(
    _ type: M.Type, shape: M.Shape, from peer: PartyID
  ) async throws(ProtocolAbort) -> M {
    let (message, payload) = try await receiveWithPayload(type, shape: shape, from: peer)
    absorb(payload, from: peer)
    return message
  }

  /// T over all broadcasts so far; call it between rounds, when every broadcast of the last one has been received.
  public func transcriptDigest() -> [UInt8] {
    partyCount < 3 ? [UInt8](repeating: 0, count: 32) : ledger.state.withLock { $0.transcript.digest() }
  }

  /// Opens another channel. Its number depends on the parent and on how often that was forked, not on timing.
  public func fork() throws(ProtocolAbort) -> WireChannel {
    let count = ledger.state.withLock { state in
      state.forkCount += 1
      return state.forkCount
    }
    let id = channelID == .main ? ChannelID(count) : WireChannel.nestedID(parent: channelID, count: count)
    guard let ledger = session.register(id) else {
      throw .localFailure(
        step: StepLabel("Fork", 1),
        detail: "channel number \(id.number) is taken; fork the session's own channel instead")
    }
    return WireChannel(session: session, ledger: ledger)
  }

  /// Tells the observer of the session, if there is one.
  public func note(_ event: ProtocolEvent) { session.observer?.noted(event, channel: channelID, round: round) }

  /// Ends the session with `reason` on every channel.
  public func abort(_ reason: ProtocolAbort) { session.endpoint.terminate(reason) }

  /// Ends the session in order, after the last message: waits until all peers have finished too.
  /// - Throws: `malformedMessage` if a peer sent anything that nobody received; `abortedByPeer`, `peerLost`, `timedOut`.
  public func finish() async throws(ProtocolAbort) {
    try await session.endpoint.finish(during: StepLabel("Finish", 1))
  }

  // MARK: Accounting

  /// What went over this channel.
  public func statistics() -> ChannelStatistics { ledger.statistics() }

  /// What went over all channels of the session.
  public func sessionStatistics() -> ChannelStatistics { session.statistics() }

  /// How many control frames the session sent and received; they are not part of the messages.
  package func controlFrameCounts() -> (sent: UInt64, received: UInt64) { session.endpoint.controlFrameCounts() }

  /// Per peer, the hash of all (channel, step, bytes) sent to it: equal in two runs that sent the same.
  ///
  /// Empty unless the session records digests.
  public func linkDigests() -> [[UInt8]] { session.linkDigests() }

  // MARK: Internals

  /// A number for a fork of a fork: from a hash, in the upper half of the range, as forks of channel 0 count from 1.
  static func nestedID(parent: ChannelID, count: UInt32) -> ChannelID {
    var hash = SHA256()
    hash.update(text: "channel/v1")
    hash.update(UInt64(parent.number))
    hash.update(UInt64(count))
    let number: UInt32 = hash.finalize().littleEndianInteger(at: 0)
    return ChannelID(number | 0x8000_0000)
  }

  private static func encode<M: Message>(_ message: M) -> [UInt8] {
    let byteCount = M.encodedByteCount(message.shape)
    var writer = WireWriter(byteCount: byteCount)
    message.encode(into: &writer)
    let payload = writer.finish()
    precondition(
      payload.count == byteCount,
      "\(M.step): the message encodes to \(payload.count) bytes, its shape says \(byteCount)")
    return payload
  }

  private func send<M: Message>(_ payload: [UInt8], _ type: M.Type, to peer: PartyID) throws(ProtocolAbort) {
    let round = round
    try session.endpoint.send(
      channel: channelID.number, round: round, kind: M.kind.code, payload: payload, to: peer)
    ledger.state.withLock { state in
      state.sent.count(peer: peer, kind: M.kind.code, step: M.step, payloadByteCount: payload.count)
      state.digests?.absorb(peer: peer, round: round, step: M.step, payload: payload)
    }
    if let observer = session.observer { observer.sent(observed(payload, M.self, peer, round)) }
  }

  private func receiveWithPayload<M: Message>(
    _ type: M.Type, shape: M.Shape, from peer: PartyID
  ) async throws(ProtocolAbort) -> (message: M, payload: [UInt8]) {
    let expected = ExpectedFrame(
      step: M.step, channel: channelID.number, round: round, kind: M.kind.code, length: M.encodedByteCount(shape))
    let clock = session.endpoint.clock
    let before = clock.now()
    let payload = try await session.endpoint.receive(expected, from: peer)
    let waited = clock.now() - before
    ledger.state.withLock { state in
      state.received.count(peer: peer, kind: M.kind.code, step: M.step, payloadByteCount: payload.count)
      state.waitingNanoseconds += waited
    }
    var reader = WireReader(payload)
    do throws(WireError) {
      let message = try M(from: &reader, shape: shape)
      guard SecurityCheck.payloadUsedUp.holds(reader.remaining == 0) else { throw .nonCanonical }
      if let observer = session.observer { observer.received(observed(payload, M.self, peer, expected.round)) }
      return (message, payload)
    } catch {
      throw session.endpoint.terminate(.malformedMessage(step: M.step, from: peer, reason: .nonCanonical))
    }
  }

  private func observed<M: Message>(
    _ payload: [UInt8], _ type: M.Type, _ peer: PartyID, _ round: UInt64
  ) -> ObservedMessage {
    ObservedMessage(channel: channelID, round: round, step: M.step, kind: M.kind, peer: peer, payload: payload)
  }

  private func absorb(_ payload: [UInt8], from party: PartyID) {
    guard partyCount >= 3 else { return }
    ledger.state.withLock { $0.transcript.absorb(payload, from: party, round: $0.round) }
  }
}
