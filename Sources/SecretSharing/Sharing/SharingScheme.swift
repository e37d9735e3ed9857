public import FieldArithmetic
public import MPCCore

/// How a secret is shared: a share is a value plus *tags*, and the scheme decides what tags are.
///
/// Everything above this protocol (Beaver multiplication, fixed point, machine learning) is written once, so passive
/// and active runs take the same path. Linear operations are written on vectors of field elements and *lifted* to the
/// tags: `AuthenticatedSharing` applies them to its MAC shares, `AdditiveSharing` has no tags and does nothing.
public protocol SharingScheme: Sendable {
  /// The field of the secrets.
  associatedtype F: PrimeField
  /// What stands beside the value shares of a vector: its MAC shares γ(x)_i, or nothing.
  associatedtype Tags: Sendable
  /// What a party keeps for a whole session: its MAC key share α_i, or nothing.
  associatedtype Key: SharingKey
  /// The openings not yet checked.
  associatedtype Ledger: OpeningLedger where Ledger.F == F, Ledger.Tags == Tags

  /// Which security the scheme gives; for reports, never for decisions in protocol code.
  static var mode: SecurityMode { get }

  /// The key handle for a share α_i; the passive scheme ignores the share.
  static func key(share alpha: F) -> Key

  /// The vectors of field elements a tag consists of: none, or the MAC shares. With ``tags(components:)`` what a generator
  /// or a store does to every share vector alike.
  static func components(of tags: Tags) -> [[F]]
  /// The inverse of ``components(of:)``.
  static func tags(components: [[F]]) -> Tags

  /// Tags of a vector that `make` describes; the passive scheme does not call `make`.
  static func tags(_ make: () -> [F]) -> Tags
  /// Applies a linear map to the tags.
  static func map(_ tags: Tags, _ linear: ([F]) -> [F]) -> Tags
  /// Applies a linear map of two vectors to their tags.
  static func map(_ first: Tags, _ second: Tags, _ linear: ([F], [F]) -> [F]) -> Tags
  /// Applies a linear update y ← L(y, x) in place.
  static func update(_ y: inout Tags, _ x: Tags, _ linear: (inout [F], [F]) -> Void)
  /// Applies a linear update y ← L(y, a, b) in place.
  static func update(_ y: inout Tags, _ a: Tags, _ b: Tags, _ linear: (inout [F], [F], [F]) -> Void)
  /// z ← z + ε∘b + δ∘a + ε∘δ on the tags, ε and δ public: what Beaver's protocol adds to the tags of its c.
  static func beaverCombine(
    _ z: inout Tags, a: Tags, b: Tags, epsilon: Span<F>, delta: Span<F>, key: Key)
  /// Adds the tags of public values: γ_i += α_i·c, by every party (`Papers/MODEL.md`, "Shares").
  static func addPublic(_ y: inout Tags, _ c: [F], key: Key)

  /// Checks all openings of the ledger and empties it, and confirms all broadcasts; nothing in the passive scheme.
  /// - Throws: `macCheckFailed` and what the channel throws.
  static func verify<C: Channel>(
    _ ledger: inout Ledger, key: Key, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort)

  /// Inputs of `party` in [0, 2^bits), proven in the active scheme; see ``DigitProof``.
  static func inputProven<C: Channel>(
    _ values: [UInt64]?, form: DigitForm, from party: PartyID, in session: inout Session<Self, C>
  ) async throws(ProtocolAbort) -> SharedVector<Self>
}

/// Passive or active; a type of reports. Protocol code is generic over ``SharingScheme`` instead of branching on this.
public enum SecurityMode: String, Sendable, Codable, CaseIterable {
  /// Secure against parties that follow the protocol: the baseline.
  case passive
  /// Secure with abort against up to n−1 parties that do not.
  case active
}

/// The key material of a session.
public protocol SharingKey: Sendable {
  /// Wipes the key. Idempotent, from any thread; whoever waits at the gate is refused. The first reason stays.
  func destroy(because reason: ProtocolAbort)
  /// Whether the key is gone.
  var isDestroyed: Bool { get }
  /// The one gate of this key: what must not overlap a MAC check passes through it.
  var gate: CheckGate { get }
}

/// The openings whose MACs have not been checked.
public protocol OpeningLedger: Sendable {
  associatedtype F: PrimeField
  associatedtype Tags: Sendable
  /// An empty ledger.
  init()
  /// How many opened values await a check.
  var count: Int { get }
  /// Adds opened values and their tags, in program order.
  mutating func record(opened: [F], tags: Tags)
  /// Adds opened differences x − y of several vectors, one after the other; their tags are computed when they are checked.
  mutating func record(opened: [F], differences: [(Tags, Tags)])
  /// Forgets everything (abort).
  mutating func removeAll()
}
