import Cryptography
import MPCCore
import Testing

@testable import Transport

@Suite("Frames")
struct FrameTests {
  static let header = FrameHeader(
    session: .test, channel: 3, round: 0x0102_0304, sender: 1, kind: 0x8001, length: 5)
  static let frame = Frame(header: header, payload: [1, 2, 3, 4, 5]).encoded()

  /// Feeds bytes in pieces of `step`.
  static func decode(_ bytes: [UInt8], step: Int) throws(MalformedReason) -> ([Frame], FrameDecoder) {
    var decoder = FrameDecoder(session: .test, sender: PartyID(1))
    var frames: [Frame] = []
    var position = 0
    while position < bytes.count {
      let piece = Array(bytes[position..<min(position + step, bytes.count)])
      let span = piece.span
      try decoder.feed(unsafe span.bytes, into: &frames)
      position += step
    }
    return (frames, decoder)
  }

  @Test("A header has 57 bytes: magic, version, session, channel, round, sender, kind, length, little endian")
  func layout() {
    let bytes = Self.header.encoded()
    #expect(bytes.count == 57)
    #expect(Array(bytes[0..<5]) == Array("SPDZ".utf8) + [1])
    #expect(Array(bytes[5..<37]) == SessionID.test.bytes)
    #expect(Array(bytes[37..<41]) == [3, 0, 0, 0])
    #expect(Array(bytes[41..<49]) == [4, 3, 2, 1, 0, 0, 0, 0])
    #expect(Array(bytes[49..<57]) == [1, 0, 0x01, 0x80, 5, 0, 0, 0])
  }

  @Test("Frames come out whole however the bytes were split", arguments: [1, 2, 56, 57, 58, 61, 62, 63, 1000])
  func splits(step: Int) throws {
    var empty = Self.header
    empty.length = 0
    let stream = Self.frame + empty.encoded() + Self.frame
    let (frames, decoder) = try Self.decode(stream, step: step)
    #expect(frames.map(\.payload) == [[1, 2, 3, 4, 5], [], [1, 2, 3, 4, 5]])
    #expect(frames.allSatisfy { $0.header.channel == 3 && $0.header.kind == 0x8001 })
    #expect(decoder.bufferedByteCount == 0 && decoder.partial == nil)
  }

  @Test("A lent payload grows in place, counts as held, and its last byte completes the frame")
  func lending() throws {
    var (frames, decoder) = try Self.decode(Array(Self.frame.prefix(57 + 2)), step: 1000)
    let tooMuch = decoder.takePayload(atLeast: 4)
    #expect(tooMuch == nil)
    for (byte, missing) in [(UInt8(3), 3), (4, 2), (5, 1)] {
      let taken = decoder.takePayload(atLeast: 1)
      var lent = try #require(taken)
      #expect(lent.missing == missing && lent.payload.count == 5 - missing)
      #expect(decoder.bufferedByteCount == 5 - missing)
      let second = decoder.takePayload(atLeast: 1)
      #expect(second == nil)
      decoder.reservePayload(5)
      lent.payload.append(byte)
      decoder.giveBack(&lent.payload, into: &frames)
      #expect(lent.payload.isEmpty && frames.count == (missing == 1 ? 1 : 0))
    }
    let none = decoder.takePayload(atLeast: 0)
    #expect(decoder.partial == nil && decoder.bufferedByteCount == 0 && none == nil)
    let next = Self.frame.span
    try decoder.feed(unsafe next.bytes, into: &frames)
    #expect(frames.map(\.payload) == [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]])
  }

  @Test("Every truncation is an incomplete frame, never a frame and never an error")
  func truncations() throws {
    for count in 0..<Self.frame.count {
      let (frames, decoder) = try Self.decode(Array(Self.frame.prefix(count)), step: 1000)
      #expect(frames.isEmpty)
      #expect((decoder.partial != nil) == (count >= 57))
      #expect(decoder.bufferedByteCount == (count >= 57 ? count - 57 : count))
    }
  }

  @Test("Magic, version, session and sender are checked byte by byte, each with its own reason")
  func linkFields() {
    for index in 0..<57 {
      var bytes = Self.frame
      bytes[index] ^= 0x40
      let expected: MalformedReason? =
        switch index {
        case 0..<5: .notAFrame
        case 5..<37: .wrongSession
        case 49..<51: .wrongSender
        default: nil
        }
      var reason: MalformedReason?
      do throws(MalformedReason) { _ = try Self.decode(bytes, step: 7) } catch { reason = error }
      #expect(reason == expected, "byte \(index)")
    }
  }

  @Test("Garbage is refused at the first byte that cannot be a frame")
  func garbage() {
    #expect(throws: MalformedReason.notAFrame) { _ = try Self.decode(Array("GET / HTTP/1.1".utf8), step: 1000) }
    #expect(throws: MalformedReason.notAFrame) { _ = try Self.decode([0x53, 0x51], step: 1) }
  }

  @Test("A declared length of 4 GiB allocates nothing")
  func oversize() throws {
    var header = Self.header
    header.length = .max
    let (frames, decoder) = try Self.decode(header.encoded() + [9, 9, 9], step: 1000)
    #expect(frames.isEmpty && decoder.bufferedByteCount == 3)
  }

  @Test("Control frames have one form only")
  func control() {
    for (kind, channel, round, length) in [
      (UInt16(0), UInt32(0), UInt64(0), UInt32(0)), (1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1), (5, 0, 0, 0),
      (15, 0, 0, 0),
    ] {
      let header = FrameHeader(
        session: .test, channel: channel, round: round, sender: 1, kind: kind, length: length)
      #expect(throws: MalformedReason.self) { _ = try Self.decode(header.encoded(), step: 100) }
    }
  }

  @Test("Decoding and encoding is the identity on random streams of frames, and never traps on altered ones")
  func random() throws {
    let prg = PRG(seed: [UInt8](repeating: 11, count: 32))
    for _ in 0..<2000 {
      var stream: [UInt8] = []
      var count = 0
      for _ in 0..<(1 + prg.word() % 4) {
        let payload = prg.bytes(Int(prg.word() % 40))
        let header = FrameHeader(
          session: .test, channel: UInt32(truncatingIfNeeded: prg.word()), round: prg.word(), sender: 1,
          kind: UInt16(truncatingIfNeeded: prg.word()) | 0x10, length: UInt32(payload.count))
        stream += Frame(header: header, payload: payload).encoded()
        count += 1
      }
      let (frames, _) = try Self.decode(stream, step: 1 + Int(prg.word() % 80))
      #expect(frames.count == count && frames.flatMap { $0.encoded() } == stream)
      for _ in 0..<4 {
        var altered = stream
        altered[Int(prg.word() % UInt64(altered.count))] ^= UInt8(truncatingIfNeeded: prg.word() | 1)
        _ = try? Self.decode(altered, step: 1 + Int(prg.word() % 80))
      }
    }
  }

  @Test("A greeting decodes to itself, and any altered header, truncation or extension is refused")
  func hello() {
    let hello = Hello(
      from: PartyID(1), to: PartyID(0), partyCount: 3, session: .fresh(configuration: [UInt8](repeating: 9, count: 32)),
      nonce: [UInt8](repeating: 4, count: 32))
    let bytes = hello.encoded()
    #expect(bytes.count == Hello.byteCount && Hello(decoding: bytes) == hello)
    for count in 0..<bytes.count { #expect(Hello(decoding: Array(bytes.prefix(count))) == nil) }
    #expect(Hello(decoding: bytes + [0]) == nil)
    for index in 0..<57 where !(49..<51).contains(index) {
      var altered = bytes
      altered[index] ^= 1
      #expect(Hello(decoding: altered) == nil, "byte \(index)")
    }
  }

  @Test("A fresh session identifier hashes the configuration and every nonce in party order")
  func sessionIdentifier() {
    let nonces = [UInt8(1), 2].map { [UInt8](repeating: $0, count: 32) }
    let id = Hello.sessionID(.fresh(configuration: [UInt8](repeating: 9, count: 32)), nonces: nonces)
    #expect(id.description == "5aa47c99f87e76a9" && id.bytes.last == 0x85)
    #expect(Hello.sessionID(.fixed(.test), nonces: nonces) == .test)
  }
}
