internal import Cryptography
internal import FieldArithmetic
internal import InsecureDealer
internal import MPCCore
internal import SecretSharing
internal import Transport

/// An empty round: all parties wait for all; measurements start behind it.
struct Barrier: Message {
  static let step = StepLabel("Barrier", 1)
  static let kind = MessageKind(user: 0x7f00)
  var shape: Int { 0 }
  init() {}
  static func encodedByteCount(_ shape: Int) -> Int { 0 }
  func encode(into writer: inout WireWriter) {}
  init(from reader: inout WireReader, shape: Int) throws(WireError) {}
}

/// What one party used for a measured piece of work.
struct PartyMeasurement: Sendable {
  var wallNanoseconds: UInt64
  var blockedNanoseconds: UInt64
  var statistics: ChannelStatistics
}

extension Session where C == WireChannel {
  /// Waits for all parties, then measures `body`.
  mutating func measured<R>(_ body: (inout Session) async throws(ProtocolAbort) -> R) async throws(ProtocolAbort)
    -> (R, PartyMeasurement)
  {
    _ = try await exchange(Barrier())
    let before = channel.statistics()
    let start = PartyClock.wall()
    let result = try await body(&self)
    let wall = PartyClock.wall() - start
    let statistics = channel.statistics() - before
    return (
      result,
      PartyMeasurement(
        wallNanoseconds: wall, blockedNanoseconds: UInt64(statistics.waiting / .nanoseconds(1)), statistics: statistics)
    )
  }
}
