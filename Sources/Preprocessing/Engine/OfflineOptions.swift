public import MPCCore

/// Which of the protocols makes what. All parties choose the same; the set-up compares.
public struct OfflineOptions: Sendable, Hashable {
  /// How products get their tags.
  public enum Triples: String, Sendable, Codable, CaseIterable {
    /// The tag of c as a·(the tag of b), and one check for the whole batch: 4 replies a batch.
    case tagProduct = "tag-product"
    /// Two multiplicands, all five values authenticated, one sacrificed: 7 replies a batch.
    case classic
  }

  /// How the high parts of statistical masks are made.
  public enum Masks: String, Sendable, Codable, CaseIterable {
    /// One bounded input a party with a range proof.
    case bounded
    /// Random bits.
    case bits
  }

  /// Default tag products.
  public var triples: Triples
  /// Default bounded inputs.
  public var masks: Masks
  /// s and λ.
  public var security: SecurityParameters
  /// W: how many sub-sessions under the one MAC key make material at once; see ``LowGear/generate(_:progress:)``.
  public var workerCount = 1

  /// Chooses.
  public init(
    triples: Triples = .tagProduct, masks: Masks = .bounded, security: SecurityParameters = SecurityParameters()
  ) {
    self.triples = triples
    self.masks = masks
    self.security = security
  }

  /// Only protocols whose security was argued by others: classic triples, masks from bits.
  public static var conservative: OfflineOptions { OfflineOptions(triples: .classic, masks: .bits) }
}
