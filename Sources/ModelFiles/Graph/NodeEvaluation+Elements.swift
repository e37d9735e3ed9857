internal import Glibc

// Products, and functions of single elements. Shapes have been checked.
extension NodeEvaluation {
  static func gemm(
    _ inputs: [Tensor], _ shape: [Int], _ alpha: Double, _ beta: Double, _ transposesA: Bool, _ transposesB: Bool
  ) -> [Double] {
    let (rows, columns) = (shape[0], shape[1])
    let inner = inputs[0].shape[transposesA ? 0 : 1]
    let a = transposesA ? transposed(inputs[0]) : inputs[0].values
    let b = transposesB ? transposed(inputs[1]) : inputs[1].values
    var result = [Double](repeating: 0, count: rows * columns)
    accumulate(&result, 0, a, 0, b, 0, rows, inner, columns)
    if alpha != 1 { for index in result.indices { result[index] *= alpha } }
    if inputs.count > 2 {
      let c = inputs[2]
      let strides = Broadcast.strides(c.shape, stretchedTo: shape)
      for row in 0..<rows {
        for column in 0..<columns {
          result[row * columns + column] += beta * c.values[row * strides[0] + column * strides[1]]
        }
      }
    }
    return result
  }

  private static func transposed(_ matrix: Tensor) -> [Double] {
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    return (0..<matrix.count).map { matrix.values[$0 % rows * columns + $0 / rows] }
  }

  static func matrixProduct(_ a: Tensor, _ b: Tensor, _ shape: [Int]) -> [Double] {
    guard let geometry = MatrixProductGeometry(a.shape, b.shape) else { return [] }
    var result = [Double](repeating: 0, count: Tensor.count(of: shape) ?? 0)
    let size = geometry.rows * geometry.columns
    for index in geometry.first.indices {
      accumulate(
        &result, index * size, a.values, geometry.first[index], b.values, geometry.second[index], geometry.rows,
        geometry.inner, geometry.columns)
    }
    return result
  }

  /// result += a·b, each from its start on.
  private static func accumulate(
    _ result: inout [Double], _ resultStart: Int, _ a: [Double], _ aStart: Int, _ b: [Double], _ bStart: Int,
    _ rows: Int, _ inner: Int, _ columns: Int
  ) {
    for row in 0..<rows {
      for index in 0..<inner {
        let factor = a[aStart + row * inner + index]
        let (from, to) = (bStart + index * columns, resultStart + row * columns)
        for column in 0..<columns { result[to + column] += factor * b[from + column] }
      }
    }
  }

  static func binary(_ function: GraphOperation.BinaryOperation, _ a: Tensor, _ b: Tensor, _ shape: [Int])
    -> [Double]
  {
    func stretched(_ tensor: Tensor) -> [Double] {
      if tensor.shape == shape { return tensor.values }
      return Broadcast.positions(shape, strides: Broadcast.strides(tensor.shape, stretchedTo: shape))
        .map { tensor.values[$0] }
    }
    let (x, y) = (stretched(a), stretched(b))
    switch function {
    case .add: return zip(x, y).map { $0 + $1 }
    case .subtract: return zip(x, y).map { $0 - $1 }
    case .multiply: return zip(x, y).map { $0 * $1 }
    case .divide: return zip(x, y).map { $0 / $1 }
    }
  }

  static func unary(_ function: GraphOperation.UnaryOperation, _ x: [Double]) -> [Double] {
    switch function {
    case .relu: x.map { max($0, 0) }
    case .sigmoid: x.map { 1 / (1 + exp(-$0)) }
    case .identity: x
    case .negate: x.map { -$0 }
    case .tanh: x.map { Glibc.tanh($0) }
    case .exponential: x.map { exp($0) }
    }
  }

  static func normalised(_ inputs: [Tensor], _ epsilon: Double) -> [Double] {
    let x = inputs[0]
    let channels = x.shape[1]
    let area = x.shape[2...].reduce(1, *)
    let factors = (0..<channels).map { inputs[1].values[$0] / (inputs[4].values[$0] + epsilon).squareRoot() }
    let offsets = (0..<channels).map { inputs[2].values[$0] - inputs[3].values[$0] * factors[$0] }
    return x.values.enumerated().map { index, value in
      let channel = index / area % channels
      return value * factors[channel] + offsets[channel]
    }
  }

  /// The elements as outer × length × inner, where length is the axis that is reduced.
  private static func split(_ shape: [Int], _ axis: Int, _ flattens: Bool) -> (outer: Int, length: Int, inner: Int) {
    let place = axis < 0 ? axis + shape.count : axis
    let outer = shape[..<place].reduce(1, *)
    if flattens { return (outer, shape[place...].reduce(1, *), 1) }
    return (outer, shape[place], shape[(place + 1)...].reduce(1, *))
  }

  /// `function` of every element, the largest of its group, and the sum of e^(element − largest).
  static func softmax(_ x: Tensor, _ axis: Int, _ flattens: Bool, _ function: (Double, Double, Double) -> Double)
    -> [Double]
  {
    let (outer, length, inner) = split(x.shape, axis, flattens)
    var result = x.values
    for group in 0..<(outer * inner) {
      let start = group / inner * length * inner + group % inner
      let places = (0..<length).map { start + $0 * inner }
      let largest = places.reduce(-Double.infinity) { max($0, x.values[$1]) }
      let sum = places.reduce(0) { $0 + exp(x.values[$1] - largest) }
      for place in places { result[place] = function(x.values[place], largest, sum) }
    }
    return result
  }

  static func argMax(_ x: Tensor, _ axis: Int, _ selectsLast: Bool) -> [Double] {
    let (outer, length, inner) = split(x.shape, axis, false)
    return (0..<(outer * inner)).map { group in
      let start = group / inner * length * inner + group % inner
      var best = 0
      for index in 1..<max(1, length) {
        let (value, leader) = (x.values[start + index * inner], x.values[start + best * inner])
        if value > leader || selectsLast && value == leader { best = index }
      }
      return Double(best)
    }
  }
}
