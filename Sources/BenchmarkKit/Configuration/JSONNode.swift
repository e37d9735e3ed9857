/// A place in a text, counted from 1.
public struct TextPosition: Hashable, Sendable, CustomStringConvertible {
  /// Line, from 1.
  public var line: Int
  /// Column in Unicode scalars, from 1.
  public var column: Int

  /// Creates a place.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// "12:5"
  public var description: String { "\(line):\(column)" }
}

/// Where a configuration value came from.
public enum ConfigurationOrigin: Hashable, Sendable {
  /// A place in the file.
  case file(TextPosition)
  /// A `--set key=value` option.
  case override
}

/// A JSON value that knows where it stands, so that every later complaint can point at it.
struct JSONNode: Hashable, Sendable {
  /// The six JSON types; a number keeps its text.
  indirect enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONNode])
    case object([JSONMember])
  }

  var value: Value
  var origin: ConfigurationOrigin

  /// The value in a few words, for "expected …, found …".
  var summary: String {
    switch value {
    case .null: "null"
    case .bool(let flag): "\(flag)"
    case .number(let text): "the number \(text)"
    case .string(let text): "the string \"\(text.count > 40 ? String(text.prefix(40)) + "…" : text)\""
    case .array(let items): "an array of \(items.count)"
    case .object: "an object"
    }
  }
}

/// A key of an object and its value.
struct JSONMember: Hashable, Sendable {
  var key: String
  var keyOrigin: ConfigurationOrigin
  var node: JSONNode
}
