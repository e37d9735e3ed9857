import MPCCore
import Testing

@testable import Transport

/// Where frames are altered: in process, and over TCP below the channel.
enum Carrier: CaseIterable, CustomTestStringConvertible {
  case simulated, plainTCP, tls

  var testDescription: String { "\(self)" }

  func run<R: Sendable>(
    partyCount: Int, options: RunOptions, _ body: @escaping PartyBody<R>
  ) async throws -> RunReport<R> {
    switch self {
    case .simulated: runSimulated(partyCount: partyCount, seed: 5, options: options, body).run
    case .plainTCP:
      try await runOverTCP(partyCount: partyCount, security: .insecurePlaintext, options: options, body)
    case .tls: try await runOverTCP(partyCount: partyCount, security: .mutualTLS, options: options, body)
    }
  }
}

/// Alters the nth message frame (control frames not counted) from P1 to P0.
func alteringFrame(_ number: Int, _ alter: @escaping @Sendable ([UInt8]) -> [[UInt8]]) -> FrameTap {
  let seen = Guarded(0)
  return FrameTap { bytes, from, to in
    guard from == PartyID(1), to == PartyID(0), bytes[51] >= 0x10 || bytes[52] != 0 else { return [bytes] }
    let index = seen.withLock { seen in
      defer { seen += 1 }
      return seen
    }
    return index == number ? alter(bytes) : [bytes]
  }
}

@Suite("Misbehaving peers", .timeLimit(.minutes(2)))
struct MisbehaviourTests {
  /// Five rounds in which everybody broadcasts three words.
  static let program: PartyBody<UInt64> = { channel throws(ProtocolAbort) in
    var sum: UInt64 = 0
    for round in 0..<5 {
      let all = try await channel.exchange(Words([UInt64(round), 1, 2]))
      for message in all { sum += message.values[0] }
    }
    return sum
  }

  static func options(_ tap: FrameTap) -> RunOptions {
    var options = RunOptions(
      limits: TransportLimits(
        receiveDeadline: .seconds(2), totalReceiveDeadline: .seconds(4), abortGrace: .milliseconds(200)))
    options.tap = tap
    return options
  }

  struct Alteration: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var reason: MalformedReason
    var alter: @Sendable ([UInt8]) -> [[UInt8]]
  }

  static func setting(_ index: Int, _ value: UInt8) -> @Sendable ([UInt8]) -> [[UInt8]] {
    { bytes in
      var bytes = bytes
      bytes[index] = value
      return [bytes]
    }
  }

  /// Alterations of the third frame (round 3) from P1 to P0.
  static let alterations: [Alteration] = [
    Alteration(testDescription: "magic", reason: .notAFrame, alter: setting(0, 0)),
    Alteration(testDescription: "version", reason: .notAFrame, alter: setting(4, 2)),
    Alteration(testDescription: "session", reason: .wrongSession, alter: setting(36, 77)),
    Alteration(testDescription: "round", reason: .wrongRound(expected: 3, received: 2), alter: setting(41, 2)),
    Alteration(testDescription: "sender", reason: .wrongSender, alter: setting(49, 2)),
    Alteration(testDescription: "kind", reason: .wrongKind(expected: 0x8001, received: 0x8002), alter: setting(51, 2)),
    Alteration(testDescription: "longer", reason: .wrongLength(expected: 24, received: 25), alter: setting(53, 25)),
    Alteration(testDescription: "shorter", reason: .wrongLength(expected: 24, received: 23), alter: setting(53, 23)),
    Alteration(
      testDescription: "4 GiB declared", reason: .wrongLength(expected: 24, received: 0xffff_ff18),
      alter: { bytes in
        var bytes = bytes
        for index in 54..<57 { bytes[index] = 0xff }
        return [bytes]
      }),
    Alteration(
      testDescription: "garbage", reason: .notAFrame, alter: { _ in [[UInt8](repeating: 0xAA, count: 100)] }),
    Alteration(
      testDescription: "withheld: the next round comes instead", reason: .wrongRound(expected: 3, received: 4),
      alter: { _ in [] }),
  ]

  @Test("Each altered header field ends the session with its own reason, naming the sender", arguments: alterations)
  func header(_ alteration: Alteration) async throws {
    for carrier in Carrier.allCases {
      let fired = Guarded(0)
      let tap = alteringFrame(2) { bytes in
        fired.withLock { $0 += 1 }
        return alteration.alter(bytes)
      }
      let program: PartyBody<UInt64> = { channel throws(ProtocolAbort) in
        var sum: UInt64 = 0
        for round in 0..<5 {
          channel.beginRound()
          let message = Words([UInt64(round), 1, 2])
          if channel.me == PartyID(1) {
            try channel.send(message, to: PartyID(0))
          } else {
            sum += try await channel.receive(Words.self, shape: 3, from: PartyID(1)).values[0]
          }
        }
        return sum
      }
      let report = try await carrier.run(partyCount: 2, options: Self.options(tap), program)
      #expect(fired.withLock { $0 } == 1)
      #expect(
        report.results[0]
          == .failure(.malformedMessage(step: Words.step, from: PartyID(1), reason: alteration.reason)),
        "\(carrier)")
    }
  }

  @Test("A duplicated frame is refused in the next round, or at the end", arguments: Carrier.allCases)
  func duplicate(_ carrier: Carrier) async throws {
    for (number, reason) in [
      (2, MalformedReason.wrongRound(expected: 4, received: 3)), (4, .wrongRound(expected: 0, received: 5)),
    ] {
      let report = try await carrier.run(
        partyCount: 2, options: Self.options(alteringFrame(number) { [$0, $0] }), Self.program)
      let step = number == 4 ? StepLabel("Finish", 1) : Words.step
      #expect(report.results[0] == .failure(.malformedMessage(step: step, from: PartyID(1), reason: reason)))
    }
  }

  @Test("Two swapped frames are refused", arguments: Carrier.allCases)
  func swapped(_ carrier: Carrier) async throws {
    let held = Guarded<[UInt8]?>(nil)
    let tap = FrameTap { bytes, from, _ in
      guard from == PartyID(1), bytes[51] >= 0x10 || bytes[52] != 0 else { return [bytes] }
      return held.withLock { held in
        if bytes[41] == 2, held == nil {
          held = bytes
          return []
        }
        if bytes[41] == 3, let first = held { return [bytes, first] }
        return [bytes]
      }
    }
    let program: PartyBody<Int> = { channel throws(ProtocolAbort) in
      for _ in 0..<4 {
        channel.beginRound()
        if channel.me == PartyID(1) {
          try channel.send(Words([1]), to: PartyID(0))
        } else {
          _ = try await channel.receive(Words.self, shape: 1, from: PartyID(1))
        }
      }
      return 0
    }
    let report = try await carrier.run(partyCount: 2, options: Self.options(tap), program)
    #expect(
      report.results[0]
        == .failure(
          .malformedMessage(step: Words.step, from: PartyID(1), reason: .wrongRound(expected: 2, received: 3))))
  }

  @Test("A payload that is not canonical ends the session", arguments: Carrier.allCases)
  func nonCanonical(_ carrier: Carrier) async throws {
    let tap = alteringFrame(0, Self.setting(57, 2))
    let report = try await carrier.run(partyCount: 2, options: Self.options(tap)) {
      channel throws(ProtocolAbort) -> Bool in
      try await channel.exchange(Bit(true)).allSatisfy(\.isSet)
    }
    #expect(
      report.results[0] == .failure(.malformedMessage(step: Bit.step, from: PartyID(1), reason: .nonCanonical)))
  }

  @Test("A peer that falls silent, also in the middle of a frame, runs into the deadline", arguments: Carrier.allCases)
  func silence(_ carrier: Carrier) async throws {
    let isSimulated = carrier == .simulated
    for remainder in isSimulated ? [0, 1, 30, 57, 60] : [0, 57] {
      // Silent for good: its abort, when its own deadline passes, does not get out either.
      let isSilent = Guarded(false)
      let tap = FrameTap { bytes, from, _ in
        guard from == PartyID(1) else { return [bytes] }
        return isSilent.withLock { isSilent in
          if isSilent { return [] }
          guard bytes[52] != 0, bytes[41] == 5 else { return [bytes] }
          isSilent = true
          return remainder > 0 ? [Array(bytes.prefix(remainder))] : []
        }
      }
      var options = Self.options(tap)
      // Real time: long enough for the honest rounds before it on a loaded machine.
      options.limits.receiveDeadline = .milliseconds(isSimulated ? 300 : 2_000)
      let report = try await carrier.run(partyCount: 2, options: options) { channel throws(ProtocolAbort) -> Int in
        for _ in 0..<5 { _ = try await channel.exchange(Words([1, 2, 3])) }
        _ = try await channel.exchange(Bit(true))
        return 0
      }
      // Over TCP the peer's own deadline may pass first and close the link.
      #expect(
        report.results[0] == .failure(.timedOut(waitingFor: PartyID(1), during: Words.step))
          || !isSimulated && report.results[0] == .failure(.peerLost(from: PartyID(1), during: Words.step)))
      // P1 waits for the next round of P0, so it sees either the deadline or P0's abort.
      #expect(
        report.results[1] == .failure(.timedOut(waitingFor: PartyID(0), during: Bit.step))
          || report.results[1] == .failure(.abortedByPeer(PartyID(0), during: Bit.step)), "\(report.results[1])")
    }
  }

  @Test("Bytes sent ahead on other channels are kept up to the limit, then refused", arguments: Carrier.allCases)
  func unread(_ carrier: Carrier) async throws {
    for (count, fits) in [(10, true), (200, false)] {
      var options = RunOptions(limits: TransportLimits(unreadByteLimit: 100_000))
      options.recordsDigests = false
      let report = try await carrier.run(partyCount: 2, options: options) { channel throws(ProtocolAbort) -> Int in
        let other = try channel.fork()
        channel.beginRound()
        if channel.me == PartyID(1) {
          for _ in 0..<count {
            other.beginRound()
            try other.send(Blob([UInt8](repeating: 1, count: 1000)), to: PartyID(0))
          }
          try channel.send(Words([7]), to: PartyID(0))
        } else {
          _ = try await channel.receive(Words.self, shape: 1, from: PartyID(1))
          for _ in 0..<count {
            other.beginRound()
            _ = try await other.receive(Blob.self, shape: 1000, from: PartyID(1))
          }
        }
        return 0
      }
      if fits {
        #expect(report.results == [.success(0), .success(0)])
      } else {
        // In process everything may be there before P0 looks; then nothing waits and nothing is refused.
        #expect(
          report.results[0]
            == .failure(
              .malformedMessage(
                step: Words.step, from: PartyID(1), reason: .tooMuchUnread(limitBytes: 100_000)))
            || carrier == .simulated && report.results[0] == .success(0))
      }
    }
  }
}
