internal import ModelFiles

/// `data describe FILE`: what is in a table or tensor file.
public struct DataDescription: Hashable, Sendable, Codable {
  /// The file.
  public let file: String
  /// "table", "npy", "npz" or "safetensors".
  public let format: String
  /// Bytes of the file.
  public let bytes: Int
  /// SHA-256 of the file.
  public let sha256: String
  /// Rows of a table.
  public let rows: Int?
  /// Whether a table has a line of names.
  public let header: Bool?
  /// Columns, or tensors.
  public let columns: [Column]

  /// A column or tensor.
  public struct Column: Hashable, Sendable, Codable {
    /// Its name.
    public let name: String
    /// "numbers", "text", or the element type.
    public let type: String
    /// Shape of a tensor.
    public let shape: [Int]?
    /// Cells, or elements.
    public let count: Int
    /// Empty cells.
    public let missing: Int
    /// NaN and infinities.
    public let notFinite: Int
    /// Smallest, largest and mean number.
    public let minimum: Double?
    /// Largest number.
    public let maximum: Double?
    /// Mean of the numbers.
    public let mean: Double?
    /// How many different cells there are, if not too many to count.
    public let distinct: Int?
    /// The most frequent cells.
    public let frequent: [String]
  }

  /// Reads a file; the first bytes say of what kind it is.
  /// - Throws: `ModelFileError`.
  public init(file: String, delimiter: Character = ",") throws {
    guard !file.hasSuffix(".onnx") else {
      throw ModelFileError.unsupported(
        file: file, offset: 0, field: "file name", what: "a model", remedy: "use spdz-bench model inspect")
    }
    let contents = try FileBytes.read(file)
    self.file = file
    bytes = contents.count
    sha256 = sha256Hex(contents)
    if NPYFile.isNPY(contents) || contents.starts(with: [0x50, 0x4B]) || file.hasSuffix(".safetensors") {
      let tensors: [(name: String, tensor: Tensor)]
      if NPYFile.isNPY(contents) {
        (format, tensors) = ("npy", [("array", try NPYFile.read(contents, file: file))])
      } else if contents.starts(with: [0x50, 0x4B]) {
        (format, tensors) = ("npz", try NPZFile.read(contents, file: file))
      } else {
        (format, tensors) = (
          "safetensors", try SafetensorsFile(contents, file: file).tensors.map { ($0.name, $0.tensor) }
        )
      }
      (rows, header) = (nil, nil)
      columns = tensors.map { name, tensor in
        Column(ColumnSummary(name: name, tensor: tensor), type: tensor.elementType.rawValue, shape: tensor.shape)
      }
    } else {
      let table = try Table(contents, delimiter: delimiter.asciiValue ?? UInt8(ascii: ","), file: file)
      (format, rows, header) = ("table", table.rows.count, table.hasHeader)
      columns = table.columns.indices.map { index in
        let summary = ColumnSummary(name: table.columns[index], cells: table.rows.lazy.map { $0.cells[index] })
        let isText = summary.numbers + summary.notFinite + summary.missing < summary.count
        return Column(summary, type: isText ? "text" : "numbers", shape: nil)
      }
    }
  }

  /// A table for people.
  public func rendered() -> String {
    var table = TextTable([
      ("name", .left), ("type", .left), ("count", .right), ("missing", .right), ("not finite", .right), ("min", .right),
      ("max", .right), ("mean", .right), ("distinct", .right), ("most frequent", .left),
    ])
    for column in columns.prefix(200) {
      table.append([
        oneLine(String(column.name.prefix(32))),
        column.type + (column.shape.map { " " + $0.map(String.init).joined(separator: "x") } ?? ""),
        "\(column.count)", "\(column.missing)", "\(column.notFinite)", number(column.minimum), number(column.maximum),
        number(column.mean), column.distinct.map(String.init) ?? "many",
        oneLine(String(column.frequent.prefix(3).joined(separator: ", ").prefix(60))),
      ])
    }
    let rest = columns.count > 200 ? "… and \(columns.count - 200) more (--json prints all)\n" : ""
    let size = rows.map { "\($0) rows, \(columns.count) columns" } ?? "\(columns.count) tensors"
    return table.rendered() + rest + "\(oneLine(file)): \(format), \(size), \(bytes) bytes, SHA-256 \(sha256)\n"
  }

  private func number(_ value: Double?) -> String {
    guard let value else { return "–" }
    if value == value.rounded(), value.magnitude < 1e9 { return "\(Int(value))" }
    return value.magnitude < 1e6 ? fixed(value, 4) : "\(value)"
  }
}

extension DataDescription.Column {
  init(_ summary: ColumnSummary, type: String, shape: [Int]?) {
    self.init(
      name: summary.name, type: type, shape: shape, count: summary.count, missing: summary.missing,
      notFinite: summary.notFinite, minimum: summary.minimum, maximum: summary.maximum, mean: summary.mean,
      distinct: shape == nil ? summary.distinct : nil,
      frequent: summary.frequent.map { "\($0.value) (\($0.count))" })
  }
}
