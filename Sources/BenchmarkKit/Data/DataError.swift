public import ModelFiles

/// Why a data file cannot be used, in one line with the remedy. The process exits with ``RunExitCode/invalidInput``.
public enum DataError: Error, Hashable, Sendable {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// A compressed or NumPy file is damaged or of another kind.
  case malformed(ModelFileError)
  /// A NumPy array that is no matrix of at least two columns.
  case notAMatrix(file: String, shape: String)
  /// The file has no data rows.
  case empty(file: String)
  /// The bytes are not the expected ones.
  case checksumMismatch(file: String, expected: String, found: String)
  /// A line has another number of columns than the first data line.
  case wrongColumnCount(file: String, line: Int, expected: Int, found: Int)
  /// A cell is not a finite number. Lines and columns count from 1.
  case notANumber(file: String, line: Int, column: Int, text: String)
  /// A feature is so large that mean and deviation of its column would overflow.
  case tooLarge(file: String, line: Int, column: Int, text: String)
  /// A label is not one of 0 … classes − 1.
  case labelOutOfRange(file: String, line: Int, text: String, classes: Int)
  /// The split leaves one side without rows.
  case tooFewRows(file: String, rows: Int, testFraction: Double)
  /// There is no column with the name of dataset.owners.
  case noOwnerColumn(file: String, column: String, columns: [String])
  /// An owner of dataset.owners has no row.
  case noRowsOfOwner(file: String, column: String, owner: String)
  /// A NumPy matrix has no column of owners.
  case ownersNeedText(file: String)
  /// A feature value has no fixed-point encoding; `row` counts data rows from 1.
  case featureOutOfRange(file: String, feature: String, row: Int, value: Double, limit: Double)
}

extension DataError: CustomStringConvertible {
  /// Where, what, and what to do.
  public var description: String { oneLine(text) }

  private var text: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason); check dataset.path, which is relative to the experiment file"
    case .malformed(let error): error.description
    case .notAMatrix(let file, let shape):
      "\(file): the array is \(shape), rows x (features and label) expected; save the rows as one matrix"
    case .empty(let file): "\(file): no data rows; check the file and dataset.header"
    case .checksumMismatch(let file, let expected, let found):
      "\(file): SHA-256 is \(found), expected \(expected); fetch the file again or correct dataset.sha256"
    case .wrongColumnCount(let file, let line, let expected, let found):
      "\(file):\(line): \(found) columns where \(expected) are expected; correct the line or dataset.delimiter"
    case .notANumber(let file, let line, let column, let text):
      "\(file):\(line): column \(column): \"\(text)\" is not a finite number; correct the cell"
        + (line == 1 ? " or set dataset.header to true" : "")
    case .tooLarge(let file, let line, let column, let text):
      "\(file):\(line): column \(column): \(text) is not inside ±1e100; correct the cell or rescale the column"
    case .labelOutOfRange(let file, let line, let text, let classes):
      "\(file):\(line): label \(text) is not a whole number in 0…\(classes - 1); correct dataset.label, dataset.classes "
        + "or the line"
    case .tooFewRows(let file, let rows, let fraction):
      "\(file): \(rows) rows cannot be split with testFraction \(fraction); use more rows or another fraction"
    case .noOwnerColumn(let file, let column, let columns):
      "\(file): no column \"\(column)\" in the header; correct dataset.owners.column, there are "
        + columns.prefix(40).joined(separator: ", ")
    case .noRowsOfOwner(let file, let column, let owner):
      "\(file): no row has \"\(owner)\" in column \(column); correct dataset.owners.values"
    case .ownersNeedText(let file):
      "\(file): a NumPy matrix has no column of owners; use delimited text, or remove dataset.owners"
    case .featureOutOfRange(let file, let feature, let row, let value, let limit):
      "\(file): row \(row): feature \(feature) has the value \(value) after standardisation, not inside ±\(limit), the range "
        + "that is proven for features; lower dataset.clip or raise fixedPoint.featureBits"
    }
  }
}
