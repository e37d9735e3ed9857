public import MPCCore
internal import Synchronization

/// What one party really sent, in order, over all its channels; works for honest parties too.
public final class MessageLog: Sendable {
  /// One message to one recipient.
  public struct Entry: Hashable, Sendable {
    /// The type of the message.
    public let kind: MessageKind
    /// Its step.
    public let step: StepLabel
    /// The channel and round it was sent in.
    public let channel: ChannelID
    /// The round of that channel.
    public let round: UInt64
    /// Who it went to.
    public let recipient: PartyID
    /// Bytes of its payload.
    public let payloadByteCount: Int
  }

  private struct State {
    var sent: [Entry] = []
    var sentBeforeAbort: Int?
  }

  private let state = Mutex(State())

  /// An empty log.
  public init() {}

  /// Everything sent, in order.
  public var sent: [Entry] { state.withLock { $0.sent } }

  /// How many messages were sent after the party ended its session.
  public var sentAfterAbort: Int {
    state.withLock { state in state.sentBeforeAbort.map { state.sent.count - $0 } ?? 0 }
  }

  /// How many messages of a type were sent, counted per recipient.
  public func count<M: Message>(_ type: M.Type, on channel: ChannelID? = nil) -> Int {
    state.withLock { state in
      state.sent.count { $0.kind == M.kind && (channel == nil || $0.channel == channel) }
    }
  }

  func record(_ entry: Entry) { state.withLock { $0.sent.append(entry) } }

  func recordAbort() {
    state.withLock { state in if state.sentBeforeAbort == nil { state.sentBeforeAbort = state.sent.count } }
  }
}
