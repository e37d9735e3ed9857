/// The attacks of this product, by phase.
public enum AttackCatalogue {
  /// Attacks on the online phase.
  public static let online: [Attack] =
    Attack.openings + Attack.commitments + Attack.order + Attack.overlap + Attack.channels

  /// The attack with this number or name.
  public static func attack(_ id: String) -> Attack? { online.first { $0.id == id || $0.name == id } }
}
