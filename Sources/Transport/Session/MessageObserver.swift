public import MPCCore

/// Sees every message of a party in clear, for audit trails. Must not keep payloads: they hold shares.
public protocol MessageObserver: Sendable {
  /// A message was handed to the links.
  func sent(_ message: ObservedMessage)
  /// A message was received and had the right form.
  func received(_ message: ObservedMessage)
  /// A protocol told its channel something.
  func noted(_ event: ProtocolEvent, channel: ChannelID, round: UInt64)
}

/// One message, as an observer sees it.
public struct ObservedMessage: Sendable {
  /// The channel of the session.
  public var channel: ChannelID
  /// The round of the channel.
  public var round: UInt64
  /// Where in which protocol.
  public var step: StepLabel
  /// The message type.
  public var kind: MessageKind
  /// The other party.
  public var peer: PartyID
  /// The encoding. Shares: hash it, do not keep it.
  public var payload: [UInt8]
}
