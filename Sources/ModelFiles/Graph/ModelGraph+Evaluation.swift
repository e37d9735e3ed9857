/// How much an evaluation may take; hostile graphs can ask for years.
public struct EvaluationLimits: Hashable, Sendable {
  /// Most elements of one tensor.
  public var elements: Int
  /// Most multiplications and copies altogether.
  public var operations: Double

  /// The defaults are 2^28 elements and 2^38 operations, some minutes.
  public init(elements: Int = 1 << 28, operations: Double = 274_877_906_944) {
    self.elements = elements
    self.operations = operations
  }
}

extension ModelGraph {
  /// Evaluates the graph in `Double`: the reference for imports and secure runs.
  /// - Parameter inputs: one tensor an input of the graph; open dimensions may have any length.
  /// - Returns: the outputs by name.
  /// - Throws: `invalidGraph` naming the node whose inputs do not fit, or that exceeds `limits`.
  public func evaluate(_ inputs: [String: Tensor], limits: EvaluationLimits = EvaluationLimits())
    throws(ModelFileError) -> [String: Tensor]
  {
    var known = constants
    for input in self.inputs {
      guard let tensor = inputs[input.name] else {
        throw .missing(file: file, what: "input \(input.name.quotedShort)", available: inputs.keys.sorted())
      }
      let fits =
        input.dimensions.isEmpty
        || input.dimensions.count == tensor.shape.count
          && zip(input.dimensions, tensor.shape).allSatisfy { $0 == nil || $0 == $1 }
      guard fits else {
        let declared = input.dimensions.map { $0.map(String.init) ?? "?" }.joined(separator: "x")
        throw .invalidGraph(
          file: file, node: input.name, reason: "the input is \(tensor.shapeText), declared as \(declared)")
      }
      known[input.name] = tensor
    }
    var evaluation = NodeEvaluation(limits: limits)
    let lastUses = self.lastUses()
    for (index, node) in nodes.enumerated() {
      known[node.output] = try evaluate(node, known, with: &evaluation)
      for name in lastUses[index] ?? [] { known[name] = nil }
    }
    var results: [String: Tensor] = [:]
    for output in outputs { results[output.name] = known[output.name] }
    return results
  }

  private func evaluate(_ node: Node, _ known: [String: Tensor], with evaluation: inout NodeEvaluation)
    throws(ModelFileError) -> Tensor
  {
    do throws(ShapeRefusal) {
      return try evaluation.result(of: node.operation, node.inputs.compactMap { known[$0] })
    } catch {
      throw invalid(node, error.reason)
    }
  }

  /// For each node the results that nothing behind it needs.
  private func lastUses() -> [Int: [String]] {
    var last: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for name in node.inputs { last[name] = index }
    }
    for output in outputs { last[output.name] = nil }
    return Dictionary(grouping: last.keys) { last[$0] ?? 0 }
  }

  /// The same graph with every node computed whose inputs are all constants.
  /// - Throws: `invalidGraph`.
  public func foldingConstants(limits: EvaluationLimits = EvaluationLimits()) throws(ModelFileError) -> ModelGraph {
    var folded = self
    folded.nodes = []
    var evaluation = NodeEvaluation(limits: limits)
    for node in nodes {
      if node.inputs.allSatisfy({ folded.constants[$0] != nil }) {
        folded.constants[node.output] = try evaluate(node, folded.constants, with: &evaluation)
      } else {
        folded.nodes.append(node)
      }
    }
    return folded
  }

  /// The shapes of all inputs, constants and results by name, for inputs whose open dimensions are 1.
  /// - Throws: `invalidGraph` naming the first node whose inputs do not fit.
  public func shapes() throws(ModelFileError) -> [String: [Int]] {
    var shapes = constants.mapValues(\.shape)
    for input in inputs {
      let shape = input.dimensions.map { $0 ?? 1 }
      guard Tensor.count(of: shape) != nil else {
        throw .invalidGraph(file: file, node: input.name, reason: "the input \(Tensor.text(of: shape)) is too large")
      }
      shapes[input.name] = shape
    }
    for node in nodes {
      do throws(ShapeRefusal) {
        shapes[node.output] = try node.operation.outputShape(node.inputs.compactMap { shapes[$0] })
      } catch {
        throw invalid(node, error.reason)
      }
    }
    return shapes
  }
}
