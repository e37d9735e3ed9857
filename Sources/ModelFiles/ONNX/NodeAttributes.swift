/// The attributes of a node, asked for one after another; what nobody asked for is unsupported.
struct NodeAttributes {
  private let attributes: [String: ONNXModel.Attribute]
  private var asked: Set<String> = []

  /// Why an attribute is refused.
  struct Refusal: Error {
    var reason: String
  }

  init(_ node: ONNXModel.Node) { attributes = node.attributes }

  private mutating func find(_ name: String) -> ONNXModel.Attribute? {
    asked.insert(name)
    return attributes[name]
  }

  func contains(_ name: String) -> Bool { attributes[name] != nil }

  private func wrongType(_ name: String) -> Refusal { Refusal(reason: "attribute \(name) has the wrong type") }

  mutating func float(_ name: String, _ standard: Double) throws(Refusal) -> Double {
    guard let attribute = find(name) else { return standard }
    guard case .float(let value) = attribute, value.isFinite else { throw wrongType(name) }
    return value
  }

  /// A number of at most 2^31 in magnitude.
  mutating func integer(_ name: String, _ standard: Int) throws(Refusal) -> Int {
    guard let attribute = find(name) else { return standard }
    guard case .integer(let value) = attribute, let small = Int32(exactly: value) else { throw wrongType(name) }
    return Int(small)
  }

  mutating func flag(_ name: String, _ standard: Bool) throws(Refusal) -> Bool {
    try integer(name, standard ? 1 : 0) != 0
  }

  mutating func text(_ name: String, _ standard: String) throws(Refusal) -> String {
    guard let attribute = find(name) else { return standard }
    guard case .text(let value) = attribute else { throw wrongType(name) }
    return value
  }

  /// Numbers of at most 2^31 in magnitude.
  mutating func integers(_ name: String) throws(Refusal) -> [Int]? {
    guard let attribute = find(name) else { return nil }
    guard case .integers(let values) = attribute else { throw wrongType(name) }
    let small = values.compactMap { Int32(exactly: $0).map(Int.init) }
    guard small.count == values.count, small.count <= Tensor.largestRank else { throw wrongType(name) }
    return small
  }

  /// Numbers of any count, each of at most 2^53.
  mutating func constant(_ name: String) throws(Refusal) -> Tensor? {
    guard let attribute = find(name) else { return nil }
    switch attribute {
    case .tensor(let tensor): return tensor
    case .float(let value): return Tensor(shape: [], values: [value])
    case .floats(let values): return Tensor(shape: [values.count], values: values)
    case .integer(let value):
      guard let exact = Double(exactly: value) else { throw wrongType(name) }
      return Tensor(shape: [], values: [exact], elementType: .int64)
    case .integers(let values):
      let exact = values.compactMap { Double(exactly: $0) }
      guard exact.count == values.count else { throw wrongType(name) }
      return Tensor(shape: [values.count], values: exact, elementType: .int64)
    case .text, .other: throw wrongType(name)
    }
  }

  /// Requires that nothing is there but what was asked for.
  func requireAllAsked() throws(Refusal) {
    let rest = attributes.keys.filter { !asked.contains($0) }.sorted()
    guard rest.isEmpty else { throw Refusal(reason: "unknown attribute \(rest.joined(separator: ", "))") }
  }
}
