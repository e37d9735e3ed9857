extension ONNXImport {
  /// The operation of a node. Inputs that only say how, such as the shape of a `Reshape`, are taken off `inputs`.
  func translate(_ node: ONNXModel.Node, _ inputs: inout [String]) throws(Refusal) -> GraphOperation {
    var attributes = NodeAttributes(node)
    let operation: GraphOperation
    switch node.operation {
    case "Gemm":
      try require(inputs, 2...3)
      operation = .gemm(
        alpha: try attributes.float("alpha", 1), beta: try attributes.float("beta", 1),
        transposesA: try attributes.flag("transA", false), transposesB: try attributes.flag("transB", false))
      if opset < 7 { _ = try attributes.flag("broadcast", false) }  // C was one-way broadcast only if it said so
    case "MatMul":
      try require(inputs, 2...2)
      operation = .matrixProduct
    case "Add", "Sub", "Mul", "Div": operation = try binary(node, &attributes, inputs)
    case "Relu", "Sigmoid", "Identity", "Neg", "Tanh", "Exp":
      try require(inputs, 1...1)
      if opset < 6 { _ = try attributes.integers("consumed_inputs") }
      let functions: [String: GraphOperation.UnaryOperation] = [
        "Relu": .relu, "Sigmoid": .sigmoid, "Neg": .negate, "Tanh": .tanh, "Exp": .exponential,
      ]
      operation = .unary(functions[node.operation] ?? .identity)
    case "Cast":
      try require(inputs, 1...1)
      let type = try attributes.integer("to", 0)
      guard [1, 10, 11, 16].contains(type) else {
        throw Refusal(reason: "a cast to element type \(type); only casts between floats are the identity here")
      }
      _ = try attributes.flag("saturate", true)  // concerns 8-bit floats only
      operation = .unary(.identity)
    case "Dropout":
      try dropout(&attributes, &inputs)
      operation = .unary(.identity)
    case "Conv":
      try require(inputs, 2...3)
      let weights = constants[inputs[1]]
      let groups = try attributes.integer("group", 1)
      guard (1...65_536).contains(groups) else { throw Refusal(reason: "group \(groups)") }
      operation = .convolution(
        try attributes.window(kernel: weights.map { Array($0.shape.dropFirst(2)) }), groups: groups)
    case "MaxPool":
      try require(inputs, 1...1)
      _ = try attributes.integer("storage_order", 0)  // the order of the indices, which are not computed
      operation = .maxPool(try attributes.window(kernel: nil))
    case "AveragePool":
      try require(inputs, 1...1)
      let countsPadding = try attributes.flag("count_include_pad", false)
      operation = .averagePool(try attributes.window(kernel: nil), countsPadding: countsPadding)
    case "GlobalAveragePool":
      try require(inputs, 1...1)
      operation = .globalAveragePool
    case "BatchNormalization": operation = try batchNormalization(&attributes, inputs)
    case "Flatten":
      try require(inputs, 1...1)
      operation = .flatten(axis: try attributes.integer("axis", 1))
    case "Reshape":
      let shape = opset < 5 ? try attributes.integers("shape") : try integers(inputs, at: 1, "the shape")
      guard let shape else { throw Refusal(reason: "the shape is missing") }
      inputs = Array(inputs.prefix(1))
      operation = .reshape(shape, allowsZero: try attributes.flag("allowzero", false))
    case "Transpose":
      try require(inputs, 1...1)
      operation = .transpose(try attributes.integers("perm"))
    case "Squeeze", "Unsqueeze":
      let axes = opset < 13 ? try attributes.integers("axes") : try integers(inputs, at: 1, "the axes")
      inputs = Array(inputs.prefix(1))
      if node.operation == "Squeeze" {
        operation = .squeeze(axes)
      } else if let axes {
        operation = .unsqueeze(axes)
      } else {
        throw Refusal(reason: "the axes are missing")
      }
    case "Softmax", "LogSoftmax":
      try require(inputs, 1...1)
      let axis = try attributes.integer("axis", opset < 13 ? 1 : -1)
      operation =
        node.operation == "Softmax"
        ? .softmax(axis: axis, flattens: opset < 13) : .logSoftmax(axis: axis, flattens: opset < 13)
    case "ArgMax":
      try require(inputs, 1...1)
      operation = .argMax(
        axis: try attributes.integer("axis", 0), keepsDimension: try attributes.flag("keepdims", true),
        selectsLast: try attributes.flag("select_last_index", false))
    default: throw Refusal(reason: "this operator is not supported")
    }
    guard !inputs.isEmpty else { throw Refusal(reason: "no input") }
    try attributes.requireAllAsked()
    return operation
  }

  private func require(_ inputs: [String], _ counts: ClosedRange<Int>) throws(Refusal) {
    guard counts.contains(inputs.count) else {
      throw Refusal(reason: "\(inputs.count) inputs, \(counts.lowerBound) to \(counts.upperBound) expected")
    }
  }

  /// Element-wise operations; before opset 7 the second operand was stretched only on request, and from `axis` on.
  private func binary(_ node: ONNXModel.Node, _ attributes: inout NodeAttributes, _ inputs: [String])
    throws(Refusal) -> GraphOperation
  {
    try require(inputs, 2...2)
    if opset < 7 {
      _ = try attributes.flag("broadcast", false)
      if opset < 6 { _ = try attributes.integers("consumed_inputs") }
      if attributes.contains("axis") {
        let axis = try attributes.integer("axis", 0)
        guard let first = ranks[inputs[0]], let second = ranks[inputs[1]], axis + second == first else {
          throw Refusal(reason: "broadcasting along an axis before the last ones; export with opset 7 or later")
        }
      }
    }
    switch node.operation {
    case "Add": return .binary(.add)
    case "Sub": return .binary(.subtract)
    case "Mul": return .binary(.multiply)
    default: return .binary(.divide)
    }
  }

  private func batchNormalization(_ attributes: inout NodeAttributes, _ inputs: [String]) throws(Refusal)
    -> GraphOperation
  {
    try require(inputs, 5...5)
    let epsilon = try attributes.float("epsilon", 1e-5)
    _ = try attributes.float("momentum", 0.9)  // for training only
    if opset < 6 { _ = try attributes.integers("consumed_inputs") }
    let infers = opset < 7 ? try attributes.flag("is_test", false) : true
    guard infers else {
      throw Refusal(reason: "in training mode; export the model for inference")
    }
    let countsChannels = opset < 9 ? try attributes.flag("spatial", true) : true
    guard countsChannels else {
      throw Refusal(reason: "statistics for every pixel instead of every channel")
    }
    guard try !attributes.flag("training_mode", false) else {
      throw Refusal(reason: "in training mode; export the model for inference")
    }
    return .batchNormalization(epsilon: epsilon)
  }

  /// The identity, unless it says that it trains.
  private func dropout(_ attributes: inout NodeAttributes, _ inputs: inout [String]) throws(Refusal) {
    try require(inputs, 1...3)
    _ = try attributes.float("ratio", 0.5)
    _ = try attributes.integer("seed", 0)
    var trains = opset < 7 ? try !attributes.flag("is_test", false) : false
    if inputs.count == 3 {
      guard let mode = constants[inputs[2]], mode.count == 1 else {
        throw Refusal(reason: "training_mode must be a constant")
      }
      trains = mode.values[0] != 0
    }
    guard !trains else { throw Refusal(reason: "in training mode; export the model for inference") }
    inputs = Array(inputs.prefix(1))
  }
}
