public import MPCCore

/// Why the links of a session could not be set up. Nothing of a protocol has run when this is thrown.
public struct TransportError: Error, Hashable, Sendable {
  /// What went wrong.
  public enum Cause: Hashable, Sendable {
    /// Another process listens there.
    case addressInUse
    /// Listening failed for another reason.
    case cannotListen(reason: String)
    /// No connection before the deadline; `reason` is the last one the system gave.
    case unreachable(reason: String)
    /// The peer, which should connect to us, did not before the deadline. `refused` says what the last refused incoming
    /// connection did wrong, if there was one: it may have been that peer.
    case neverConnected(refused: String?)
    /// The certificate shown is not one of the pinned ones.
    case foreignCertificate(CertificateFingerprint)
    /// The certificate shown is not pinned and says that it replaces a pinned one; that is a claim, not a proof.
    case rotatedCertificate(CertificateFingerprint)
    /// The certificate shown is the one of another party.
    case certificateOfAnotherParty(PartyID)
    /// The certificate has expired.
    case certificateExpired
    /// The certificate is not valid yet.
    case certificateNotYetValid
    /// The peer refused our certificate; `alert` is its TLS alert.
    case refusedByPeer(alert: String)
    /// The peer does not speak TLS 1.3.
    case notTLS(reason: String)
    /// The peer runs with another number of parties.
    case partyCountMismatch(ours: Int, theirs: Int)
    /// The peer runs another session or configuration.
    case sessionMismatch
    /// Another party than configured answers there.
    case wrongParty(answered: Int)
    /// Own certificate and key cannot be used.
    case unusableIdentity
  }

  /// What kind of failure this is; exit codes are chosen by it.
  public enum Group: String, Sendable, Codable {
    /// Files, addresses or certificates have to be changed.
    case configuration
    /// The peer or the network failed.
    case peerLost = "peer-lost"
  }

  /// What went wrong.
  public let cause: Cause
  /// The party concerned.
  public let party: PartyID
  /// Where the party listens, or should.
  public let address: SocketAddress

  init(_ cause: Cause, _ party: PartyID, at address: SocketAddress) {
    self.cause = cause
    self.party = party
    self.address = address
  }

  /// The group of this error.
  public var group: Group {
    switch cause {
    case .unreachable, .neverConnected: .peerLost
    default: .configuration
    }
  }
}

extension TransportError: CustomStringConvertible {
  /// Party, address, cause and remedy in one line.
  public var description: String {
    let place = "\(party) at \(address)"
    return switch cause {
    case .addressInUse:
      "cannot listen as \(place): port \(address.port) is in use; stop the process that holds it or choose another port"
    case .cannotListen(let reason):
      "cannot listen as \(place): \(reason); listen on an address of this machine and a port you may use"
    case .unreachable(let reason):
      "no connection to \(place) before the deadline (\(reason)); check that it runs there and that the network lets it "
        + "through, or raise the connect deadline"
    case .neverConnected(nil):
      "\(place) did not connect before the deadline; check that it runs and has our address, or raise the connect deadline"
    case .neverConnected(let refused?):
      "\(place) did not connect before the deadline; the last connection refused here: \(refused); check its certificate "
        + "and address list"
    case .foreignCertificate(let fingerprint):
      "\(place) showed a certificate that is not pinned (\(fingerprint)); exchange fingerprints with its owner again"
    case .rotatedCertificate(let fingerprint):
      "\(place) showed a new certificate (\(fingerprint)) that claims to replace the pinned one; if its owner confirms "
        + "the rotation, take it over with 'spdz-bench session update'"
    case .certificateOfAnotherParty(let other):
      "\(place) showed the certificate of \(other); check the order of addresses and certificates"
    case .certificateExpired: "the certificate of \(place) has expired; its owner makes a new identity"
    case .certificateNotYetValid:
      "the certificate of \(place) is not valid yet; check the clocks of both machines, or wait"
    case .refusedByPeer(let alert):
      "\(place) refused our certificate (\(alert)); give its owner our present certificate"
    case .notTLS(let reason):
      "\(place) does not speak TLS 1.3 (\(reason)); check the port and that both sides use the same security setting"
    case .partyCountMismatch(let ours, let theirs):
      "\(place) runs with \(theirs) parties, we with \(ours); use the same configuration everywhere"
    case .sessionMismatch: "\(place) runs another session or configuration; use the same file everywhere"
    case .wrongParty(let answered):
      "\(place) says it is party \(answered); check the order of the addresses"
    case .unusableIdentity: "our certificate and key cannot be used for TLS; make a new identity"
    }
  }
}
