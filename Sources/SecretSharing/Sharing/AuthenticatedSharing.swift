public import FieldArithmetic
public import MPCCore

/// SPDZ shares [x]: x = Σ x_i and γ(x) = α·x = Σ γ(x)_i under a key α = Σ α_i that nobody knows.
///
/// Paper: [DPSZ12, section 3], in the form of [DKLPSS13, Fig. 1] in which α is never opened.
public enum AuthenticatedSharing<F: PrimeField>: SharingScheme {
  /// The MAC shares γ(x)_i, one a value.
  public typealias Tags = [F]

  /// Active.
  public static var mode: SecurityMode { .active }

  /// The handle that owns α_i.
  public static func key(share alpha: F) -> MACKey<F> { MACKey(share: alpha) }

  /// The MAC shares.
  public static func components(of tags: [F]) -> [[F]] { [tags] }
  /// The one vector of MAC shares.
  public static func tags(components: [[F]]) -> [F] {
    precondition(components.count == 1, "one vector of MAC shares")
    return components[0]
  }

  /// The MAC shares `make` gives.
  @inlinable public static func tags(_ make: () -> [F]) -> [F] { make() }
  /// The map, applied to the MAC shares.
  @inlinable public static func map(_ tags: [F], _ linear: ([F]) -> [F]) -> [F] { linear(tags) }
  /// The map, applied to the MAC shares.
  @inlinable
  public static func map(_ first: [F], _ second: [F], _ linear: ([F], [F]) -> [F]) -> [F] { linear(first, second) }
  /// The update, applied to the MAC shares.
  @inlinable
  public static func update(_ y: inout [F], _ x: [F], _ linear: (inout [F], [F]) -> Void) { linear(&y, x) }
  /// The update, applied to the MAC shares.
  @inlinable
  public static func update(_ y: inout [F], _ a: [F], _ b: [F], _ linear: (inout [F], [F], [F]) -> Void) {
    linear(&y, a, b)
  }

  /// On the MAC shares; every party adds α_i·ε∘δ.
  public static func beaverCombine(
    _ z: inout [F], a: [F], b: [F], epsilon: Span<F>, delta: Span<F>, key: MACKey<F>
  ) {
    key.withShare { alpha in
      var span = z.mutableSpan
      F.beaverCombine(
        &span, a: a.span, b: b.span, epsilon: epsilon, delta: delta, addProductScaledBy: .value(alpha))
    }
  }

  /// γ_i += α_i·c.
  public static func addPublic(_ y: inout [F], _ c: [F], key: MACKey<F>) {
    key.withShare { alpha in
      var span = y.mutableSpan
      F.multiplyAccumulate(&span, alpha, c.span)
    }
  }

  /// The batched MAC check; see ``MACCheck``.
  public static func verify<C: Channel>(
    _ ledger: inout OpenedValues<F>, key: MACKey<F>, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) {
    guard ledger.count > 0 else { return try await context.confirmBroadcasts() }
    let opened = ledger.take()
    try await MACCheck.run(opened: opened, key: key, context: &context)
  }

  /// Digit by digit; see ``DigitProof``.
  public static func inputProven<C: Channel>(
    _ values: [UInt64]?, form: DigitForm, from party: PartyID, in session: inout Session<Self, C>
  ) async throws(ProtocolAbort) -> SharedVector<Self> {
    let digits = values.map { form.digits(of: $0, F.self) }
    return try await DigitProof.input(digits: digits, form: form, from: party, in: &session) { groups, gamma in
      DigitGroups.quotient(groups, gamma, form: form)
    }.values
  }
}

/// Opened values and their MAC shares since the last check, in program order. Vectors are kept by reference.
public struct OpenedValues<F: PrimeField>: OpeningLedger {
  /// Opened values with their MAC shares, given as segments one after the other: γ, or γ(x) − γ(y) of a difference.
  package struct Batch: Sendable {
    package let opened: [F]
    package let segments: [(macShares: [F], minus: [F]?)]
  }

  package private(set) var batches: [Batch] = []
  /// How many opened values await the check.
  public private(set) var count = 0

  /// An empty ledger.
  public init() {}

  /// Adds opened values A_j and my shares γ(A_j)_i.
  public mutating func record(opened: [F], tags: [F]) {
    precondition(opened.count == tags.count, "one MAC share a value")
    guard !opened.isEmpty else { return }
    batches.append(Batch(opened: opened, segments: [(tags, nil)]))
    count += opened.count
  }

  /// Adds opened differences; their MAC shares are subtracted when they are checked.
  public mutating func record(opened: [F], differences: [([F], [F])]) {
    precondition(
      differences.allSatisfy { $0.0.count == $0.1.count }
        && opened.count == differences.reduce(0) { $0 + $1.0.count }, "one MAC share a value")
    guard !opened.isEmpty else { return }
    batches.append(Batch(opened: opened, segments: differences.map { ($0.0, $0.1) }))
    count += opened.count
  }

  /// Forgets everything.
  public mutating func removeAll() {
    batches = []
    count = 0
  }

  /// The content; the ledger is empty afterwards.
  package mutating func take() -> OpenedValues {
    let all = self
    removeAll()
    return all
  }
}
