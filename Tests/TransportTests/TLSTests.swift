import COpenSSLShim
import CTestTLSClient
import MPCCore
import Testing

@testable import Transport

/// Two identities and what one party is told about the other.
private struct Setting {
  var identities: [Identity]
  var pinned: [[CertificateFingerprint]]
  var securities: [TCPSecurity]

  init(_ identities: [Identity], pinned: [Identity]? = nil) {
    self.identities = identities
    let known = (pinned ?? identities).map(\.fingerprint)
    self.pinned = identities.map { _ in known }
    securities = identities.map { .mutualTLS($0, fingerprints: known) }
  }
}

private func identity(_ name: String, from: Duration = .seconds(-60), until: Duration = .seconds(3600)) throws
  -> Identity
{
  try Identity.generate(name: name, validFrom: from, validFor: until)
}

/// Connects parties with the given protection; results in party order.
private func connect(
  _ securities: [TCPSecurity], session: [SessionNaming]? = nil,
  limits: TransportLimits = TransportLimits(connectDeadline: .seconds(3), handshakeDeadline: .seconds(2))
) async throws -> [Result<UInt64, TransportError>] {
  let listeners = try securities.indices.map { try TCPListener(.loopback(port: 0), party: PartyID($0)) }
  let addresses = listeners.map(\.address)
  return await withTaskGroup(of: (Int, Result<UInt64, TransportError>).self) { group in
    for index in securities.indices {
      group.addTask {
        let configuration = TCPConfiguration(
          me: PartyID(index), addresses: addresses, security: securities[index],
          session: session?[index] ?? .fixed(.test), limits: limits, partiesOnThisMachine: 8)
        do throws(TransportError) {
          let party = try await TCPParty.connect(configuration, listener: listeners[index])
          let report = await party.run { channel throws(ProtocolAbort) -> UInt64 in
            try await channel.exchange(Words([UInt64(index + 1)])).reduce(0) { $0 + $1.values[0] }
          }
          // A party whose peer never came up ends with an abort: no value.
          return (index, .success((try? report.result.get()) ?? 0))
        } catch {
          return (index, .failure(error))
        }
      }
    }
    var results: [Int: Result<UInt64, TransportError>] = [:]
    for await (index, result) in group { results[index] = result }
    return securities.indices.compactMap { results[$0] }
  }
}

/// The cause of a failed connection.
private func cause(_ result: Result<UInt64, TransportError>) -> TransportError.Cause? {
  guard case .failure(let error) = result else { return nil }
  return error.cause
}

@Suite("Mutual TLS", .timeLimit(.minutes(2)))
struct TLSTests {
  @Test("Parties with pinned certificates get a session, also with a fresh identifier")
  func fine() async throws {
    let identities = try (0..<3).map { try identity("party \($0)") }
    let securities = Setting(identities).securities
    let limits = TransportLimits()
    #expect(try await connect(securities, limits: limits).map { try $0.get() } == [6, 6, 6])
    let fresh = [SessionNaming](repeating: .fresh(configuration: [UInt8](repeating: 1, count: 32)), count: 3)
    #expect(try await connect(securities, session: fresh, limits: limits).map { try $0.get() } == [6, 6, 6])
  }

  @Test("A client certificate that is not pinned is refused by the server, and the client is told")
  func foreignClient() async throws {
    let (zero, one, stranger) = (try identity("0"), try identity("1"), try identity("stranger"))
    let results = try await connect([
      .mutualTLS(zero, fingerprints: [zero.fingerprint, one.fingerprint]),
      .mutualTLS(stranger, fingerprints: [zero.fingerprint, stranger.fingerprint]),
    ])
    guard case .neverConnected(let refused?) = cause(results[0]) else {
      Issue.record("P0 ended with \(results[0])")
      return
    }
    #expect(refused.contains(stranger.fingerprint.description))
    guard case .refusedByPeer = cause(results[1]) else {
      Issue.record("P1 ended with \(results[1])")
      return
    }
  }

  @Test("A server certificate that is not pinned is refused by the client at once")
  func foreignServer() async throws {
    let (zero, one, stranger) = (try identity("0"), try identity("1"), try identity("stranger"))
    let results = try await connect([
      .mutualTLS(stranger, fingerprints: [stranger.fingerprint, one.fingerprint]),
      .mutualTLS(one, fingerprints: [zero.fingerprint, one.fingerprint]),
    ])
    #expect(cause(results[1]) == .foreignCertificate(stranger.fingerprint))
    if case .failure(let error) = results[1] {
      #expect(error.party == PartyID(0) && error.group == .configuration && !error.description.contains("\n"))
    }
  }

  @Test("An expired certificate is refused and named as expired on both sides")
  func expired() async throws {
    let (zero, one) = (try identity("0"), try identity("1", from: .seconds(-7200), until: .seconds(-3600)))
    let results = try await connect(Setting([zero, one]).securities)
    #expect(cause(results[0]) == .certificateExpired)
    guard case .refusedByPeer(let alert) = cause(results[1]) else {
      Issue.record("P1 ended with \(results[1])")
      return
    }
    #expect(alert == "certificate expired")
  }

  @Test("An expired server certificate is refused too")
  func expiredServer() async throws {
    let (zero, one) = (try identity("0", from: .seconds(-7200), until: .seconds(-3600)), try identity("1"))
    #expect(cause(try await connect(Setting([zero, one]).securities)[1]) == .certificateExpired)
  }

  @Test("A certificate that is not valid yet is refused and named so")
  func notYetValid() async throws {
    let (zero, one) = (try identity("0"), try identity("1", from: .seconds(3600), until: .seconds(7200)))
    let results = try await connect(Setting([zero, one]).securities)
    #expect(cause(results[0]) == .certificateNotYetValid)
  }

  @Test("The certificate of another valid party is refused where that party does not belong")
  func anotherParty() async throws {
    let identities = try (0..<3).map { try identity("party \($0)") }
    let pinned = identities.map(\.fingerprint)
    // P0 shows P2's certificate; P1 connects to P0.
    let results = try await connect([
      .mutualTLS(identities[2], fingerprints: pinned), .mutualTLS(identities[1], fingerprints: pinned),
      .mutualTLS(identities[2], fingerprints: pinned),
    ])
    #expect(cause(results[1]) == .certificateOfAnotherParty(PartyID(2)))
  }

  @Test("Plaintext against TLS fails on both sides, whoever is the server")
  func plaintext() async throws {
    let (zero, one) = (try identity("0"), try identity("1"))
    let tls = Setting([zero, one]).securities
    for securities in [[tls[0], .insecurePlaintext], [.insecurePlaintext, tls[1]]] {
      let results = try await connect(securities)
      #expect(results.allSatisfy { cause($0) != nil })
    }
  }

  @Test("Another party count, session or address order is named")
  func mismatches() async throws {
    let other = SessionID(bytes: [UInt8](repeating: 9, count: 32))
    let sessions = try await connect(
      [.insecurePlaintext, .insecurePlaintext], session: [.fixed(.test), .fixed(other)])
    #expect(cause(sessions[0]) == .sessionMismatch || cause(sessions[1]) == .sessionMismatch)
    let listeners = try (0..<2).map { try TCPListener(.loopback(port: 0), party: PartyID($0)) }
    let addresses = listeners.map(\.address)
    let limits = TransportLimits(connectDeadline: .seconds(3))
    async let two = TCPParty.connect(
      TCPConfiguration(
        me: PartyID(0), addresses: addresses, security: .insecurePlaintext, session: .fixed(.test), limits: limits),
      listener: listeners[0])
    async let three = TCPParty.connect(
      TCPConfiguration(
        me: PartyID(1), addresses: addresses + [.loopback(port: 1)], security: .insecurePlaintext,
        session: .fixed(.test), limits: limits), listener: listeners[1])
    var causes: [TransportError.Cause] = []
    do { _ = try await two } catch let error as TransportError { causes.append(error.cause) }
    do { _ = try await three } catch let error as TransportError { causes.append(error.cause) }
    #expect(
      causes.contains(.partyCountMismatch(ours: 2, theirs: 3))
        || causes.contains(.partyCountMismatch(ours: 3, theirs: 2)))
  }

  @Test("Neither TLS 1.2 nor a client without certificate gets in", arguments: [12, 13])
  func anonymousClient(version: Int32) throws {
    let server = try identity("server")
    let other = try identity("client")
    let context = try #require(TLSContext(identity: server, fingerprints: [server.fingerprint, other.fingerprint]))
    let listener = try TCPListener(.loopback(port: 0), party: PartyID(0))
    let socket = unsafe spdz_connect(listener.address.host, listener.address.port)
    let client = unsafe test_tls_client_open(socket, version)
    defer { unsafe test_tls_client_close(client) }
    var accepted: Int32 = -1
    while accepted < 0 { accepted = spdz_accept(listener.descriptor) }
    let stream = try #require(ByteStream(socket: accepted, context: context, isServer: true))
    var outcome = ByteStream.Outcome.wouldBlock
    for _ in 0..<100_000 {
      unsafe test_tls_client_step(client)
      outcome = stream.handshake()
      if case .wouldBlock = outcome { continue }
      break
    }
    guard case .closed = outcome else {
      Issue.record("the handshake ended with \(outcome)")
      return
    }
    #expect(stream.tlsFailure == Int(version == 12 ? SPDZ_TLS_VERSION : SPDZ_TLS_NO_CERTIFICATE))
    #expect(stream.certifiedParty == nil)
  }
}

@Suite("Hostile and broken networks", .timeLimit(.minutes(2)))
struct HostileNetworkTests {
  @Test("A port in use is named at once")
  func portInUse() throws {
    let first = try TCPListener(.loopback(port: 0), party: PartyID(0))
    #expect(throws: TransportError(.addressInUse, PartyID(1), at: first.address)) {
      _ = try TCPListener(first.address, party: PartyID(1))
    }
    let text = TransportError(.addressInUse, PartyID(1), at: first.address).description
    #expect(text.contains("\(first.address.port)") && text.contains("in use"))
  }

  @Test("A peer that never listens, or never connects, is named at the deadline")
  func unreachable() async throws {
    let mine = try TCPListener(.loopback(port: 0), party: PartyID(1))
    // Nobody listens on the first privileged port; a port just released could be taken by another test.
    let gone = SocketAddress.loopback(port: 1)
    let limits = TransportLimits(connectDeadline: .milliseconds(200))
    for me in [1, 0] {
      let addresses = me == 1 ? [gone, mine.address] : [mine.address, gone]
      let configuration = TCPConfiguration(
        me: PartyID(me), addresses: addresses, security: .insecurePlaintext, session: .fixed(.test), limits: limits)
      do throws(TransportError) {
        _ = try await TCPParty.connect(configuration, listener: mine)
        Issue.record("the connection should not exist")
      } catch {
        #expect(error.group == .peerLost && error.party == PartyID(1 - me) && error.address == gone)
        switch error.cause {
        case .unreachable: #expect(me == 1)
        case .neverConnected(refused: nil): #expect(me == 0)
        default: Issue.record("\(error)")
        }
      }
    }
  }

  @Test("Idle, slow and garbage connections do not disturb a session", arguments: [true, false])
  func flood(usesTLS: Bool) async throws {
    let identities = [try identity("0"), try identity("1")]
    let securities: [TCPSecurity] =
      usesTLS ? Setting(identities).securities : [.insecurePlaintext, .insecurePlaintext]
    let listeners = try (0..<2).map { try TCPListener(.loopback(port: 0), party: PartyID($0)) }
    let addresses = listeners.map(\.address)
    // More than the limit of pending connections: idle ones, half greetings, garbage, a false party number.
    var sockets: [Int32] = []
    defer { for socket in sockets { spdz_close(socket) } }
    for index in 0..<120 {
      let socket = unsafe spdz_connect(addresses[0].host, addresses[0].port)
      #expect(socket >= 0)
      sockets.append(socket)
      let bytes: [UInt8] =
        switch index % 4 {
        case 0: []
        case 1: Array("SPD".utf8)
        case 2: Array("GET / HTTP/1.0\r\n\r\n".utf8)
        default: [22, 3, 1, 255, 255]
        }
      for _ in 0..<1000 where !bytes.isEmpty {
        if unsafe spdz_send(socket, bytes, bytes.count) > 0 { break }
      }
    }
    let limits = TransportLimits(connectDeadline: .seconds(20), pendingConnectionLimit: 16)
    let values = try await withThrowingTaskGroup(of: UInt64.self) { group in
      for index in 0..<2 {
        group.addTask {
          let configuration = TCPConfiguration(
            me: PartyID(index), addresses: addresses, security: securities[index], session: .fixed(.test),
            limits: limits, partiesOnThisMachine: 8)
          let party = try await TCPParty.connect(configuration, listener: listeners[index])
          let report = await party.run { channel throws(ProtocolAbort) -> UInt64 in
            try await channel.exchange(Words([UInt64(index + 1)])).reduce(0) { $0 + $1.values[0] }
          }
          return try report.result.get()
        }
      }
      var values: [UInt64] = []
      for try await value in group { values.append(value) }
      return values
    }
    #expect(values == [3, 3])
  }
}
