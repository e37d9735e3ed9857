/// Deadlines and memory limits of a party's links.
public struct TransportLimits: Sendable, Hashable {
  /// How long a receive waits without a sign of life from the peer (default 30 s).
  public var receiveDeadline: Duration
  /// How long a receive waits in all, heartbeats or not (default 300 s). Slow peers with heartbeats run into this one.
  public var totalReceiveDeadline: Duration
  /// After one peer aborted or was lost: how long receives from others may still wait (default 1 s), so that a party
  /// that can see the deviation for itself reports it instead of the other's abort.
  public var abortGrace: Duration
  /// How many bytes of other channels a link keeps while a receive waits (default 256 MiB).
  public var unreadByteLimit: Int
  /// How long setting up all links may take (default 30 s).
  public var connectDeadline: Duration
  /// How long one handshake may take (default 5 s).
  public var handshakeDeadline: Duration
  /// How many unfinished incoming connections are kept at once (default 64); further ones are closed.
  public var pendingConnectionLimit: Int

  /// Creates limits; the defaults suit local and wide-area networks.
  public init(
    receiveDeadline: Duration = .seconds(30), totalReceiveDeadline: Duration = .seconds(300),
    abortGrace: Duration = .seconds(1), unreadByteLimit: Int = 256 << 20, connectDeadline: Duration = .seconds(30),
    handshakeDeadline: Duration = .seconds(5), pendingConnectionLimit: Int = 64
  ) {
    precondition(
      receiveDeadline > .zero && totalReceiveDeadline >= receiveDeadline, "deadlines are positive, total ≥ idle")
    precondition(unreadByteLimit > 0 && pendingConnectionLimit > 0, "limits are positive")
    self.receiveDeadline = receiveDeadline
    self.totalReceiveDeadline = totalReceiveDeadline
    self.abortGrace = abortGrace
    self.unreadByteLimit = unreadByteLimit
    self.connectDeadline = connectDeadline
    self.handshakeDeadline = handshakeDeadline
    self.pendingConnectionLimit = pendingConnectionLimit
  }
}
