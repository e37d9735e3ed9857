/// The wire format of protocol buffers: numbered fields of four kinds, in any order. Unknown fields are skipped.
///
/// Source: protobuf.dev, Encoding. Groups, which are deprecated, are refused. Nothing recurses: a message is a part of
/// the file that its reader looks into.
struct ProtobufReader {
  /// The value of a field.
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes(ByteReader)
  }

  private var reader: ByteReader
  /// What is read, for errors: "ModelProto".
  private let message: String

  init(_ reader: ByteReader, message: String) {
    self.reader = reader
    self.message = message
  }

  /// The next field, or `nil` at the end of the message.
  mutating func next() throws(ModelFileError) -> (number: UInt64, value: Value)? {
    if reader.isAtEnd { return nil }
    let start = reader.offset
    let tag = try Self.varint(&reader, message)
    let number = tag >> 3
    guard number > 0, number < 1 << 29 else { throw reader.malformed(message, "field number \(number)", at: start) }
    let field = "\(message), field \(number)"
    switch tag & 7 {
    case 0: return (number, .varint(try Self.varint(&reader, field)))
    case 1: return (number, .fixed64(try reader.littleEndian(UInt64.self, field)))
    case 2:
      let length = try Self.varint(&reader, field)
      return (number, .bytes(try reader.part(length, field)))
    case 5: return (number, .fixed32(try reader.littleEndian(UInt32.self, field)))
    default: throw reader.malformed(field, "wire type \(tag & 7)", at: start)
    }
  }

  /// Up to ten bytes of seven bits, lowest first.
  static func varint(_ reader: inout ByteReader, _ field: String) throws(ModelFileError) -> UInt64 {
    let start = reader.offset
    var number: UInt64 = 0
    for index in 0..<10 {
      let byte = try reader.byte(field)
      number |= UInt64(byte & 0x7F) << UInt64(7 * index)
      if byte & 0x80 == 0 {
        guard index < 9 || byte <= 1 else { break }
        return number
      }
    }
    throw reader.malformed(field, "a number of more than 64 bits", at: start)
  }

  /// The complaint that a field has another kind than its message says.
  func wrongKind(_ number: UInt64) -> ModelFileError {
    reader.malformed(message, "field \(number) has the wrong wire type")
  }

  // Typed access to a value of field `number`.

  func integer(_ value: Value, _ number: UInt64) throws(ModelFileError) -> Int64 {
    guard case .varint(let bits) = value else { throw wrongKind(number) }
    return Int64(bitPattern: bits)
  }

  func part(_ value: Value, _ number: UInt64) throws(ModelFileError) -> ByteReader {
    guard case .bytes(let part) = value else { throw wrongKind(number) }
    return part
  }

  func text(_ value: Value, _ number: UInt64) throws(ModelFileError) -> String {
    var part = try part(value, number)
    return try part.text(UInt64(part.left), "\(message), field \(number)")
  }

  /// A repeated number: one, or several packed.
  func integers(_ value: Value, _ number: UInt64, into numbers: inout [Int64]) throws(ModelFileError) {
    switch value {
    case .varint(let bits): numbers.append(Int64(bitPattern: bits))
    case .bytes(var part):
      while !part.isAtEnd {
        numbers.append(Int64(bitPattern: try Self.varint(&part, "\(message), field \(number)")))
      }
    default: throw wrongKind(number)
    }
  }

  func floats(_ value: Value, _ number: UInt64, into numbers: inout [Double]) throws(ModelFileError) {
    switch value {
    case .fixed32(let bits): numbers.append(Double(Float(bitPattern: bits)))
    case .bytes(var part):
      while !part.isAtEnd {
        let bits = try part.littleEndian(UInt32.self, "\(message), field \(number)")
        numbers.append(Double(Float(bitPattern: bits)))
      }
    default: throw wrongKind(number)
    }
  }

  func doubles(_ value: Value, _ number: UInt64, into numbers: inout [Double]) throws(ModelFileError) {
    switch value {
    case .fixed64(let bits): numbers.append(Double(bitPattern: bits))
    case .bytes(var part):
      while !part.isAtEnd {
        numbers.append(Double(bitPattern: try part.littleEndian(UInt64.self, "\(message), field \(number)")))
      }
    default: throw wrongKind(number)
    }
  }
}
