public import FieldArithmetic
public import MPCCore

/// Plain additive shares x = Σ x_i: the passive scheme. A baseline, never a default.
///
/// The tag operations are empty, everything else is the same code as for ``AuthenticatedSharing``.
public enum AdditiveSharing<F: PrimeField>: SharingScheme {
  /// No tags.
  @frozen
  public struct NoTags: Sendable {
    /// The only value.
    @inlinable public init() {}
  }

  /// Passive.
  public static var mode: SecurityMode { .passive }

  /// An empty key.
  public static func key(share alpha: F) -> NoKey { NoKey() }

  /// None.
  public static func components(of tags: NoTags) -> [[F]] { [] }
  /// No tags.
  public static func tags(components: [[F]]) -> NoTags {
    precondition(components.isEmpty, "no tags")
    return NoTags()
  }

  /// No tags.
  @inlinable public static func tags(_ make: () -> [F]) -> NoTags { NoTags() }
  /// No tags.
  @inlinable public static func map(_ tags: NoTags, _ linear: ([F]) -> [F]) -> NoTags { tags }
  /// No tags.
  @inlinable
  public static func map(_ first: NoTags, _ second: NoTags, _ linear: ([F], [F]) -> [F]) -> NoTags { first }
  /// No tags.
  @inlinable
  public static func update(_ y: inout NoTags, _ x: NoTags, _ linear: (inout [F], [F]) -> Void) {}
  /// No tags.
  @inlinable
  public static func update(_ y: inout NoTags, _ a: NoTags, _ b: NoTags, _ linear: (inout [F], [F], [F]) -> Void) {}
  /// No tags.
  @inlinable
  public static func beaverCombine(
    _ z: inout NoTags, a: NoTags, b: NoTags, epsilon: Span<F>, delta: Span<F>, key: NoKey
  ) {}
  /// No tags.
  @inlinable public static func addPublic(_ y: inout NoTags, _ c: [F], key: NoKey) {}

  /// Forgets the count of the openings: the passive scheme checks nothing.
  public static func verify<C: Channel>(
    _ ledger: inout UncheckedCount<F, NoTags>, key: NoKey, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) {
    ledger.removeAll()
  }

  /// Plain inputs: passive parties follow the protocol, there is nothing to prove.
  public static func inputProven<C: Channel>(
    _ values: [UInt64]?, form: DigitForm, from party: PartyID, in session: inout Session<Self, C>
  ) async throws(ProtocolAbort) -> SharedVector<Self> {
    try await session.input(values.map { $0.map { F($0) } }, count: form.count, from: party)
  }
}

/// The passive scheme's key: nothing but a gate and a flag.
public final class NoKey: SharingKey {
  /// The gate; nothing of the passive scheme ever holds it for long.
  public let gate = CheckGate()

  /// Creates the empty key.
  public init() {}

  /// Closes the gate.
  public func destroy(because reason: ProtocolAbort) { gate.close(because: reason) }

  /// Whether the session ended.
  public var isDestroyed: Bool { gate.isClosed }
}

/// The passive scheme's ledger: counts openings, keeps none.
public struct UncheckedCount<F: PrimeField, Tags: Sendable>: OpeningLedger {
  /// How many values were opened since the last (empty) check.
  public private(set) var count = 0

  /// A ledger of nothing.
  public init() {}

  /// Counts.
  public mutating func record(opened: [F], tags: Tags) { count += opened.count }

  /// Counts.
  public mutating func record(opened: [F], differences: [(Tags, Tags)]) { count += opened.count }

  /// Starts again from 0.
  public mutating func removeAll() { count = 0 }
}
