extension ModelGraph {
  /// The graph as an ONNX file (opset 17, IR version 8) with all constants as `float32` initialisers, or `int64` where
  /// they are whole numbers of that type.
  /// - Parameter name: of the graph in the file.
  public func encodedONNX(name: String = "model") -> [UInt8] {
    var model = ProtobufWriter()
    model.integer(1, 8)
    model.text(2, "spdz-swift")
    model.message(8) { opset in
      opset.text(1, "")
      opset.integer(2, 17)
    }
    model.message(7) { graph in
      var constants = constants
      for node in nodes { graph.message(1) { Self.write(node, to: &$0, &constants) } }
      graph.text(2, name)
      for (name, tensor) in constants.sorted(by: { $0.key < $1.key }) {
        graph.message(5) { Self.write(tensor, name, to: &$0) }
      }
      let types = Set(nodes.filter { if case .argMax = $0.operation { true } else { false } }.map(\.output))
      for input in inputs { graph.message(11) { Self.write(input, isInteger: false, to: &$0) } }
      for output in outputs {
        graph.message(12) { Self.write(output, isInteger: types.contains(output.name), to: &$0) }
      }
    }
    return model.bytes
  }

  private static func write(_ value: Value, isInteger: Bool, to message: inout ProtobufWriter) {
    message.text(1, value.name)
    message.message(2) { type in
      type.message(1) { tensor in
        tensor.integer(1, isInteger ? 7 : 1)
        tensor.message(2) { shape in
          for dimension in value.dimensions {
            shape.message(1) { length in
              if let dimension { length.integer(1, dimension) } else { length.text(2, "N") }
            }
          }
        }
      }
    }
  }

  private static func write(_ tensor: Tensor, _ name: String, to message: inout ProtobufWriter) {
    message.integers(1, tensor.shape)
    message.integer(2, tensor.elementType == .int64 ? 7 : 1)
    message.text(8, name)
    message.data(9, tensor.encoded(as: tensor.elementType == .int64 ? .int64 : .float32))
  }

  private static func write(_ node: Node, to message: inout ProtobufWriter, _ constants: inout [String: Tensor]) {
    // What opset 17 takes as inputs instead of attributes.
    var extra: [Int]?
    switch node.operation {
    case .reshape(let shape, _): extra = shape
    case .squeeze(let axes): extra = axes
    case .unsqueeze(let axes): extra = axes
    default: break
    }
    var inputs = node.inputs
    if let extra {
      let name = "\(node.output).parameter"
      constants[name] = Tensor(shape: [extra.count], values: extra.map(Double.init), elementType: .int64)
      inputs.append(name)
    }
    for input in inputs { message.text(1, input) }
    message.text(2, node.output)
    message.text(3, node.name)
    message.text(4, node.operation.name)
    for (name, value) in attributes(node.operation) {
      message.message(5) { attribute in
        attribute.text(1, name)
        switch value {
        case .integer(let number):
          attribute.integer(3, Int(number))
          attribute.integer(20, 2)
        case .integers(let numbers):
          attribute.integers(8, numbers.map { Int($0) })
          attribute.integer(20, 7)
        case .float(let number):
          attribute.float(2, Float(number))
          attribute.integer(20, 1)
        case .text(let text):
          attribute.text(4, text)
          attribute.integer(20, 3)
        case .floats, .tensor, .other: break
        }
      }
    }
  }

  private static func attributes(_ operation: GraphOperation) -> [(String, ONNXModel.Attribute)] {
    func flag(_ value: Bool) -> ONNXModel.Attribute { .integer(value ? 1 : 0) }
    func list(_ numbers: [Int]) -> ONNXModel.Attribute { .integers(numbers.map(Int64.init)) }
    func window(_ window: WindowGeometry, dilates: Bool = true) -> [(String, ONNXModel.Attribute)] {
      var result = [("kernel_shape", list(window.kernel)), ("strides", list(window.strides))]
      if dilates { result.append(("dilations", list(window.dilations))) }
      switch window.padding {
      case .explicit(let before, let after): result.append(("pads", list(before + after)))
      case .valid: result.append(("auto_pad", .text("VALID")))
      case .same(let oddBefore): result.append(("auto_pad", .text(oddBefore ? "SAME_LOWER" : "SAME_UPPER")))
      }
      return result
    }
    switch operation {
    case .gemm(let alpha, let beta, let transposesA, let transposesB):
      return [
        ("alpha", .float(alpha)), ("beta", .float(beta)), ("transA", flag(transposesA)), ("transB", flag(transposesB)),
      ]
    case .convolution(let geometry, let groups): return window(geometry) + [("group", .integer(Int64(groups)))]
    case .maxPool(let geometry): return window(geometry) + [("ceil_mode", flag(geometry.roundsUp))]
    case .averagePool(let geometry, let countsPadding):
      // Dilations of average pools came with opset 19.
      let dilates = geometry.dilations.contains { $0 != 1 }
      return window(geometry, dilates: dilates)
        + [("ceil_mode", flag(geometry.roundsUp)), ("count_include_pad", flag(countsPadding))]
    case .batchNormalization(let epsilon): return [("epsilon", .float(epsilon))]
    case .flatten(let axis): return [("axis", .integer(Int64(axis)))]
    case .reshape(_, let allowsZero): return [("allowzero", flag(allowsZero))]
    case .transpose(let order): return order.map { [("perm", list($0))] } ?? []
    case .softmax(let axis, _), .logSoftmax(let axis, _): return [("axis", .integer(Int64(axis)))]
    case .argMax(let axis, let keepsDimension, let selectsLast):
      return [
        ("axis", .integer(Int64(axis))), ("keepdims", flag(keepsDimension)), ("select_last_index", flag(selectsLast)),
      ]
    case .matrixProduct, .binary, .unary, .globalAveragePool, .squeeze, .unsqueeze: return []
    }
  }
}
