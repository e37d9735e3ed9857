public import CheatingParties

/// The attacks a command is about, found by number ("A8-coin-value", "A1"), else by catalogue id ("A8": all its variants) or
/// name.
public struct AttackSelection: Sendable {
  /// In the order of the catalogue, each once.
  public let attacks: [Attack]

  /// All attacks of a phase, or of the whole catalogue.
  public init(phase: AttackPhase?) {
    attacks = AttackCatalogue.all.filter { phase == nil || $0.phase == phase }
  }

  /// The attacks called by `names`.
  /// - Throws: ``CheatError/unknownAttack(_:nearest:)``, ``CheatError/nothingToRun``.
  public init(names: [String], phase: AttackPhase? = nil) throws(CheatError) {
    guard !names.isEmpty else { throw .nothingToRun }
    let all = AttackCatalogue.all
    var chosen: Set<String> = []
    for name in names {
      let wanted = name.lowercased()
      let exact = all.filter { $0.id.lowercased() == wanted }
      let found =
        exact.isEmpty
        ? all.filter { $0.name.lowercased() == wanted || Self.number($0).lowercased() == wanted } : exact
      guard !found.isEmpty else {
        let known = all.flatMap { [$0.id, $0.name] } + all.map(Self.number)
        throw .unknownAttack(name, nearest: nearestName(to: name, among: known))
      }
      chosen.formUnion(found.map(\.id))
    }
    attacks = all.filter { chosen.contains($0.id) && (phase == nil || $0.phase == phase) }
    if attacks.isEmpty { throw .nothingToRun }
  }

  /// The number of an attack in the catalogue, without its variant: "A8" of "A8-coin-value".
  public static func number(_ attack: Attack) -> String { String(attack.id.prefix { $0 != "-" }) }
}
