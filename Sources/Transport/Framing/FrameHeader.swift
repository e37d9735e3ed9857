package import MPCCore

/// The 57 bytes in front of every payload.
///
/// magic(4) | version(1) | session(32) | channel(4) | round(8) | sender(2) | kind(2) | length(4), little endian. The
/// receiver knows all of it before it reads; whatever differs ends the session.
package struct FrameHeader: Hashable, Sendable {
  /// Length of an encoded header.
  package static let byteCount = 57
  /// "SPDZ"
  package static let magic: [UInt8] = [0x53, 0x50, 0x44, 0x5A]
  /// The only protocol version there is.
  package static let version: UInt8 = 1

  package var session: SessionID
  package var channel: UInt32
  package var round: UInt64
  package var sender: UInt16
  package var kind: UInt16
  /// Payload bytes that follow, as declared by the sender: compared, never allocated from.
  package var length: UInt32

  package init(session: SessionID, channel: UInt32, round: UInt64, sender: UInt16, kind: UInt16, length: UInt32) {
    self.session = session
    self.channel = channel
    self.round = round
    self.sender = sender
    self.kind = kind
    self.length = length
  }

  /// Appends the 57 bytes.
  package func append(to bytes: inout [UInt8]) {
    bytes.append(contentsOf: FrameHeader.magic)
    bytes.append(FrameHeader.version)
    bytes.append(contentsOf: session.bytes)
    bytes.append(littleEndian: channel)
    bytes.append(littleEndian: round)
    bytes.append(littleEndian: sender)
    bytes.append(littleEndian: kind)
    bytes.append(littleEndian: length)
  }

  /// The 57 bytes.
  package func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(FrameHeader.byteCount)
    append(to: &bytes)
    return bytes
  }

  /// Decodes 57 bytes and checks what is known for the whole link.
  /// - Throws: `notAFrame`, `wrongSession`, `wrongSender`.
  package init(
    decoding bytes: [UInt8], session: SessionID, sender: PartyID
  ) throws(MalformedReason) {
    guard bytes.count == FrameHeader.byteCount,
      SecurityCheck.frameMagic.holds(bytes[0..<4].elementsEqual(FrameHeader.magic)),
      SecurityCheck.frameVersion.holds(bytes[4] == FrameHeader.version)
    else { throw .notAFrame }
    guard SecurityCheck.frameSession.holds(bytes[5..<37].elementsEqual(session.bytes)) else { throw .wrongSession }
    self.session = session
    channel = bytes.littleEndianInteger(at: 37)
    round = bytes.littleEndianInteger(at: 41)
    self.sender = bytes.littleEndianInteger(at: 49)
    kind = bytes.littleEndianInteger(at: 51)
    length = bytes.littleEndianInteger(at: 53)
    guard SecurityCheck.frameSender.holds(self.sender == UInt16(sender.index)) else { throw .wrongSender }
    try checkControl()
  }

  /// Checks a header that was handed over in memory, as ``init(decoding:session:sender:)`` checks bytes.
  package func check(session: SessionID, sender: PartyID) throws(MalformedReason) {
    guard SecurityCheck.frameSession.holds(self.session == session) else { throw .wrongSession }
    guard SecurityCheck.frameSender.holds(self.sender == UInt16(sender.index)) else { throw .wrongSender }
    try checkControl()
  }

  /// Control frames have one form: channel 0, round 0, no payload, a known code.
  private func checkControl() throws(MalformedReason) {
    guard kind < ControlKind.limit, SecurityCheck.controlFrameForm.isKept else { return }
    guard ControlKind(rawValue: kind) != nil, channel == 0 else { throw .notAFrame }
    guard round == 0 else { throw .wrongRound(expected: 0, received: round) }
    guard length == 0 else { throw .wrongLength(expected: 0, received: Int(length)) }
  }
}

/// Frames of the link itself; they carry nothing and count apart from messages.
package enum ControlKind: UInt16, Sendable {
  /// The sender ended the session. No reason is given: it could depend on secrets.
  case abort = 1
  /// The sender is alive, for example in a long local computation.
  case heartbeat = 2
  /// The sender has finished its program; no frame follows.
  case close = 3
  /// First frame of a TCP connection, before the session exists.
  case hello = 4

  /// Kinds below this are control frames.
  package static let limit: UInt16 = 0x10
}

/// One frame: what goes over a link as a unit.
package struct Frame: Sendable {
  package var header: FrameHeader
  package var payload: [UInt8]

  package init(header: FrameHeader, payload: [UInt8]) {
    self.header = header
    self.payload = payload
  }

  /// Header and payload as they go over a byte link.
  package func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(FrameHeader.byteCount + payload.count)
    header.append(to: &bytes)
    bytes.append(contentsOf: payload)
    return bytes
  }
}

extension [UInt8] {
  /// Appends an integer, least significant byte first.
  @inline(__always)
  package mutating func append<I: FixedWidthInteger & UnsignedInteger>(littleEndian value: I) {
    var rest = value
    for _ in 0..<(I.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: rest))
      rest = rest &>> 8
    }
  }

  /// The integer at `offset`, least significant byte first. The caller has checked the length.
  package func littleEndianInteger<I: FixedWidthInteger & UnsignedInteger>(at offset: Int) -> I {
    var value: I = 0
    for index in stride(from: I.bitWidth / 8 - 1, through: 0, by: -1) {
      value = (value &<< 8) | I(truncatingIfNeeded: self[offset + index])
    }
    return value
  }
}
