/// Why results cannot be written.
public enum ResultError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The output folder cannot be made or a file in it cannot be written.
  case cannotWrite(path: String, reason: String)
  /// There are results in the folder already.
  case alreadyExists(path: String)
  /// A debug build does not measure anything worth keeping.
  case debugBuild

  /// Cause and remedy.
  public var description: String {
    switch self {
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written: \(reason); choose another folder with --output"
    case .alreadyExists(let path):
      "\(path) exists already and is not overwritten; choose another folder with --output, or remove it"
    case .debugBuild:
      "this is a debug build, its times mean nothing; build with 'swift build -c release', or accept with --allow-debug"
    }
  }
}
