/// What an ONNX file holds, whether or not it can be imported.
public struct ONNXSummary: Hashable, Sendable, Codable {
  /// The program that wrote the file.
  public let producer: String
  /// Version of the standard operators.
  public let opset: Int?
  /// Inputs that are no weights, with their shapes: "X: ?x64".
  public let inputs: [String]
  /// Outputs, likewise.
  public let outputs: [String]
  /// All nodes in the order of the file.
  public let nodes: [Node]
  /// All initialisers by name.
  public let weights: [ColumnSummary]

  /// A node: only names.
  public struct Node: Hashable, Sendable, Codable {
    /// Its name.
    public let name: String
    /// Its operator, with its domain unless that is the standard one.
    public let operation: String
    /// Its first output.
    public let output: String
  }

  /// Reads a file.
  /// - Throws: `malformed`, `unsupported`.
  public init(_ bytes: [UInt8], file: String) throws(ModelFileError) {
    let model = try ONNXModel(bytes, file: file)
    producer = model.producer
    opset = model.operatorSets[""].flatMap { Int(exactly: $0) }
    let initializers = model.graph.initializers
    func text(_ value: ONNXModel.ValueInfo) -> String {
      let dimensions = value.dimensions.map { $0.map { "\($0)" } ?? "?" }
      return value.name + (dimensions.isEmpty ? "" : ": " + dimensions.joined(separator: "x"))
    }
    inputs = model.graph.inputs.filter { initializers[$0.name] == nil }.map(text)
    outputs = model.graph.outputs.map(text)
    nodes = model.graph.nodes.map {
      Node(
        name: $0.name, operation: ($0.domain.isEmpty ? "" : $0.domain + ".") + $0.operation,
        output: $0.outputs.first ?? "")
    }
    weights = initializers.sorted { $0.key < $1.key }.map { ColumnSummary(name: $0.key, tensor: $0.value) }
  }

  /// Number of elements of all initialisers.
  public var parameterCount: Int { weights.reduce(0) { $0 + $1.count } }
}
