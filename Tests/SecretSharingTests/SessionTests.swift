import Cryptography
import FieldArithmetic
import InsecureDealer
import MPCCore
import SecretSharing
import Testing
import Transport

private typealias Active = AuthenticatedSharing<P61>

/// Something of everything: inputs, products, coins, forks, ranges, outputs.
private struct Tour: PartyProgram {
  var seed: UInt8 = 1

  func run<S: SharingScheme>(_ session: inout Session<S, WireChannel>) async throws(ProtocolAbort) -> [Int128] {
    let values = [S.F(UInt64(5)), -S.F.one]
    let x = try await session.input(session.me.index == 0 ? values : nil, count: 2, from: PartyID(0))
    let y = try await session.inputRange(session.me.index == 1 ? [-7, 9] : nil, count: 2, bits: 8, from: PartyID(1))
    _ = try await session.coin()
    let dealer = InsecureDealer<S>(
      seed: [UInt8](repeating: seed, count: 32), me: session.me, partyCount: session.parties.count)
    let forked = try await session.concurrently([dealer.fork(1), dealer.fork(2)]) {
      index, fork throws(ProtocolAbort) in
      index == 0 ? try await fork.multiply(x, y) : try await fork.square(y)
    }
    return try await session.reveal(forked[0] + forked[1]).map(\.signed)
  }
}

@Suite("Sessions")
struct SessionTests {
  @Test("Checked values can be read, and reading runs the check")
  func verified() throws {
    let report = simulateSessions(2, Active.self) { session throws(ProtocolAbort) -> [Bool] in
      let value = P61(UInt64(11))
      let x = try await session.input(session.me.index == 0 ? [value] : nil, count: 1, from: PartyID(0))
      let mask = try await session.draw { source throws(ProtocolAbort) in try await source.randoms(1) }
      let (masked, r) = x.masked(by: mask)
      let opened = try await session.open(masked)
      var checks = [session.uncheckedCount == 1, opened.description == "(unchecked value)"]
      let before = session.channel.round
      let difference = try await session.verified(opened)
      checks.append(session.uncheckedCount == 0)
      checks.append(session.channel.round == before + 4)
      checks.append(try await session.verified(opened) == difference)  // free the second time
      checks.append(session.channel.round == before + 4)
      checks.append(try await session.reveal(session.add(difference, to: r)) == [value])
      return checks
    }
    for checks in try report.values() { #expect(checks == Array(repeating: true, count: 7)) }
  }

  @Test("Nothing to check costs nothing", arguments: 2...4)
  func emptyCheck(n: Int) throws {
    let report = simulateSessions(n, Active.self) { session throws(ProtocolAbort) in
      try await session.verify()
      return session.channel.round
    }
    #expect(try report.values() == Array(repeating: 0, count: n))
  }

  @Test(
    "A session that ended repeats its abort, its key and material are gone, and its peers hear of it",
    arguments: [2, 3])
  func abort(n: Int) {
    let reason = ProtocolAbort.cancelled(during: StepLabel("Session", 0))
    let report = runSimulated(partyCount: n, seed: 1) { channel throws(ProtocolAbort) -> [ProtocolAbort] in
      let dealer = InsecureDealer<Active>(seed: [UInt8](repeating: 1, count: 32), me: channel.me, partyCount: n)
      var session: Session<Active, WireChannel>
      do throws(SessionError) {
        session = try Session(
          over: channel, preprocessing: dealer, random: InsecureSeededRandom(seed: 1, party: channel.me))
      } catch {
        throw .localFailure(step: StepLabel("Test", 1), detail: error.description)
      }
      let x = try await session.input(session.me.index == 0 ? [.one] : nil, count: 1, from: PartyID(0))
      if channel.me.index == 0 { session.abort() }
      var thrown: [ProtocolAbort] = []
      do throws(ProtocolAbort) { _ = try await session.reveal(x) } catch { thrown.append(error) }
      do throws(ProtocolAbort) { _ = try await session.multiply(x, x) } catch { thrown.append(error) }
      do throws(ProtocolAbort) { _ = try await session.coin() } catch { thrown.append(error) }
      do throws(ProtocolAbort) { _ = try await dealer.triples(1) } catch { thrown.append(error) }
      do throws(ProtocolAbort) { try await session.verify() } catch { thrown.append(error) }
      if !dealer.key.isDestroyed || session.abortReason != thrown.first { thrown = [] }
      throw thrown == [
        thrown[0], thrown[0], thrown[0], .preprocessingExhausted(kind: "triples", needed: 1, left: 0), thrown[0],
      ]
        ? thrown[0] : .localFailure(step: StepLabel("Test", 2), detail: "\(thrown)")
    }
    #expect(report.run.results[0].failure == reason)
    for party in 1..<n {
      guard case .failure(.abortedByPeer(let from, _)) = report.run.results[party] else {
        Issue.record("party \(party): \(report.run.results[party])")
        continue
      }
      #expect(from == PartyID(0))
    }
  }

  /// While one channel ends the session, another may be in the middle of a check; the wiped key reads as 0, and a σ made
  /// with it, γ_i, would show α to whoever knows the other shares.
  @Test("A check that meets a destroyed key sends neither a commitment to σ nor σ", arguments: [2, 3])
  func destroyedKey(n: Int) {
    let reason = ProtocolAbort.sacrificeFailed(step: StepLabel("Test", 1))
    let report = simulateSessions(n, Active.self) { session throws(ProtocolAbort) in
      let key = session.key
      if session.me.index == 0 { key.destroy(because: reason) }
      var opened = OpenedValues<P61>()
      opened.record(opened: [.one], tags: [.one])
      try await MACCheck.run(opened: opened, key: key, context: &session.context)
    }
    #expect(report.results[0].failure == reason)
    let sent = Set(report.statistics[0].sent.keys.map(\.step))
    #expect(sent.contains(CoinToss.Opening.step))
    #expect(!sent.contains(MACCheck.Commitment.step) && !sent.contains(MACCheck.Opening.step))
    for party in 1..<n { #expect(report.results[party].failure != nil) }
  }

  @Test("Every amount of material is counted once")
  func consumption() async throws {
    let dealer = InsecureDealer<Active>(seed: [UInt8](repeating: 9, count: 32), me: PartyID(0), partyCount: 2)
    let first = try await dealer.triples(3).spend()
    let second = try await dealer.triples(3).spend()
    #expect(first.a.values != second.a.values)
    #expect(dealer.consumption.amounts == ["triples": 6])
  }

  @Test("The same seeds give the same messages: in every simulated order, in process, over TCP and over TLS")
  func digests() async throws {
    let options = RunOptions(recordsDigests: true)
    let body = sessionBody(Active.self) { session throws(ProtocolAbort) in try await Tour().run(&session) }
    let reference = runSimulated(partyCount: 3, seed: 1, options: options, body)
    #expect(try reference.run.values() == Array(repeating: [14, 72], count: 3))
    let digests = reference.run.linkDigests
    #expect(digests.count == 3 && Set(digests.flatMap { $0 }).count > 3)
    for seed in UInt64(2)...20 {
      let other = runSimulated(partyCount: 3, seed: seed, options: options, body)
      #expect(other.trace != reference.trace)
      #expect(other.run.linkDigests == digests)
    }
    #expect(await runInProcess(partyCount: 3, options: options, body).linkDigests == digests)
    #expect(
      try await runOverTCP(partyCount: 3, security: .insecurePlaintext, options: options, body).linkDigests == digests)
    #expect(try await runOverTCP(partyCount: 3, security: .mutualTLS, options: options, body).linkDigests == digests)
  }

  @Test("Other seeds give other messages")
  func otherSeeds() throws {
    let options = RunOptions(recordsDigests: true)
    let runs = [UInt8(1), 2].map { seed in
      simulateSessions(2, Active.self, seed: UInt64(seed), options: options) { session throws(ProtocolAbort) in
        try await Tour(seed: seed).run(&session)
      }
    }
    #expect(try runs[0].values() == runs[1].values())
    #expect(runs[0].linkDigests != runs[1].linkDigests)
  }

  @Test("Commitment counters never repeat, also on channels with large numbers")
  func counters() {
    var seen: Set<UInt64> = []
    for number in [0, 1, 2, 0x8000_0000, 0x8100_0000, 0x80FF_FFFF, 0xFFFF_FFFF] as [UInt32] {
      var context = ProtocolContext(
        channel: NumberedChannel(channelID: ChannelID(number)), random: InsecureSeededRandom(seed: 1, party: PartyID(0))
      )
      for _ in 0..<3 { #expect(seen.insert(context.nextCounter()).inserted) }
    }
  }

  @Test("A forked source of randomness is its own, and repeats with the seed")
  func coins() throws {
    let coins = [UInt64(1), 1, 2].map { seed in
      simulateSessions(3, Active.self, seed: seed) { session throws(ProtocolAbort) in
        [try await session.coin(), try await session.coin()]
      }
    }
    let values = try coins.map { try $0.values() }
    #expect(Set(values[0]).count == 1)
    #expect(values[0][0][0] != values[0][0][1])
    #expect(values[0] == values[1])
    #expect(values[0] != values[2])
  }
}

extension Result {
  fileprivate var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}

/// A channel that only has a number.
private struct NumberedChannel: Channel {
  let channelID: ChannelID
  var me: PartyID { PartyID(0) }
  var partyCount: Int { 2 }
  var sessionID: SessionID { .demonstration }
  var round: UInt64 { 0 }
  func beginRound() {}
  func send<M: Message>(_ message: M, to peer: PartyID) throws(ProtocolAbort) {}
  func receive<M: Message>(_ type: M.Type, shape: M.Shape, from peer: PartyID) async throws(ProtocolAbort) -> M {
    throw .peerLost(from: peer, during: M.step)
  }
  func broadcast<M: Message>(_ message: M) throws(ProtocolAbort) {}
  func receiveBroadcast<M: Message>(_ type: M.Type, shape: M.Shape, from peer: PartyID) async throws(ProtocolAbort) -> M
  {
    throw .peerLost(from: peer, during: M.step)
  }
  func transcriptDigest() -> [UInt8] { [UInt8](repeating: 0, count: 32) }
  func fork() throws(ProtocolAbort) -> NumberedChannel { self }
  func abort(_ reason: ProtocolAbort) {}
}
