internal import Glibc

/// Computes results of operations in `Double` and keeps count of the work.
struct NodeEvaluation {
  let limits: EvaluationLimits
  private var operations = 0.0

  init(limits: EvaluationLimits) { self.limits = limits }

  /// The result of `operation` on tensors; shapes are checked first, then the work, then it is done.
  mutating func result(of operation: GraphOperation, _ inputs: [Tensor]) throws(ShapeRefusal) -> Tensor {
    let shape = try operation.outputShape(inputs.map(\.shape))
    try charge(shape, work(operation, inputs))
    let x = inputs[0]
    func like(_ values: [Double]) -> Tensor { Tensor(shape: shape, values: values, elementType: x.elementType) }
    switch operation {
    case .gemm(let alpha, let beta, let transposesA, let transposesB):
      return like(Self.gemm(inputs, shape, alpha, beta, transposesA, transposesB))
    case .matrixProduct: return like(Self.matrixProduct(x, inputs[1], shape))
    case .binary(let function): return like(Self.binary(function, x, inputs[1], shape))
    case .unary(let function): return like(Self.unary(function, x.values))
    case .convolution(let window, let groups):
      return like(WindowLoops(window, x.shape).convolution(inputs, shape, groups: groups))
    case .maxPool(let window): return like(WindowLoops(window, x.shape).largest(x.values, shape))
    case .averagePool(let window, let countsPadding):
      return like(WindowLoops(window, x.shape).means(x.values, shape, countsPadding: countsPadding))
    case .globalAveragePool:
      let area = x.shape[2...].reduce(1, *)
      return like(
        (0..<(x.count / area)).map { plane in
          x.values[(plane * area)..<((plane + 1) * area)].reduce(0, +) / Double(area)
        })
    case .batchNormalization(let epsilon): return like(Self.normalised(inputs, epsilon))
    case .flatten, .reshape, .squeeze, .unsqueeze: return x.reshaped(shape)
    case .transpose(let order):
      let strides = Broadcast.strides(x.shape)
      let order = order ?? Array(x.shape.indices.reversed())
      return like(Broadcast.positions(shape, strides: order.map { strides[$0] }).map { x.values[$0] })
    case .softmax(let axis, let flattens): return like(Self.softmax(x, axis, flattens) { exp($0 - $1) / $2 })
    case .logSoftmax(let axis, let flattens): return like(Self.softmax(x, axis, flattens) { $0 - $1 - log($2) })
    case .argMax(let axis, _, let selectsLast):
      return Tensor(shape: shape, values: Self.argMax(x, axis, selectsLast), elementType: .int64)
    }
  }

  /// Refuses results above the limits.
  private mutating func charge(_ shape: [Int], _ work: Double) throws(ShapeRefusal) {
    let count = Tensor.count(of: shape) ?? .max
    guard count <= limits.elements else {
      throw ShapeRefusal(reason: "the result \(Tensor.text(of: shape)) has more than \(limits.elements) elements")
    }
    operations += work + Double(count) + 1
    guard operations <= limits.operations else {
      throw ShapeRefusal(reason: "the graph needs more than \(limits.operations) operations up to here")
    }
  }

  /// Multiplications, about.
  private func work(_ operation: GraphOperation, _ inputs: [Tensor]) -> Double {
    func product(_ numbers: some Sequence<Int>) -> Double { numbers.reduce(1) { $0 * Double($1) } }
    guard let shape = try? operation.outputShape(inputs.map(\.shape)) else { return .infinity }
    switch operation {
    case .gemm(_, _, let transposesA, _): return product(shape) * Double(inputs[0].shape[transposesA ? 0 : 1])
    case .matrixProduct: return product(shape) * Double(inputs[0].shape.last ?? 1)
    case .convolution: return product(shape) * product(inputs[1].shape.dropFirst())
    case .maxPool(let window), .averagePool(let window, _): return product(shape) * product(window.kernel)
    default: return product(inputs[0].shape)
    }
  }
}
