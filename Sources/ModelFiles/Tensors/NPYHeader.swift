/// The dictionary literal at the start of an `.npy` file: three keys in any order.
struct NPYHeader {
  var descriptor = ""
  var fortranOrder = false
  var shape: [Int] = []
  private var reader: ByteReader

  /// Parses the whole part.
  init(reading part: ByteReader) throws(ModelFileError) {
    reader = part
    var seen: Set<String> = []
    try reader.expect("{", "header")
    while !reader.accept("}") {
      let key = try string()
      guard seen.insert(key).inserted else { throw reader.malformed("header", "the key '\(key)' stands twice") }
      try reader.expect(":", "header")
      switch key {
      case "descr":
        guard reader.skipSpace() == UInt8(ascii: "'") || reader.skipSpace() == UInt8(ascii: "\"") else {
          throw reader.unsupported("descr", "a structured element type", "save the columns as arrays of their own")
        }
        descriptor = try string()
      case "fortran_order": fortranOrder = try boolean()
      case "shape": shape = try dimensions()
      default: throw reader.malformed("header", "unknown key '\(key)'")
      }
      if !reader.accept(",") {
        try reader.expect("}", "header")
        break
      }
    }
    guard seen.count == 3 else { throw reader.malformed("header", "one of descr, fortran_order, shape is missing") }
    guard reader.skipSpace() == nil else { throw reader.malformed("header", "text behind the closing brace") }
  }

  private mutating func string() throws(ModelFileError) -> String {
    let quote: UInt8
    if reader.accept("'") {
      quote = UInt8(ascii: "'")
    } else if reader.accept("\"") {
      quote = UInt8(ascii: "\"")
    } else {
      throw reader.malformed("header", "a string expected")
    }
    let range = reader.takeWhile { $0 != quote }
    let text = String(decoding: reader.bytes[range], as: UTF8.self)
    guard !reader.isAtEnd else {
      throw reader.malformed("header", "a string without an end", at: range.lowerBound)
    }
    reader.advance()
    return text
  }

  private mutating func boolean() throws(ModelFileError) -> Bool {
    _ = reader.skipSpace()
    for (word, value) in [("True", true), ("False", false)]
    where reader.bytes[reader.offset..<reader.end].starts(with: word.utf8) {
      for _ in word.utf8 { reader.advance() }
      return value
    }
    throw reader.malformed("fortran_order", "True or False expected")
  }

  private mutating func dimensions() throws(ModelFileError) -> [Int] {
    try reader.expect("(", "header")
    var shape: [Int] = []
    while !reader.accept(")") {
      guard shape.count < Tensor.largestRank else { throw reader.malformed("shape", "too many dimensions") }
      _ = reader.skipSpace()
      let digits = reader.takeWhile { (0x30...0x39).contains($0) }
      guard let number = Int(String(decoding: reader.bytes[digits], as: UTF8.self)), number < 1 << 50 else {
        throw reader.malformed("shape", "a whole number below 2^50 expected", at: digits.lowerBound)
      }
      shape.append(number)
      if !reader.accept(",") {
        try reader.expect(")", "header")
        break
      }
    }
    return shape
  }
}
