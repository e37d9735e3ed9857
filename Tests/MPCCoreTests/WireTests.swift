import MPCCore
import Testing

@Suite("Wire codec")
struct WireTests {
  @Test("Integers are little endian and of fixed width, raw bytes as they are")
  func layout() {
    var writer = WireWriter(byteCount: 19)
    writer.append(UInt8(1))
    writer.append(UInt16(0x0203))
    writer.append(UInt64(0x0405_0607_0809_0A0B))
    writer.append([9, 8])
    writer.append(count: 3) { span in
      for index in 0..<3 { span.storeBytes(of: UInt8(index + 1), toByteOffset: index, as: UInt8.self) }
    }
    #expect(writer.count == 16)
    #expect(writer.finish() == [1, 3, 2, 11, 10, 9, 8, 7, 6, 5, 4, 9, 8, 1, 2, 3])
  }

  @Test("What was written reads back, and every read past the end throws instead of trapping")
  func reading() throws {
    var writer = WireWriter(byteCount: 0)
    writer.append(UInt32(77))
    writer.append([1, 2, 3])
    let bytes = writer.finish()
    var reader = WireReader(bytes)
    #expect(try reader.integer(UInt32.self) == 77)
    let first = try reader.withBytes(2) { span in unsafe span.unsafeLoad(as: UInt8.self) }
    #expect(first == 1)
    #expect(reader.remaining == 1)
    #expect(throws: WireError.truncated) { _ = try reader.integer(UInt16.self) }
    #expect(throws: WireError.truncated) { _ = try reader.bytes(2) }
    #expect(throws: WireError.truncated) { _ = try reader.bytes(-1) }
    #expect(throws: WireError.truncated) { try reader.withBytes(2) { _ in } }
    #expect(throws: WireError.truncated) { try reader.withBytes(.max) { _ in } }
    #expect(try reader.bytes(1) == [3] && reader.remaining == 0)
    #expect(try reader.bytes(0) == [])
  }
}

@Suite("Names and errors")
struct NameTests {
  static let step = StepLabel("MACCheck", 4)
  static let party = PartyID(1)
  static let aborts: [(ProtocolAbort, ProtocolAbort.Group)] = [
    (.macCheckFailed(openings: 3), .cheating), (.commitmentMismatch(step: step, from: party), .cheating),
    (.transcriptMismatch(step: step, from: party), .cheating), (.rangeCheckFailed(step: step, from: party), .cheating),
    (.proofRejected(step: step, from: party), .cheating), (.sacrificeFailed(step: step), .cheating),
    (.malformedMessage(step: step, from: party, reason: .nonCanonical), .cheating),
    (.abortedByPeer(party, during: step), .peerLost), (.peerLost(from: party, during: step), .peerLost),
    (.timedOut(waitingFor: party, during: step), .peerLost), (.cancelled(during: step), .local),
    (.preprocessingExhausted(kind: "triples", needed: 5, left: 2), .local),
    (.localFailure(step: step, detail: "disk full"), .local),
  ]

  @Test("Every abort is one line that names its place, and has its group")
  func aborts() {
    for (abort, group) in Self.aborts {
      #expect(abort.group == group)
      #expect(!abort.description.contains("\n") && abort.description.count > 15)
    }
    #expect(Set(Self.aborts.map { $0.0 }).count == Self.aborts.count)
    #expect(
      ProtocolAbort.timedOut(waitingFor: Self.party, during: Self.step).description.contains("P1 during MACCheck.4"))
  }

  @Test("Every way in which bytes are malformed has its own phrase")
  func reasons() {
    let reasons: [MalformedReason] = [
      .notAFrame, .wrongSession, .wrongRound(expected: 1, received: 2), .wrongSender,
      .wrongKind(expected: 1, received: 2), .wrongLength(expected: 1, received: 2), .nonCanonical,
      .tooMuchUnread(limitBytes: 9),
    ]
    #expect(Set(reasons.map(\.description)).count == reasons.count)
  }

  @Test("Labels are equal when they print the same; kinds of users and library do not overlap")
  func labels() {
    #expect(StepLabel("MACCheck", 4) == Self.step && StepLabel("MACCheck", 5) != Self.step)
    #expect(Set([StepLabel("MACCheck", 4), Self.step]).count == 1)
    #expect(MessageKind(user: 0x10).code == 0x8010 && MessageKind(user: 1).description == "0x8001")
    #expect(PartyID(0) < PartyID(1) && PartyID(3).description == "P3")
    #expect(ChannelID(1) < ChannelID(2) && ChannelID.main.number == 0)
    #expect(SessionID(bytes: (0..<32).map { UInt8($0) }).description == "0001020304050607")
  }

  @Test("A party number or session identifier out of range is a misuse")
  func misuse() async {
    await #expect(processExitsWith: .failure) { _ = PartyID(8) }
    await #expect(processExitsWith: .failure) { _ = SessionID(bytes: [1, 2, 3]) }
    await #expect(processExitsWith: .failure) { _ = MessageKind(user: 0x8000) }
  }
}

@Suite("Secret buffers")
struct SecretBufferTests {
  @Test("Content is read and written through spans and wiped on demand")
  func wiping() {
    var buffer = SecretBuffer(copying: [UInt64(1), 2, 3])
    buffer.withMutableSpan { $0[1] = 7 }
    #expect(buffer.withSpan { span in (0..<span.count).map { span[$0] } } == [1, 7, 3])
    buffer.wipe()
    #expect(buffer.count == 3 && buffer.withSpan { span in (0..<span.count).map { span[$0] } } == [0, 0, 0])
    let filled = SecretBuffer(count: 2, repeating: UInt8(5))
    #expect(filled.withSpan { $0[0] + $0[1] } == 10)
  }
}
