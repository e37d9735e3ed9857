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
    for remainder in [0, 1, 30, 57, 60] {
      let tap = FrameTap { bytes, from, _ in
        guard from == PartyID(1), bytes[51] >= 0x10 || bytes[52] != 0 else { return [bytes] }
        return bytes[41] < 5 ? [bytes] : bytes[41] == 5 && remainder > 0 ? [Array(bytes.prefix(remainder))] : []
      }
      var options = Self.options(tap)
      options.limits.receiveDeadline = .milliseconds(300)
      let report = try await carrier.run(partyCount: 2, options: options) { channel throws(ProtocolAbort) -> Int in
        for _ in 0..<5 { _ = try await channel.exchange(Words([1, 2, 3])) }
        _ = try await channel.exchange(Bit(true))
        return 0
      }
      #expect(report.results[0] == .failure(.timedOut(waitingFor: PartyID(1), during: Words.step)))
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

@Suite("Aborts and lost peers", .timeLimit(.minutes(2)))
struct AbortTests {
  static let limits = TransportLimits(
    receiveDeadline: .seconds(20), totalReceiveDeadline: .seconds(20), abortGrace: .milliseconds(100))

  @Test("An abort reaches every party once, and all later calls repeat the first one", arguments: Carrier.allCases)
  func abort(_ carrier: Carrier) async throws {
    let abortFrames = Guarded<[String: Int]>([:])
    var options = RunOptions(limits: Self.limits)
    options.tap = FrameTap { bytes, from, to in
      if bytes[51] == 1, bytes[52] == 0 { abortFrames.withLock { $0["\(from)\(to)", default: 0] += 1 } }
      return [bytes]
    }
    let reason = ProtocolAbort.macCheckFailed(openings: 4)
    let report = try await carrier.run(partyCount: 3, options: options) { channel throws(ProtocolAbort) -> Int in
      let fork = try channel.fork()
      _ = try await channel.exchange(Words([1]))
      if channel.me == PartyID(2) {
        channel.abort(reason)
        channel.abort(.sacrificeFailed(step: Words.step))
        do throws(ProtocolAbort) {
          try fork.send(Words([1]), to: PartyID(0))
        } catch {
          #expect(error == reason)
        }
        do throws(ProtocolAbort) {
          _ = try await fork.receive(Words.self, shape: 1, from: PartyID(0))
        } catch {
          #expect(error == reason)
        }
      }
      _ = try await channel.exchange(Words([2]))
      return 0
    }
    #expect(report.results[2] == .failure(reason))
    for index in 0..<2 {
      guard case .failure(.abortedByPeer(_, during: Words.step)) = report.results[index] else {
        Issue.record("P\(index) ended with \(report.results[index])")
        continue
      }
    }
    #expect(abortFrames.withLock { $0.values.allSatisfy { $0 == 1 } && $0["P2P0"] == 1 && $0["P2P1"] == 1 })
  }

  @Test("What a peer sent before its abort is still delivered", arguments: Carrier.allCases)
  func lastWords(_ carrier: Carrier) async throws {
    let report = try await carrier.run(partyCount: 2, options: RunOptions(limits: Self.limits)) {
      channel throws(ProtocolAbort) -> UInt64 in
      channel.beginRound()
      if channel.me == PartyID(1) {
        try channel.send(Words([41]), to: PartyID(0))
        throw .macCheckFailed(openings: 1)
      }
      let value = try await channel.receive(Words.self, shape: 1, from: PartyID(1)).values[0]
      return value + 1
    }
    #expect(report.results == [.success(42), .failure(.macCheckFailed(openings: 1))])
  }

  @Test("A party whose links break is lost for the others, at every step", arguments: 0..<6)
  func disconnect(step: Int) async {
    let network = InProcessNetwork(partyCount: 3, session: .test, limits: Self.limits)
    let report = await runParties((0..<3).map { network.channel(of: PartyID($0)) }) {
      channel throws(ProtocolAbort) -> Int in
      for round in 0..<6 {
        if channel.me == PartyID(1), round == step { network.disconnect(PartyID(1)) }
        _ = try await channel.exchange(Words([UInt64(round)]))
      }
      return 0
    }
    for index in [0, 2] {
      switch report.results[index] {
      case .failure(.peerLost(from: PartyID(1), during: Words.step)), .failure(.abortedByPeer(_, during: Words.step)):
        break
      default: Issue.record("P\(index) ended with \(report.results[index])")
      }
    }
  }

  @Test("Deadlines and grace hold in virtual time: a lost peer ends waits for others too")
  func grace() {
    let limits = TransportLimits(receiveDeadline: .seconds(30), abortGrace: .seconds(1))
    let report = runSimulated(partyCount: 3, seed: 9, options: RunOptions(limits: limits)) {
      channel throws(ProtocolAbort) -> Int in
      channel.beginRound()
      if channel.me == PartyID(0) { throw .cancelled(during: Words.step) }
      if channel.me == PartyID(1) {
        // Waits for P2, which waits for P0: P0's abort ends both, not the deadline.
        _ = try await channel.receive(Words.self, shape: 1, from: PartyID(2))
      } else {
        _ = try await channel.receive(Words.self, shape: 1, from: PartyID(0))
      }
      return 0
    }
    #expect(report.run.results[2] == .failure(.abortedByPeer(PartyID(0), during: Words.step)))
    #expect(
      report.run.results[1] == .failure(.abortedByPeer(PartyID(2), during: Words.step))
        || report.run.results[1] == .failure(.abortedByPeer(PartyID(0), during: Words.step)))
    #expect(report.elapsed <= .seconds(1))
  }

  @Test("Any message that was sent is counted, and the differences of snapshots are what happened between")
  func accounting() async throws {
    let report = await runInProcess(partyCount: 3) { channel throws(ProtocolAbort) -> ChannelStatistics in
      _ = try await channel.exchange(Words([1, 2]))
      let before = channel.sessionStatistics()
      let fork = try channel.fork()
      _ = try await fork.exchange(Bit(true))
      _ = try await fork.exchange(Bit(false))
      return channel.sessionStatistics() - before
    }
    for (index, difference) in try report.values().enumerated() {
      #expect(difference.roundCount == 2)
      #expect(difference.totalSent == .init(messageCount: 4, payloadByteCount: 4))
      #expect(difference.totalSent.frameByteCount == 4 * 58)
      #expect(Set(difference.sent.keys.map(\.step)) == [Bit.step])
      #expect(difference.sent.keys.allSatisfy { $0.peer != PartyID(index) })
    }
    ChannelStatistics.requireBalance(between: report.statistics)
    var wrong = report.statistics
    wrong[1].received = [:]
    #expect(ChannelStatistics.imbalance(between: wrong) != nil)
  }

  @Test("The transcript is the hash of all broadcasts sorted by round and sender, whatever the order of arrival")
  func transcript() async throws {
    let report = await runInProcess(partyCount: 3) { channel throws(ProtocolAbort) -> [UInt8] in
      channel.beginRound()
      try channel.broadcast(Words([UInt64(10 + channel.me.index)]))
      for peer in channel.peers.reversed() {
        _ = try await channel.receiveBroadcast(Words.self, shape: 1, from: peer)
      }
      _ = try await channel.broadcastRound(
        channel.me == PartyID(2) ? Bit(true) : nil, shape: Bit.EmptyShape(), from: PartyID(2))
      return channel.transcriptDigest()
    }
    // Computed with Python's hashlib.
    let expected = "551ca2360382f65c3ab17fab274ee0d59104cc47344ec9d808eee77beb399dfe"
    for digest in try report.values() {
      #expect(digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == expected)
    }
  }

  @Test("A party that tells two parties different things leaves them with different transcripts")
  func equivocation() async throws {
    var options = RunOptions()
    options.tap = FrameTap { bytes, from, to in
      guard from == PartyID(0), to == PartyID(2), bytes[52] != 0 else { return [bytes] }
      var altered = bytes
      altered[57] ^= 1
      return [altered]
    }
    let report = runSimulated(partyCount: 3, seed: 2, options: options) { channel throws(ProtocolAbort) -> [UInt8] in
      _ = try await channel.exchange(Words([5]))
      return channel.transcriptDigest()
    }
    let digests = try report.run.values()
    #expect(digests[0] == digests[1] && digests[1] != digests[2])
  }

  @Test("Forks have the same numbers at all parties, in whatever order tasks run")
  func forks() async throws {
    let report = await runInProcess(partyCount: 2) { channel throws(ProtocolAbort) -> [UInt32] in
      let first = try channel.fork()
      let second = try channel.fork()
      let nested =
        channel.me == PartyID(0)
        ? [try first.fork(), try second.fork()] : [try second.fork(), try first.fork()].reversed()
      for fork in [first, second] + nested { _ = try await fork.exchange(Words([1])) }
      return ([first, second] + nested).map(\.channelID.number)
    }
    let numbers = try report.values()
    #expect(numbers[0] == numbers[1] && Set(numbers[0]).count == 4 && numbers[0].prefix(2) == [1, 2])
  }
}
