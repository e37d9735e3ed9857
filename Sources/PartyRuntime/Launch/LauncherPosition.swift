/// Which party this process is, from the environment of the launcher that started it.
public struct LauncherPosition: Hashable, Sendable {
  /// The party number.
  public var id: Int
  /// How many processes the launcher started, if it says so.
  public var count: Int?
  /// The launcher.
  public var launcher: String

  /// Launchers in the order they are asked: the innermost first, as one may run inside another.
  private static let known: [(launcher: String, id: String, count: String?)] = [
    ("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
    ("Slurm", "SLURM_PROCID", "SLURM_NTASKS"),
    ("Kubernetes indexed Job", "JOB_COMPLETION_INDEX", nil),
  ]

  /// Looks for a launcher's variables.
  /// - Returns: `nil` if there are none.
  /// - Throws: ``LauncherError`` if a variable is there and makes no sense.
  public static func find(in environment: [String: String]) throws(LauncherError) -> LauncherPosition? {
    for (launcher, idName, countName) in known {
      guard let text = environment[idName] else { continue }
      guard let id = Int(text), id >= 0 else { throw .notANumber(variable: idName, value: text) }
      var count: Int?
      if let countName, let text = environment[countName] {
        guard let number = Int(text), number > id else { throw .notANumber(variable: countName, value: text) }
        count = number
      }
      return LauncherPosition(id: id, count: count, launcher: launcher)
    }
    return nil
  }

  /// The party number: the given one, or the launcher's.
  /// - Throws: `noID` if neither is there, `wrongCount` if the launcher started another number of processes.
  public static func id(
    given: Int?, partyCount: Int, environment: [String: String]
  ) throws(LauncherError) -> Int {
    if let given { return given }
    guard let position = try find(in: environment) else { throw .noID(variables: known.map(\.id)) }
    if let count = position.count, count != partyCount {
      throw .wrongCount(launcher: position.launcher, started: count, parties: partyCount)
    }
    return position.id
  }
}

/// Why the party number cannot be told.
public enum LauncherError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Neither `--id` nor a launcher's variable.
  case noID(variables: [String])
  /// A launcher's variable is not a number.
  case notANumber(variable: String, value: String)
  /// The launcher started another number of processes than the session has parties.
  case wrongCount(launcher: String, started: Int, parties: Int)

  /// What to do.
  public var description: String {
    switch self {
    case .noID(let variables):
      "which party is this? give --id, or start it with a launcher that sets \(variables.joined(separator: ", "))"
    case .notANumber(let variable, let value):
      "\(variable) is \"\(value)\", not a party number; give --id, or correct the launcher's environment"
    case .wrongCount(let launcher, let started, let parties):
      "\(launcher) started \(started) processes, the session has \(parties) parties; start as many as there are parties"
    }
  }
}
