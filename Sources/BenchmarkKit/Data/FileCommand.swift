/// What the commands about files have in common.
public enum FileCommand {
  /// Prints an error as one line on stderr and says which exit code belongs to it.
  public static func report(_ error: any Error) -> RunExitCode {
    switch error {
    case let error as DataFetchError:
      standardError("error: \(error)\n")
      switch error {
      case .unknownName: return .usage
      case .noPip, .downloadFailed: return .localFailure
      case .otherFileInPlace: return .invalidInput
      }
    default: return RunExperiment.report(error)
    }
  }
}
