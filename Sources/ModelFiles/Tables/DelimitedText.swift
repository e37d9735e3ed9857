/// Records of delimited text (CSV, RFC 4180), one after another: cells may be quoted and then hold delimiters, quotes
/// (doubled) and line breaks. LF, CR LF and CR end a record; empty lines are skipped.
public struct DelimitedText: Sendable {
  private let bytes: [UInt8]
  private let file: String
  private let delimiter: UInt8
  private var position: Int
  private var line = 1

  /// Where and what a record is.
  public struct Record: Hashable, Sendable {
    /// Line in which it begins, from 1.
    public var line: Int
    /// Its cells, unquoted; white space around them is kept.
    public var cells: [String]
  }

  /// The most cells a record may have.
  public static let largestCellCount = 100_000

  /// Reads `bytes`, a byte order mark taken off.
  /// - Parameter delimiter: one ASCII character other than the quote.
  public init(_ bytes: [UInt8], delimiter: UInt8 = UInt8(ascii: ","), file: String) {
    self.bytes = bytes
    self.file = file
    self.delimiter = delimiter
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The next record, or `nil` at the end.
  /// - Throws: `malformed` for a quote without an end, text behind a quoted cell, and text that is not UTF-8.
  public mutating func next() throws(ModelFileError) -> Record? {
    // Scanned with local positions; see ByteReader.takeWhile.
    let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    while let byte = at(position), byte == lineFeed || byte == carriageReturn { endLine() }
    guard position < bytes.count else { return nil }
    var record = Record(line: line, cells: [])
    while true {
      record.cells.append(try cell())
      guard record.cells.count <= Self.largestCellCount else {
        throw malformed(position, "a record of more than \(Self.largestCellCount) cells")
      }
      guard let byte = at(position) else { return record }
      if byte == delimiter {
        position += 1
      } else {
        endLine()
        return record
      }
    }
  }

  private func at(_ place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }

  private func malformed(_ place: Int, _ reason: String) -> ModelFileError {
    .malformed(file: file, offset: place, field: "line \(line)", reason: reason)
  }

  /// Passes a line end.
  private mutating func endLine() {
    let isPair = bytes[position] == UInt8(ascii: "\r") && at(position + 1) == UInt8(ascii: "\n")
    position += isPair ? 2 : 1
    line += 1
  }

  private mutating func cell() throws(ModelFileError) -> String {
    guard at(position) == UInt8(ascii: "\"") else {
      let end = bytes[position...].firstIndex { $0 == delimiter || $0 == 0x0A || $0 == 0x0D } ?? bytes.count
      let text = try text(position..<end)
      position = end
      return text
    }
    let start = position
    var pieces = ""
    position += 1
    while true {
      guard let quote = bytes[position...].firstIndex(of: UInt8(ascii: "\"")) else {
        throw malformed(start, "a quoted cell without an end")
      }
      pieces += try text(position..<quote)
      line += bytes[position..<quote].count { $0 == 0x0A }
      position = quote + 1
      guard at(position) == UInt8(ascii: "\"") else { break }
      pieces += "\""
      position += 1
    }
    if let byte = at(position), byte != delimiter, byte != 0x0A, byte != 0x0D {
      throw malformed(position, "text behind a quoted cell")
    }
    return pieces
  }

  private func text(_ range: Range<Int>) throws(ModelFileError) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw malformed(range.lowerBound, "not UTF-8")
    }
    return text
  }

  /// The record as a line of CSV: cells with delimiters, quotes or line breaks are quoted.
  public static func line(_ cells: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, cell) in cells.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      let needsQuotes = cell.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
      if needsQuotes {
        bytes.append(0x22)
        for byte in cell.utf8 { bytes.append(contentsOf: byte == 0x22 ? [0x22, 0x22] : [byte]) }
        bytes.append(0x22)
      } else {
        bytes.append(contentsOf: cell.utf8)
      }
    }
    bytes.append(0x0A)
    return bytes
  }
}
