public import ModelFiles
internal import SecureML

extension ModelGraph {
  /// The model as a graph, for export and for a reference in clear. The batch is the first dimension and left open.
  ///
  /// Sigmoid, exponential and softmax layers become the exact functions, whatever approximation the secure model uses. An
  /// argmax gives one column.
  public init(_ model: WeightedModel, file: String) throws(ModelFileError) {
    var rest = model.parameters[...]
    var constants: [String: Tensor] = [:]
    var nodes: [Node] = []
    var current = "input"
    for (index, layer) in model.specification.layers.enumerated() {
      let names = (WeightedModel.weightName(index), WeightedModel.biasName(index))
      let input = model.specification.shapes[index]
      var inputs = [current]
      if let shapes = model.specification.tensorShapes(ofLayer: index), let own = rest.popFirst() {
        // Factors and biases of a channel are stretched over its plane.
        let planes = if case .image = input { [1, 1] } else { [Int]() }
        let isElementwise = layer == .scale || layer == .bias
        let added = isElementwise ? planes : []
        if let shape = shapes.weight {
          constants[names.0] = Tensor(shape: shape + added, values: own.weights)
          inputs.append(names.0)
        }
        constants[names.1] = Tensor(shape: shapes.bias + added, values: own.bias)
        if layer == .scale {
          let product = "layers.\(index).product"
          nodes.append(
            Node(name: "layers.\(index).scale", operation: .binary(.multiply), inputs: inputs, output: product))
          inputs = [product]
        }
        inputs.append(names.1)
      }
      if layer == .square { inputs = [current, current] }
      current = index == model.specification.layers.count - 1 ? "output" : "layers.\(index).output"
      nodes.append(
        Node(name: "layers.\(index)", operation: try Self.operation(layer, file: file), inputs: inputs, output: current)
      )
    }
    try self.init(
      file: file, inputs: [Value(name: "input", dimensions: Self.dimensions(model.specification.input))],
      outputs: [Value(name: current, dimensions: Self.dimensions(model.specification.output))], nodes: nodes,
      constants: constants)
  }

  private static func dimensions(_ shape: ActivationShape) -> [Int?] {
    switch shape {
    case .vector(let count): [nil, count]
    case .image(let channels, let height, let width): [nil, channels, height, width]
    }
  }

  private static func window(_ height: Int, _ width: Int, _ stride: Int, _ padding: Int) -> WindowGeometry {
    WindowGeometry(
      kernel: [height, width], strides: [stride, stride],
      padding: .explicit(before: [padding, padding], after: [padding, padding]))
  }

  /// The operation of a layer; of a scale, its second node.
  private static func operation(_ layer: SecureLayerSpecification, file: String) throws(ModelFileError)
    -> GraphOperation
  {
    switch layer {
    case .dense: return .gemm(alpha: 1, beta: 1, transposesA: false, transposesB: false)
    case .convolution(_, let height, let width, let stride, let padding, let groups):
      return .convolution(window(height, width, stride, padding), groups: groups)
    case .averagePool(let side, let stride, let padding, let countsPadding):
      return .averagePool(window(side, side, stride ?? side, padding), countsPadding: countsPadding)
    case .maxPool(let side, let stride, let padding): return .maxPool(window(side, side, stride ?? side, padding))
    case .globalAveragePool: return .globalAveragePool
    case .scale, .bias: return .binary(.add)
    case .flatten: return .flatten(axis: 1)
    case .relu: return .unary(.relu)
    case .square: return .binary(.multiply)
    case .sigmoid: return .unary(.sigmoid)
    case .exponential: return .unary(.exponential)
    case .softmax: return .softmax(axis: 1, flattens: false)
    case .argmax: return .argMax(axis: 1, keepsDimension: true, selectsLast: false)
    case .batchNormalization:
      throw .invalidGraph(file: file, node: layer.kind, reason: "a weighted model has folded it")
    }
  }
}
