import COpenSSLShim
import CTestTLSClient
import MPCCore
import Testing

@testable import Transport

/// Who is refused, by whom, as what and after what time; `Scripts/faults` prints the lines as a table.
@Suite("Refusals of TLS", .serialized, .timeLimit(.minutes(2)))
struct RefusalMatrixTests {
  /// One setting: what each of two parties shows and expects, and what each has to report.
  struct Refusal: Sendable, CustomTestStringConvertible {
    var name: String
    var securities: @Sendable () throws -> [TCPSecurity]
    /// What P0, who listens, and P1, who connects, say; `nil`: anything, as only the other side can tell.
    var listener: @Sendable (TransportError.Cause) -> Bool
    var connector: @Sendable (TransportError.Cause) -> Bool
    /// Whether the listener knows at once. If not it waits until its connect deadline for the right party, as anybody may
    /// connect, and then names what it refused.
    var listenerWaits = true
    var testDescription: String { name }
  }

  private static let connectSeconds = 1.0

  private static func identity(_ name: String, from: Int = -60, until: Int = 3600) throws -> Identity {
    try Identity.generate(name: name, validFrom: .seconds(from), validFor: .seconds(until))
  }

  private static func pair(_ zero: Identity, _ one: Identity, pinned: [Identity]) -> [TCPSecurity] {
    [
      .mutualTLS(zero, fingerprints: pinned.map(\.fingerprint)),
      .mutualTLS(one, fingerprints: pinned.map(\.fingerprint)),
    ]
  }

  @Sendable private static func isRefusedByPeer(_ cause: TransportError.Cause) -> Bool {
    if case .refusedByPeer = cause { true } else { false }
  }

  @Sendable private static func neverCame(_ cause: TransportError.Cause) -> Bool {
    switch cause {
    case .neverConnected(refused: _?), .certificateExpired, .certificateNotYetValid: true
    default: false
    }
  }

  static let refusals: [Refusal] = [
    Refusal(
      name: "a client certificate that is not pinned",
      securities: {
        let (zero, one, stranger) = (try identity("0"), try identity("1"), try identity("stranger"))
        let client = TCPSecurity.mutualTLS(stranger, fingerprints: [zero.fingerprint, stranger.fingerprint])
        return [.mutualTLS(zero, fingerprints: [zero.fingerprint, one.fingerprint]), client]
      }, listener: neverCame, connector: isRefusedByPeer),
    Refusal(
      name: "a server certificate that is not pinned",
      securities: {
        let (zero, one, stranger) = (try identity("0"), try identity("1"), try identity("stranger"))
        return [
          .mutualTLS(stranger, fingerprints: [stranger.fingerprint, one.fingerprint]),
          .mutualTLS(one, fingerprints: [zero.fingerprint, one.fingerprint]),
        ]
      }, listener: neverCame, connector: { if case .foreignCertificate = $0 { true } else { false } }),
    Refusal(
      name: "an expired client certificate",
      securities: {
        let (zero, one) = (try identity("0"), try identity("1", from: -7200, until: -3600))
        return pair(zero, one, pinned: [zero, one])
      }, listener: { $0 == .certificateExpired }, connector: isRefusedByPeer, listenerWaits: true),
    Refusal(
      name: "an expired server certificate",
      securities: {
        let (zero, one) = (try identity("0", from: -7200, until: -3600), try identity("1"))
        return pair(zero, one, pinned: [zero, one])
      }, listener: neverCame, connector: { $0 == .certificateExpired }),
    Refusal(
      name: "a client certificate that is not valid yet",
      securities: {
        let (zero, one) = (try identity("0"), try identity("1", from: 3600, until: 7200))
        return pair(zero, one, pinned: [zero, one])
      }, listener: { $0 == .certificateNotYetValid }, connector: isRefusedByPeer),
    Refusal(
      name: "a server certificate that is not valid yet",
      securities: {
        let (zero, one) = (try identity("0", from: 3600, until: 7200), try identity("1"))
        return pair(zero, one, pinned: [zero, one])
      }, listener: neverCame, connector: { $0 == .certificateNotYetValid }),
    Refusal(
      name: "plaintext to a TLS server",
      securities: {
        let (zero, one) = (try identity("0"), try identity("1"))
        return [pair(zero, one, pinned: [zero, one])[0], .insecurePlaintext]
      }, listener: { _ in true }, connector: { _ in true }),
    Refusal(
      name: "TLS to a plaintext server",
      securities: {
        let (zero, one) = (try identity("0"), try identity("1"))
        return [.insecurePlaintext, pair(zero, one, pinned: [zero, one])[1]]
      }, listener: { _ in true }, connector: { _ in true }),
  ]

  @Test(arguments: refusals) func `each is refused by the side that must, in time`(_ refusal: Refusal) async throws {
    let securities = try refusal.securities()
    let listeners = try (0..<2).map { try TCPListener(.loopback(port: 0), party: PartyID($0)) }
    let addresses = listeners.map(\.address)
    let limits = TransportLimits(connectDeadline: .seconds(Self.connectSeconds), handshakeDeadline: .seconds(1))
    let ends = await withTaskGroup(of: (Int, TransportError?, Duration).self) { group in
      for me in 0..<2 {
        group.addTask {
          let start = ContinuousClock.now
          let configuration = TCPConfiguration(
            me: PartyID(me), addresses: addresses, security: securities[me], session: .fixed(.test), limits: limits,
            partiesOnThisMachine: 8)
          do throws(TransportError) {
            let party = try await TCPParty.connect(configuration, listener: listeners[me])
            _ = await party.run { _ throws(ProtocolAbort) in 0 }
            return (me, nil, ContinuousClock.now - start)
          } catch {
            return (me, error, ContinuousClock.now - start)
          }
        }
      }
      var ends: [Int: (TransportError?, Duration)] = [:]
      for await (me, error, time) in group { ends[me] = (error, time) }
      return ends
    }
    let (listening, connecting) = (try #require(ends[0]), try #require(ends[1]))
    let first = try #require(listening.0, "P0 was content"), second = try #require(connecting.0, "P1 was content")
    #expect(refusal.listener(first.cause), "P0: \(first)")
    #expect(refusal.connector(second.cause), "P1: \(second)")
    for (_, time) in [listening, connecting] { #expect(time < .seconds(Self.connectSeconds + 2)) }
    print("refusal\t\(refusal.name)\tlistener\t\(milliseconds(listening.1))\t\(first)")
    print("refusal\t\(refusal.name)\tconnector\t\(milliseconds(connecting.1))\t\(second)")
  }

  @Test(arguments: [12, 13]) func `neither TLS 1.2 nor a client without certificate gets past the handshake`(
    version: Int32
  ) throws {
    let (server, other) = (try Self.identity("server"), try Self.identity("client"))
    let context = try #require(TLSContext(identity: server, fingerprints: [server.fingerprint, other.fingerprint]))
    let listener = try TCPListener(.loopback(port: 0), party: PartyID(0))
    let start = ContinuousClock.now
    let socket = unsafe spdz_connect(listener.address.host, listener.address.port)
    let client = unsafe test_tls_client_open(socket, version)
    defer { unsafe test_tls_client_close(client) }
    var accepted: Int32 = -1
    while accepted < 0 { accepted = spdz_accept(listener.descriptor) }
    let stream = try #require(ByteStream(socket: accepted, context: context, isServer: true))
    var isRefused = false
    for _ in 0..<100_000 where !isRefused {
      unsafe test_tls_client_step(client)
      if case .closed = stream.handshake() { isRefused = true }
    }
    let time = ContinuousClock.now - start
    #expect(isRefused && stream.tlsFailure == Int(version == 12 ? SPDZ_TLS_VERSION : SPDZ_TLS_NO_CERTIFICATE))
    let name = version == 12 ? "TLS 1.2" : "a client without certificate"
    print("refusal\t\(name)\tlistener\t\(milliseconds(time))\tthe handshake fails, code \(stream.tlsFailure)")
  }

  @Test func `the certificate of another valid party is refused where that party does not belong`() async throws {
    let identities = try (0..<3).map { try Self.identity("party \($0)") }
    let pinned = identities.map(\.fingerprint)
    let listeners = try (0..<2).map { try TCPListener(.loopback(port: 0), party: PartyID($0)) }
    let addresses = listeners.map(\.address) + [.loopback(port: 1)]
    let limits = TransportLimits(connectDeadline: .seconds(Self.connectSeconds))
    // P0's place is held by somebody with P2's certificate.
    async let impostor: TCPParty = TCPParty.connect(
      TCPConfiguration(
        me: PartyID(0), addresses: addresses, security: .mutualTLS(identities[2], fingerprints: pinned),
        session: .fixed(.test), limits: limits), listener: listeners[0])
    let start = ContinuousClock.now
    do throws(TransportError) {
      _ = try await TCPParty.connect(
        TCPConfiguration(
          me: PartyID(1), addresses: addresses, security: .mutualTLS(identities[1], fingerprints: pinned),
          session: .fixed(.test), limits: limits), listener: listeners[1])
      Issue.record("an impostor was believed")
    } catch {
      #expect(error.cause == .certificateOfAnotherParty(PartyID(2)))
      print(
        "refusal\tthe certificate of another party\tconnector\t\(milliseconds(ContinuousClock.now - start))\t\(error)")
    }
    _ = try? await impostor
  }
}

private func milliseconds(_ time: Duration) -> String { "\((time / .milliseconds(1)).rounded()) ms" }
