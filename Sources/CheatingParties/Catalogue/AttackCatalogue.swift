/// The attacks of this product, by phase.
public enum AttackCatalogue {
  /// Attacks on the online phase.
  public static let online: [Attack] =
    Attack.openings + Attack.commitments + Attack.order + Attack.overlap + Attack.channels + Attack.material
    + Attack.boundedValues + Attack.coalitions

  /// Attacks on making material.
  public static let offline: [Attack] =
    Attack.parameters + Attack.setUp + Attack.proofs + Attack.tuples + Attack.rules + Attack.replies + Attack.stores

  /// Attacks below the protocol.
  public static let transport: [Attack] = Attack.frames + Attack.links + [Attack.deaf] + Attack.connections

  /// The whole catalogue.
  public static let all: [Attack] = online + offline + transport

  /// The attack with this number or name.
  public static func attack(_ id: String) -> Attack? { all.first { $0.id == id || $0.name == id } }
}
