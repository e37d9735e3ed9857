/// Typed, authenticated, ordered messages between the parties of a session.
///
/// Bytes exist only below a channel: it encodes, frames, checks header, length and canonical encoding, and counts.
/// `send` enqueues and never waits for the peer; only `receive` suspends. Messages of one round are ordered by the
/// program: every party calls `beginRound` at the same points, and sends each peer at most one message a round.
///
/// For three or more parties, `broadcast` and `receiveBroadcast` absorb the payloads, sorted by round and sender, in
/// the running transcript T; comparing T detects a sender that told parties different things (broadcast with abort).
///
/// A cheater of a test wraps a channel; honest protocol code stays untouched.
public protocol Channel: Sendable {
  /// The local party.
  var me: PartyID { get }
  /// How many parties the session has, 2…8.
  var partyCount: Int { get }
  /// The session every frame, commitment and coin is bound to.
  var sessionID: SessionID { get }
  /// The number of this channel in its session.
  var channelID: ChannelID { get }
  /// The number of the current round, from 1; 0 before the first.
  var round: UInt64 { get }

  /// Starts the next communication round of this channel.
  func beginRound()

  /// Enqueues `message` for `peer`. Never waits for the peer.
  /// - Throws: the abort that already ended this session.
  func send<M: Message>(_ message: M, to peer: PartyID) throws(ProtocolAbort)

  /// Receives the `M` that `peer` sends in this round.
  /// - Throws: `malformedMessage`, `peerLost`, `timedOut`, `abortedByPeer`.
  func receive<M: Message>(_ type: M.Type, shape: M.Shape, from peer: PartyID) async throws(ProtocolAbort) -> M

  /// Sends `message` to all other parties and absorbs it in T (three or more parties).
  func broadcast<M: Message>(_ message: M) throws(ProtocolAbort)

  /// Receives what `peer` broadcasts in this round and absorbs it in T (three or more parties).
  func receiveBroadcast<M: Message>(_ type: M.Type, shape: M.Shape, from peer: PartyID) async throws(ProtocolAbort) -> M

  /// T, the SHA-256 over all broadcasts so far; 32 bytes, all zero with two parties. Call it between rounds, when every
  /// broadcast of the last round has been received: in the middle of one the parties' values differ.
  func transcriptDigest() -> [UInt8]

  /// Opens another channel of the same session; all parties call this at the same point of the program.
  func fork() throws(ProtocolAbort) -> Self

  /// Takes note of an event for an audit trail; most channels do nothing.
  func note(_ event: ProtocolEvent)

  /// Ends the session on every channel: one abort frame to each peer, without a reason, then nothing. Idempotent.
  func abort(_ reason: ProtocolAbort)
}

extension Channel {
  /// Does nothing.
  public func note(_ event: ProtocolEvent) {}

  /// All parties, in order.
  @inlinable
  public var parties: [PartyID] { (0..<partyCount).map(PartyID.init) }

  /// All parties but the local one, in order.
  @inlinable
  public var peers: [PartyID] { parties.filter { $0 != me } }

  /// One round in which every party broadcasts one message of the same shape.
  /// - Returns: the messages of all parties in order, the own one included.
  public func exchange<M: Message>(_ message: M) async throws(ProtocolAbort) -> [M] {
    beginRound()
    try broadcast(message)
    var all: [M] = []
    all.reserveCapacity(partyCount)
    for party in parties {
      if party == me {
        all.append(message)
      } else {
        all.append(try await receiveBroadcast(M.self, shape: message.shape, from: party))
      }
    }
    return all
  }

  /// One round in which `sender` alone broadcasts; it passes its message, the others `nil` and the shape due.
  public func broadcastRound<M: Message>(_ message: M?, shape: M.Shape, from sender: PartyID)
    async throws(ProtocolAbort)
    -> M
  {
    beginRound()
    guard sender == me else { return try await receiveBroadcast(M.self, shape: shape, from: sender) }
    guard let message else { preconditionFailure("the sender of a broadcast passes its message") }
    try broadcast(message)
    return message
  }
}
