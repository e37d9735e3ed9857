public import LatticeEncryption
public import MPCCore
public import SecretSharing
public import ZeroKnowledge

/// A sharing scheme that the offline phase can make material for.
///
/// Every protocol of this target is written once over share vectors taken apart into components (value shares, then the
/// tags): a product of encrypted operands with [b] is a product with each component of [b]. What differs is here: whether
/// ciphertexts, keys and replies are proven and checked, and whether there is a MAC key to multiply by.
public protocol OfflineSharing: SharingScheme {
  /// The parties' encrypted MAC key shares with the keys they are under; nothing in the passive scheme.
  associatedtype MACKeyEncryption: Sendable

  /// Which parameter sets serve this scheme.
  static var adversary: ParameterLiteral.Adversary { get }
  /// What the parties assume of each other, for reports.
  static func trustModel(_ options: OfflineOptions) -> TrustModel
  /// a = `operandFactor`·m for an encrypted m: 2 where proofs speak about twice the ciphertext.
  static var operandFactor: UInt64 { get }

  /// Samples the key share, or takes over `existing` of an earlier session, and exchanges what `authenticate(_:with:suite:context:)` needs.
  static func setUpMACKey<C: Channel>(
    existing: Key?, suite: OfflineSuite, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> (key: Key, encryption: MACKeyEncryption)

  /// Exchanges and, in the active scheme, proves the public keys of an epoch.
  /// - Parameter coin: fresh for this epoch; gives the a of all keys.
  static func exchangeKeys<C: Channel>(
    epoch: Int, coin: [UInt8], suite: OfflineSuite, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> KeyRing<EpochKey>

  /// Encrypts this party's plaintexts under its epoch key and gives the ciphertexts of all others, which are fit to be
  /// multiplied: proven and doubled in the active scheme. At most `ciphertextsPerProof` at once.
  /// - Parameter plaintexts: N coefficients each.
  static func exchangeOperands<C: Channel>(
    _ plaintexts: [PlaintextWitness], keys: KeyRing<EpochKey>, label: OperandLabel, suite: OfflineSuite,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> [[Multipliable<EpochKey>]]

  /// [α_i], the constants that tags of own operands are made with, or nothing.
  static func tagConstants(_ key: Key) -> [F]

  /// Tags of vectors of N values each, of which this party holds shares `values`: products with the encrypted α_j of all
  /// parties. No communication in the passive scheme.
  /// - Parameters:
  ///   - owner: the only party with a share other than 0, if there is one.
  ///   - pairs: where the pairwise shares are kept, if wanted; coefficients in the order of the values.
  static func authenticate<C: Channel>(
    _ values: [[F]], owner: PartyID?, keeping pairs: PairwiseTags<F>?, key: Key, encryption: MACKeyEncryption,
    suite: OfflineSuite,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> [SharedVector<Self>]

  /// Whether batches are checked, and so give up a slot as mask.
  static var checksBatches: Bool { get }

  /// MAC check of the opened ρ and of τ, which has to be zero; see ``LowGear``'s classic triples.
  static func checkSacrifice<C: Channel>(
    opened rho: [F], _ shares: SharedVector<Self>, zero tau: SharedVector<Self>, key: Key,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort)

  /// Proves that every party's values are bounded; nothing in the passive scheme. See ``BoundedValueProof``.
  /// - Parameters:
  ///   - values: by party.
  ///   - clear: this party's own values.
  static func proveBounded<C: Channel>(
    _ values: [SharedVector<Self>], clear: [F], _ proof: BoundedValueProof, in session: inout Session<Self, C>
  ) async throws(ProtocolAbort)

  /// The batch check; see ``BatchCheck``. Nothing in the passive scheme.
  static func checkBatch<C: Channel>(
    _ batch: borrowing BatchCheck<Self>, key: Key, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort)
}

/// Where an operand proof stands: hashed into it.
public struct OperandLabel: Hashable, Sendable {
  /// Number of the epoch.
  public let epoch: Int
  /// Number of the exchange of operands within the epoch.
  public let batch: Int
}
