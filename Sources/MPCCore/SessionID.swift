/// The 32-byte identifier of a session; every frame, commitment and coin is bound to it.
@frozen
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
  /// The identifier's 32 bytes.
  public let bytes: [UInt8]

  /// Creates an identifier from exactly 32 bytes.
  public init(bytes: [UInt8]) {
    precondition(bytes.count == SessionID.byteCount, "a session identifier has 32 bytes")
    self.bytes = bytes
  }

  /// Length of an identifier.
  public static let byteCount = 32

  /// The first eight bytes in hexadecimal, enough to recognise a session in a log.
  public var description: String {
    bytes.prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

/// The number of a channel inside a session. Channel 0 is the session's own; each fork gets the next number.
@frozen
public struct ChannelID: Hashable, Comparable, Sendable {
  /// The number as it stands in frames.
  public let number: UInt32

  /// Creates a channel number.
  public init(_ number: UInt32) { self.number = number }

  /// The channel every session starts with.
  public static let main = ChannelID(0)

  /// Orders channels by number.
  public static func < (left: ChannelID, right: ChannelID) -> Bool { left.number < right.number }
}
