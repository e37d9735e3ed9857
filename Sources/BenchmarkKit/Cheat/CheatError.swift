/// Why a `cheat` command was not run.
public enum CheatError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No attack has this name or number.
  case unknownAttack(String, nearest: String?)
  /// Nothing was asked for.
  case nothingToRun
  /// The attack tells parties different things and needs more of them.
  case tooFewParties(attack: String, needed: Int, given: Int)
  /// There is no such party.
  case noSuchPosition(Int, parties: Int)

  /// One line.
  public var description: String {
    switch self {
    case .unknownAttack(let name, let nearest):
      "no attack is called '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        + " 'spdz-bench cheat list' has all names"
    case .nothingToRun: "no attack given; name some or say --all ('spdz-bench cheat list' has all names)"
    case .tooFewParties(let attack, let needed, let given):
      "\(attack) needs \(needed) parties, --parties says \(given); leave --parties out or raise it"
    case .noSuchPosition(let position, let parties):
      "--position \(position): the parties of this run are 0 to \(parties - 1); give one of them or 'all'"
    }
  }
}
