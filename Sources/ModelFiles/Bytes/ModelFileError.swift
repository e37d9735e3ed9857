/// Why a model or data file cannot be used: one line with file, place, cause and remedy.
public enum ModelFileError: Error, Hashable, Sendable {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// The file cannot be written.
  case cannotWrite(file: String, reason: String)
  /// The bytes break the format. `offset` counts from the start of the file, or of the decompressed text.
  case malformed(file: String, offset: Int, field: String, reason: String)
  /// The file is well formed but uses something that is not read here; `remedy` says what to do instead.
  case unsupported(file: String, offset: Int, field: String, what: String, remedy: String)
  /// Something is longer than the reader accepts.
  case tooLarge(file: String, offset: Int, field: String, size: UInt64, limit: UInt64)
  /// The bytes are not the expected ones.
  case checksumMismatch(file: String, what: String, expected: String, found: String)
  /// A weight is NaN or infinite; `index` counts elements of the tensor from 0, row-major.
  case notFinite(file: String, tensor: String, index: Int, value: Double)
  /// A weight has no fixed-point encoding in the range that is proven when weights are shared.
  case outOfRange(file: String, tensor: String, index: Int, value: Double, limit: Double)
  /// Nodes of a graph that cannot be imported: all of them.
  case unsupportedNodes(file: String, [UnsupportedNode])
  /// A graph that contradicts itself, such as a node whose inputs have wrong shapes.
  case invalidGraph(file: String, node: String, reason: String)
  /// Something with this name is not in the file.
  case missing(file: String, what: String, available: [String])
}

/// A node that cannot be imported, and why.
public struct UnsupportedNode: Hashable, Sendable, Codable {
  /// The node's name; its first output, if it has none.
  public var name: String
  /// The operator, with its domain unless that is the standard one.
  public var operation: String
  /// Why, and what would be accepted.
  public var reason: String

  /// Puts the three together.
  public init(name: String, operation: String, reason: String) {
    self.name = name
    self.operation = operation
    self.reason = reason
  }
}

extension ModelFileError: CustomStringConvertible {
  /// Where, what, and what to do; control characters of the file's own texts are escaped.
  public var description: String { singleLine(text) }

  private var text: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason); check the path"
    case .cannotWrite(let file, let reason): "\(file): cannot be written: \(reason); check folder and free space"
    case .malformed(let file, let offset, let field, let reason):
      "\(file): byte \(offset): \(field): \(reason); the file is damaged or of another kind, fetch or export it again"
    case .unsupported(let file, let offset, let field, let what, let remedy):
      "\(file): byte \(offset): \(field): \(what) is not supported; \(remedy)"
    case .tooLarge(let file, let offset, let field, let size, let limit):
      "\(file): byte \(offset): \(field): \(size) is more than the limit of \(limit); use a smaller file"
    case .checksumMismatch(let file, let what, let expected, let found):
      "\(file): \(what) is \(found), expected \(expected); delete the file and fetch it again"
    case .notFinite(let file, let tensor, let index, let value):
      "\(file): tensor \"\(tensor)\": element \(index) is \(value); export the model again with finite weights"
    case .outOfRange(let file, let tensor, let index, let value, let limit):
      "\(file): tensor \"\(tensor)\": element \(index) is \(value), not inside ±\(limit), the range that is proven for "
        + "weights and biases; raise weightBits, or rescale the layer and the one behind it"
    case .unsupportedNodes(let file, let nodes):
      "\(file): \(nodes.count) node\(nodes.count == 1 ? "" : "s") cannot be imported: "
        + nodes.map { "\($0.operation) \"\($0.name)\" (\($0.reason))" }.joined(separator: "; ")
        + "; replace them, or choose an output before them"
    case .invalidGraph(let file, let node, let reason):
      "\(file): node \"\(node)\": \(reason); check the model with onnx.checker and export it again"
    case .missing(let file, let what, let available):
      "\(file): \(what) is not there; there \(available.count == 1 ? "is" : "are") "
        + (available.isEmpty ? "none" : available.prefix(12).joined(separator: ", "))
        + (available.count > 12 ? ", …" : "")
    }
  }
}

/// The text without line breaks and other control characters, and of bounded length.
func singleLine(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars.prefix(8_192) {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .format:
      result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
    default: result.append(scalar)
    }
  }
  return String(result)
}

extension String {
  /// The text in quotes, shortened: for messages about what a file holds.
  var quotedShort: String { "\"" + (count > 48 ? String(prefix(48)) + "…" : self) + "\"" }
}
