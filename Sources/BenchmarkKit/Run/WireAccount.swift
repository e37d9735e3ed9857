public import Transport

/// What one party's TCP connections carried in a run, beside what the accounting says.
public struct WireAccount: Hashable, Sendable {
  /// Counted by the kernel, all connections together.
  public var traffic: WireTraffic
  /// Bytes of all message frames of the run, negotiation and set-up included.
  public var framesSent: Int, framesReceived: Int

  /// How much more went over the streams than the accounting has, as a part of it: TLS, greetings, control frames.
  public var overhead: Double { Double(traffic.sentByteCount) / Double(max(1, framesSent)) - 1 }
}

extension WireAccount {
  /// `nil` for parties without connections, or on a kernel that does not count.
  init?(_ links: [WireTraffic?], _ statistics: ChannelStatistics) {
    let known = links.compactMap { $0 }
    guard !known.isEmpty else { return nil }
    traffic = known.reduce(WireTraffic(), +)
    framesSent = statistics.totalSent.frameByteCount
    framesReceived = statistics.totalReceived.frameByteCount
  }
}

extension ResultRow {
  /// The row of a party's connections; `messages` are TCP segments.
  mutating func setWire(_ wire: WireAccount) {
    phase = "wire"
    (bytesSent, bytesReceived) = (wire.traffic.sentByteCount, wire.traffic.receivedByteCount)
    messages = wire.traffic.sentSegmentCount
    (value, unit) = (wire.overhead * 100, "% over frames")
  }
}

/// How one party of a run ended in this process.
struct StartedParty<R: Sendable>: Sendable {
  var party: Int
  var result: R
  /// `nil` in process.
  var wire: WireAccount?
}
