internal import Cryptography
public import MPCCore
public import Transport

/// One party of a session on a real network: its identity, its listening socket, its peers.
///
/// Each computation is a run of its own: new connections, new nonces, a new session identifier, and a negotiation before
/// the first message of the program.
public final class RealParty: Sendable {
  /// What the parties agreed on.
  public let session: SessionFile
  /// The local party.
  public let me: PartyID
  private let identity: Identity
  private let addresses: [SocketAddress]
  private let listener: TCPListener
  private let partiesOnThisMachine: Int
  private let stop: StopSwitch?
  private let audit: AuditTrail?

  /// Checks the identity against the session and starts to listen.
  /// - Parameters:
  ///   - peers: addresses that replace those of the session file, in party order.
  ///   - now: seconds since 1970, to judge the own certificate by.
  ///   - partiesOnThisMachine: with more parties than cores idle ones sleep instead of polling.
  ///   - auditPath: a new file for the audit trail; `nil`: none is kept.
  ///   - stop: stops runs in order, for example at SIGTERM.
  /// - Throws: ``PartyError``.
  public init(
    _ session: SessionFile, id: Int, identity: Identity, peers: [SocketAddress]? = nil, now: Int64,
    partiesOnThisMachine: Int = 1, auditPath: String? = nil, stop: StopSwitch? = nil
  ) throws(PartyError) {
    do throws(SessionFileError) {
      try session.check(complete: true)
      guard session.parties.indices.contains(id) else {
        throw .noSuchParty(id, parties: session.partyCount)
      }
      let pinned = session.parties[id].fingerprint
      guard pinned == identity.fingerprint else {
        throw .notOurCertificate(
          party: id, pinned: pinned.description, ours: identity.fingerprint.description)
      }
    } catch {
      throw .session(error)
    }
    guard now < identity.certificate.validUntil else {
      throw .ownCertificateExpired(at: identity.certificate.validUntil)
    }
    guard now >= identity.certificate.validFrom else {
      throw .ownCertificateNotYetValid(until: identity.certificate.validFrom)
    }
    if let peers, peers.count != session.partyCount {
      throw .peerCount(given: peers.count, needed: session.partyCount)
    }
    self.session = session
    self.identity = identity
    self.partiesOnThisMachine = partiesOnThisMachine
    self.stop = stop
    me = PartyID(id)
    do throws(AuditError) {
      audit = try auditPath.map { path throws(AuditError) in
        try AuditTrail(path: path, session: session, me: PartyID(id), identity: identity)
      }
    } catch {
      throw .audit(error)
    }
    addresses = peers ?? session.parties.map(\.address)
    do throws(TransportError) {
      listener = try TCPListener(session.parties[id].listen ?? addresses[id], party: me)
    } catch {
      throw .transport(error)
    }
  }

  /// Connects to all parties, negotiates, runs `body`, closes the links.
  /// - Parameters:
  ///   - run: which run of the session this is; all parties must mean the same.
  ///   - network: an emulated network on top of the real one, for experiments; `nil`: none.
  ///   - stopsBetweenRuns: a request to stop lets this run end and refuses the next one; otherwise it aborts this one.
  /// - Returns: how the local party ended, with its accounting.
  /// - Throws: ``PartyError/transport(_:)`` when the links cannot be set up, `interrupted`.
  public func run<R: Sendable>(
    _ run: String, network: EmulatedNetwork? = nil, stopsBetweenRuns: Bool = false, _ body: @escaping PartyBody<R>
  ) async throws(PartyError) -> PartyReport<R> {
    if stop?.isRequested == true { throw .interrupted }
    // The subject of the greeting is the same for all: what differs is named by the negotiation.
    var subject = SHA256()
    subject.update(text: "party-runtime/v1")
    var configuration = TCPConfiguration(
      me: me, addresses: addresses,
      security: .mutualTLS(identity, fingerprints: session.parties.map(\.fingerprint)),
      session: .fresh(configuration: subject.finalize()), limits: session.limits, network: network,
      partiesOnThisMachine: partiesOnThisMachine)
    configuration.observer = audit
    let party: TCPParty
    do throws(TransportError) {
      party = try await TCPParty.connect(configuration, listener: listener)
    } catch {
      throw .transport(error)
    }
    let channel = party.channel
    let entry = stop?.register { if !stopsBetweenRuns { channel.abort(.cancelled(during: StepLabel("Stop", 1))) } }
    defer { if let entry { stop?.unregister(entry) } }
    audit?.begin(run: run, session: channel.sessionID, partyCount: session.partyCount)
    let manifest = SessionManifest(session, run: run)
    let watch = session.deadlines.total > 0 ? watchTotal(channel) : nil
    defer { watch?.cancel() }
    let report = await party.run { [audit] (channel) async throws(ProtocolAbort) -> R in
      try await manifest.negotiate(over: channel)
      let salts = try await LinkSalt.exchange(over: channel)
      audit?.setSalts(salts)
      return try await body(channel)
    }
    switch report.result {
    case .success: audit?.end("completed")
    case .failure(let abort): audit?.end(abort.description)
    }
    if let audit, audit.hasFailed { throw .audit(.cannotWrite(path: audit.path)) }
    return report
  }

  /// Ends the audit trail after the last run.
  /// - Throws: ``PartyError/audit(_:)`` if it is not complete on disk.
  public func closeAudit() throws(PartyError) {
    do throws(AuditError) { try audit?.close() } catch { throw .audit(error) }
  }
}

extension RealParty {
  /// Ends the run when its total deadline passes.
  private func watchTotal(_ channel: WireChannel) -> Task<Void, Never> {
    let seconds = session.deadlines.total
    return Task {
      guard (try? await Task.sleep(for: .seconds(seconds))) != nil else { return }
      channel.abort(
        .localFailure(
          step: StepLabel("TotalDeadline", 1),
          detail: "the run took longer than the \(seconds) s of the session; raise deadlines.total in all session files"
        ))
    }
  }
}

/// Why a real party could not run. What happens after the links are up is a `ProtocolAbort` instead.
public enum PartyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The session file is wrong or not for us.
  case session(SessionFileError)
  /// The links could not be set up.
  case transport(TransportError)
  /// The audit trail cannot be kept.
  case audit(AuditError)
  /// Our certificate has expired; `at` is in seconds since 1970.
  case ownCertificateExpired(at: Int64)
  /// Our certificate is not valid yet; `until` is in seconds since 1970.
  case ownCertificateNotYetValid(until: Int64)
  /// Not one address for each party.
  case peerCount(given: Int, needed: Int)
  /// The process was asked to stop.
  case interrupted

  /// What happened and what to do.
  public var description: String {
    switch self {
    case .session(let error): error.description
    case .transport(let error): error.description
    case .audit(let error): error.description
    case .ownCertificateExpired(let time):
      "our certificate expired at \(time) (seconds since 1970); run 'spdz-bench identity rotate' and give the new "
        + "certificate to all parties"
    case .ownCertificateNotYetValid(let time):
      "our certificate is not valid before \(time) (seconds since 1970); check this machine's clock"
    case .peerCount(let given, let needed):
      "\(given) addresses for \(needed) parties; give one address a party, in the order of their numbers"
    case .interrupted: "stopped by a signal; the peers were told"
    }
  }
}
