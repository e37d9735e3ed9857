/// A neural network as a file describes it: nodes in an order in which each follows its inputs, and constants.
///
/// It is the step between a file format and our own model specification; it can also be evaluated in clear, in `Double`
/// (``evaluate(_:limits:)``), which is what imports are checked against.
public struct ModelGraph: Hashable, Sendable {
  /// Where it came from, for messages.
  public var file: String
  /// The program that wrote the file.
  public var producer: String
  /// What has to be given for an evaluation.
  public var inputs: [Value]
  /// What comes out.
  public var outputs: [Value]
  /// The nodes; no output name stands twice.
  public var nodes: [Node]
  /// Weights and other constants by name.
  public var constants: [String: Tensor]

  /// An input or output with its declared shape.
  public struct Value: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its dimensions; `nil` where the file leaves one open, such as the batch.
    public var dimensions: [Int?]

    /// Puts the two together.
    public init(name: String, dimensions: [Int?]) {
      self.name = name
      self.dimensions = dimensions
    }
  }

  /// One node.
  public struct Node: Hashable, Sendable {
    /// Its name, for messages.
    public var name: String
    /// What it computes.
    public var operation: GraphOperation
    /// Names of inputs, constants or outputs of nodes before.
    public var inputs: [String]
    /// The name of its result.
    public var output: String

    /// Puts the parts together.
    public init(name: String, operation: GraphOperation, inputs: [String], output: String) {
      self.name = name
      self.operation = operation
      self.inputs = inputs
      self.output = output
    }
  }

  /// Puts the parts together and checks that every name is defined once, and before it is used.
  /// - Throws: `invalidGraph` naming the node.
  public init(
    file: String, producer: String = "", inputs: [Value], outputs: [Value], nodes: [Node], constants: [String: Tensor]
  ) throws(ModelFileError) {
    var defined = Set(constants.keys)
    for input in inputs where !defined.insert(input.name).inserted {
      throw .invalidGraph(file: file, node: input.name, reason: "the input's name stands twice")
    }
    for node in nodes {
      if let unknown = node.inputs.first(where: { !defined.contains($0) }) {
        throw .invalidGraph(
          file: file, node: node.name, reason: "its input \(unknown.quotedShort) is not defined before it")
      }
      guard defined.insert(node.output).inserted else {
        throw .invalidGraph(file: file, node: node.name, reason: "its output \(node.output.quotedShort) stands twice")
      }
    }
    for output in outputs where !defined.contains(output.name) {
      throw .invalidGraph(file: file, node: output.name, reason: "no node computes this output")
    }
    self.file = file
    self.producer = producer
    self.inputs = inputs
    self.outputs = outputs
    self.nodes = nodes
    self.constants = constants
  }

  /// Number of elements of all constants.
  public var constantCount: Int { constants.values.reduce(0) { $0 + $1.count } }

  /// Checks that no constant holds NaN or infinities.
  /// - Throws: `notFinite` naming tensor, element and value.
  public func requireFiniteConstants() throws(ModelFileError) {
    for (name, tensor) in constants.sorted(by: { $0.key < $1.key }) {
      try tensor.requireFinite(name: name, file: file)
    }
  }

  /// The complaint about a node.
  func invalid(_ node: Node, _ reason: String) -> ModelFileError {
    .invalidGraph(file: file, node: node.name, reason: reason)
  }
}
