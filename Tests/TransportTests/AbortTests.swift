import MPCCore
import Testing

@testable import Transport

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
