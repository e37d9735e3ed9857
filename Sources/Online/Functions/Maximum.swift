internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// The largest value of every row and where it stands.
public struct RowMaximum<S: SharingScheme>: Sendable {
  /// The values, one a row.
  public let values: SharedVector<S>
  /// The columns, counted from 0, as integers without fraction bits; of equal values the lowest.
  public let indices: SharedVector<S>
}

extension Session {
  /// [max(x, y)], elementwise, and [x < y].
  ///
  /// Paper: [CH10, LTZ] on x − y, one bit longer than the operands. Cost: a comparison of k + 1 bits and 1 round, 1
  /// triple. Exact for all values of k bits; of equal values x is taken.
  public mutating func maximum(
    _ x: SharedVector<S>, _ y: SharedVector<S>, valueBits: Int, digitWidth: Int = 2
  ) async throws(ProtocolAbort) -> (result: SharedVector<S>, isSecond: SharedVector<S>) {
    let isSecond = try await isLess(x, y, valueBits: valueBits, digitWidth: digitWidth)
    return (x + (try await multiply(isSecond, y - x)), isSecond)
  }

  /// [x < y] for values of k bits: a comparison of k + 1 bits.
  public mutating func isLess(_ x: SharedVector<S>, _ y: SharedVector<S>, valueBits: Int, digitWidth: Int = 2)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    try await isNegative(x - y, valueBits: valueBits + 1, digitWidth: digitWidth)
  }

  /// The largest value of each row of a row-major matrix: a tree of ⌈log2 columns⌉ levels.
  ///
  /// Cost: columns − 1 comparisons of k + 1 bits and as many triples a row; a level takes the check before its
  /// comparison, the comparison's rounds and 1 more. Exact. For a max-pool, gather the windows as rows first.
  public mutating func maximum(ofRows x: SharedMatrix<S>, valueBits: Int, digitWidth: Int = 2)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    var columns = columnVectors(x)
    while columns.count > 1 {
      let (left, right) = pairs(columns)
      let winners = try await maximum(left, right, valueBits: valueBits, digitWidth: digitWidth).result
      columns = nextLevel(columns, winners: winners, rows: x.rows)
    }
    return columns[0]
  }

  /// The largest value of each row with its column, both shared: the tree on pairs (value, index).
  ///
  /// Cost: columns − 1 comparisons of k + 1 bits and twice as many triples a row, rounds as ``maximum(ofRows:valueBits:digitWidth:)``.
  /// Exact; of equal values the lowest column wins.
  public mutating func argmax(ofRows x: SharedMatrix<S>, valueBits: Int, digitWidth: Int = 2)
    async throws(ProtocolAbort) -> RowMaximum<S>
  {
    var values = columnVectors(x)
    var indices = (0..<x.columns).map { constant([S.F](repeating: S.F(UInt64($0)), count: x.rows)) }
    while values.count > 1 {
      let (left, right) = pairs(values)
      let (leftIndex, rightIndex) = pairs(indices)
      let isSecond = try await isLess(left, right, valueBits: valueBits, digitWidth: digitWidth)
      let chosen = try await multiply(
        SharedVector.concatenate([isSecond, isSecond]),
        SharedVector.concatenate([right - left, rightIndex - leftIndex]))
      values = nextLevel(values, winners: left + chosen[0..<left.count], rows: x.rows)
      indices = nextLevel(indices, winners: leftIndex + chosen[left.count..<(2 * left.count)], rows: x.rows)
    }
    return RowMaximum(values: values[0], indices: indices[0])
  }

  /// [min(max(x, lower), upper)] for public integers: two comparisons of k + 1 bits in one batch, 1 round, 2 triples.
  public mutating func clamp(
    _ x: SharedVector<S>, lower: Int64, upper: Int64, valueBits: Int, digitWidth: Int = 2
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    precondition(lower <= upper, "an interval")
    let below = add(-S.F(signed: Int128(lower)), to: x)
    let above = add(S.F(signed: Int128(upper)), to: -x)
    let distances = SharedVector.concatenate([below, above])
    let outside = try await isNegative(distances, valueBits: valueBits + 1, digitWidth: digitWidth)
    let corrections = try await multiply(outside, distances)
    return x - corrections[0..<x.count] + corrections[x.count..<(2 * x.count)]
  }

  private func columnVectors(_ x: SharedMatrix<S>) -> [SharedVector<S>] {
    let (rows, columns) = (x.rows, x.columns)
    return (0..<columns).map { column in x.elements.gather((0..<rows).map { $0 * columns + column }) }
  }

  /// Neighbours 0 and 1, 2 and 3, …; the last of an odd number waits.
  private func pairs(_ all: [SharedVector<S>]) -> (left: SharedVector<S>, right: SharedVector<S>) {
    let last = all.count / 2 * 2
    return (
      SharedVector.concatenate(stride(from: 0, to: last, by: 2).map { all[$0] }),
      SharedVector.concatenate(stride(from: 1, to: last, by: 2).map { all[$0] })
    )
  }

  private func nextLevel(_ all: [SharedVector<S>], winners: SharedVector<S>, rows: Int) -> [SharedVector<S>] {
    var next = (0..<(all.count / 2)).map { winners[($0 * rows)..<(($0 + 1) * rows)] }
    if all.count % 2 == 1 { next.append(all[all.count - 1]) }
    return next
  }
}
