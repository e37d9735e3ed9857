import MPCCore
import Testing

@testable import Transport

@Suite("Deadlines, heartbeats and the end of a session", .timeLimit(.minutes(2)))
struct DeadlineTests {
  static let header = FrameHeader(session: .test, channel: 0, round: 0, sender: 1, kind: 2, length: 0)

  /// An endpoint of P0 of two, on a virtual clock.
  static func endpoint(_ clock: SimulationExecutor, limits: TransportLimits) -> SessionEndpoint {
    SessionEndpoint(me: PartyID(0), partyCount: 2, session: .test, limits: limits, clock: clock)
  }

  /// Runs one receive against an endpoint in virtual time; `events` are frames, `pieces` bytes of the link's stream,
  /// delivered at their times.
  static func receive(
    limits: TransportLimits, events: [(Duration, Frame)] = [], pieces: [(Duration, [UInt8])] = []
  ) -> (result: Result<UInt64, ProtocolAbort>, time: Duration) {
    let clock = SimulationExecutor(seed: 1)
    let endpoint = endpoint(clock, limits: limits)
    let channel = WireChannel(endpoint: endpoint)
    for (time, frame) in events {
      clock.schedule(at: time.nanoseconds) { endpoint.deliver(frame, from: PartyID(1)) }
    }
    for (time, piece) in pieces {
      clock.schedule(at: time.nanoseconds) {
        let span = piece.span
        endpoint.deliver(bytes: unsafe span.bytes, from: PartyID(1))
      }
    }
    let outcome = Guarded<(Result<UInt64, ProtocolAbort>, UInt64)?>(nil)
    Task(executorPreference: clock) {
      do throws(ProtocolAbort) {
        let value = try await channel.receive(Words.self, shape: 1, from: PartyID(1)).values[0]
        outcome.withLock { $0 = (.success(value), clock.now()) }
      } catch {
        outcome.withLock { $0 = (.failure(error), clock.now()) }
      }
    }
    guard clock.run(until: { outcome.withLock { $0 != nil } }), let (result, time) = outcome.withLock({ $0 }) else {
      return (.failure(.cancelled(during: Words.step)), .zero)
    }
    return (result, .nanoseconds(time))
  }

  static let heartbeat = Frame(header: header, payload: [])
  static let late = ProtocolAbort.timedOut(waitingFor: PartyID(1), during: Words.step)

  @Test("A receive ends exactly at its deadline; heartbeats move it, up to the total")
  func heartbeats() {
    let limits = TransportLimits(receiveDeadline: .seconds(30), totalReceiveDeadline: .seconds(100))
    let silent = Self.receive(limits: limits, events: [])
    #expect(silent.result == .failure(Self.late) && silent.time == .seconds(30))
    let twice = Self.receive(
      limits: limits, events: [(.seconds(20), Self.heartbeat), (.seconds(45), Self.heartbeat)])
    #expect(twice.result == .failure(Self.late) && twice.time == .seconds(75))
    let ever = Self.receive(limits: limits, events: (1..<30).map { (.seconds(10 * $0), Self.heartbeat) })
    #expect(ever.result == .failure(Self.late) && ever.time == .seconds(100))
    let payload: [UInt8] = [9, 0, 0, 0, 0, 0, 0, 0]
    let message = Frame(
      header: FrameHeader(session: .test, channel: 0, round: 0, sender: 1, kind: Words.kind.code, length: 8),
      payload: payload)
    let answered = Self.receive(limits: limits, events: [(.seconds(20), Self.heartbeat), (.seconds(49), message)])
    #expect(answered.result == .success(9) && answered.time == .seconds(49))
  }

  @Test("A frame that claims another length than it has in memory is refused")
  func lyingLength() {
    let frame = Frame(
      header: FrameHeader(session: .test, channel: 0, round: 0, sender: 1, kind: Words.kind.code, length: 8),
      payload: [1])
    let limits = TransportLimits()
    let (result, _) = Self.receive(limits: limits, events: [(.seconds(1), frame)])
    #expect(
      result
        == .failure(
          .malformedMessage(step: Words.step, from: PartyID(1), reason: .wrongLength(expected: 8, received: 1))))
  }

  @Test("A header that deviates is refused before a byte of its payload has come")
  func headerAlone() {
    let header = FrameHeader(session: .test, channel: 0, round: 0, sender: 1, kind: Words.kind.code, length: 1 << 30)
    let bytes = Frame(header: header, payload: []).encoded()
    let (result, time) = Self.receive(
      limits: TransportLimits(), pieces: [(.seconds(1), Array(bytes[..<40])), (.seconds(2), Array(bytes[40...]))])
    #expect(
      result
        == .failure(
          .malformedMessage(step: Words.step, from: PartyID(1), reason: .wrongLength(expected: 8, received: 1 << 30))))
    #expect(time == .seconds(2))
  }

  @Test("An announced frame of a channel nobody reads fills the unread limit and is refused while it arrives")
  func unreadWhileArriving() {
    let header = FrameHeader(session: .test, channel: 7, round: 0, sender: 1, kind: Words.kind.code, length: 1 << 30)
    let head = Frame(header: header, payload: []).encoded()
    let piece = [UInt8](repeating: 1, count: 30_000)
    let (result, time) = Self.receive(
      limits: TransportLimits(unreadByteLimit: 100_000),
      pieces: [(.seconds(1), head)] + (2..<9).map { (.seconds($0), piece) })
    #expect(
      result
        == .failure(
          .malformedMessage(step: Words.step, from: PartyID(1), reason: .tooMuchUnread(limitBytes: 100_000))))
    #expect(time == .seconds(5))
  }

  @Test("A peer that never finishes is noticed at the end, one that aborts or is lost there too")
  func finishing() {
    let finish = StepLabel("Finish", 1)
    for (kind, expected) in [
      (nil, ProtocolAbort.timedOut(waitingFor: PartyID(1), during: finish)),
      (.abort, .abortedByPeer(PartyID(1), during: finish)),
      (.hello, .malformedMessage(step: finish, from: PartyID(1), reason: .notAFrame)),
      (.close, nil),
    ] as [(ControlKind?, ProtocolAbort?)] {
      let clock = SimulationExecutor(seed: 2)
      let endpoint = Self.endpoint(clock, limits: TransportLimits())
      if let kind {
        var header = Self.header
        header.kind = kind.rawValue
        let frame = Frame(header: header, payload: [])
        clock.schedule(at: 5) { endpoint.deliver(frame, from: PartyID(1)) }
      }
      let outcome = Guarded<ProtocolAbort??>(nil)
      Task(executorPreference: clock) {
        do throws(ProtocolAbort) {
          try await endpoint.finish(during: finish)
          outcome.withLock { $0 = .some(nil) }
        } catch {
          outcome.withLock { $0 = .some(error) }
        }
      }
      #expect(clock.run { outcome.withLock { $0 != nil } })
      #expect(outcome.withLock { $0 } == .some(expected), "\(String(describing: kind))")
      #expect(endpoint.controlFrameCounts().received == (kind == nil ? 0 : 1))
    }
  }

  @Test("A party that computes for long still takes in bulk data and tells its peers that it lives")
  func longComputation() async throws {
    let limits = TransportLimits(receiveDeadline: .milliseconds(1_000), totalReceiveDeadline: .seconds(30))
    for security in [LoopbackSecurity.insecurePlaintext, .mutualTLS] {
      let report = try await runOverTCP(
        partyCount: 2, security: security, options: RunOptions(limits: limits)
      ) { channel throws(ProtocolAbort) -> Int in
        channel.beginRound()
        let size = 6 << 20
        if channel.me == PartyID(0) {
          try channel.send(Blob([UInt8](repeating: 5, count: size)), to: PartyID(1))
          _ = try await channel.receive(Bit.self, shape: Bit.EmptyShape(), from: PartyID(1))
          return 0
        }
        // No await here: the party's thread is busy for two deadlines.
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(2_000)
        var work: UInt64 = 0
        while clock.now < end { work = work &* 31 &+ 7 }
        let start = clock.now
        let blob = try await channel.receive(Blob.self, shape: size, from: PartyID(0))
        let wait = clock.now - start
        try channel.send(Bit(true), to: PartyID(0))
        // The data was there already: nothing had to come over the network any more.
        return blob.bytes.count == size && work != 1 && wait < .milliseconds(500) ? 1 : -1
      }
      #expect(report.results == [.success(0), .success(1)])
    }
  }

  @Test("A peer that dies over TCP is lost within moments", arguments: [true, false])
  func death(usesTLS: Bool) async throws {
    let identities = try (0..<2).map { try Identity.generate(name: "\($0)") }
    let listeners = try (0..<2).map { try TCPListener(.loopback(port: 0), party: PartyID($0)) }
    let addresses = listeners.map(\.address)
    let parties = try await withThrowingTaskGroup(of: TCPParty.self) { group in
      for index in 0..<2 {
        group.addTask {
          let security: TCPSecurity =
            usesTLS ? .mutualTLS(identities[index], fingerprints: identities.map(\.fingerprint)) : .insecurePlaintext
          return try await TCPParty.connect(
            TCPConfiguration(
              me: PartyID(index), addresses: addresses, security: security, session: .fixed(.test)),
            listener: listeners[index])
        }
      }
      var parties: [TCPParty] = []
      for try await party in group { parties.append(party) }
      return parties.sorted { $0.channel.me < $1.channel.me }
    }
    let survivor = parties[0]
    var victim: TCPParty? = parties[1]
    let clock = ContinuousClock()
    let start = clock.now
    async let report = survivor.run { channel throws(ProtocolAbort) -> Int in
      _ = try await channel.exchange(Words([1]))
      return 0
    }
    // Dropped without running: its links close as those of a process that ended.
    _ = victim?.channel.me
    victim = nil
    _ = consume parties
    let result = await report.result
    #expect(
      result == .failure(.peerLost(from: PartyID(1), during: Words.step)) && clock.now - start < .seconds(5))
  }
}

@Suite("Errors")
struct TransportErrorTests {
  static let causes: [TransportError.Cause] = [
    .addressInUse, .cannotListen(reason: "permission denied"), .unreachable(reason: "connection refused"),
    .neverConnected(refused: nil), .neverConnected(refused: "no certificate"),
    .foreignCertificate(CertificateFingerprint(bytes: [UInt8](repeating: 1, count: 32))),
    .certificateOfAnotherParty(PartyID(2)), .certificateExpired, .certificateNotYetValid,
    .refusedByPeer(alert: "bad certificate"), .notTLS(reason: "not TLS"), .partyCountMismatch(ours: 2, theirs: 3),
    .sessionMismatch, .wrongParty(answered: 4), .unusableIdentity,
  ]

  @Test("Every error is one line with the cause and what to do", arguments: causes)
  func oneLine(_ cause: TransportError.Cause) {
    let error = TransportError(cause, PartyID(1), at: SocketAddress(host: "::1", port: 4000))
    #expect(!error.description.contains("\n") && error.description.count > 40)
    switch cause {
    case .unreachable, .neverConnected: #expect(error.group == .peerLost)
    default: #expect(error.group == .configuration)
    }
    if cause != .unusableIdentity { #expect(error.description.contains("P1 at [::1]:4000")) }
  }

  @Test("Listening on a foreign address is refused with the reason")
  func cannotListen() {
    let address = SocketAddress(host: "203.0.113.7", port: 0)
    do throws(TransportError) {
      _ = try TCPListener(address, party: PartyID(0))
      Issue.record("nobody can listen there")
    } catch {
      guard case .cannotListen = error.cause else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test("Wide-area and local presets say round trip and bandwidth; a full link takes its time")
  func presets() {
    #expect(LinkProfile.wan.name == "rtt40ms-100mbit" && LinkProfile.lan.name == "rtt0.2ms-1gbit")
    #expect(LinkProfile.wan.latencyNanoseconds == 20_000_000 && LinkProfile.lan.latencyNanoseconds == 100_000)
    #expect(LinkProfile.wan.transmissionNanoseconds(byteCount: 125) == 10_000)
    #expect(LinkProfile.lan.transmissionNanoseconds(byteCount: 1 << 40) == 8796_093_022_208)
  }
}
