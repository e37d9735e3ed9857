/// NumPy's broadcasting: shapes are aligned at their last dimension, and dimensions of length 1 are stretched.
enum Broadcast {
  /// The common shape, or `nil` if there is none.
  static func shape(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    var shape: [Int] = []
    for place in 0..<rank {
      let (x, y) = (length(a, place, rank), length(b, place, rank))
      guard x == y || x == 1 || y == 1 else { return nil }
      shape.append(x == 1 ? y : x)
    }
    return shape
  }

  private static func length(_ shape: [Int], _ place: Int, _ rank: Int) -> Int {
    let own = place - (rank - shape.count)
    return own < 0 ? 1 : shape[own]
  }

  /// Steps in a row-major tensor, one a dimension.
  static func strides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for place in shape.indices.dropLast().reversed() { strides[place] = strides[place + 1] * shape[place + 1] }
    return strides
  }

  /// Steps through a tensor of `shape` when it is stretched to `target`: 0 along stretched dimensions.
  static func strides(_ shape: [Int], stretchedTo target: [Int]) -> [Int] {
    let own = strides(shape)
    return target.indices.map { place in
      let index = place - (target.count - shape.count)
      return index < 0 || shape[index] == 1 ? 0 : own[index]
    }
  }

  /// Where the elements of a tensor of `shape`, in row-major order, stand when each dimension has its step.
  static func positions(_ shape: [Int], strides: [Int]) -> [Int] {
    var positions = [0]
    for (length, step) in zip(shape, strides) {
      var next: [Int] = []
      next.reserveCapacity(positions.count * length)
      for start in positions {
        for index in 0..<length { next.append(start + index * step) }
      }
      positions = next
    }
    return positions
  }
}

/// The matrices of a product with batch dimensions, as NumPy's `matmul` pairs them.
struct MatrixProductGeometry {
  let rows, inner, columns: Int
  /// Shape of the batch.
  let batch: [Int]
  /// Where the matrices of each operand begin, one an element of the batch.
  let first, second: [Int]
  let output: [Int]

  /// - Returns: `nil` if the product does not exist.
  init?(_ a: [Int], _ b: [Int]) {
    guard !a.isEmpty, !b.isEmpty else { return nil }
    let left = a.count == 1 ? [1] + a : a
    let right = b.count == 1 ? b + [1] : b
    (rows, inner, columns) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
    guard right[right.count - 2] == inner,
      let batch = Broadcast.shape(Array(left.dropLast(2)), Array(right.dropLast(2))),
      let count = Tensor.count(of: batch), count <= 1 << 20
    else { return nil }
    self.batch = batch
    let matrices = (rows * inner, inner * columns)
    first = Broadcast.positions(batch, strides: Broadcast.strides(Array(left.dropLast(2)), stretchedTo: batch))
      .map { $0 * matrices.0 }
    second = Broadcast.positions(batch, strides: Broadcast.strides(Array(right.dropLast(2)), stretchedTo: batch))
      .map { $0 * matrices.1 }
    output = batch + (a.count == 1 ? [] : [rows]) + (b.count == 1 ? [] : [columns])
  }
}
