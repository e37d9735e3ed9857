/// A table for terminals: columns aligned by spaces, a rule under the header.
public struct TextTable: Hashable, Sendable {
  /// Side a column is aligned to.
  public enum Alignment: Hashable, Sendable {
    /// For text.
    case left
    /// For numbers.
    case right
  }

  private let headers: [String]
  private let alignments: [Alignment]
  private var rows: [[String]?] = []

  /// Creates an empty table.
  public init(_ columns: [(header: String, alignment: Alignment)]) {
    headers = columns.map(\.header)
    alignments = columns.map(\.alignment)
  }

  /// Appends a row with one cell a column.
  public mutating func append(_ cells: [String]) {
    precondition(cells.count == headers.count, "a row has one cell a column")
    rows.append(cells)
  }

  /// Appends a rule across the table.
  public mutating func appendRule() { rows.append(nil) }

  /// The table as lines; no trailing spaces, ends with a line end.
  public func rendered() -> String {
    var widths = headers.map(\.count)
    for row in rows {
      for (column, cell) in (row ?? []).enumerated() { widths[column] = max(widths[column], cell.count) }
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    var lines = [line(headers, widths), rule]
    for row in rows { lines.append(row.map { line($0, widths) } ?? rule) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var result = ""
    for (column, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: widths[column] - cell.count)
      if column > 0 { result += "  " }
      result += alignments[column] == .left ? cell + padding : padding + cell
    }
    while result.last == " " { result.removeLast() }
    return result
  }
}
