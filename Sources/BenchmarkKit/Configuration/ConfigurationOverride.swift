/// One `--set key=value`: a dotted path (`workloads.0.testRows` or `workloads[0].testRows`) and a JSON value; a value
/// that is not JSON is taken as a string. It changes the file's tree before anything is checked, so an override meets the
/// same checks as the file. A configuration of a sweep is a list of such replacements.
struct ConfigurationOverride: Hashable, Sendable {
  let path: [String]
  let value: JSONNode
  let text: String

  /// A replacement of a known path, for sweeps.
  init(path: String, value: JSONNode) {
    self.path = path.split(separator: ".").map(String.init)
    self.value = value
    text = path
  }

  /// Parses `key=value`.
  init(_ text: String, file: String) throws(ConfigurationError) {
    self.text = text
    func bad(_ what: String) -> ConfigurationError {
      ConfigurationError(
        file: file, origin: .override, path: "",
        cause: .badOverride(what, remedy: "write --set key=value, for example --set parties=3"))
    }
    guard let equals = text.firstIndex(of: "=") else { throw bad("\"\(text)\" has no '='") }
    let key = text[..<equals].replacing("[", with: ".").replacing("]", with: "")
    path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !path.contains(where: \.isEmpty) else { throw bad("\"\(text)\" has an empty part in its key") }
    let raw = String(text[text.index(after: equals)...])
    let parsed = (try? JSONParser.parse(raw, file: file)) ?? JSONNode(value: .string(raw), origin: .override)
    value = Self.marked(parsed)
  }

  /// The same tree with every origin "override".
  private static func marked(_ node: JSONNode) -> JSONNode {
    let value: JSONNode.Value
    switch node.value {
    case .array(let items): value = .array(items.map(marked))
    case .object(let members):
      value = .object(members.map { JSONMember(key: $0.key, keyOrigin: .override, node: marked($0.node)) })
    default: value = node.value
    }
    return JSONNode(value: value, origin: .override)
  }

  /// `tree` with the value put in place; objects on the way are made if missing.
  func applied(to tree: JSONNode, file: String) throws(ConfigurationError) -> JSONNode {
    try place(path[...], in: tree, file: file)
  }

  private func place(_ rest: ArraySlice<String>, in node: JSONNode, file: String)
    throws(ConfigurationError) -> JSONNode
  {
    guard let key = rest.first else { return value }
    let empty = JSONNode(value: .object([]), origin: .override)
    switch node.value {
    case .object(var members):
      if let position = members.firstIndex(where: { $0.key == key }) {
        members[position].node = try place(rest.dropFirst(), in: members[position].node, file: file)
      } else {
        let child = try place(rest.dropFirst(), in: empty, file: file)
        members.append(JSONMember(key: key, keyOrigin: .override, node: child))
      }
      return JSONNode(value: .object(members), origin: node.origin)
    case .array(var items):
      guard let position = Int(key), items.indices.contains(position) else {
        throw ConfigurationError(
          file: file, origin: .override, path: path.prefix(path.count - rest.count).joined(separator: "."),
          cause: .badOverride(
            "\"\(key)\" is not an index of this list of \(items.count)",
            remedy: items.isEmpty ? "the list is empty" : "use 0…\(items.count - 1)"))
      }
      items[position] = try place(rest.dropFirst(), in: items[position], file: file)
      return JSONNode(value: .array(items), origin: node.origin)
    default:
      throw ConfigurationError(
        file: file, origin: .override, path: path.prefix(path.count - rest.count).joined(separator: "."),
        cause: .badOverride(
          "\"\(key)\" cannot be set inside \(node.summary)", remedy: "correct the path of --set \(text)"))
    }
  }
}
