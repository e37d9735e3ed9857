internal import FieldArithmetic
internal import MPCCore

/// Items of one kind with all their shares: what generators make, stores keep, and a ``BlockSource`` hands out.
///
/// One use: every way to the shares consumes the block. Column j holds `kind.columnWidths[j]` elements an item, item
/// after item.
public struct MaterialBlock<S: SharingScheme>: ~Copyable, Sendable {
  /// What the items are.
  public let kind: MaterialKind
  /// How many.
  public let count: Int
  /// For masks: their high part r1 is in [0, 2^highBoundBits) whatever a cheater contributed to it; 0 for other kinds.
  public let highBoundBits: Int
  package let columns: [SharedVector<S>]
  package let clear: [S.F]?

  /// Assembles a block; the columns have the lengths of the kind.
  package init(
    kind: MaterialKind, count: Int, columns: [SharedVector<S>], clear: [S.F]? = nil, highBoundBits: Int = 0
  ) {
    precondition(
      columns.map(\.count) == kind.columnWidths.map { $0 * count }, "\(kind): columns of another length than the kind's"
    )
    precondition(clear == nil || clear?.count == count, "one clear value an item")
    self.kind = kind
    self.count = count
    self.columns = columns
    self.clear = clear
    self.highBoundBits = highBoundBits
  }
}

// MARK: - As the online phase takes it

extension MaterialBlock {
  package consuming func multiplicationTriples() -> MultiplicationTriples<S> {
    MultiplicationTriples(a: columns[0], b: columns[1], c: columns[2])
  }

  package consuming func squarePairs() -> SquarePairs<S> { SquarePairs(a: columns[0], aSquared: columns[1]) }

  package consuming func randomBits() -> RandomBits<S> { RandomBits(columns[0]) }

  package consuming func uniformMask() -> UniformMask<S> { UniformMask(columns[0]) }

  package consuming func inputMasks() -> InputMasks<S> { InputMasks(r: columns[0], clear: clear) }

  package consuming func matrixTriple(_ shape: MatrixShape) -> MatrixTriple<S> {
    MatrixTriple(shape: shape, a: columns[0], b: columns[1], c: columns[2])
  }

  package consuming func convolutionTriple(_ shape: ConvolutionShape) -> ConvolutionTriple<S> {
    ConvolutionTriple(shape: shape, a: columns[0], b: columns[1], c: columns[2])
  }

  package consuming func truncationMasks(droppedBits: Int, highBits: Int) -> TruncationMasks<S> {
    TruncationMasks(
      droppedBits: droppedBits, highBits: highBits, highOffset: .zero, highBoundBits: highBoundBits, low: columns[0],
      high: columns[1])
  }

  package consuming func comparisonMasks(_ form: ComparisonMasks<S>.Form) -> ComparisonMasks<S> {
    let (count, monomials) = (count, form.monomialCount)
    return ComparisonMasks(
      form: form, count: count, highOffset: .zero, highBoundBits: highBoundBits,
      monomials: columns[0].mapLinear { $0.transposed(rows: count, columns: monomials) }, high: columns[1])
  }
}

extension Array {
  /// Row-major `rows` × `columns` to its transpose.
  package func transposed(rows: Int, columns: Int) -> [Element] {
    precondition(count == rows * columns, "a matrix of these dimensions")
    var out: [Element] = []
    out.reserveCapacity(count)
    for column in 0..<columns {
      for row in 0..<rows { out.append(self[row * columns + column]) }
    }
    return out
  }
}
