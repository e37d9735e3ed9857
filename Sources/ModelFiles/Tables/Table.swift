/// A table of text: a header, if there is one, and rows of equal length.
public struct Table: Hashable, Sendable {
  /// The file it came from, for messages.
  public let file: String
  /// One name a column: those of the header, or "x1", "x2", ….
  public let columns: [String]
  /// Whether the file has a line of names.
  public let hasHeader: Bool
  /// A first line with another number of cells than the rows, which says something about the file.
  public let preamble: [String]?
  /// The rows, with the lines they begin in.
  public private(set) var rows: [DelimitedText.Record]

  /// Reads delimited text, gzipped or not.
  ///
  /// The first line is a header if none of its cells is a number, and a preamble if it has another number of cells than
  /// the second one.
  /// - Throws: `malformed` for rows of different length and all that ``DelimitedText`` and ``Gzip`` refuse.
  public init(_ bytes: [UInt8], delimiter: UInt8 = UInt8(ascii: ","), file: String) throws(ModelFileError) {
    let text = Gzip.isGzip(bytes) ? try Gzip.decompress(bytes, file: file) : bytes
    var records = DelimitedText(text, delimiter: delimiter, file: file)
    guard let first = try records.next() else {
      throw .malformed(file: file, offset: 0, field: "line 1", reason: "the file has no rows")
    }
    self.file = file
    let second = try records.next()
    if let second, second.cells.count != first.cells.count {
      (preamble, hasHeader) = (first.cells, false)
      (columns, rows) = (Self.names(second.cells.count), [second])
    } else {
      preamble = nil
      hasHeader = first.cells.allSatisfy { Self.number($0) == nil } && second != nil
      columns = hasHeader ? first.cells : Self.names(first.cells.count)
      rows = (hasHeader ? [] : [first]) + (second.map { [$0] } ?? [])
    }
    while let record = try records.next() {
      guard record.cells.count == columns.count else {
        throw .malformed(
          file: file, offset: 0, field: "line \(record.line)",
          reason: "\(record.cells.count) cells where \(columns.count) are expected")
      }
      rows.append(record)
    }
  }

  private static func names(_ count: Int) -> [String] { (0..<count).map { "x\($0 + 1)" } }

  /// The number in a cell; white space around it does not matter.
  public static func number(_ cell: String) -> Double? {
    if let number = Double(cell) { return number }
    let trimmed = cell.drop { $0 == " " || $0 == "\t" }
    guard let last = trimmed.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return nil }
    return Double(trimmed[...last])
  }

  /// The place of a column.
  /// - Throws: `missing` with the columns there are.
  public func index(ofColumn name: String) throws(ModelFileError) -> Int {
    guard let index = columns.firstIndex(of: name) else {
      throw .missing(file: file, what: "column \(name.quotedShort)", available: columns)
    }
    return index
  }
}
