internal import ModelFiles

/// Turns a table of text into one of numbers: an owner's name first, features, a label last; a header line.
///
/// Only exact operations are used (arithmetic and square roots), so that the result is the same everywhere.
struct TablePreparation {
  /// The column that says whose row it is.
  let owner: String
  /// The numbers of a row, in order.
  let features: [Feature]
  /// The class of a row; `nil` for rows that are left out.
  let label: (Row) -> Int?

  /// One number a row.
  struct Feature {
    let name: String
    /// What stands for a value that is missing.
    let missing: Missing
    let value: (Row) -> Double?

    init(_ name: String, missing: Missing = .value(0), _ value: @escaping (Row) -> Double?) {
      self.name = name
      self.missing = missing
      self.value = value
    }
  }

  enum Missing {
    case value(Double)
    /// The median of the values that are there.
    case median
  }

  /// A row of the source by column name.
  struct Row {
    let cells: [String]
    let places: [String: Int]

    /// The text of a column, white space taken off.
    func text(_ column: String) -> String {
      guard let place = places[column], place < cells.count else { return "" }
      let cell = cells[place]
      guard cell.utf8.first == 0x20 || cell.utf8.last == 0x20 else { return cell }
      let start = cell.drop { $0 == " " }
      return String(start[..<(start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex)])
    }

    func number(_ column: String) -> Double? { Double(text(column)).flatMap { $0.isFinite ? $0 : nil } }

    /// An amount like "$60,000.00".
    func dollars(_ column: String) -> Double? { Double(text(column).filter { $0 != "$" && $0 != "," }) }

    /// 1 if the column says so, 0 if it says something else.
    func flag(_ column: String, _ word: String) -> Double { text(column) == word ? 1 : 0 }
  }

  /// The prepared file.
  /// - Throws: `malformed`; `missing` if a column is not there.
  func apply(to bytes: [UInt8], file: String) throws(ModelFileError) -> [UInt8] {
    var records = DelimitedText(bytes, file: file)
    guard let header = try records.next() else {
      throw .malformed(file: file, offset: 0, field: "line 1", reason: "the file has no rows")
    }
    let places = Dictionary(header.cells.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    guard places[owner] != nil else {
      throw .missing(file: file, what: "column \"\(owner)\"", available: header.cells)
    }
    var owners: [String] = []
    var labels: [Int] = []
    var values: [Double] = []  // NaN where one is missing
    while let record = try records.next() {
      let row = Row(cells: record.cells, places: places)
      let name = row.text(owner)
      guard let label = label(row), !name.isEmpty else { continue }
      owners.append(name)
      labels.append(label)
      for feature in features { values.append(feature.value(row) ?? .nan) }
    }
    let fillers = features.indices.map { filler($0, values) }
    var result = DelimitedText.line([owner] + features.map(\.name) + ["label"])
    for row in owners.indices {
      var cells = [owners[row]]
      for column in features.indices {
        let value = values[row * features.count + column]
        cells.append(Self.text(value.isNaN ? fillers[column] : value))
      }
      result += DelimitedText.line(cells + ["\(labels[row])"])
    }
    return result
  }

  private func filler(_ column: Int, _ values: [Double]) -> Double {
    switch features[column].missing {
    case .value(let value): return value
    case .median:
      let present = stride(from: column, to: values.count, by: features.count).map { values[$0] }.filter { !$0.isNaN }
      return present.isEmpty ? 0 : present.sorted()[present.count / 2]
    }
  }

  /// Four decimals, zeros at the end left out.
  static func text(_ value: Double) -> String {
    let scaled = Int((max(-1e12, min(1e12, value)) * 10_000).rounded())
    let whole = scaled.magnitude / 10_000
    var digits = String(10_000 + scaled.magnitude % 10_000).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return (scaled < 0 ? "-" : "") + "\(whole)" + (digits.isEmpty ? "" : "." + digits)
  }
}
