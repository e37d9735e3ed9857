internal import Cryptography
internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// What all parties' stores of one session have in common; compared between the parties before anything is used.
public struct StoreTerms: Hashable, Sendable {
  /// The version of the protocols that made the material.
  public var protocolVersion: UInt32
  /// Name of the field, as in reports.
  public var field: String
  /// p.
  public var modulus: UInt128
  /// n.
  public var partyCount: Int
  /// The session in which the MAC key was made.
  public var session: SessionID
  /// Passive or active: whether the shares carry MACs.
  public var mode: SecurityMode
  /// 32 bytes: a hash of the parameter block of the encryption and the proofs.
  public var parameterDigest: [UInt8]
  /// Who has to be trusted, with the assumption's text.
  public var trustModel: TrustModel
  /// Which truncation and comparison masks are made, for example "bounded" or "bits".
  public var masks: String

  /// The version this library writes.
  public static let currentProtocolVersion: UInt32 = 1

  /// Terms of material shared by `S`.
  /// - Parameters: parameterDigest: exactly 32 bytes.
  public init<S: SharingScheme>(
    _: S.Type, partyCount: Int, session: SessionID, parameterDigest: [UInt8], trustModel: TrustModel, masks: String
  ) {
    precondition(parameterDigest.count == 32, "a digest has 32 bytes")
    precondition((2...SecurityParameters.maximumPartyCount).contains(partyCount), "2…8 parties")
    protocolVersion = Self.currentProtocolVersion
    field = S.F.name
    modulus = S.F.modulus
    self.partyCount = partyCount
    self.session = session
    mode = S.mode
    self.parameterDigest = parameterDigest
    self.trustModel = trustModel
    self.masks = masks
  }

  init(
    protocolVersion: UInt32, field: String, modulus: UInt128, partyCount: Int, session: SessionID, mode: SecurityMode,
    parameterDigest: [UInt8], trustModel: TrustModel, masks: String
  ) {
    self.protocolVersion = protocolVersion
    self.field = field
    self.modulus = modulus
    self.partyCount = partyCount
    self.session = session
    self.mode = mode
    self.parameterDigest = parameterDigest
    self.trustModel = trustModel
    self.masks = masks
  }

  /// The fields by name, as text: what mismatches are reported in.
  package var fields: [(name: String, value: String)] {
    [
      ("protocol version", String(protocolVersion)), ("field", "\(field), p = \(modulus)"),
      ("party count", String(partyCount)), ("session", session.bytes.hexadecimal), ("sharing mode", mode.rawValue),
      ("parameter block", parameterDigest.hexadecimal), ("trust model", trustModel.description), ("mask form", masks),
    ]
  }
}

/// What a store is bound to: the terms, and what is this party's own.
public struct StoreHeader: Hashable, Sendable {
  /// What all parties' stores have in common.
  public var terms: StoreTerms
  /// Whose shares these are.
  public var party: PartyID
  /// When the store was made, seconds since 1970.
  public var generated: Int64
  /// 16 random bytes that tell stores apart.
  public var identifier: [UInt8]
  /// SHA-256 over the MAC key share and a secret salt: binds the header to α_i, which is kept sealed.
  public var keyCommitment: [UInt8]

  /// SHA-256 over the encoded header; part of what every chunk is authenticated with.
  package var digest: [UInt8] {
    var hash = SHA256()
    hash.update(text: "store header/v1")
    hash.update(lengthPrefixed: encoded)
    return hash.finalize()
  }
}

/// What a program knows about the store it wants to open; `nil` accepts any value.
///
/// Field and sharing mode are always compared: they are in the type of the store.
public struct StoreExpectation: Sendable {
  /// Whose store.
  public var party: PartyID?
  /// n.
  public var partyCount: Int?
  /// The session of the MAC key.
  public var session: SessionID?
  /// The parameter block.
  public var parameterDigest: [UInt8]?
  /// Who has to be trusted.
  public var trustModel: TrustModel?
  /// The form of the masks.
  public var masks: String?

  /// Expects what is given.
  public init(
    party: PartyID? = nil, partyCount: Int? = nil, session: SessionID? = nil, parameterDigest: [UInt8]? = nil,
    trustModel: TrustModel? = nil, masks: String? = nil
  ) {
    self.party = party
    self.partyCount = partyCount
    self.session = session
    self.parameterDigest = parameterDigest
    self.trustModel = trustModel
    self.masks = masks
  }

  /// - Throws: `headerMismatch` naming the first field that differs.
  func check<S: SharingScheme>(_ header: StoreHeader, of _: S.Type) throws(StoreError) {
    var expected = header.terms
    expected.protocolVersion = StoreTerms.currentProtocolVersion
    expected.field = S.F.name
    expected.modulus = S.F.modulus
    expected.mode = S.mode
    expected.partyCount = partyCount ?? expected.partyCount
    expected.session = session ?? expected.session
    expected.parameterDigest = parameterDigest ?? expected.parameterDigest
    expected.trustModel = trustModel ?? expected.trustModel
    expected.masks = masks ?? expected.masks
    for (mine, theirs) in zip(expected.fields, header.terms.fields)
    where !SecurityCheck.storeHeaderExpected.holds(mine.value == theirs.value) {
      throw .headerMismatch(field: mine.name, mine: mine.value, theirs: theirs.value)
    }
    if let party, !SecurityCheck.storeHeaderExpected.holds(party == header.party) {
      throw .headerMismatch(field: "party", mine: party.description, theirs: header.party.description)
    }
  }
}
