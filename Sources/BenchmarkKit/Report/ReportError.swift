/// Why results cannot be reported or compared, in one line with the remedy.
public enum ReportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(path: String, reason: String)
  /// A line other than a cut last one is no result row. Lines count from 1.
  case notARow(path: String, line: Int, reason: String)
  /// The rows have a schema this program does not know.
  case unknownSchema(path: String, found: Int)
  /// There is no row.
  case empty(path: String)

  /// Where, what, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason); name a results folder or its results.jsonl"
    case .notARow(let path, let line, let reason):
      oneLine("\(path):\(line): not a result row: \(reason); correct or remove the line")
    case .unknownSchema(let path, let found):
      "\(path): rows of schema \(found), this program knows \(ResultRow.schemaVersion); use the program that wrote them"
    case .empty(let path): "\(path): no rows; the run ended before its first repeat was measured"
    }
  }
}
