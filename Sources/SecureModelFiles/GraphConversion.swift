internal import ModelFiles
internal import Online
internal import SecureML

/// Turns a graph that is a chain of nodes into layers with weights, collecting the nodes that are none.
struct GraphConversion {
  let graph: ModelGraph
  let sigmoid: Sigmoid
  let softmax: Softmax
  private(set) var layers: [ConvertedLayer] = []
  private var refused: [UnsupportedNode] = []
  private let shapes: [String: [Int]]
  /// The value the chain has reached.
  private var current: String

  /// Why a node is no layer.
  struct Refusal: Error {
    var reason: String
  }

  /// - Parameter graph: constants folded, one input and one output.
  init(_ graph: ModelGraph, sigmoid: Sigmoid, softmax: Softmax) throws(ModelFileError) {
    self.graph = graph
    self.sigmoid = sigmoid
    self.softmax = softmax
    shapes = try graph.shapes()
    current = graph.inputs[0].name
  }

  /// All nodes, one after another.
  /// - Throws: `unsupportedNodes` with all that cannot be converted.
  mutating func run() throws(ModelFileError) {
    for node in graph.nodes {
      do throws(Refusal) {
        try add(node)
      } catch {
        refused.append(
          UnsupportedNode(name: node.name, operation: node.operation.name, reason: error.reason))
      }
      current = node.output
    }
    guard refused.isEmpty else { throw .unsupportedNodes(file: graph.file, refused) }
    guard current == graph.outputs[0].name else {
      throw .invalidGraph(
        file: graph.file, node: graph.outputs[0].name, reason: "the output is not the end of the chain of nodes")
    }
  }

  private mutating func add(_ node: ModelGraph.Node) throws(Refusal) {
    let shape = shapes[current] ?? []
    // Which inputs are the chain, and the constants beside it.
    let chained = node.inputs.map { $0 == current }
    let constants = node.inputs.map { graph.constants[$0] }
    guard chained.contains(true), zip(chained, constants).allSatisfy({ $0 || $1 != nil }) else {
      throw Refusal(reason: "uses a value from further back; only chains of layers are computed")
    }
    if case .binary(.multiply) = node.operation, chained == [true, true] {
      layers.append(ConvertedLayer(.square))
      return
    }
    guard chained.count(where: { $0 }) == 1 else { throw Refusal(reason: "uses its input twice") }
    let operands = constants.compactMap { $0 }
    switch node.operation {
    case .gemm(let alpha, let beta, let transposesA, let transposesB):
      guard chained[0], !transposesA else { throw Refusal(reason: "the rows must be the first operand") }
      let matrix = transposesB ? operands[0].transposedMatrix : operands[0].values
      let outputs = operands[0].shape[transposesB ? 0 : 1]
      layers.append(
        ConvertedLayer(
          .dense(outputs: outputs), weights: matrix.map { $0 * alpha }, bias: [Double](repeating: 0, count: outputs)))
      if operands.count > 1 { try addToLast(operands[1], factor: beta, shape: [1, outputs]) }
    case .matrixProduct:
      guard chained[0], shape.count == 2, operands[0].shape.count == 2 else {
        throw Refusal(reason: "rows times a matrix of weights expected")
      }
      let outputs = operands[0].shape[1]
      layers.append(
        ConvertedLayer(
          .dense(outputs: outputs), weights: operands[0].values, bias: [Double](repeating: 0, count: outputs)))
    case .binary(let operation): try addElementwise(operation, operands[0], shape, rowsFirst: chained[0])
    case .unary(.relu): layers.append(ConvertedLayer(.relu))
    case .unary(.sigmoid): layers.append(ConvertedLayer(.sigmoid(sigmoid)))
    case .unary(.identity): break
    case .convolution(let window, let groups):
      guard chained[0] else { throw Refusal(reason: "the images must be the first operand") }
      layers.append(try Self.convolution(window, groups, operands, shape))
    case .maxPool(let window):
      let pool = try Self.pool(window, shape, shapes[node.output] ?? [])
      layers.append(ConvertedLayer(.maxPool(window: pool.window, stride: pool.stride, padding: pool.padding)))
    case .averagePool(let window, let countsPadding):
      let pool = try Self.pool(window, shape, shapes[node.output] ?? [])
      layers.append(
        ConvertedLayer(
          .averagePool(
            window: pool.window, stride: pool.stride, padding: pool.padding,
            countsPadding: countsPadding && pool.padding > 0)))
    case .globalAveragePool:
      guard shape.count == 4 else { throw Refusal(reason: "only images of two spatial dimensions") }
      layers.append(ConvertedLayer(.globalAveragePool))
    case .batchNormalization(let epsilon):
      guard chained[0] else { throw Refusal(reason: "the rows must be the first operand") }
      let factors = zip(operands[0].values, operands[3].values).map { $0 / ($1 + epsilon).squareRoot() }
      try scaleLast(
        factors, offsets: zip(zip(operands[1].values, operands[2].values), factors).map { $0.0 - $0.1 * $1 })
    case .flatten, .reshape, .squeeze, .unsqueeze: try addFlatten(node, shape)
    case .softmax, .logSoftmax, .argMax: try addLast(node, shape)
    case .unary(.exponential): layers.append(ConvertedLayer(.exponential(softmax.exponential)))
    case .transpose, .unary(.negate), .unary(.tanh): throw Refusal(reason: "there is no such secure layer")
    }
  }

  // MARK: Affine maps

  /// x∘c + d per output or channel: put into the weights of the layer before, or a layer of its own.
  private mutating func scaleLast(_ factors: [Double], offsets: [Double]) throws(Refusal) {
    if let last = layers.last, last.folds(factors) {
      layers[layers.count - 1].scale(by: factors, adding: offsets)
    } else if factors.allSatisfy({ $0 == 1 }) {
      layers.append(ConvertedLayer(.bias, bias: offsets))
    } else {
      layers.append(ConvertedLayer(.scale, weights: factors, bias: offsets))
    }
  }

  /// The constant as one number an output or channel.
  private func perChannel(_ tensor: Tensor, _ shape: [Int]) throws(Refusal) -> [Double] {
    let channels = shape.count > 1 ? shape[1] : 0
    let padded = [Int](repeating: 1, count: max(0, shape.count - tensor.shape.count)) + tensor.shape
    guard padded.count == shape.count, padded.count > 1, padded[1] == 1 || padded[1] == channels,
      tensor.count == padded[1]
    else { throw Refusal(reason: "a constant of \(tensor.shapeText): one number an output or channel expected") }
    return padded[1] == channels ? tensor.values : [Double](repeating: tensor.values[0], count: channels)
  }

  private mutating func addToLast(_ tensor: Tensor, factor: Double, shape: [Int]) throws(Refusal) {
    let offsets = try perChannel(tensor, shape).map { $0 * factor }
    try scaleLast(offsets.map { _ in 1 }, offsets: offsets)
  }

  private mutating func addElementwise(
    _ operation: GraphOperation.BinaryOperation, _ tensor: Tensor, _ shape: [Int], rowsFirst: Bool
  ) throws(Refusal) {
    let numbers = try perChannel(tensor, shape)
    let (ones, zeros) = (numbers.map { _ in 1.0 }, numbers.map { _ in 0.0 })
    switch operation {
    case .add: try scaleLast(ones, offsets: numbers)
    case .subtract where rowsFirst: try scaleLast(ones, offsets: numbers.map { -$0 })
    case .subtract: try scaleLast(numbers.map { _ in -1 }, offsets: numbers)
    case .multiply: try scaleLast(numbers, offsets: zeros)
    case .divide where rowsFirst && !numbers.contains(0): try scaleLast(numbers.map { 1 / $0 }, offsets: zeros)
    case .divide: throw Refusal(reason: "division by a secret value or by 0")
    }
  }

  // MARK: Shapes and ends

  private mutating func addFlatten(_ node: ModelGraph.Node, _ shape: [Int]) throws(Refusal) {
    let result = shapes[node.output] ?? []
    if result == shape { return }
    guard result.count == 2, result[0] == shape.first else {
      throw Refusal(reason: "makes \(result), only a vector for each row is possible")
    }
    if shape.count > 2 { layers.append(ConvertedLayer(.flatten)) }
  }

  private mutating func addLast(_ node: ModelGraph.Node, _ shape: [Int]) throws(Refusal) {
    guard shape.count == 2 else { throw Refusal(reason: "of \(shape), a vector for each row expected") }
    switch node.operation {
    case .argMax(let axis, _, selectsLast: false) where axis == 1 || axis == -1:
      layers.append(ConvertedLayer(.argmax))
    case .softmax(let axis, _) where axis == 1 || axis == -1:
      // The largest probability is the largest score.
      if !isFollowedByArgMax(node) { layers.append(ConvertedLayer(.softmax(softmax))) }
    default: throw Refusal(reason: "only along the outputs of each row")
    }
  }

  private func isFollowedByArgMax(_ node: ModelGraph.Node) -> Bool {
    var value = node.output
    while let next = graph.nodes.first(where: { $0.inputs == [value] }) {
      switch next.operation {
      case .unary(.identity): value = next.output
      case .argMax: return true
      default: return false
      }
    }
    return false
  }
}
