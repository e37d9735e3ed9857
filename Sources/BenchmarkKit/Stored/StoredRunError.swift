internal import FieldArithmetic
internal import MPCCore
internal import MaterialStore
internal import PartyRuntime
internal import SecretSharing
internal import Transport

/// How a run on stored material ended early, with what became of the stores.
public enum StoredRunError: Error, CustomStringConvertible {
  /// Nothing was undecided: keys and material are kept, later processes go on with them.
  case suspended(directory: String, cause: any Error)
  /// Something was undecided, or somebody cheated: keys and material of the stores in `directories` are gone for ever.
  case destroyed(directories: [String], state: String, cause: any Error)

  /// What happened, what is left, what to do.
  public var description: String {
    switch self {
    case .suspended(let directory, let cause):
      "suspended: \(cause); nothing was undecided, keys and material in \(directory) are kept: start all parties again to "
        + "resume"
    case .destroyed(let directories, let state, let cause):
      "\(cause); openings were undecided or somebody cheated, so the keys and all material in "
        + "\(directories.joined(separator: ", ")) are destroyed (\(state)): make new stores"
    }
  }

  /// The code the process ends with.
  var exitCode: RunExitCode {
    switch self {
    case .suspended: .suspended
    case .destroyed(_, _, let cause): RunExitCode(cause)
    }
  }

  /// `error` as the end of a run on the stores in `directories`, which are closed; what they say decides.
  static func explaining(_ error: any Error, directories: [String], root: String) -> any Error {
    var dead: [String] = []
    var state = ""
    for directory in directories {
      guard let found = try? StoreInspection.read(directory: directory), found.state.isFinal else { continue }
      dead.append(directory)
      state = found.state.text
    }
    guard dead.isEmpty else { return StoredRunError.destroyed(directories: dead, state: state, cause: error) }
    return isLoss(error) ? StoredRunError.suspended(directory: root, cause: error) : error
  }

  /// Whether the run could go on but for a peer, the network, or the user.
  private static func isLoss(_ error: any Error) -> Bool {
    switch error {
    case ProtocolAbort.cancelled, PartyError.interrupted: true
    case let abort as ProtocolAbort: abort.group == .peerLost
    case PartyError.transport(let error), let error as TransportError: error.group == .peerLost
    default: false
    }
  }
}
