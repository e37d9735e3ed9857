extension ModelGraph {
  /// Imports an ONNX file.
  ///
  /// Read are the operators of ``GraphOperation``, `Constant` and `Dropout` (inference) of the standard domain, opsets 1
  /// to 23. Nodes that the outputs do not need are left out.
  /// - Parameter outputs: names of values anywhere in the graph; default: what the file calls its outputs.
  /// - Throws: `unsupportedNodes` with *all* needed nodes that cannot be imported; `missing` for an unknown output;
  ///   `malformed`, `unsupported`, `invalidGraph`.
  public init(onnx bytes: [UInt8], outputs: [String]? = nil, file: String) throws(ModelFileError) {
    var importer = try ONNXImport(ONNXModel(bytes, file: file), outputs: outputs, file: file)
    self = try importer.graph()
  }
}

/// Turns nodes of an ONNX file into operations, collecting those it cannot.
struct ONNXImport {
  let model: ONNXModel
  let file: String
  let opset: Int64
  var constants: [String: Tensor]
  var nodes: [ModelGraph.Node] = []
  var refused: [UnsupportedNode] = []
  let outputs: [ModelGraph.Value]
  /// Names that the outputs need.
  let used: Set<String>
  /// Number of dimensions of values that the file declares.
  var ranks: [String: Int]

  typealias Refusal = NodeAttributes.Refusal
  static let largestOpset: Int64 = 23

  init(_ model: ONNXModel, outputs: [String]?, file: String) throws(ModelFileError) {
    guard let opset = model.operatorSets[""], (1...Self.largestOpset).contains(opset) else {
      let found = model.operatorSets[""].map { "opset \($0)" } ?? "a model without the standard operators"
      throw .unsupported(
        file: file, offset: 0, field: "opset_import", what: found,
        remedy: "export the model with an opset from 7 to \(Self.largestOpset)")
    }
    guard model.graph.sparseInitializerCount == 0 else {
      throw .unsupported(
        file: file, offset: 0, field: "sparse_initializer", what: "a sparse weight",
        remedy: "export the model with dense weights")
    }
    self.model = model
    self.file = file
    self.opset = opset
    constants = model.graph.initializers
    ranks = constants.mapValues(\.shape.count)
    for input in model.graph.inputs where input.isTensor { ranks[input.name] = input.dimensions.count }
    let declared = model.graph.outputs.map(Self.value)
    if let outputs {
      let computed = model.graph.nodes.flatMap(\.outputs)
      for name in outputs where !computed.contains(name) {
        throw .missing(file: file, what: "output \(name.quotedShort)", available: computed.filter { !$0.isEmpty })
      }
      self.outputs = outputs.map { name in
        declared.first { $0.name == name } ?? ModelGraph.Value(name: name, dimensions: [])
      }
    } else {
      self.outputs = declared
    }
    var used = Set(self.outputs.map(\.name))
    for node in model.graph.nodes.reversed() where node.outputs.contains(where: used.contains) {
      used.formUnion(node.inputs)
    }
    self.used = used
  }

  mutating func graph() throws(ModelFileError) -> ModelGraph {
    for node in model.graph.nodes where node.outputs.contains(where: used.contains) {
      do throws(Refusal) {
        try add(node)
      } catch {
        let domain = node.domain.isEmpty ? "" : node.domain + "."
        refused.append(
          UnsupportedNode(name: node.name, operation: domain + node.operation, reason: error.reason))
      }
    }
    guard refused.isEmpty else { throw .unsupportedNodes(file: file, refused) }
    return try ModelGraph(
      file: file, producer: model.producer,
      inputs: model.graph.inputs.filter { constants[$0.name] == nil && used.contains($0.name) }.map(Self.value),
      outputs: outputs, nodes: nodes, constants: constants.filter { used.contains($0.key) })
  }

  private static func value(_ info: ONNXModel.ValueInfo) -> ModelGraph.Value {
    ModelGraph.Value(
      name: info.name, dimensions: info.dimensions.map { $0.flatMap { $0 > 0 && $0 < 1 << 31 ? Int($0) : nil } })
  }

  /// Adds one node, or a constant.
  private mutating func add(_ node: ONNXModel.Node) throws(Refusal) {
    guard node.domain.isEmpty else { throw Refusal(reason: "not an operator of the standard domain") }
    guard let output = node.outputs.first, used.contains(output), !output.isEmpty else {
      throw Refusal(reason: "its first output is not used")
    }
    if let extra = node.outputs.dropFirst().first(where: { used.contains($0) && !$0.isEmpty }) {
      throw Refusal(reason: "its further output \(extra.quotedShort) is used; only the first one is computed")
    }
    if node.operation == "Constant" {
      guard constants.updateValue(try constant(node), forKey: output) == nil else {
        throw Refusal(reason: "its output \(output.quotedShort) stands twice")
      }
      return
    }
    var inputs = node.inputs
    while inputs.last?.isEmpty == true { inputs.removeLast() }
    guard !inputs.contains("") else { throw Refusal(reason: "an optional input left out in the middle") }
    let translated = try translate(node, &inputs)
    nodes.append(ModelGraph.Node(name: node.name, operation: translated, inputs: inputs, output: output))
  }

  private func constant(_ node: ONNXModel.Node) throws(Refusal) -> Tensor {
    var attributes = NodeAttributes(node)
    for name in ["value", "value_float", "value_floats", "value_int", "value_ints"] {
      if let tensor = try attributes.constant(name) { return tensor }
    }
    throw Refusal(reason: "a constant of strings or a sparse one; numbers are expected")
  }

  /// The whole numbers of an input that must be a constant.
  func integers(_ inputs: [String], at place: Int, _ what: String) throws(Refusal) -> [Int]? {
    guard place < inputs.count else { return nil }
    guard let tensor = constants[inputs[place]], let integers = tensor.integers, tensor.shape.count <= 1,
      integers.count <= Tensor.largestRank, integers.allSatisfy({ $0.magnitude < 1 << 31 })
    else { throw Refusal(reason: "\(what) must be a constant") }
    return integers
  }
}
