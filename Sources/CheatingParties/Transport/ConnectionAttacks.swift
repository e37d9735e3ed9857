internal import COpenSSLShim
internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing
internal import Synchronization
internal import Transport

extension Attack {
  /// Attacks while the links are set up: identities, configurations, floods. Always over TCP and TLS on the loopback
  /// interface, whatever the transport of the setting.
  static let connections: [Attack] = [
    refused(
      "C6-stranger", "foreign-certificate", "shows a certificate that is not pinned",
      caughtBy: "pinned fingerprints, in the TLS handshake",
      causes: ["foreign certificate", "never connected, refused"]
    ) { (setting, identities, securities) throws(IdentityError) in
      let stranger = try identity("stranger")
      var pinned = identities.map(\.fingerprint)
      pinned[setting.cheater.index] = stranger.fingerprint
      securities[setting.cheater.index] = .mutualTLS(stranger, fingerprints: pinned)
    },
    refused(
      "C6-another", "foreign-index", "shows the certificate of another party, which lent it its key",
      caughtBy: "the pinned fingerprint of this very party", parties: 3,
      causes: ["certificate of another party", "never connected, refused", "wrong party"]
    ) { (setting, identities, securities) throws(IdentityError) in
      let lender = setting.honest.last { $0 != setting.victim } ?? setting.victim
      securities[setting.cheater.index] = .mutualTLS(
        identities[lender.index], fingerprints: identities.map(\.fingerprint))
    },
    refused(
      "C6-expired", "foreign-certificate", "shows its own certificate, which has expired",
      caughtBy: "validity, in the TLS handshake", causes: ["certificate expired", "never connected, refused"]
    ) { (setting, identities, securities) throws(IdentityError) in
      let expired = try identity("expired", from: .seconds(-7200), until: .seconds(-3600))
      var pinned = identities.map(\.fingerprint)
      pinned[setting.cheater.index] = expired.fingerprint
      for index in securities.indices {
        let mine = index == setting.cheater.index ? expired : identities[index]
        securities[index] = .mutualTLS(mine, fingerprints: pinned)
      }
    },
    refused(
      "C6-plaintext", "foreign-certificate", "speaks no TLS at all",
      caughtBy: "TLS 1.3 with certificates on both sides",
      causes: ["not TLS", "never connected, refused", "unreachable"]
    ) { (setting, _, securities) throws(IdentityError) in securities[setting.cheater.index] = .insecurePlaintext },
    refused(
      "C6-configuration", "manifest-downgrade",
      "announces another configuration: passive, a smaller s, another program",
      caughtBy: "configuration in the greeting",
      announces: true, causes: ["session mismatch", "never connected", "unreachable"]
    ) { (_, _, _) throws(IdentityError) in },
    flood,
  ]

  private static func identity(_ name: String, from: Duration = .seconds(-60), until: Duration = .seconds(3600))
    throws(IdentityError) -> Identity
  {
    try Identity.generate(name: name, validFrom: from, validFor: until)
  }

  /// An attack that ends before there is a session: every honest party says why it has no link.
  private static func refused(
    _ id: String, _ name: String, _ summary: String, caughtBy: String, parties: Int = 2, announces: Bool = false,
    causes: [String],
    _ cheat: @escaping @Sendable (AttackSetting, [Identity], inout [TCPSecurity]) throws(IdentityError) -> Void
  ) -> Attack {
    Attack(
      id: id, phase: .transport, name: name, summary: summary, step: "Connect.1", caughtBy: caughtBy,
      escapeBound: "0", minimumPartyCount: parties, foolsPassive: false
    ) { setting in
      let ends = await connect(setting, announcesAnother: announces && setting.isArmed, flood: 0) {
        (identities, securities) throws(IdentityError) in
        if setting.isArmed { try cheat(setting, identities, &securities) }
      }
      let details = { (list: [String]) in list.map { ProtocolAbort?.some(.localFailure(step: connectStep, detail: $0)) }
      }
      return verdict(setting, ends, fired: setting.isArmed ? 1 : 0) { party in
        guard setting.isArmed else { return [nil] }
        // Another honest party may give up first: then the others miss that one too.
        return details(causes + (party == setting.victim ? [] : ["unreachable", "never connected"]))
      }
    }
  }

  /// Idle, half and garbage connections before the honest ones.
  private static let flood = Attack(
    id: "C7", phase: .transport, name: "connection-flood",
    summary: "opens 120 connections to the victim: idle ones, half greetings, garbage", step: "Connect.1",
    caughtBy: "nothing: at most 16 are kept, the session starts all the same", escapeBound: "0", minimumPartyCount: 2,
    foolsPassive: false
  ) { setting in
    let ends = await connect(setting, announcesAnother: false, flood: setting.isArmed ? 120 : 0) {
      (_, _) throws(IdentityError) in
    }
    return verdict(setting, ends, fired: setting.isArmed ? 120 : 0) { _ in [nil] }
  }

  private static let connectStep = StepLabel("Connect", 1)

  private static func verdict(
    _ setting: AttackSetting, _ ends: [PartyID: Result<[P127], ProtocolAbort>], fired: Int,
    expected: (PartyID) -> [ProtocolAbort?]
  ) -> AttackVerdict {
    let honest = setting.honest.compactMap { ends[$0] }
    return AttackVerdict(
      fired: fired, expected: setting.honest.map(expected),
      detected: honest.map { if case .failure(let abort) = $0 { abort } else { nil } },
      revealed: honest.compactMap { try? $0.get() }, honestResult: RevealedProduct(setting).honestResult,
      forbiddenCount: 0, abortsAreClean: true, leak: nil, remark: "")
  }

  /// Connects all parties over TLS and, where that works, runs ``RevealedProduct`` in the scheme of the setting.
  private static func connect(
    _ setting: AttackSetting, announcesAnother: Bool, flood: Int,
    _ cheat: ([Identity], inout [TCPSecurity]) throws(IdentityError) -> Void
  ) async -> [PartyID: Result<[P127], ProtocolAbort>] {
    let n = setting.partyCount
    let listeners: [TCPListener]
    var securities: [TCPSecurity]
    do {
      let identities = try (0..<n).map { try identity("party \($0)") }
      listeners = try (0..<n).map { try TCPListener(.loopback(port: 0), party: PartyID($0)) }
      let pinned = identities.map(\.fingerprint)
      securities = identities.map { .mutualTLS($0, fingerprints: pinned) }
      try cheat(identities, &securities)
    } catch {
      return Dictionary(
        uniqueKeysWithValues: setting.honest.map {
          ($0, .failure(.localFailure(step: connectStep, detail: "\(error)")))
        })
    }
    let addresses = listeners.map(\.address)
    let sockets = open(flood, to: addresses[setting.victim.index])
    defer { for socket in sockets { spdz_close(socket) } }
    // Who is refused waits for its deadline, so that is short; with a flood everybody gets through in the end.
    let limits = TransportLimits(
      receiveDeadline: .seconds(5), totalReceiveDeadline: .seconds(20),
      connectDeadline: setting.isArmed && flood == 0 ? .milliseconds(1500) : .seconds(20),
      handshakeDeadline: .milliseconds(1200), pendingConnectionLimit: 16)
    return await withTaskGroup(of: (PartyID, Result<[P127], ProtocolAbort>).self) { group in
      for index in 0..<n {
        let isOther = announcesAnother && index == setting.cheater.index
        let configuration = TCPConfiguration(
          me: PartyID(index), addresses: addresses, security: securities[index],
          session: .fresh(configuration: [UInt8](repeating: isOther ? 1 : 2, count: 32)), limits: limits,
          partiesOnThisMachine: 8)
        group.addTask {
          do throws(TransportError) {
            let party = try await TCPParty.connect(configuration, listener: listeners[index])
            return (PartyID(index), await program(party, setting))
          } catch {
            return (PartyID(index), .failure(.localFailure(step: connectStep, detail: error.cause.shortName)))
          }
        }
      }
      var ends: [PartyID: Result<[P127], ProtocolAbort>] = [:]
      for await (party, end) in group { ends[party] = end }
      return ends
    }
  }

  private static func program(_ party: TCPParty, _ setting: AttackSetting) async -> Result<[P127], ProtocolAbort> {
    switch setting.mode {
    case .active: await program(party, AuthenticatedSharing<P127>.self, setting)
    case .passive: await program(party, AdditiveSharing<P127>.self, setting)
    }
  }

  private static func program<S: SharingScheme>(
    _ party: TCPParty, _ scheme: S.Type, _ setting: AttackSetting
  ) async -> Result<[P127], ProtocolAbort> where S.F == P127 {
    let run = CheatingRun<S, WireChannel, [P127]>(scheme, cheaters: [:], seed: setting.seed) {
      session throws(ProtocolAbort) in
      try await RevealedProduct(setting).run(&session)
    }
    _ = await party.run { channel throws(ProtocolAbort) in
      await run.party(channel) { (channel) throws(ProtocolAbort) in try await channel.finish() }
    }
    return run.outcome.honest.first ?? .failure(.localFailure(step: connectStep, detail: "no result"))
  }

  /// Connections that say nothing, something, or something else.
  private static func open(_ count: Int, to address: SocketAddress) -> [Int32] {
    let greetings: [[UInt8]] = [[], Array("SPD".utf8), Array("GET / HTTP/1.0\r\n\r\n".utf8), [22, 3, 1, 255, 255]]
    return (0..<count).compactMap { index in
      let socket = unsafe spdz_connect(address.host, address.port)
      guard socket >= 0 else { return nil }
      let bytes = greetings[index % greetings.count]
      for _ in 0..<1000 where !bytes.isEmpty {
        if unsafe spdz_send(socket, bytes, bytes.count) > 0 { break }
      }
      return socket
    }
  }
}

extension TransportError.Cause {
  /// The cause without addresses and fingerprints.
  fileprivate var shortName: String {
    switch self {
    case .addressInUse, .cannotListen: "cannot listen"
    case .unreachable: "unreachable"
    case .neverConnected(let refused): refused == nil ? "never connected" : "never connected, refused"
    case .foreignCertificate: "foreign certificate"
    case .rotatedCertificate: "rotated certificate"
    case .certificateOfAnotherParty: "certificate of another party"
    case .certificateExpired: "certificate expired"
    case .certificateNotYetValid: "certificate not yet valid"
    case .refusedByPeer: "refused by peer"
    case .notTLS: "not TLS"
    case .partyCountMismatch: "party count mismatch"
    case .sessionMismatch: "session mismatch"
    case .wrongParty: "wrong party"
    case .unusableIdentity: "unusable identity"
    }
  }
}
