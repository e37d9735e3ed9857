public import Transport

/// What the parties of a session agree on before they start: who takes part, where, with which keys, and what is run.
///
/// A JSON file; every party has the same one. Addresses and listening sockets may differ between copies (a party behind
/// a gateway sees its peers elsewhere); everything else is compared before anything secret is made
/// (``SessionManifest``).
public struct SessionFile: Hashable, Sendable {
  /// Version of the format.
  public static let schema = 1
  /// The only protocol there is: SPDZ online, LowGear offline.
  public static let protocolName = "spdz-lowgear"

  /// One party.
  public struct Party: Hashable, Sendable {
    /// For people; unique in the session.
    public var name: String
    /// Where the others reach it.
    public var address: SocketAddress
    /// Where it listens, if that is not `address`.
    public var listen: SocketAddress?
    /// SHA-256 of its certificate; nothing else identifies it.
    public var fingerprint: CertificateFingerprint

    /// Creates a party.
    public init(
      name: String, address: SocketAddress, listen: SocketAddress? = nil, fingerprint: CertificateFingerprint
    ) {
      self.name = name
      self.address = address
      self.listen = listen
      self.fingerprint = fingerprint
    }
  }

  /// How long a party waits, in seconds.
  public struct Deadlines: Hashable, Sendable {
    /// For all links to come up; parties that start by hand need minutes.
    public var connect: Double
    /// For one handshake.
    public var handshake: Double
    /// For a sign of life (a message or a heartbeat) from a peer.
    public var silence: Double
    /// For one message, heartbeats or not: bounds each step.
    public var step: Double
    /// For the whole run; 0: no limit.
    public var total: Double

    /// Creates deadlines.
    public init(
      connect: Double = 60, handshake: Double = 10, silence: Double = 30, step: Double = 600, total: Double = 0
    ) {
      self.connect = connect
      self.handshake = handshake
      self.silence = silence
      self.step = step
      self.total = total
    }
  }

  /// Name of the session; distinguishes sessions of the same parties.
  public var name: String
  /// n: how many parties there are once all are added.
  public var partyCount: Int
  /// The protocol; see ``protocolName``.
  public var protocolName = SessionFile.protocolName
  /// The field, "p127" or "p61".
  public var field: String
  /// s, in bits.
  public var statisticalSecurity: Int
  /// The modes that may run: "active", "passive" or both. Nothing else ever runs under this file.
  public var modes: [String]
  /// SHA-256 of the experiment with all defaults written out, hexadecimal.
  public var program: String
  /// How long parties wait for each other.
  public var deadlines: Deadlines
  /// The parties added so far, in the order of their numbers.
  public var parties: [Party]

  /// Creates a session without parties.
  public init(
    name: String, partyCount: Int, field: String, statisticalSecurity: Int, modes: [String], program: String,
    deadlines: Deadlines = Deadlines()
  ) {
    self.name = name
    self.partyCount = partyCount
    self.field = field
    self.statisticalSecurity = statisticalSecurity
    self.modes = modes
    self.program = program
    self.deadlines = deadlines
    parties = []
  }

  /// Adds the next party.
  /// - Returns: its number.
  /// - Throws: `full`, `repeated` if name, address or certificate is there already.
  @discardableResult
  public mutating func add(_ party: Party) throws(SessionFileError) -> Int {
    guard parties.count < partyCount else { throw .full(parties: partyCount) }
    for (index, other) in parties.enumerated() {
      if other.name == party.name { throw .repeated("name \"\(party.name)\"", party: index) }
      if other.address == party.address { throw .repeated("address \(party.address)", party: index) }
      if other.fingerprint == party.fingerprint {
        throw .repeated("certificate \(party.fingerprint)", party: index)
      }
    }
    parties.append(party)
    return parties.count - 1
  }

  /// Replaces the certificate of the party that made `statement`.
  /// - Returns: its number.
  /// - Throws: `notPinned` if nobody has the old certificate, `repeated` if somebody has the new one.
  @discardableResult
  public mutating func rotate(_ statement: RotationStatement) throws(SessionFileError) -> Int {
    guard let number = parties.firstIndex(where: { $0.fingerprint == statement.old.fingerprint }) else {
      throw .notPinned(statement.old.fingerprint.description)
    }
    if let other = parties.firstIndex(where: { $0.fingerprint == statement.new.fingerprint }) {
      throw .repeated("certificate \(statement.new.fingerprint)", party: other)
    }
    parties[number].fingerprint = statement.new.fingerprint
    return number
  }

  /// The limits of the transport that follow from the deadlines.
  public var limits: TransportLimits {
    TransportLimits(
      receiveDeadline: .seconds(deadlines.silence), totalReceiveDeadline: .seconds(deadlines.step),
      connectDeadline: .seconds(deadlines.connect), handshakeDeadline: .seconds(deadlines.handshake))
  }
}
