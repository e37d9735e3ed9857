public import MPCCore
internal import Synchronization

/// Where a message of a cheater is about to go.
public struct Delivery: Hashable, Sendable {
  /// The step the message belongs to.
  public let step: StepLabel
  /// The channel it goes over.
  public let channel: ChannelID
  /// The round of that channel.
  public let round: UInt64
  /// Who gets this copy; a broadcast is delivered to each recipient apart, so a lever may tell them different things.
  public let recipient: PartyID
  /// How many messages of this type the cheater sent on this channel before, from 0; the same for all recipients of one
  /// broadcast.
  public let index: Int
}

/// State shared by the closures of an attack, and by the members of a coalition: what the cheaters have learnt so far.
public final class AttackMemory<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  /// Starts from `initial`.
  public init(_ initial: Value) { value = Mutex(initial) }

  /// Reads or changes the state.
  public func callAsFunction<R: Sendable>(_ body: (inout Value) -> R) -> R { value.withLock { body(&$0) } }

  /// The state now.
  public var current: Value { value.withLock { $0 } }
}
