/// A cursor over a part of a file. Every read is checked against the end first, so hostile lengths allocate nothing.
struct ByteReader {
  let bytes: [UInt8]
  let file: String
  private(set) var offset: Int
  /// One behind the last byte of the part.
  let end: Int

  init(_ bytes: [UInt8], file: String) { self.init(bytes, file: file, range: 0..<bytes.count) }

  /// A reader of `range` of `bytes`, which must lie inside.
  init(_ bytes: [UInt8], file: String, range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a part of the bytes")
    self.bytes = bytes
    self.file = file
    offset = range.lowerBound
    end = range.upperBound
  }

  var left: Int { end - offset }
  var isAtEnd: Bool { offset >= end }

  /// The complaint that `field`, starting here, is wrong.
  func malformed(_ field: String, _ reason: String, at place: Int? = nil) -> ModelFileError {
    .malformed(file: file, offset: place ?? offset, field: field, reason: reason)
  }

  func unsupported(_ field: String, _ what: String, _ remedy: String) -> ModelFileError {
    .unsupported(file: file, offset: offset, field: field, what: what, remedy: remedy)
  }

  /// Checks that so many bytes are left.
  func require(_ count: UInt64, _ field: String) throws(ModelFileError) {
    guard count <= UInt64(left) else { throw malformed(field, "\(count) bytes needed, \(left) left") }
  }

  /// The range of the next `count` bytes, which are passed.
  mutating func take(_ count: UInt64, _ field: String) throws(ModelFileError) -> Range<Int> {
    try require(count, field)
    let start = offset
    offset += Int(count)
    return start..<offset
  }

  /// A reader of the next `count` bytes, which are passed.
  mutating func part(_ count: UInt64, _ field: String) throws(ModelFileError) -> ByteReader {
    ByteReader(bytes, file: file, range: try take(count, field))
  }

  /// The next byte, which is not passed.
  func peek() -> UInt8? { offset < end ? bytes[offset] : nil }

  /// Passes all bytes up to the first that is not accepted.
  ///
  /// Scanners must use this and not loop over `peek` and `advance` themselves: Swift 6.3.1 with -O takes a stale
  /// `offset` for the start of such a loop.
  @discardableResult
  mutating func takeWhile(_ accepts: (UInt8) -> Bool) -> Range<Int> {
    let start = offset
    offset = bytes[start..<end].firstIndex { !accepts($0) } ?? end
    return start..<offset
  }

  /// Passes white space. Returns the next byte, which is not passed.
  mutating func skipSpace() -> UInt8? {
    takeWhile { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    return peek()
  }

  /// Passes white space and `character`, if that comes next.
  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard skipSpace() == UInt8(ascii: character) else { return false }
    advance()
    return true
  }

  /// Passes white space and `character`.
  mutating func expect(_ character: Unicode.Scalar, _ field: String) throws(ModelFileError) {
    guard accept(character) else { throw malformed(field, "'\(character)' expected") }
  }

  /// Passes a byte that has been looked at.
  mutating func advance() {
    precondition(offset < end, "a byte is left")
    offset += 1
  }

  mutating func byte(_ field: String) throws(ModelFileError) -> UInt8 { bytes[try take(1, field).lowerBound] }

  /// An unsigned little-endian number.
  mutating func littleEndian<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type, _ field: String)
    throws(ModelFileError) -> Number
  {
    let range = try take(UInt64(Number.bitWidth / 8), field)
    return bytes.littleEndian(type, at: range.lowerBound)
  }

  /// The next `count` bytes as UTF-8.
  /// - Throws: `malformed` if they are not.
  mutating func text(_ count: UInt64, _ field: String) throws(ModelFileError) -> String {
    let start = offset
    let range = try take(count, field)
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw malformed(field, "not UTF-8", at: start)
    }
    return text
  }
}

extension [UInt8] {
  /// The unsigned little-endian number at `start`; the caller has checked that it lies inside.
  func littleEndian<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type, at start: Int) -> Number {
    var number: Number = 0
    for index in 0..<(Number.bitWidth / 8) { number |= Number(self[start + index]) << Number(8 * index) }
    return number
  }

  /// Appends the number, lowest byte first.
  mutating func append(littleEndian number: some FixedWidthInteger) {
    for index in 0..<(number.bitWidth / 8) { append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
  }
}
