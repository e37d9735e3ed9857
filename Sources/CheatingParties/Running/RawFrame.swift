internal import MPCCore
internal import Transport

/// One encoded frame as a cheater sends it: header fields by name, payload as bytes. Nothing is checked.
public struct RawFrame: Hashable, Sendable {
  /// Header and payload.
  public var bytes: [UInt8]

  /// A frame, or anything else that is at least as long as a header.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count >= FrameHeader.byteCount else { return nil }
    self.bytes = bytes
  }

  /// Length of a header.
  public static let headerByteCount = FrameHeader.byteCount

  /// Whether this is a frame of the link itself (abort, heartbeat, close), not a message.
  public var isControl: Bool { kind < ControlKind.limit }
  /// Whether it announces the end of the sender's program.
  public var isClose: Bool { kind == ControlKind.close.rawValue }
  /// Whether it ends the session.
  public var isAbort: Bool { kind == ControlKind.abort.rawValue }

  /// The code of the message kind.
  public var kind: UInt16 {
    get { bytes.littleEndianInteger(at: 51) }
    set { store(newValue, at: 51) }
  }
  /// The round.
  public var round: UInt64 {
    get { bytes.littleEndianInteger(at: 41) }
    set { store(newValue, at: 41) }
  }
  /// The number of the channel.
  public var channel: UInt32 {
    get { bytes.littleEndianInteger(at: 37) }
    set { store(newValue, at: 37) }
  }
  /// The party it claims to come from.
  public var sender: UInt16 {
    get { bytes.littleEndianInteger(at: 49) }
    set { store(newValue, at: 49) }
  }
  /// The declared length of the payload.
  public var length: UInt32 {
    get { bytes.littleEndianInteger(at: 53) }
    set { store(newValue, at: 53) }
  }
  /// What follows the header. Setting it does not change the declared length.
  public var payload: [UInt8] {
    get { Array(bytes.dropFirst(FrameHeader.byteCount)) }
    set { bytes = bytes.prefix(FrameHeader.byteCount) + newValue }
  }

  private mutating func store<I: FixedWidthInteger & UnsignedInteger>(_ value: I, at offset: Int) {
    for index in 0..<(I.bitWidth / 8) { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> I(8 * index)) }
  }
}
