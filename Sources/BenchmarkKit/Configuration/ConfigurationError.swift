/// Why an experiment file or an option cannot be used: where, what, and what to do, in one line.
///
/// The process exits with ``RunExitCode/invalidInput``.
public struct ConfigurationError: Error, Hashable, Sendable {
  /// The experiment file as the user named it.
  public var file: String
  /// Place of the offending value, nil if it concerns the file as a whole.
  public var origin: ConfigurationOrigin?
  /// Path of the offending value, for example `workloads[0].model.layers[2].kind`; empty for the whole file.
  public var path: String
  /// What is wrong.
  public var cause: Cause

  /// Creates an error.
  public init(file: String, origin: ConfigurationOrigin?, path: String, cause: Cause) {
    self.file = file
    self.origin = origin
    self.path = path
    self.cause = cause
  }

  /// What is wrong with a configuration.
  public enum Cause: Hashable, Sendable {
    /// The file cannot be read.
    case unreadable(reason: String)
    /// The file is not JSON.
    case malformedJSON(what: String)
    /// A key nobody knows; `nearest` is the closest known one, if any is close; `known` lists all.
    case unknownKey(String, nearest: String?, known: [String])
    /// A key that must be given is missing.
    case missingKey(String)
    /// A value of another type.
    case wrongType(expected: String, found: String)
    /// A word that is not one of the allowed ones.
    case unknownChoice(String, nearest: String?, allowed: [String])
    /// A number or a text outside its range.
    case outOfRange(found: String, allowed: String)
    /// The same name twice where names must differ.
    case duplicate(String)
    /// k + s + 2 + ⌈log2 n⌉ exceeds the bits of p.
    case fixedPointTooWide(k: Int, s: Int, partyCount: Int, field: String, fieldBits: Int)
    /// A layer does not fit to what comes before it.
    case shapeMismatch(layer: Int, kind: String, expected: String, given: String)
    /// Two settings exclude each other.
    case conflict(String, remedy: String)
    /// A `--set` option that is not `key=value` or whose path leads nowhere.
    case badOverride(String, remedy: String)
  }
}

extension ConfigurationError.Cause {
  /// What is wrong, without the remedy.
  public var reason: String {
    switch self {
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .malformedJSON(let what): "not valid JSON: \(what)"
    case .unknownKey(let key, _, _): "unknown key \"\(key)\""
    case .missingKey(let key): "the key \"\(key)\" is missing"
    case .wrongType(let expected, let found): "expected \(expected), found \(found)"
    case .unknownChoice(let word, _, _): "\"\(word)\" is not known here"
    case .outOfRange(let found, let allowed): "\(found) is outside \(allowed)"
    case .duplicate(let name): "the name \"\(name)\" is used twice"
    case .fixedPointTooWide(let k, let s, let n, let field, let bits):
      "k + s + 2 + log2 n = \(k) + \(s) + 2 + \(ceilLog2(n)) = \(k + s + 2 + ceilLog2(n)) exceeds the \(bits) bits of "
        + field
    case .shapeMismatch(let layer, let kind, let expected, let given):
      "layer \(layer) (\(kind)): expected \(expected), given \(given)"
    case .conflict(let what, _): what
    case .badOverride(let what, _): what
    }
  }

  /// What to do.
  public var remedy: String {
    switch self {
    case .unreadable: "check the path and its permissions"
    case .malformedJSON: "correct the file at this place"
    case .unknownKey(_, let nearest?, _): "did you mean \"\(nearest)\"?"
    case .unknownKey(_, nil, let known): "known keys: \(known.joined(separator: ", "))"
    case .missingKey(let key): "add \"\(key)\""
    case .wrongType: "correct the value"
    case .unknownChoice(_, let nearest?, _): "did you mean \"\(nearest)\"?"
    case .unknownChoice(_, nil, let allowed): "choose one of: \(allowed.joined(separator: ", "))"
    case .outOfRange: "choose a value in this range"
    case .duplicate: "give each its own name"
    case .fixedPointTooWide(_, _, _, let field, _):
      field == "p127" ? "lower fixedPoint.k or fixedPoint.s" : "lower fixedPoint.k or fixedPoint.s, or use field p127"
    case .shapeMismatch: "correct this layer or the one before it"
    case .conflict(_, let remedy): remedy
    case .badOverride(_, let remedy): remedy
    }
  }
}

extension ConfigurationError: CustomStringConvertible {
  /// "FILE:LINE:COLUMN: PATH: what is wrong; what to do"
  public var description: String {
    var place = file
    switch origin {
    case .file(let position): place += ":\(position)"
    case .override: place += " with --set"
    case nil: break
    }
    if !path.isEmpty { place += ": \(path)" }
    return oneLine("\(place): \(cause.reason); \(cause.remedy)")
  }
}

/// ⌈log2 n⌉ for n ≥ 1.
func ceilLog2(_ n: Int) -> Int { n <= 1 ? 0 : Int.bitWidth - (n - 1).leadingZeroBitCount }

/// `text` with line breaks and other control characters written as `\u{…}`, so that it stays one line.
func oneLine(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    let isControl = scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}"
    if isControl {
      result += "\\u{\(String(scalar.value, radix: 16))}"
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}
