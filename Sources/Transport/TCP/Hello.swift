internal import Cryptography
internal import MPCCore

/// The first frame of a connection, in each direction: both sides must mean the same session before it starts.
///
/// A frame header with kind `hello` and an all-zero session, then: party count(2) | receiver(2) | naming(1) |
/// configuration or session(32) | nonce(32). A link counts as up when the other's hello has come: under TLS 1.3 a
/// client sees success before the server has judged its certificate.
package struct Hello: Equatable, Sendable {
  /// Length on the wire, header included.
  package static let byteCount = FrameHeader.byteCount + payloadByteCount
  private static let payloadByteCount = 69
  private static let noSession = SessionID(bytes: [UInt8](repeating: 0, count: 32))

  package var sender: UInt16
  package var receiver: UInt16
  package var partyCount: UInt16
  package var isFixed: UInt8
  package var subject: [UInt8]
  package var nonce: [UInt8]

  init(from me: PartyID, to peer: PartyID, partyCount: Int, session: SessionNaming, nonce: [UInt8]) {
    sender = UInt16(me.index)
    receiver = UInt16(peer.index)
    self.partyCount = UInt16(partyCount)
    switch session {
    case .fixed(let id): (isFixed, subject) = (1, id.bytes)
    case .fresh(let configuration): (isFixed, subject) = (0, configuration)
    }
    self.nonce = nonce
  }

  /// The bytes that go over the connection.
  package func encoded() -> [UInt8] {
    var bytes = FrameHeader(
      session: Hello.noSession, channel: 0, round: 0, sender: sender, kind: ControlKind.hello.rawValue,
      length: UInt32(Hello.payloadByteCount)
    ).encoded()
    bytes.append(littleEndian: partyCount)
    bytes.append(littleEndian: receiver)
    bytes.append(isFixed)
    bytes += subject
    bytes += nonce
    return bytes
  }

  /// Decodes exactly ``byteCount`` bytes; `nil` for anything that is not a hello.
  package init?(decoding bytes: [UInt8]) {
    guard bytes.count == Hello.byteCount else { return nil }
    let sender: UInt16 = bytes.littleEndianInteger(at: 49)
    let expected = FrameHeader(
      session: Hello.noSession, channel: 0, round: 0, sender: sender, kind: ControlKind.hello.rawValue,
      length: UInt32(Hello.payloadByteCount))
    guard SecurityCheck.greetingForm.holds(bytes.prefix(FrameHeader.byteCount).elementsEqual(expected.encoded())) else {
      return nil
    }
    self.sender = sender
    let start = FrameHeader.byteCount
    partyCount = bytes.littleEndianInteger(at: start)
    receiver = bytes.littleEndianInteger(at: start + 2)
    isFixed = bytes[start + 4]
    guard isFixed < 2 else { return nil }
    subject = Array(bytes[(start + 5)..<(start + 37)])
    nonce = Array(bytes[(start + 37)..<(start + 69)])
  }

  /// Whether these bytes can still become a hello.
  static func canBegin(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(4).elementsEqual(FrameHeader.magic.prefix(bytes.count))
  }

  /// The session identifier: as given, or SHA-256("session/v1" | configuration | nonce_0 | … | nonce_{n−1}).
  static func sessionID(_ naming: SessionNaming, nonces: [[UInt8]]) -> SessionID {
    switch naming {
    case .fixed(let id): return id
    case .fresh(let configuration):
      var hash = SHA256()
      hash.update(text: "session/v1")
      hash.update(configuration)
      for nonce in nonces { hash.update(nonce) }
      return SessionID(bytes: hash.finalize())
    }
  }
}
