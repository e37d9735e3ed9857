/// Reads one JSON object strictly: unknown keys are refused at once, each value is checked for type and range, each
/// complaint carries path and place.
struct ObjectReader {
  let file: String
  let path: String
  let origin: ConfigurationOrigin
  private let members: [JSONMember]

  /// - Parameter keys: every key this object may have.
  init(_ node: JSONNode, file: String, path: String, keys: [String]) throws(ConfigurationError) {
    guard case .object(let members) = node.value else {
      throw ConfigurationError(
        file: file, origin: node.origin, path: path, cause: .wrongType(expected: "an object", found: node.summary))
    }
    self.file = file
    self.path = path
    self.origin = node.origin
    self.members = members
    for member in members where !keys.contains(member.key) {
      let unused = keys.filter { key in !members.contains { $0.key == key } }
      throw ConfigurationError(
        file: file, origin: member.keyOrigin, path: path,
        cause: .unknownKey(
          member.key, nearest: nearestName(to: member.key, among: unused) ?? nearestName(to: member.key, among: keys),
          known: keys))
    }
  }

  /// An error about the value of `key`, or about the object if the key is absent.
  func error(_ key: String, _ cause: ConfigurationError.Cause) -> ConfigurationError {
    ConfigurationError(file: file, origin: node(key)?.origin ?? origin, path: path(of: key), cause: cause)
  }

  func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The value of `key`; nil if absent.
  func node(_ key: String) -> JSONNode? { members.first { $0.key == key }?.node }

  private func missing(_ key: String) -> ConfigurationError {
    ConfigurationError(file: file, origin: origin, path: path, cause: .missingKey(key))
  }

  private func wrongType(_ key: String, expected: String, _ node: JSONNode) -> ConfigurationError {
    error(key, .wrongType(expected: expected, found: node.summary))
  }

  func string(_ key: String, default standard: String? = nil) throws(ConfigurationError) -> String {
    guard let node = node(key) else {
      guard let standard else { throw missing(key) }
      return standard
    }
    guard case .string(let text) = node.value else { throw wrongType(key, expected: "a string", node) }
    return text
  }

  func bool(_ key: String, default standard: Bool? = nil) throws(ConfigurationError) -> Bool {
    guard let node = node(key) else {
      guard let standard else { throw missing(key) }
      return standard
    }
    guard case .bool(let flag) = node.value else { throw wrongType(key, expected: "true or false", node) }
    return flag
  }

  func integer(_ key: String, in range: ClosedRange<Int>, default standard: Int? = nil)
    throws(ConfigurationError) -> Int
  {
    guard let node = node(key) else {
      guard let standard else { throw missing(key) }
      return standard
    }
    guard case .number(let text) = node.value, text.allSatisfy({ $0.isNumber || $0 == "-" }) else {
      throw wrongType(key, expected: "a whole number", node)
    }
    guard let value = Int(text), range.contains(value) else {
      throw error(key, .outOfRange(found: text, allowed: "\(range.lowerBound)…\(range.upperBound)"))
    }
    return value
  }

  func number(_ key: String, in range: ClosedRange<Double>, default standard: Double? = nil)
    throws(ConfigurationError) -> Double
  {
    guard let node = node(key) else {
      guard let standard else { throw missing(key) }
      return standard
    }
    guard case .number(let text) = node.value, let value = Double(text) else {
      throw wrongType(key, expected: "a number", node)
    }
    guard range.contains(value) else {
      throw error(key, .outOfRange(found: text, allowed: "\(range.lowerBound)…\(range.upperBound)"))
    }
    return value
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, default standard: Choice? = nil)
    throws(ConfigurationError) -> Choice
  {
    guard let node = node(key) else {
      guard let standard else { throw missing(key) }
      return standard
    }
    return try choice(node, path: path(of: key))
  }

  private func choice<Choice: RawRepresentable<String> & CaseIterable>(_ node: JSONNode, path: String)
    throws(ConfigurationError) -> Choice
  {
    let allowed = Choice.allCases.map(\.rawValue)
    guard case .string(let word) = node.value else {
      throw ConfigurationError(
        file: file, origin: node.origin, path: path,
        cause: .wrongType(
          expected: "one of " + allowed.map { "\"\($0)\"" }.joined(separator: ", "), found: node.summary))
    }
    guard let choice = Choice(rawValue: word) else {
      throw ConfigurationError(
        file: file, origin: node.origin, path: path,
        cause: .unknownChoice(word, nearest: nearestName(to: word, among: allowed), allowed: allowed))
    }
    return choice
  }

  /// A non-empty list of different choices.
  func choices<Choice: RawRepresentable<String> & CaseIterable & Hashable>(
    _ key: String, default standard: [Choice]
  ) throws(ConfigurationError) -> [Choice] {
    guard let items = try array(key) else { return standard }
    var result: [Choice] = []
    for (index, item) in items.enumerated() {
      let choice: Choice = try choice(item, path: "\(path(of: key))[\(index)]")
      if result.contains(choice) { throw error(key, .duplicate(choice.rawValue)) }
      result.append(choice)
    }
    if result.isEmpty { throw error(key, .outOfRange(found: "an empty list", allowed: "1 or more entries")) }
    return result
  }

  /// The elements of an array; nil if the key is absent.
  func array(_ key: String) throws(ConfigurationError) -> [JSONNode]? {
    guard let node = node(key) else { return nil }
    guard case .array(let items) = node.value else { throw wrongType(key, expected: "an array", node) }
    return items
  }

  /// The elements of an array that must be given and not be empty.
  func requiredArray(_ key: String) throws(ConfigurationError) -> [JSONNode] {
    guard let items = try array(key) else { throw missing(key) }
    if items.isEmpty { throw error(key, .outOfRange(found: "an empty list", allowed: "1 or more entries")) }
    return items
  }

  /// A nested object; absent means empty, so that every default applies.
  func object(_ key: String, keys: [String], required: Bool = false) throws(ConfigurationError) -> ObjectReader {
    guard let node = node(key) else {
      if required { throw missing(key) }
      return try ObjectReader(
        JSONNode(value: .object([]), origin: origin), file: file, path: path(of: key), keys: keys)
    }
    return try ObjectReader(node, file: file, path: path(of: key), keys: keys)
  }
}
