public import MPCCore

/// What went over a channel or session: messages and bytes per peer and step, rounds, time spent waiting.
///
/// A snapshot; the difference of two is what happened between them. Control frames are not part of it.
public struct ChannelStatistics: Sendable, Equatable {
  /// A peer and the step its messages belong to.
  public struct Key: Hashable, Sendable {
    /// The other party.
    public let peer: PartyID
    /// Where in which protocol.
    public let step: StepLabel
    /// Creates a key.
    public init(peer: PartyID, step: StepLabel) {
      self.peer = peer
      self.step = step
    }
  }

  /// Messages and bytes in one direction.
  public struct Traffic: Sendable, Equatable, AdditiveArithmetic {
    /// How many messages.
    public var messageCount: Int
    /// Their payloads alone, in bytes.
    public var payloadByteCount: Int

    /// Creates a count; nothing by default.
    public init(messageCount: Int = 0, payloadByteCount: Int = 0) {
      self.messageCount = messageCount
      self.payloadByteCount = payloadByteCount
    }

    /// Payloads and frame headers, in bytes; encryption and TCP not included.
    public var frameByteCount: Int { payloadByteCount + messageCount * FrameHeader.byteCount }

    /// Nothing.
    public static var zero: Traffic { Traffic() }
    /// Both together.
    public static func + (left: Traffic, right: Traffic) -> Traffic {
      Traffic(
        messageCount: left.messageCount + right.messageCount,
        payloadByteCount: left.payloadByteCount + right.payloadByteCount)
    }
    /// What `left` has more.
    public static func - (left: Traffic, right: Traffic) -> Traffic {
      Traffic(
        messageCount: left.messageCount - right.messageCount,
        payloadByteCount: left.payloadByteCount - right.payloadByteCount)
    }
  }

  /// Messages sent, per peer and step.
  public internal(set) var sent: [Key: Traffic] = [:]
  /// Messages received, per peer and step.
  public internal(set) var received: [Key: Traffic] = [:]
  /// Communication rounds begun; those of parallel channels add up.
  public internal(set) var roundCount = 0
  /// Time in which a receive was suspended; those of parallel channels add up.
  public internal(set) var waiting: Duration = .zero

  /// Nothing.
  public init() {}

  /// All messages sent.
  public var totalSent: Traffic { sent.values.reduce(.zero, +) }
  /// All messages received.
  public var totalReceived: Traffic { received.values.reduce(.zero, +) }

  /// Both together.
  public static func + (left: ChannelStatistics, right: ChannelStatistics) -> ChannelStatistics {
    var sum = left
    sum.sent.merge(right.sent, uniquingKeysWith: +)
    sum.received.merge(right.received, uniquingKeysWith: +)
    sum.roundCount += right.roundCount
    sum.waiting += right.waiting
    return sum
  }

  /// What happened after the snapshot `right`, up to the snapshot `left`. Keys without messages are left out.
  public static func - (left: ChannelStatistics, right: ChannelStatistics) -> ChannelStatistics {
    var difference = left
    for (key, traffic) in right.sent { difference.sent[key, default: .zero] -= traffic }
    for (key, traffic) in right.received { difference.received[key, default: .zero] -= traffic }
    difference.sent = difference.sent.filter { $0.value != .zero }
    difference.received = difference.received.filter { $0.value != .zero }
    difference.roundCount -= right.roundCount
    difference.waiting -= right.waiting
    return difference
  }

  /// The first imbalance of a finished run, or `nil`: what i sent j in a step is what j received from i in it.
  /// - Parameter parties: the statistics of all parties, in order.
  public static func imbalance(between parties: [ChannelStatistics]) -> String? {
    for sender in parties.indices {
      for receiver in parties.indices where receiver != sender {
        let out = parties[sender].sent.filter { $0.key.peer.index == receiver }
        let into = parties[receiver].received.filter { $0.key.peer.index == sender }
        for step in Set(out.keys.map(\.step)).union(into.keys.map(\.step)) {
          let sent = out[Key(peer: PartyID(receiver), step: step), default: .zero]
          let received = into[Key(peer: PartyID(sender), step: step), default: .zero]
          if sent != received {
            return
              "P\(sender) sent P\(receiver) \(sent.messageCount) messages, \(sent.payloadByteCount) bytes in \(step); "
              + "received were \(received.messageCount), \(received.payloadByteCount)"
          }
        }
      }
    }
    return nil
  }

  /// Ends the process if a finished run sent anything that was not received, or the other way round.
  public static func requireBalance(between parties: [ChannelStatistics]) {
    if let imbalance = imbalance(between: parties) { preconditionFailure("the accounting is wrong: \(imbalance)") }
  }
}

/// Counts messages by peer and kind, cheaply; kinds name steps.
struct TrafficCounters {
  private struct Entry {
    var step: StepLabel
    var traffic: ChannelStatistics.Traffic
  }
  private var entries: [UInt32: Entry] = [:]

  mutating func count(peer: PartyID, kind: UInt16, step: StepLabel, payloadByteCount: Int) {
    let key = UInt32(peer.index) << 16 | UInt32(kind)
    let one = ChannelStatistics.Traffic(messageCount: 1, payloadByteCount: payloadByteCount)
    entries[key, default: Entry(step: step, traffic: .zero)].traffic += one
  }

  func snapshot() -> [ChannelStatistics.Key: ChannelStatistics.Traffic] {
    var all: [ChannelStatistics.Key: ChannelStatistics.Traffic] = [:]
    for (key, entry) in entries {
      all[.init(peer: PartyID(Int(key >> 16)), step: entry.step), default: .zero] += entry.traffic
    }
    return all
  }
}
