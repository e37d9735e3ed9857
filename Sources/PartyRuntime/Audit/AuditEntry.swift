internal import Cryptography
internal import Transport

/// One line of an audit trail: `{"entry":{…},"signature":"…"}`.
///
/// The signature is over "audit-entry/v1" and the bytes of the entry as they stand in the file; the entry holds its number
/// and the SHA-256 of the line before it (64 zeros in the first).
enum AuditLine {
  static let signedPrefix = Array("audit-entry/v1".utf8)
  private static let head = #"{"entry":"#
  private static let middle = #","signature":""#
  private static let tail = #""}"#
  static let firstPrevious = String(repeating: "0", count: 64)

  static func message(_ entry: [UInt8]) -> [UInt8] { signedPrefix + entry }

  static func text(entry: String, signature: [UInt8]) -> String { head + entry + middle + signature.hexadecimal + tail }

  /// Entry and signature of a line; `nil` if it has another form.
  static func split(_ line: Substring) -> (entry: Substring, signature: [UInt8])? {
    guard line.hasPrefix(head), line.hasSuffix(tail) else { return nil }
    let inner = line.dropFirst(head.count).dropLast(tail.count)
    guard let quote = inner.lastIndex(of: "\"") else { return nil }
    let digits = inner[inner.index(after: quote)...]
    let rest = inner[...quote]
    guard rest.hasSuffix(middle), let signature = [UInt8](hexadecimal: digits) else { return nil }
    return (rest.dropLast(middle.count), signature)
  }

  static func digest(_ line: some StringProtocol) -> String { SHA256.hash(Array(line.utf8)).hexadecimal }
}

/// A JSON object whose members stand in the order they were added.
struct AuditObject {
  private(set) var text = ""

  mutating func add(_ key: String, _ value: String) { append(key, "\"\(AuditObject.escaped(value))\"") }
  mutating func add(_ key: String, _ value: some BinaryInteger) { append(key, "\(value)") }

  private mutating func append(_ key: String, _ value: String) {
    text += (text.isEmpty ? "" : ",") + "\"\(key)\":" + value
  }

  var json: String { "{" + text + "}" }

  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case let other where other.value < 0x20:
        let digits = String(other.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
