internal import ModelFiles

extension Dataset {
  /// Parses delimited text with a header in which one column names the owner of each row: rows of the named owners, in
  /// the order of the file. Cells may be quoted.
  static func parse(_ bytes: [UInt8], _ specification: DatasetSpecification, ownedBy owners: OwnerColumn, file: String)
    throws(DataError) -> Dataset
  {
    var records = DelimitedText(bytes, delimiter: specification.delimiter.utf8.first ?? 0x2C, file: file)
    func next() throws(DataError) -> DelimitedText.Record? {
      try reading { () throws(ModelFileError) in
        try records.next()
      }
    }
    guard let header = try next() else { throw .empty(file: file) }
    let names = header.cells.map(trimmed)
    guard let ownerColumn = names.firstIndex(of: owners.column) else {
      throw .noOwnerColumn(file: file, column: owners.column, columns: names)
    }
    let others = names.indices.filter { $0 != ownerColumn }
    guard let labelColumn = specification.label == .first ? others.first : others.last, others.count > 1 else {
      throw .wrongColumnCount(file: file, line: 1, expected: 3, found: names.count)
    }
    let featureColumns = others.filter { $0 != labelColumn }
    let parties = Dictionary(owners.values.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var result = Dataset(
      file: file, featureNames: featureColumns.map { names[$0] }, features: [], labels: [],
      classCount: specification.classes)
    while let record = try next() {
      guard record.cells.count == names.count else {
        throw .wrongColumnCount(file: file, line: record.line, expected: names.count, found: record.cells.count)
      }
      guard let owner = parties[trimmed(record.cells[ownerColumn])] else { continue }
      for column in featureColumns {
        result.features.append(
          try feature(trimmed(record.cells[column]), file: file, line: record.line, column: column + 1))
      }
      result.labels.append(
        try label(
          trimmed(record.cells[labelColumn]), classes: specification.classes, file: file, line: record.line,
          column: labelColumn + 1))
      result.owners.append(owner)
    }
    for (party, name) in owners.values.enumerated() where !result.owners.contains(party) {
      throw .noRowsOfOwner(file: file, column: owners.column, owner: name)
    }
    return result
  }

  private static func trimmed(_ cell: String) -> String {
    guard let first = cell.utf8.first, let last = cell.utf8.last else { return cell }
    guard first <= 0x20 || last <= 0x20 else { return cell }
    let start = cell.drop(while: \.isWhitespace)
    return String(start[..<(start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex)])
  }

  /// The rows that public scaling is fitted to: those of P_0 where rows have owners, since nobody knows everybody's.
  var rowsForScaling: Dataset {
    owners.isEmpty ? self : selecting(owners.indices.filter { owners[$0] == 0 })
  }
}
