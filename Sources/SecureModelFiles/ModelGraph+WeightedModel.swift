public import ModelFiles
internal import SecureML

extension ModelGraph {
  /// The model as a graph, for export and for a reference in clear. The batch is the first dimension and left open.
  ///
  /// Sigmoid layers become the exact sigmoid, whatever approximation the secure model uses. An argmax gives one column.
  public init(_ model: WeightedModel, file: String) throws(ModelFileError) {
    var rest = model.parameters[...]
    var constants: [String: Tensor] = [:]
    var nodes: [Node] = []
    var current = "input"
    for (index, layer) in model.specification.layers.enumerated() {
      var inputs = [current]
      if let shape = model.specification.weightShape(ofLayer: index), let own = rest.popFirst() {
        let names = (WeightedModel.weightName(index), WeightedModel.biasName(index))
        constants[names.0] = Tensor(shape: shape, values: own.weights)
        constants[names.1] = Tensor(shape: [own.bias.count], values: own.bias)
        inputs += [names.0, names.1]
      }
      let operation = Self.operation(layer)
      if operation == .binary(.multiply) { inputs = [current, current] }
      current = index == model.specification.layers.count - 1 ? "output" : "layers.\(index).output"
      nodes.append(Node(name: "layers.\(index)", operation: operation, inputs: inputs, output: current))
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

  private static func operation(_ layer: SecureLayerSpecification) -> GraphOperation {
    switch layer {
    case .dense: return .gemm(alpha: 1, beta: 1, transposesA: false, transposesB: false)
    case .convolution(_, let height, let width, let stride, let padding):
      return .convolution(
        WindowGeometry(
          kernel: [height, width], strides: [stride, stride],
          padding: .explicit(before: [padding, padding], after: [padding, padding])), groups: 1)
    case .averagePool(let window):
      return .averagePool(
        WindowGeometry(kernel: [window, window], strides: [window, window]), countsPadding: false)
    case .maxPool(let window): return .maxPool(WindowGeometry(kernel: [window, window], strides: [window, window]))
    case .flatten: return .flatten(axis: 1)
    case .relu: return .unary(.relu)
    case .square: return .binary(.multiply)
    case .sigmoid: return .unary(.sigmoid)
    case .argmax: return .argMax(axis: 1, keepsDimension: true, selectsLast: false)
    }
  }
}
