/// A strict JSON reader (RFC 8259) that keeps positions and refuses a repeated key.
struct JSONParser {
  private let scalars: [Unicode.Scalar]
  private let file: String
  private var index = 0
  private var line = 1
  private var column = 1
  private static let maximumDepth = 64

  private init(_ text: String, file: String) {
    scalars = Array(text.unicodeScalars)
    self.file = file
  }

  /// Parses `text`; `file` is named in errors.
  static func parse(_ text: String, file: String) throws(ConfigurationError) -> JSONNode {
    var parser = JSONParser(text, file: file)
    let node = try parser.value(depth: 0)
    parser.skipSpace()
    if parser.index < parser.scalars.count { throw parser.error("text after the end of the value") }
    return node
  }

  private var position: TextPosition { TextPosition(line: line, column: column) }
  private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private func error(_ what: String) -> ConfigurationError {
    ConfigurationError(file: file, origin: .file(position), path: "", cause: .malformedJSON(what: what))
  }

  private mutating func advance() {
    if scalars[index] == "\n" {
      line += 1
      column = 1
    } else {
      column += 1
    }
    index += 1
  }

  private mutating func skipSpace() {
    while let scalar = current, scalar == " " || scalar == "\n" || scalar == "\r" || scalar == "\t" { advance() }
  }

  private func found() -> String {
    guard let current else { return "the file ends" }
    return current == "\n" ? "the line ends" : "found '\(current)'"
  }

  private mutating func value(depth: Int) throws(ConfigurationError) -> JSONNode {
    guard depth < Self.maximumDepth else { throw error("more than \(Self.maximumDepth) levels of nesting") }
    skipSpace()
    let origin = ConfigurationOrigin.file(position)
    guard let first = current else { throw error("expected a value, the file ends") }
    switch first {
    case "{": return JSONNode(value: .object(try members(depth: depth)), origin: origin)
    case "[": return JSONNode(value: .array(try elements(depth: depth)), origin: origin)
    case "\"": return JSONNode(value: .string(try string()), origin: origin)
    case "-", "0"..."9": return JSONNode(value: .number(try number()), origin: origin)
    case "t", "f", "n":
      let start = position
      var word = ""
      while let scalar = current, ("a"..."z").contains(scalar) {
        word.unicodeScalars.append(scalar)
        advance()
      }
      switch word {
      case "true": return JSONNode(value: .bool(true), origin: origin)
      case "false": return JSONNode(value: .bool(false), origin: origin)
      case "null": return JSONNode(value: .null, origin: origin)
      default:
        throw ConfigurationError(
          file: file, origin: .file(start), path: "", cause: .malformedJSON(what: "expected a value, found '\(word)'"))
      }
    default: throw error("expected a value, \(found())")
    }
  }

  private mutating func members(depth: Int) throws(ConfigurationError) -> [JSONMember] {
    advance()
    var members: [JSONMember] = []
    skipSpace()
    if current == "}" {
      advance()
      return members
    }
    while true {
      skipSpace()
      guard current == "\"" else { throw error("expected a key in quotes, \(found())") }
      let start = position
      let key = try string()
      if members.contains(where: { $0.key == key }) {
        throw ConfigurationError(
          file: file, origin: .file(start), path: "", cause: .malformedJSON(what: "the key \"\(key)\" appears twice"))
      }
      skipSpace()
      guard current == ":" else { throw error("expected ':' after the key \"\(key)\", \(found())") }
      advance()
      members.append(JSONMember(key: key, keyOrigin: .file(start), node: try value(depth: depth + 1)))
      skipSpace()
      guard let next = current, next == "," || next == "}" else { throw error("expected ',' or '}', \(found())") }
      advance()
      if next == "}" { return members }
    }
  }

  private mutating func elements(depth: Int) throws(ConfigurationError) -> [JSONNode] {
    advance()
    var elements: [JSONNode] = []
    skipSpace()
    if current == "]" {
      advance()
      return elements
    }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      guard let next = current, next == "," || next == "]" else { throw error("expected ',' or ']', \(found())") }
      advance()
      if next == "]" { return elements }
    }
  }

  private mutating func string() throws(ConfigurationError) -> String {
    advance()
    var result = String.UnicodeScalarView()
    while let scalar = current {
      switch scalar {
      case "\"":
        advance()
        return String(result)
      case "\\":
        advance()
        result.append(try escape())
      default:
        guard scalar.value >= 0x20 else { throw error("a line break or control character inside a string") }
        result.append(scalar)
        advance()
      }
    }
    throw error("the file ends inside a string")
  }

  private mutating func escape() throws(ConfigurationError) -> Unicode.Scalar {
    guard let scalar = current else { throw error("the file ends inside a string") }
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "\"": "\"", "\\": "\\", "/": "/", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r", "t": "\t",
    ]
    if let plain = simple[scalar] {
      advance()
      return plain
    }
    guard scalar == "u" else { throw error("unknown escape '\\\(scalar)'") }
    advance()
    var code = try hexDigits()
    if (0xD800..<0xDC00).contains(code), current == "\\" {
      advance()
      guard current == "u" else { throw error("half of a surrogate pair") }
      advance()
      let low = try hexDigits()
      guard (0xDC00..<0xE000).contains(low) else { throw error("half of a surrogate pair") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let result = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
    return result
  }

  private mutating func hexDigits() throws(ConfigurationError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let scalar = current, scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
        throw error("expected four hexadecimal digits after '\\u', \(found())")
      }
      code = code << 4 | UInt32(digit)
      advance()
    }
    return code
  }

  private mutating func number() throws(ConfigurationError) -> String {
    let start = index
    if current == "-" { advance() }
    let integerStart = index
    try digits()
    if index - integerStart > 1, scalars[integerStart] == "0" { throw error("a number with a leading zero") }
    if current == "." {
      advance()
      try digits()
    }
    if current == "e" || current == "E" {
      advance()
      if current == "+" || current == "-" { advance() }
      try digits()
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[start..<index])
    return String(text)
  }

  private mutating func digits() throws(ConfigurationError) {
    guard let first = current, ("0"..."9").contains(first) else { throw error("expected a digit, \(found())") }
    while let scalar = current, ("0"..."9").contains(scalar) { advance() }
  }
}
