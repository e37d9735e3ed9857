internal import FoundationEssentials
internal import ModelFiles

/// `data split FILE`: the rows of a table to several owners, each in a file of its own.
public struct DataSplit: Sendable {
  private let file: String
  private let output: String
  private let method: Method
  private let rowLimit: Int?
  private let seed: UInt64
  private let delimiter: UInt8

  /// Who gets which row.
  public enum Method: Hashable, Sendable {
    /// One part a value of a column, which is left out of the parts; the `largest` values only, if said.
    case column(String, largest: Int?)
    /// So many parts of the same size, at random.
    case parts(Int)
  }

  /// One file that was written.
  public struct Part: Hashable, Sendable, Codable {
    /// Where.
    public let file: String
    /// The value of the column; "" for random parts.
    public let value: String
    /// Rows in it.
    public let rows: Int
    /// Rows there were for it, before a limit.
    public let available: Int
    /// SHA-256 of the file.
    public let sha256: String
  }

  /// - Parameters:
  ///   - output: a folder; made if missing. Files that are there are not overwritten.
  ///   - rowLimit: the most rows of a part; which ones follows from the seed.
  public init(
    file: String, output: String, method: Method, rowLimit: Int? = nil, seed: UInt64 = 1, delimiter: Character = ","
  ) {
    self.file = file
    self.output = output
    self.method = method
    self.rowLimit = rowLimit
    self.seed = seed
    self.delimiter = delimiter.asciiValue ?? UInt8(ascii: ",")
  }

  /// Writes `part-0.csv`, `part-1.csv`, … and `parts.json`; the largest part first.
  /// - Throws: `ModelFileError`.
  public func run() throws -> [Part] {
    let table = try Table(FileBytes.read(file), delimiter: delimiter, file: file)
    guard !table.rows.isEmpty else {
      throw ModelFileError.malformed(file: file, offset: 0, field: "rows", reason: "the table has none")
    }
    var left: Int?
    var groups: [(value: String, rows: [Int])]
    switch method {
    case .column(let name, let largest):
      let column = try table.index(ofColumn: name)
      left = column
      groups = Dictionary(grouping: table.rows.indices) { table.rows[$0].cells[column] }.map { ($0.key, $0.value) }
      groups.sort { ($1.rows.count, $0.value) < ($0.rows.count, $1.value) }
      groups = Array(groups.prefix(largest ?? Self.largestPartCount))
    case .parts(let count):
      var generator = SplitMix64(seed: seed)
      let order = generator.permutation(table.rows.count)
      groups = (0..<count).map { part in
        ("", order[(part * order.count / count)..<((part + 1) * order.count / count)].sorted())
      }
    }
    try makeFolder(partCount: groups.count)
    var parts: [Part] = []
    for (index, group) in groups.enumerated() {
      let path = "\(output)/part-\(index).csv"
      let bytes = text(of: limited(group.rows), of: table, without: left)
      try FileBytes.write(bytes, to: path)
      parts.append(
        Part(
          file: path, value: group.value, rows: min(group.rows.count, rowLimit ?? .max), available: group.rows.count,
          sha256: sha256Hex(bytes)))
    }
    let json = try Manifest.encoder(pretty: true).encode(parts)
    try FileBytes.write([UInt8](json) + [0x0A], to: "\(output)/parts.json")
    return parts
  }

  /// Without --top, a column may have so many values.
  private static let largestPartCount = 64

  private func limited(_ rows: [Int]) -> [Int] {
    guard let rowLimit, rowLimit < rows.count else { return rows }
    var generator = SplitMix64(seed: seed)
    return generator.permutation(rows.count).prefix(rowLimit).sorted().map { rows[$0] }
  }

  private func text(of rows: [Int], of table: Table, without left: Int?) -> [UInt8] {
    func kept(_ cells: [String]) -> [String] { cells.indices.filter { $0 != left }.map { cells[$0] } }
    var bytes = table.hasHeader ? DelimitedText.line(kept(table.columns)) : []
    for row in rows { bytes += DelimitedText.line(kept(table.rows[row].cells)) }
    return bytes
  }

  private func makeFolder(partCount: Int) throws(ModelFileError) {
    do {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(file: output, reason: "the folder cannot be made")
    }
    for name in (0..<partCount).map({ "part-\($0).csv" }) + ["parts.json"]
    where FileManager.default.fileExists(atPath: "\(output)/\(name)") {
      throw .cannotWrite(file: "\(output)/\(name)", reason: "it is there already; choose another --output")
    }
  }

  /// A table for people.
  public static func rendered(_ parts: [Part]) -> String {
    var table = TextTable([
      ("file", .left), ("value", .left), ("rows", .right), ("of", .right), ("SHA-256", .left),
    ])
    for part in parts {
      table.append([
        part.file, oneLine(String(part.value.prefix(40))), "\(part.rows)", "\(part.available)", part.sha256,
      ])
    }
    return table.rendered()
  }
}
