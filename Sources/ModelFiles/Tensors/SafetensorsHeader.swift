/// The JSON header of a safetensors file. Only its fixed form is read, so nothing nests and no key is lost.
struct SafetensorsHeader {
  struct Entry {
    var name: String
    /// Where it stands in the file.
    var place: Int
    var type = ""
    var shape: [UInt64] = []
    var start: UInt64 = 0
    var end: UInt64 = 0
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]
  private var reader: ByteReader

  init(reading part: ByteReader) throws(ModelFileError) {
    reader = part
    var names: Set<String> = []
    try members { (header, name, place) throws(ModelFileError) in
      guard names.insert(name).inserted else {
        throw header.reader.malformed("header", "\(name.quotedShort) stands twice", at: place)
      }
      if name == "__metadata__" {
        try header.readMetadata()
      } else {
        try header.readEntry(name, place)
      }
    }
    guard reader.skipSpace() == nil else { throw reader.malformed("header", "text behind the closing brace") }
  }

  private mutating func readMetadata() throws(ModelFileError) {
    try members { (header, key, place) throws(ModelFileError) in
      guard header.metadata.updateValue(try header.string(), forKey: key) == nil else {
        throw header.reader.malformed("__metadata__", "\(key.quotedShort) stands twice", at: place)
      }
    }
  }

  private mutating func readEntry(_ name: String, _ place: Int) throws(ModelFileError) {
    var entry = Entry(name: name, place: place)
    var seen: Set<String> = []
    try members { (header, key, place) throws(ModelFileError) in
      guard seen.insert(key).inserted else {
        throw header.reader.malformed("header of \(name.quotedShort)", "\(key.quotedShort) stands twice", at: place)
      }
      switch key {
      case "dtype": entry.type = try header.string()
      case "shape": entry.shape = try header.numbers(atMost: Tensor.largestRank)
      case "data_offsets":
        let offsets = try header.numbers(atMost: 2)
        guard offsets.count == 2 else { throw header.reader.malformed("data_offsets", "two numbers expected") }
        (entry.start, entry.end) = (offsets[0], offsets[1])
      default:
        throw header.reader.malformed("header of \(name.quotedShort)", "unknown key \(key.quotedShort)", at: place)
      }
    }
    guard seen.count == 3 else {
      throw reader.malformed("header of \(name.quotedShort)", "dtype, shape or data_offsets is missing", at: place)
    }
    entries.append(entry)
  }

  /// An object: `body` reads the value of each key.
  private mutating func members(
    _ body: (inout SafetensorsHeader, String, Int) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    try reader.expect("{", "header")
    if reader.accept("}") { return }
    repeat {
      _ = reader.skipSpace()
      let place = reader.offset
      let key = try string()
      try reader.expect(":", "header")
      try body(&self, key, place)
    } while reader.accept(",")
    try reader.expect("}", "header")
  }

  private mutating func numbers(atMost limit: Int) throws(ModelFileError) -> [UInt64] {
    try reader.expect("[", "header")
    var numbers: [UInt64] = []
    if reader.accept("]") { return numbers }
    repeat {
      guard numbers.count < limit else { throw reader.malformed("header", "more than \(limit) numbers") }
      numbers.append(try number())
    } while reader.accept(",")
    try reader.expect("]", "header")
    return numbers
  }

  private mutating func number() throws(ModelFileError) -> UInt64 {
    _ = reader.skipSpace()
    let digits = reader.takeWhile { (0x30...0x39).contains($0) }
    guard let number = UInt64(String(decoding: reader.bytes[digits], as: UTF8.self)), number < 1 << 50 else {
      throw reader.malformed("header", "a whole number below 2^50 expected", at: digits.lowerBound)
    }
    return number
  }

  private mutating func string() throws(ModelFileError) -> String {
    guard reader.accept("\"") else { throw reader.malformed("header", "a string expected") }
    let start = reader.offset
    var bytes: [UInt8] = []
    var isOpen = true
    while isOpen {
      let plain = reader.takeWhile { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      bytes.append(contentsOf: reader.bytes[plain])
      switch try reader.byte("string") {
      case UInt8(ascii: "\""): isOpen = false
      case UInt8(ascii: "\\"): bytes.append(contentsOf: String(try escapedCharacter()).utf8)
      default: throw reader.malformed("header", "a control character in a string")
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw reader.malformed("header", "a string that is not UTF-8", at: start)
    }
    return text
  }

  /// What follows a backslash.
  private mutating func escapedCharacter() throws(ModelFileError) -> Character {
    switch try reader.byte("escape") {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try hexadecimal()
      if let scalar = Unicode.Scalar(first) { return Character(scalar) }
      // A surrogate pair.
      if (0xD800..<0xDC00).contains(first), try reader.byte("escape") == UInt8(ascii: "\\"),
        try reader.byte("escape") == UInt8(ascii: "u")
      {
        let second = try hexadecimal()
        if (0xDC00..<0xE000).contains(second),
          let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        {
          return Character(scalar)
        }
      }
      throw reader.malformed("header", "an escaped surrogate without its partner")
    default: throw reader.malformed("header", "an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(ModelFileError) -> UInt32 {
    let range = try reader.take(4, "escape")
    let digits = String(decoding: reader.bytes[range], as: UTF8.self)
    guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let number = UInt32(digits, radix: 16)
    else { throw reader.malformed("header", "four hexadecimal digits expected", at: range.lowerBound) }
    return number
  }
}
