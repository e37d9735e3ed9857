public import MPCCore

/// How the connections between parties are protected.
public enum TCPSecurity: Sendable {
  /// Mutual TLS 1.3: our identity and the pinned fingerprint of every party, the own one included, in party order.
  case mutualTLS(Identity, fingerprints: [CertificateFingerprint])
  /// **Insecure**: no encryption and no authentication; anybody on the network can read, alter and join. For
  /// measurements on one machine.
  case insecurePlaintext
}

/// Where the session identifier comes from.
public enum SessionNaming: Sendable {
  /// Given: for tests and reproducible runs. A session number must not be used twice with the same keys.
  case fixed(SessionID)
  /// A hash of 32 bytes that describe the configuration (all parties must pass the same) and a fresh nonce of each party.
  case fresh(configuration: [UInt8])
}

/// What one party needs to set up its TCP links.
public struct TCPConfiguration: Sendable {
  /// The local party.
  public var me: PartyID
  /// Where each party listens, in party order.
  public var addresses: [SocketAddress]
  /// Protection of the connections.
  public var security: TCPSecurity
  /// Where the session identifier comes from.
  public var session: SessionNaming
  /// Deadlines and memory bounds.
  public var limits: TransportLimits
  /// Whether ``WireChannel/linkDigests()`` is kept.
  public var recordsDigests: Bool
  /// A network to emulate on top; `nil`: none.
  public var network: EmulatedNetwork?
  /// How many parties run on this machine; with more parties than cores idle ones sleep at once instead of polling.
  public var partiesOnThisMachine: Int
  /// Sees every message; `nil`: nobody.
  public var observer: (any MessageObserver)?
  /// A hook on raw frames, for tests.
  package var tap: FrameTap?

  /// Creates a configuration.
  public init(
    me: PartyID, addresses: [SocketAddress], security: TCPSecurity, session: SessionNaming,
    limits: TransportLimits = TransportLimits(), recordsDigests: Bool = false, network: EmulatedNetwork? = nil,
    partiesOnThisMachine: Int = 1
  ) {
    precondition((2...SecurityParameters.maximumPartyCount).contains(addresses.count), "a session has 2…8 parties")
    precondition(me.index < addresses.count, "the local party has an address")
    if case .mutualTLS(_, let fingerprints) = security {
      precondition(fingerprints.count == addresses.count, "there is one fingerprint per party")
    }
    if case .fresh(let configuration) = session {
      precondition(configuration.count == 32, "a configuration is described by 32 bytes, for example its SHA-256")
    }
    self.me = me
    self.addresses = addresses
    self.security = security
    self.session = session
    self.limits = limits
    self.recordsDigests = recordsDigests
    self.network = network
    self.partiesOnThisMachine = partiesOnThisMachine
  }
}
