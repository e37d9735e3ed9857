import MPCCore

@testable import Transport

/// A message of 64-bit words.
struct Words: Message, Equatable {
  static let step = StepLabel("TestWords", 1)
  static let kind = MessageKind(user: 1)
  var values: [UInt64]
  var shape: Int { values.count }
  static func encodedByteCount(_ shape: Int) -> Int { 8 * shape }
  func encode(into writer: inout WireWriter) { for value in values { writer.append(value) } }
  init(_ values: [UInt64]) { self.values = values }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    values = []
    for _ in 0..<shape { values.append(try reader.integer()) }
  }
}

/// A message of one byte that must be 0 or 1.
struct Bit: Message, Equatable {
  static let step = StepLabel("TestBit", 2)
  static let kind = MessageKind(user: 2)
  var isSet: Bool
  var shape: EmptyShape { EmptyShape() }
  struct EmptyShape: Sendable {}
  static func encodedByteCount(_ shape: EmptyShape) -> Int { 1 }
  func encode(into writer: inout WireWriter) { writer.append(UInt8(isSet ? 1 : 0)) }
  init(_ isSet: Bool) { self.isSet = isSet }
  init(from reader: inout WireReader, shape: EmptyShape) throws(WireError) {
    let byte: UInt8 = try reader.integer()
    guard byte < 2 else { throw .nonCanonical }
    isSet = byte == 1
  }
}

/// Raw bytes in bulk.
struct Blob: Message, Equatable {
  static let step = StepLabel("TestBlob", 3)
  static let kind = MessageKind(user: 3)
  var bytes: [UInt8]
  var shape: Int { bytes.count }
  static func encodedByteCount(_ shape: Int) -> Int { shape }
  func encode(into writer: inout WireWriter) { writer.append(bytes) }
  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(from reader: inout WireReader, shape: Int) throws(WireError) { bytes = try reader.bytes(shape) }
}

extension SessionID {
  static let test = SessionID(bytes: (0..<32).map { UInt8($0) })
}
