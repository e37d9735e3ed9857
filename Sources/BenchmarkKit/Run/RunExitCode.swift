internal import MPCCore
internal import ModelFiles
internal import PartyRuntime
internal import SecureML
internal import Transport

/// Exit codes of `spdz-bench`.
public enum RunExitCode: Int32, Sendable, CaseIterable {
  /// All went well.
  case success = 0
  /// `cheat`: a verdict is not as expected. `audit verify`: there are findings.
  case unexpectedVerdict = 1
  /// Wrong options or arguments.
  case usage = 64
  /// Wrong experiment file or data.
  case invalidInput = 65
  /// A peer was lost or did not answer in time.
  case peerLost = 69
  /// Something local failed: no preprocessing left, a disk error, a cancelled run.
  case localFailure = 70
  /// Results cannot be written.
  case cannotWrite = 73
  /// A run on stored material ended early with nothing undecided; it can be resumed.
  case suspended = 74
  /// Stopped by SIGTERM or SIGINT; the peers were told.
  case stopped = 75
  /// Another party was caught cheating.
  case cheatingDetected = 76

  /// What the code means, for `--help`.
  public var meaning: String {
    switch self {
    case .success: "success"
    case .unexpectedVerdict: "cheat: a verdict is not as expected; audit verify: there are findings"
    case .usage: "wrong options or arguments"
    case .invalidInput: "wrong experiment file or data"
    case .peerLost: "a peer was lost or did not answer in time"
    case .localFailure: "a local failure: no preprocessing left, a disk error, a cancelled run"
    case .cannotWrite: "results cannot be written"
    case .suspended:
      "suspended: a run on stored material ended early, keys and material are kept; start again to resume"
    case .stopped: "stopped by SIGTERM or SIGINT; the peers were told"
    case .cheatingDetected: "cheating detected"
    }
  }

  /// The code for an error.
  public init(_ error: any Error) {
    switch error {
    case is ConfigurationError, is DataError, is ModelError, is ReportError, is MaterialTooLarge: self = .invalidInput
    case ModelFileError.cannotWrite: self = .cannotWrite
    case is ModelFileError: self = .invalidInput
    case ResultError.debugBuild: self = .usage
    case is ResultError: self = .cannotWrite
    case MicroError.usage: self = .usage
    case MicroError.transport(let error): self = RunExitCode(error)
    case MicroError.aborted(let abort): self = RunExitCode(abort)
    case is CheatError: self = .usage
    case let error as PrepError: self = error.exitCode
    case let error as StoredRunError: self = error.exitCode
    case is MaterialShortage: self = .localFailure
    case IdentityError.cannotWrite: self = .cannotWrite
    case is IdentityError: self = .invalidInput
    case let error as TransportError: self = error.group == .peerLost ? .peerLost : .invalidInput
    case SessionFileError.exists, SessionFileError.file: self = .cannotWrite
    case is SessionFileError: self = .invalidInput
    case is LauncherError: self = .usage
    case PartyError.transport(let error): self = RunExitCode(error)
    case PartyError.interrupted, is RunInterrupted: self = .stopped
    case PartyError.audit, is AuditError: self = .cannotWrite
    case is PartyError: self = .invalidInput
    case let error as ProcessesError: self = error.exitCode
    case ProtocolAbort.configurationMismatch: self = .invalidInput
    case let abort as ProtocolAbort:
      switch abort.group {
      case .cheating: self = .cheatingDetected
      case .peerLost: self = .peerLost
      case .local: self = .localFailure
      }
    default: self = .localFailure
    }
  }

  /// One line a code, for `--help`.
  public static var table: String {
    allCases.map { "  \($0.rawValue)\($0.rawValue < 10 ? " " : "")  \($0.meaning)" }.joined(separator: "\n")
  }
}
