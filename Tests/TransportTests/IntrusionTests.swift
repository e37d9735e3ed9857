import COpenSSLShim
import MPCCore
import Testing

@testable import Transport

/// A TCP client or server of a test, below everything: it sends the bytes it likes.
private final class RawPeer: Sendable {
  let socket: Int32

  init(connectingTo address: SocketAddress) { socket = unsafe spdz_connect(address.host, address.port) }

  private init(socket: Int32) { self.socket = socket }

  /// Waits for a connection; like all waiting here on a thread of its own, as the tasks under test need theirs.
  static func accepting(from listener: TCPListener, within limit: Duration = .seconds(10)) async -> RawPeer? {
    let descriptor = listener.descriptor
    let socket = await onThread { accept(descriptor, within: limit) }
    return socket.map { RawPeer(socket: $0) }
  }

  private static func onThread<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    await Parking.park { parking in
      startThread(named: "spdz-test") { parking.resume(returning: body()) }
    }
  }

  private static func accept(_ descriptor: Int32, within limit: Duration) -> Int32? {
    let deadline = spdz_monotonic_nanoseconds() &+ limit.nanoseconds
    var accepted: Int32 = -1
    while accepted < 0, spdz_monotonic_nanoseconds() < deadline {
      var entries = [spdz_poll_entry(descriptor: descriptor, wants_read: 1, wants_write: 0, ready: 0)]
      unsafe spdz_poll(&entries, entries.count, deadline)
      accepted = spdz_accept(descriptor)
    }
    return accepted >= 0 ? accepted : nil
  }

  deinit { spdz_close(socket) }

  func send(_ bytes: [UInt8], within limit: Duration = .seconds(10)) {
    let deadline = spdz_monotonic_nanoseconds() &+ limit.nanoseconds
    var rest = bytes[...]
    while !rest.isEmpty, spdz_monotonic_nanoseconds() < deadline {
      var entries = [spdz_poll_entry(descriptor: socket, wants_read: 0, wants_write: 1, ready: 0)]
      unsafe spdz_poll(&entries, entries.count, deadline)
      let sent = unsafe Array(rest).withUnsafeBytes { unsafe spdz_send(socket, $0.baseAddress, $0.count) }
      if sent < 0 { return }
      rest = rest.dropFirst(sent)
    }
  }

  /// Whether the other side closes the connection before the limit; what it sends is thrown away.
  func isClosed(within limit: Duration) async -> Bool {
    await Self.onThread { self.waitForEnd(within: limit) }
  }

  private func waitForEnd(within limit: Duration) -> Bool {
    let deadline = spdz_monotonic_nanoseconds() &+ limit.nanoseconds
    var buffer = [UInt8](repeating: 0, count: 4096)
    while spdz_monotonic_nanoseconds() < deadline {
      var entries = [spdz_poll_entry(descriptor: socket, wants_read: 1, wants_write: 0, ready: 0)]
      unsafe spdz_poll(&entries, entries.count, deadline)
      if unsafe spdz_receive(socket, &buffer, buffer.count) < 0 { return true }
    }
    return false
  }
}

@Suite("Strangers at the door", .timeLimit(.minutes(2)))
struct IntrusionTests {
  /// What a party says first, as it likes.
  private func hello(from sender: Int, to receiver: Int, of n: Int = 2) -> [UInt8] {
    Hello(
      from: PartyID(sender), to: PartyID(receiver), partyCount: n, session: .fixed(.test),
      nonce: [UInt8](repeating: UInt8(sender), count: 32)
    ).encoded()
  }

  private func configuration(_ me: Int, _ addresses: [SocketAddress], _ limits: TransportLimits) -> TCPConfiguration {
    TCPConfiguration(
      me: PartyID(me), addresses: addresses, security: .insecurePlaintext, session: .fixed(.test), limits: limits)
  }

  private static let limits = TransportLimits(connectDeadline: .seconds(20), handshakeDeadline: .seconds(20))

  @Test("A caller that means another party is refused and named")
  func greetingOfAnotherReceiver() async throws {
    let listener = try TCPListener(.loopback(port: 0), party: PartyID(0))
    let caller = RawPeer(connectingTo: listener.address)
    caller.send(hello(from: 1, to: 5))
    do throws(TransportError) {
      _ = try await TCPParty.connect(
        configuration(0, [listener.address, .loopback(port: 1)], Self.limits), listener: listener)
      Issue.record("the link is up")
    } catch {
      #expect(error.party == PartyID(1) && error.cause == .wrongParty(answered: 1))
    }
  }

  @Test("A party that answers in another's place is refused and named")
  func greetingOfAnotherSender() async throws {
    let zero = try TCPListener(.loopback(port: 0), party: PartyID(0))
    let one = try TCPListener(.loopback(port: 0), party: PartyID(1))
    let configuration = configuration(1, [zero.address, one.address], Self.limits)
    async let connection = TCPParty.connect(configuration, listener: one)
    let server = try #require(await RawPeer.accepting(from: zero))
    server.send(hello(from: 7, to: 1))
    do {
      _ = try await connection
      Issue.record("the link is up")
    } catch let error as TransportError {
      #expect(error.party == PartyID(0) && error.cause == .wrongParty(answered: 7))
    }
  }

  @Test("A second connection in a party's name is closed, and the first one stays")
  func secondLink() async throws {
    let listener = try TCPListener(.loopback(port: 0), party: PartyID(0))
    let addresses = [listener.address, .loopback(port: 1), .loopback(port: 2)]
    let (first, second) = (RawPeer(connectingTo: listener.address), RawPeer(connectingTo: listener.address))
    for peer in [first, second] { peer.send(hello(from: 1, to: 0, of: 3)) }
    let configuration = configuration(0, addresses, Self.limits)
    async let connection = TCPParty.connect(configuration, listener: listener)
    #expect(await second.isClosed(within: .seconds(5)))
    let last = RawPeer(connectingTo: listener.address)
    last.send(hello(from: 2, to: 0, of: 3))
    let party = try await connection
    #expect(await first.isClosed(within: .milliseconds(100)) == false)
    _ = party
  }

  @Test("Of more unfinished connections than the limit the oldest are closed")
  func tooManyConnections() async throws {
    let listener = try TCPListener(.loopback(port: 0), party: PartyID(0))
    let limits = TransportLimits(
      connectDeadline: .seconds(20), handshakeDeadline: .seconds(20), pendingConnectionLimit: 4)
    let idle = (0..<6).map { _ in RawPeer(connectingTo: listener.address) }
    let configuration = configuration(0, [listener.address, .loopback(port: 1)], limits)
    async let connection = TCPParty.connect(configuration, listener: listener)
    #expect(await idle[0].isClosed(within: .seconds(5)))
    #expect(await idle[1].isClosed(within: .seconds(5)))
    #expect(await idle[5].isClosed(within: .milliseconds(100)) == false)
    let honest = RawPeer(connectingTo: listener.address)
    honest.send(hello(from: 1, to: 0))
    _ = try await connection
  }

  @Test("A connection that does not come up is given up at the deadline of handshakes, long before that of the session")
  func slowHandshake() async throws {
    let listener = try TCPListener(.loopback(port: 0), party: PartyID(0))
    let limits = TransportLimits(connectDeadline: .seconds(20), handshakeDeadline: .milliseconds(200))
    let idle = RawPeer(connectingTo: listener.address)
    let configuration = configuration(0, [listener.address, .loopback(port: 1)], limits)
    async let connection = TCPParty.connect(configuration, listener: listener)
    #expect(await idle.isClosed(within: .seconds(5)))
    let honest = RawPeer(connectingTo: listener.address)
    honest.send(hello(from: 1, to: 0))
    _ = try await connection
  }

  @Test("What nobody receives stays in the network beyond the unread limit")
  func backPressure() {
    let limit = 4096
    let endpoint = DeadlineTests.endpoint(
      SimulationExecutor(seed: 1), limits: TransportLimits(unreadByteLimit: limit))
    #expect(endpoint.welcomeByteCount(from: PartyID(1)) == limit)
    let payload = [UInt8](repeating: 1, count: 1024)
    let header = FrameHeader(
      session: .test, channel: 0, round: 1, sender: 1, kind: Blob.kind.code, length: UInt32(payload.count))
    var left = limit
    for _ in 0..<5 {
      endpoint.deliver(Frame(header: header, payload: payload), from: PartyID(1))
      let welcome = endpoint.welcomeByteCount(from: PartyID(1))
      #expect(welcome < left || welcome == 0)
      left = welcome
    }
    #expect(left == 0)
  }

  @Test("After an abort no frame leaves any channel", arguments: Carrier.allCases)
  func silence(_ carrier: Carrier) async throws {
    let late = Guarded(0)
    let aborted = Guarded(false)
    var options = RunOptions(limits: AbortTests.limits)
    options.tap = FrameTap { bytes, from, _ in
      if from == PartyID(1), bytes[51] != 1 || bytes[52] != 0 {
        late.withLock { late in if aborted.withLock({ $0 }) { late += 1 } }
      }
      return [bytes]
    }
    let reason = ProtocolAbort.sacrificeFailed(step: Words.step)
    let report = try await carrier.run(partyCount: 2, options: options) { channel throws(ProtocolAbort) -> Int in
      let fork = try channel.fork()
      _ = try await channel.exchange(Words([1]))
      guard channel.me == PartyID(1) else { return 0 }
      channel.abort(reason)
      aborted.withLock { $0 = true }
      var refusals = 0
      for channel in [channel, fork] {
        channel.beginRound()
        do throws(ProtocolAbort) { try channel.send(Words([2]), to: PartyID(0)) } catch { refusals += 1 }
        do throws(ProtocolAbort) { try channel.broadcast(Words([3])) } catch { refusals += 1 }
      }
      #expect(refusals == 4)
      return refusals
    }
    #expect(report.results[1] == .failure(reason))
    #expect(late.withLock { $0 } == 0)
  }
}
