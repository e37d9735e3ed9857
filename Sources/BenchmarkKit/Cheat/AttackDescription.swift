public import CheatingParties

/// An entry of the catalogue as data.
public struct AttackDescription: Codable, Sendable {
  /// Number and variant.
  public var attack: String
  /// Name.
  public var name: String
  /// The part of the protocol it is on.
  public var phase: AttackPhase
  /// What the cheater alters.
  public var summary: String
  /// In which step.
  public var step: String
  /// What must stop it.
  public var check: String
  /// Upper bound on the probability that it escapes.
  public var bound: String
  /// How many parties it needs.
  public var minimumParties: Int

  enum CodingKeys: String, CodingKey {
    case attack, name, phase, summary, step, check, bound
    case minimumParties = "minimum_parties"
  }

  /// Describes an attack.
  public init(_ attack: Attack) {
    self.attack = attack.id
    name = attack.name
    phase = attack.phase
    summary = attack.summary
    step = attack.step
    check = attack.caughtBy
    bound = attack.escapeBound
    minimumParties = attack.minimumPartyCount
  }
}
