/// Named tensors in the safetensors format: eight bytes of header length, a JSON header, raw little-endian elements.
///
/// Format: github.com/huggingface/safetensors, README, section Format. As there, the tensors must cover the bytes behind
/// the header without holes or overlaps. Read are `F64 F32 F16 BF16 I64 I32 I8 U8 BOOL`.
public struct SafetensorsFile: Hashable, Sendable {
  /// The tensors, in the order of their bytes.
  public var tensors: [NamedTensor]
  /// Free texts of the writer.
  public var metadata: [String: String]

  /// A tensor and its name in a file.
  public struct NamedTensor: Hashable, Sendable {
    /// Its name, unique in the file.
    public var name: String
    /// Its elements.
    public var tensor: Tensor

    /// Puts the two together.
    public init(name: String, tensor: Tensor) {
      self.name = name
      self.tensor = tensor
    }
  }

  /// Puts tensors of different names together.
  public init(tensors: [NamedTensor], metadata: [String: String] = [:]) {
    precondition(Set(tensors.map(\.name)).count == tensors.count, "every name once")
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The header may be as long as in the reference implementation.
  private static let largestHeader: UInt64 = 100_000_000

  /// Reads a whole file.
  /// - Throws: `malformed`, `unsupported` (other element types), `tooLarge` (header).
  public init(_ bytes: [UInt8], file: String) throws(ModelFileError) {
    var reader = ByteReader(bytes, file: file)
    let length = try reader.littleEndian(UInt64.self, "header length")
    guard length <= Self.largestHeader else {
      throw .tooLarge(file: file, offset: 0, field: "header length", size: length, limit: Self.largestHeader)
    }
    let header = try SafetensorsHeader(reading: reader.part(length, "header"))
    tensors = []
    var position: UInt64 = 0
    for entry in header.entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard entry.start == position, entry.end >= entry.start else {
        throw reader.malformed("data_offsets of \(entry.name.quotedShort)", "a hole or an overlap", at: entry.place)
      }
      position = entry.end
      guard let type = Self.types[entry.type] else {
        throw .unsupported(
          file: file, offset: entry.place, field: entry.name.quotedShort,
          what: "element type \(entry.type.quotedShort)",
          remedy: "save the tensor as F32")
      }
      let shape = entry.shape.map { Int(clamping: $0) }
      guard let count = Tensor.count(of: shape), UInt64(count) * UInt64(type.byteCount) == entry.end - entry.start
      else {
        throw reader.malformed(
          "data_offsets of \(entry.name.quotedShort)",
          "the length does not fit \(entry.type) \(Tensor.text(of: shape))",
          at: entry.place)
      }
      let tensor = try Tensor.decode(type, shape: shape, from: &reader, field: "tensor \(entry.name.quotedShort)")
      tensors.append(NamedTensor(name: entry.name, tensor: tensor))
    }
    guard reader.isAtEnd else { throw reader.malformed("end of file", "\(reader.left) bytes of no tensor") }
    metadata = header.metadata
  }

  private static let types: [String: Tensor.ElementType] = [
    "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64, "I32": .int32, "I8": .int8,
    "U8": .uint8, "BOOL": .bool,
  ]

  /// The file's bytes; every tensor is written as `F32`, rounded to nearest.
  public func encoded() -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var position = 0
    for entry in tensors {
      let end = position + 4 * entry.tensor.count
      let shape = entry.tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(jsonString(entry.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(position),\(end)]}")
      position = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt64(header.count))
    bytes += header
    for entry in tensors { bytes += entry.tensor.encoded(as: .float32) }
    return bytes
  }

  /// The tensor of this name.
  /// - Throws: `missing` with the names there are.
  public func tensor(named name: String, file: String) throws(ModelFileError) -> Tensor {
    guard let found = tensors.first(where: { $0.name == name }) else {
      throw .missing(file: file, what: "tensor \(name.quotedShort)", available: tensors.map(\.name))
    }
    return found.tensor
  }
}

/// The text as a JSON string.
func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{0}"..."\u{1F}":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
