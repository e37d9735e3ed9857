internal import Cryptography
internal import FoundationEssentials
internal import ModelFiles

extension Dataset {
  /// Reads a data set as an experiment file describes it: delimited text, gzipped or not, a matrix in NumPy's format, or
  /// arrays of an `.npz` file. Features are divided by the specification's divisor.
  /// - Parameters:
  ///   - specification: path, format, checksum, classes.
  ///   - folder: the folder relative paths start from.
  public static func load(_ specification: DatasetSpecification, relativeTo folder: String)
    throws(DataError) -> Dataset
  {
    var data = try stored(specification, relativeTo: folder)
    if specification.divisor != 1 {
      for index in data.features.indices { data.features[index] /= specification.divisor }
    }
    return data
  }

  private static func stored(_ specification: DatasetSpecification, relativeTo folder: String)
    throws(DataError) -> Dataset
  {
    let path =
      specification.path.hasPrefix("/") || folder.isEmpty ? specification.path : "\(folder)/\(specification.path)"
    let bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw .unreadable(file: path, reason: exists ? "not a readable file" : Self.missing(path))
    }
    if !specification.sha256.isEmpty {
      let found = sha256Hex(bytes)
      guard found == specification.sha256 else {
        throw .checksumMismatch(file: path, expected: specification.sha256, found: found)
      }
    }
    if let arrays = specification.arrays {
      let found = try reading { () throws(ModelFileError) in
        try NPZFile.read(bytes, file: path)
      }
      return try parse(found, arrays, specification, file: path)
    }
    if NPYFile.isNPY(bytes) {
      guard specification.owners == nil else { throw .ownersNeedText(file: path) }
      return try parse(
        reading { () throws(ModelFileError) in
          try NPYFile.read(bytes, file: path)
        }, specification, file: path)
    }
    guard Gzip.isGzip(bytes) else { return try parse(bytes, specification, file: path) }
    return try parse(
      reading { () throws(ModelFileError) in
        try Gzip.decompress(bytes, file: path)
      }, specification, file: path)
  }

  /// What to do about a missing file.
  private static func missing(_ path: String) -> String {
    guard path.contains("/fetched/") else { return "no such file" }
    return "no such file; data sets that are not part of the repository are fetched once: 'spdz-bench data fetch NAME'"
  }

  /// Parses delimited text; `file` is named in errors. Empty lines are skipped, LF and CR LF both end a line.
  package static func parse(_ bytes: [UInt8], _ specification: DatasetSpecification, file: String)
    throws(DataError) -> Dataset
  {
    if let owners = specification.owners {
      return try parse(bytes, specification, ownedBy: owners, file: file)
    }
    let delimiter = specification.delimiter.utf8.first ?? UInt8(ascii: ",")
    var columnCount: Int?
    var features: [Double] = []
    var labels: [Int] = []
    for (index, rawLine) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let line = rawLine.last == UInt8(ascii: "\r") ? rawLine.dropLast() : rawLine
      if line.isEmpty || (index == 0 && specification.header) { continue }
      let cells = line.split(separator: delimiter, omittingEmptySubsequences: false)
      let expected = columnCount ?? max(specification.label == .none ? 1 : 2, cells.count)
      guard cells.count == expected else {
        throw .wrongColumnCount(file: file, line: index + 1, expected: expected, found: cells.count)
      }
      columnCount = expected
      let labelColumn = specification.labelColumn(of: expected)
      if labelColumn == nil { labels.append(0) }
      for (column, cell) in cells.enumerated() {
        let text = trimmed(cell)
        if column == labelColumn {
          labels.append(
            try label(text, classes: specification.classes, file: file, line: index + 1, column: column + 1))
        } else {
          features.append(try feature(text, file: file, line: index + 1, column: column + 1))
        }
      }
    }
    guard let columnCount else { throw .empty(file: file) }
    return Dataset(
      file: file, featureNames: featureNames(columnCount - (specification.label == .none ? 0 : 1)), features: features,
      labels: labels, classCount: specification.classes)
  }

  static func featureNames(_ count: Int) -> [String] { (0..<count).map { "x\($0 + 1)" } }

  /// A finite number.
  private static func number(_ text: String, file: String, line: Int, column: Int) throws(DataError) -> Double {
    guard let value = Double(text), value.isFinite else {
      throw .notANumber(file: file, line: line, column: column, text: String(text.prefix(40)))
    }
    return value
  }

  /// A number within ±1e100.
  static func feature(_ text: String, file: String, line: Int, column: Int) throws(DataError) -> Double {
    let value = try number(text, file: file, line: line, column: column)
    guard value.magnitude < 1e100 else {
      throw .tooLarge(file: file, line: line, column: column, text: String(text.prefix(40)))
    }
    return value
  }

  /// A class.
  static func label(_ text: String, classes: Int, file: String, line: Int, column: Int) throws(DataError) -> Int {
    let value = try number(text, file: file, line: line, column: column)
    guard let label = Int(exactly: value), (0..<classes).contains(label) else {
      throw .labelOutOfRange(file: file, line: line, text: text, classes: classes)
    }
    return label
  }

  private static func trimmed(_ cell: ArraySlice<UInt8>) -> String {
    let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    let start = cell.drop(while: isSpace)
    let end = start.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start.startIndex
    return String(decoding: start[start.startIndex..<end], as: UTF8.self)
  }
}

extension DatasetSpecification {
  /// Which of so many columns is the label; nil: none.
  func labelColumn(of columns: Int) -> Int? {
    switch label {
    case .first: 0
    case .last: columns - 1
    case .none: nil
    }
  }
}

/// SHA-256 in lower-case hexadecimal.
func sha256Hex(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef")
  return String(SHA256.hash(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
