internal import COpenSSLShim
internal import Cryptography
internal import MPCCore

/// Sets up the links of one party: connects to the parties with lower numbers, accepts those with higher ones.
///
/// Runs on a thread of its own and never blocks on one connection: slow and garbage connections have deadlines and a
/// limited number, and do not delay the others.
struct ConnectionSetup {
  /// All links up.
  struct Established {
    /// Streams by party; `nil` for the own number.
    var streams: [ByteStream?]
    var session: SessionID
  }

  private let configuration: TCPConfiguration
  private let listener: TCPListener
  private let context: TLSContext?
  private let nonce = SystemRandom.bytes(32)
  private let deadline: UInt64

  private var streams: [ByteStream?]
  private var nonces: [[UInt8]?]
  private var attempts: [ConnectionAttempt] = []
  private var retryAt: [UInt64]
  private var retryPause: [UInt64]
  private var lastReason: [String]
  private var lastRefused: String?

  init(_ configuration: TCPConfiguration, listener: TCPListener) throws(TransportError) {
    self.configuration = configuration
    self.listener = listener
    switch configuration.security {
    case .insecurePlaintext: context = nil
    case .mutualTLS(let identity, let fingerprints):
      guard let made = TLSContext(identity: identity, fingerprints: fingerprints) else {
        throw TransportError(.unusableIdentity, configuration.me, at: listener.address)
      }
      context = made
    }
    let partyCount = configuration.addresses.count
    streams = [ByteStream?](repeating: nil, count: partyCount)
    nonces = [[UInt8]?](repeating: nil, count: partyCount)
    nonces[configuration.me.index] = nonce
    retryAt = [UInt64](repeating: 0, count: partyCount)
    retryPause = [UInt64](repeating: 10_000_000, count: partyCount)
    lastReason = [String](repeating: "no answer", count: partyCount)
    deadline = spdz_monotonic_nanoseconds() &+ configuration.limits.connectDeadline.nanoseconds
  }

  private var me: PartyID { configuration.me }
  private var missing: [PartyID] {
    streams.indices.filter { $0 != me.index && streams[$0] == nil }.map(PartyID.init)
  }

  private func error(_ cause: TransportError.Cause, _ party: PartyID) -> TransportError {
    TransportError(cause, party, at: configuration.addresses[party.index])
  }

  /// Returns when every link is up.
  /// - Throws: what makes a link impossible, or the first missing party at the deadline.
  mutating func run() throws(TransportError) -> Established {
    while let first = missing.first {
      let now = spdz_monotonic_nanoseconds()
      guard now < deadline else {
        throw error(
          first < me ? .unreachable(reason: lastReason[first.index]) : .neverConnected(refused: lastRefused), first)
      }
      try startConnections(now)
      wait(now)
      acceptConnections()
      try advanceAttempts()
    }
    attempts = []
    return Established(
      streams: streams, session: Hello.sessionID(configuration.session, nonces: nonces.compactMap { $0 }))
  }

  private mutating func startConnections(_ now: UInt64) throws(TransportError) {
    for party in missing where party < me && retryAt[party.index] <= now {
      guard !attempts.contains(where: { $0.target == party }) else { continue }
      let address = configuration.addresses[party.index]
      let socket = unsafe spdz_connect(address.host, address.port)
      guard socket >= 0 else {
        retry(party, systemErrorText(-socket), now)
        continue
      }
      guard let stream = ByteStream(socket: socket, context: context, isServer: false) else {
        throw error(.unusableIdentity, me)
      }
      attempts.append(
        ConnectionAttempt(stream: stream, target: party, usesTLS: context != nil, deadline: attemptDeadline(now)))
    }
  }

  private func attemptDeadline(_ now: UInt64) -> UInt64 {
    guard SecurityCheck.handshakeDeadline.isKept else { return deadline }
    return min(deadline, now &+ configuration.limits.handshakeDeadline.nanoseconds)
  }

  private mutating func retry(_ party: PartyID, _ reason: String, _ now: UInt64) {
    lastReason[party.index] = reason
    retryAt[party.index] = now &+ retryPause[party.index]
    retryPause[party.index] = min(retryPause[party.index] * 2, 500_000_000)
  }

  /// Sleeps until a socket is ready, an attempt is due for a retry, or a deadline passes.
  private func wait(_ now: UInt64) {
    var entries = [spdz_poll_entry(descriptor: listener.descriptor, wants_read: 1, wants_write: 0, ready: 0)]
    var until = deadline
    for attempt in attempts {
      entries.append(
        spdz_poll_entry(
          descriptor: attempt.stream.socket, wants_read: attempt.phase == .connecting ? 0 : 1,
          wants_write: attempt.wantsWrite ? 1 : 0, ready: 0))
      until = min(until, attempt.deadline)
    }
    for party in missing where party < me && !attempts.contains(where: { $0.target == party }) {
      until = min(until, retryAt[party.index])
    }
    unsafe spdz_poll(&entries, entries.count, until)
  }

  private mutating func acceptConnections() {
    while true {
      let socket = spdz_accept(listener.descriptor)
      guard socket >= 0, let stream = ByteStream(socket: socket, context: context, isServer: true) else { return }
      let waiting = attempts.indices.filter { attempts[$0].target == nil }
      // Too many: the oldest goes. An honest peer needs milliseconds, and tries again.
      if !SecurityCheck.pendingConnectionLimit.holds(waiting.count < configuration.limits.pendingConnectionLimit),
        let oldest = waiting.first
      {
        attempts.remove(at: oldest)
      }
      attempts.append(
        ConnectionAttempt(
          stream: stream, target: nil, usesTLS: context != nil,
          deadline: attemptDeadline(spdz_monotonic_nanoseconds())))
    }
  }

  private mutating func advanceAttempts() throws(TransportError) {
    var remaining: [ConnectionAttempt] = []
    for attempt in attempts {
      let progress = attempt.advance(now: spdz_monotonic_nanoseconds()) { certified in
        // Plain incoming connections say who they are first; our answer names them as far as we know.
        let peer = attempt.target ?? certified.flatMap { $0 == me.index ? nil : PartyID($0) } ?? me
        return Hello(
          from: me, to: peer, partyCount: configuration.addresses.count, session: configuration.session, nonce: nonce)
      }
      switch progress {
      case .pending: remaining.append(attempt)
      case .up(let hello): try establish(attempt, hello)
      case .failed(let failure): try fail(attempt, failure)
      }
    }
    attempts = remaining
  }

  private mutating func fail(_ attempt: ConnectionAttempt, _ failure: ConnectionAttempt.Failure) throws(TransportError)
  {
    if let target = attempt.target {
      if let cause = failure.finalCause { throw error(cause, target) }
      retry(target, failure.description, spdz_monotonic_nanoseconds())
      return
    }
    lastRefused = failure.description
    // A pinned certificate out of its time is a matter of configuration; everybody else may be a stranger.
    if case .tls(_, _, _, let certified?, _) = failure, certified != me.index, let cause = failure.finalCause,
      cause == .certificateExpired || cause == .certificateNotYetValid
    {
      throw error(cause, PartyID(certified))
    }
  }

  private mutating func establish(_ attempt: ConnectionAttempt, _ hello: Hello) throws(TransportError) {
    let claimed = Int(hello.sender)
    let certified = attempt.stream.certifiedParty
    let mine = Hello(
      from: me, to: me, partyCount: configuration.addresses.count, session: configuration.session, nonce: nonce)
    if let target = attempt.target {
      if let certified, !SecurityCheck.certificateOfTheParty.holds(certified == target.index) {
        throw error(.certificateOfAnotherParty(PartyID(certified)), target)
      }
      guard SecurityCheck.greetingPartyCount.holds(hello.partyCount == mine.partyCount) else {
        throw error(.partyCountMismatch(ours: Int(mine.partyCount), theirs: Int(hello.partyCount)), target)
      }
      guard SecurityCheck.greetingSender.holds(claimed == target.index) else {
        throw error(.wrongParty(answered: claimed), target)
      }
      guard SecurityCheck.greetingSession.holds(hello.isFixed == mine.isFixed && hello.subject == mine.subject) else {
        throw error(.sessionMismatch, target)
      }
      streams[target.index] = attempt.stream
      nonces[target.index] = hello.nonce
      return
    }
    // Incoming: the certificate says who it is; without one the hello does, as the insecure mode's name warns.
    let index = context == nil ? claimed : certified ?? claimed
    guard index > me.index, index < streams.count,
      SecurityCheck.certificateOfTheParty.holds(index == claimed || hello.partyCount != mine.partyCount)
    else {
      lastRefused = "greeting as party \(claimed), which connects elsewhere or shows another certificate"
      return
    }
    let party = PartyID(index)
    guard SecurityCheck.greetingPartyCount.holds(hello.partyCount == mine.partyCount) else {
      throw error(.partyCountMismatch(ours: Int(mine.partyCount), theirs: Int(hello.partyCount)), party)
    }
    guard SecurityCheck.greetingReceiver.holds(hello.receiver == UInt16(me.index)) else {
      throw error(.wrongParty(answered: claimed), party)
    }
    guard SecurityCheck.greetingSession.holds(hello.isFixed == mine.isFixed && hello.subject == mine.subject) else {
      throw error(.sessionMismatch, party)
    }
    guard SecurityCheck.oneLinkPerParty.holds(streams[index] == nil) else {
      lastRefused = "second connection of \(party)"
      return
    }
    streams[index] = attempt.stream
    nonces[index] = hello.nonce
  }
}
