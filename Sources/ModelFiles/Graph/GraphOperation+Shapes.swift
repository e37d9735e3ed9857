/// Why a node does not fit its inputs.
struct ShapeRefusal: Error {
  var reason: String
}

extension GraphOperation {
  /// The shape of the result for inputs of these shapes.
  /// - Throws: ``ShapeRefusal`` saying which demand the inputs break.
  func outputShape(_ inputs: [[Int]]) throws(ShapeRefusal) -> [Int] {
    let shape = try computedShape(inputs)
    guard Tensor.count(of: shape) != nil, shape.count <= Tensor.largestRank else {
      throw ShapeRefusal(reason: "the result \(Tensor.text(of: shape)) is too large")
    }
    return shape
  }

  private func computedShape(_ inputs: [[Int]]) throws(ShapeRefusal) -> [Int] {
    guard let x = inputs.first else { throw ShapeRefusal(reason: "no input") }
    switch self {
    case .gemm(_, _, let transposesA, let transposesB):
      guard inputs.count >= 2, x.count == 2, inputs[1].count == 2 else {
        throw ShapeRefusal(reason: "the operands are \(texts(inputs)), matrices expected")
      }
      let (a, b) = (transposesA ? x.reversed() : x, transposesB ? inputs[1].reversed() : inputs[1])
      guard a[1] == b[0] else {
        throw ShapeRefusal(reason: "the product \(Tensor.text(of: a)) · \(Tensor.text(of: b)) does not exist")
      }
      let result = [a[0], b[1]]
      guard inputs.count < 3 || Broadcast.shape(result, inputs[2]) == result else {
        throw ShapeRefusal(reason: "C of \(Tensor.text(of: inputs[2])) does not stretch to \(Tensor.text(of: result))")
      }
      return result
    case .matrixProduct:
      guard inputs.count == 2, let geometry = MatrixProductGeometry(x, inputs[1]) else {
        throw ShapeRefusal(reason: "the product of \(texts(inputs)) does not exist")
      }
      return geometry.output
    case .binary:
      guard inputs.count == 2, let shape = Broadcast.shape(x, inputs[1]) else {
        throw ShapeRefusal(reason: "\(texts(inputs)) do not stretch to one shape")
      }
      return shape
    case .unary: return x
    case .convolution(let window, let groups): return try convolutionShape(inputs, window, groups)
    case .maxPool(let window), .averagePool(let window, _):
      guard x.count >= 3, let placement = window.placement(on: Array(x[2...])) else {
        throw ShapeRefusal(reason: "windows of \(Tensor.text(of: window.kernel)) do not fit \(Tensor.text(of: x))")
      }
      return x[..<2] + placement.counts
    case .globalAveragePool:
      guard x.count >= 3, !x[2...].contains(0) else {
        throw ShapeRefusal(reason: "\(Tensor.text(of: x)) is no batch of images")
      }
      return x[..<2] + x[2...].map { _ in 1 }
    case .batchNormalization:
      guard x.count >= 2, inputs.count == 5, inputs[1...].allSatisfy({ $0 == [x[1]] }) else {
        throw ShapeRefusal(reason: "\(texts(inputs)): four numbers for every channel expected")
      }
      return x
    case .softmax(let axis, _), .logSoftmax(let axis, _):
      _ = try Self.axis(axis, rank: x.count)
      return x
    case .argMax(let axis, let keepsDimension, _):
      let axis = try Self.axis(axis, rank: x.count)
      guard x[axis] > 0 else { throw ShapeRefusal(reason: "no element along axis \(axis)") }
      var shape = x
      if keepsDimension { shape[axis] = 1 } else { shape.remove(at: axis) }
      return shape
    case .flatten, .reshape, .transpose, .squeeze, .unsqueeze: return try rearrangedShape(x)
    }
  }

  private func convolutionShape(_ inputs: [[Int]], _ window: WindowGeometry, _ groups: Int)
    throws(ShapeRefusal) -> [Int]
  {
    guard inputs.count >= 2, inputs[0].count >= 3, inputs[1].count == inputs[0].count else {
      throw ShapeRefusal(reason: "\(texts(inputs)): images and kernels of the same rank expected")
    }
    let (x, kernels) = (inputs[0], inputs[1])
    guard Array(kernels[2...]) == window.kernel, kernels[1] * groups == x[1], kernels[0] % groups == 0 else {
      throw ShapeRefusal(
        reason: "kernels of \(Tensor.text(of: kernels)) do not fit \(Tensor.text(of: x)) in \(groups) groups")
    }
    guard inputs.count < 3 || inputs[2] == [kernels[0]] else {
      throw ShapeRefusal(reason: "a bias of \(Tensor.text(of: inputs[2])), one number a filter expected")
    }
    guard let placement = window.placement(on: Array(x[2...])) else {
      throw ShapeRefusal(reason: "kernels of \(Tensor.text(of: kernels)) do not fit \(Tensor.text(of: x))")
    }
    return [x[0], kernels[0]] + placement.counts
  }

  /// The operations that keep the elements.
  private func rearrangedShape(_ x: [Int]) throws(ShapeRefusal) -> [Int] {
    guard let count = Tensor.count(of: x) else { throw ShapeRefusal(reason: "\(Tensor.text(of: x)) is too large") }
    switch self {
    case .flatten(let axis):
      guard (-x.count...x.count).contains(axis) else {
        throw ShapeRefusal(reason: "axis \(axis) of \(Tensor.text(of: x))")
      }
      let place = axis < 0 ? axis + x.count : axis
      return [x[..<place].reduce(1, *), x[place...].reduce(1, *)]
    case .reshape(let target, let allowsZero):
      var shape = target
      for (index, length) in target.enumerated() where length == 0 && !allowsZero {
        guard index < x.count else { throw ShapeRefusal(reason: "\(target) keeps a dimension that is not there") }
        shape[index] = x[index]
      }
      if let open = shape.firstIndex(of: -1) {
        shape[open] = 1
        guard let rest = Tensor.count(of: shape), rest > 0, count % rest == 0 else {
          throw ShapeRefusal(reason: "\(Tensor.text(of: x)) does not reshape to \(target)")
        }
        shape[open] = count / rest
      }
      guard Tensor.count(of: shape) == count else {
        throw ShapeRefusal(reason: "\(Tensor.text(of: x)) does not reshape to \(target)")
      }
      return shape
    case .transpose(let order):
      let order = order ?? Array(x.indices.reversed())
      guard order.sorted() == Array(x.indices) else {
        throw ShapeRefusal(reason: "\(order) is no order of the dimensions of \(Tensor.text(of: x))")
      }
      return order.map { x[$0] }
    case .squeeze(let axes):
      guard let axes else { return x.filter { $0 != 1 } }
      let places = try Self.axes(axes, rank: x.count)
      guard places.allSatisfy({ x[$0] == 1 }) else {
        throw ShapeRefusal(reason: "axes \(axes) of \(Tensor.text(of: x)) are not all of length 1")
      }
      return x.indices.filter { !places.contains($0) }.map { x[$0] }
    case .unsqueeze(let axes):
      let places = try Self.axes(axes, rank: x.count + axes.count)
      var rest = x[...]
      return (0..<(x.count + axes.count)).map { places.contains($0) ? 1 : rest.removeFirst() }
    default: return x
    }
  }

  /// A possibly negative axis as a place.
  static func axis(_ axis: Int, rank: Int) throws(ShapeRefusal) -> Int {
    guard (-rank..<max(rank, 0)).contains(axis) else {
      throw ShapeRefusal(reason: "axis \(axis) of \(rank) dimensions")
    }
    return axis < 0 ? axis + rank : axis
  }

  private static func axes(_ axes: [Int], rank: Int) throws(ShapeRefusal) -> Set<Int> {
    var places: Set<Int> = []
    for number in axes {
      guard places.insert(try axis(number, rank: rank)).inserted else {
        throw ShapeRefusal(reason: "axis \(number) stands twice")
      }
    }
    return places
  }

  private func texts(_ shapes: [[Int]]) -> String { shapes.map { Tensor.text(of: $0) }.joined(separator: ", ") }
}
