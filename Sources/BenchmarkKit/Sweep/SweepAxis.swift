/// One key of a `sweep`: a setting and the values it takes.
struct SweepAxis {
  /// One value: what it replaces in the file, and how it is named in tables.
  struct Choice {
    var label: String
    var replacements: [ConfigurationOverride]
  }

  let name: String
  let choices: [Choice]

  /// Short names of settings that a sweep may vary, and where they stand.
  static let shortNames: [String: String] = [
    "parties": "parties", "transport": "transport", "link": "link", "field": "field", "batch": "batch",
    "threads": "offline.threads", "workers": "offline.workers", "triples": "offline.triples", "masks": "offline.masks",
    "fixedPoint": "fixedPoint", "testRows": "workloads.*.testRows",
  ]

  /// Settings that stay the same in all configurations.
  private static let constant: Set<String> = ["name", "summary", "seed", "modes", "insecureDealer", "sweep"]

  /// The axes of a sweep in file order.
  /// - Parameter base: the experiment without the sweep.
  static func axes(_ node: JSONNode, base: JSONNode, file: String) throws(ConfigurationError) -> [SweepAxis] {
    guard case .object(let members) = node.value else {
      throw ConfigurationError(
        file: file, origin: node.origin, path: "sweep",
        cause: .wrongType(expected: "an object of lists", found: node.summary))
    }
    var axes: [SweepAxis] = []
    for member in members {
      let path = "sweep.\(member.key)"
      func error(_ cause: ConfigurationError.Cause) -> ConfigurationError {
        ConfigurationError(file: file, origin: member.keyOrigin, path: path, cause: cause)
      }
      guard case .array(let values) = member.node.value else {
        throw error(.wrongType(expected: "a list of values", found: member.node.summary))
      }
      guard !values.isEmpty else { throw error(.outOfRange(found: "an empty list", allowed: "1 or more entries")) }
      let top = String(member.key.prefix { $0 != "." })
      if constant.contains(top) || member.key == "workloads" {
        throw error(
          .conflict(
            "\"\(top)\" cannot be swept",
            remedy: "\"modes\" and \"workloads\" are lists of the experiment itself; put them there"))
      }
      let known = shortNames.keys.sorted() + ["settings"]
      guard member.key.contains(".") || known.contains(member.key) else {
        throw error(.unknownKey(member.key, nearest: nearestName(to: member.key, among: known), known: known))
      }
      if ["batch", "fixedPoint"].contains(member.key), let workload = workload(with: member.key, base) {
        throw error(
          .conflict(
            "workloads[\(workload)] has a \(member.key) of its own, which hides the sweep",
            remedy: "remove it, or sweep \"workloads.\(workload).\(member.key)\""))
      }
      let choices = try values.map { (value) throws(ConfigurationError) -> Choice in
        try choice(member.key, value, base: base, file: file)
      }
      if let repeated = choices.indices.first(where: { index in
        choices[..<index].contains { $0.label == choices[index].label }
      }) {
        throw error(.duplicate(choices[repeated].label))
      }
      axes.append(SweepAxis(name: member.key, choices: choices))
    }
    return axes
  }

  private static func choice(_ key: String, _ value: JSONNode, base: JSONNode, file: String)
    throws(ConfigurationError) -> Choice
  {
    if key == "settings" {
      guard case .object(let members) = value.value, !members.isEmpty else {
        throw ConfigurationError(
          file: file, origin: value.origin, path: "sweep.settings",
          cause: .wrongType(expected: "objects of settings", found: value.summary))
      }
      return Choice(
        label: members.map { "\($0.key) \(text($0.node))" }.joined(separator: ", "),
        replacements: members.flatMap { replacements($0.key, $0.node, base) })
    }
    return Choice(label: "\(key) \(text(value))", replacements: replacements(key, value, base))
  }

  private static func replacements(_ key: String, _ value: JSONNode, _ base: JSONNode) -> [ConfigurationOverride] {
    var value = value
    if key == "link", case .string = value.value {
      let profile = JSONMember(key: "profile", keyOrigin: .override, node: value)
      value = JSONNode(value: .object([profile]), origin: value.origin)
    }
    let path = (shortNames[key] ?? key).replacing("[", with: ".").replacing("]", with: "")
    guard path.hasPrefix("workloads.*.") else { return [ConfigurationOverride(path: path, value: value)] }
    return (0..<workloads(base).count).map {
      ConfigurationOverride(path: path.replacing("*", with: "\($0)"), value: value)
    }
  }

  private static func workloads(_ base: JSONNode) -> [JSONNode] {
    guard case .object(let members) = base.value, let list = members.first(where: { $0.key == "workloads" }),
      case .array(let items) = list.node.value
    else { return [] }
    return items
  }

  private static func workload(with key: String, _ base: JSONNode) -> Int? {
    workloads(base).firstIndex { node in
      if case .object(let members) = node.value { members.contains { $0.key == key } } else { false }
    }
  }

  /// A value in a few characters.
  private static func text(_ node: JSONNode) -> String {
    switch node.value {
    case .null: "null"
    case .bool(let flag): "\(flag)"
    case .number(let text), .string(let text): text
    case .array(let items): "[" + items.map(text).joined(separator: " ") + "]"
    case .object(let members): members.map { "\($0.key)=\(text($0.node))" }.joined(separator: " ")
    }
  }
}
