public import MPCCore

/// What preprocessed material is, without how much: the unit in which it is made, stored, counted and taken.
public enum MaterialKind: Hashable, Sendable, Codable {
  /// ([a], [b], [ab]).
  case triples
  /// ([a], [a²]).
  case squares
  /// [b], b ∈ {0, 1}.
  case bits
  /// [r], uniform, known to nobody.
  case randoms
  /// ([r], r known to one party).
  case inputMasks(PartyID)
  /// ([A], [B], [AB]), A and B matrices.
  case matrixTriple(MatrixShape)
  /// ([A], [B], [conv(A, B)]).
  case convolutionTriple(ConvolutionShape)
  /// [r0] of `droppedBits` bits and [r1] of at least `highBits` random bits.
  case truncationMasks(droppedBits: Int, highBits: Int)
  /// Shared bits with their products by digits, and [r1].
  case comparisonMasks(ComparisonMaskForm)

  /// Shared field elements of one item, by column: a triple has three columns of one element.
  public var columnWidths: [Int] {
    switch self {
    case .triples: [1, 1, 1]
    case .squares, .truncationMasks: [1, 1]
    case .bits, .randoms, .inputMasks: [1]
    case .matrixTriple(let shape): [shape.rows * shape.inner, shape.inner * shape.columns, shape.rows * shape.columns]
    case .convolutionTriple(let shape): [shape.inputCount, shape.kernelCount, shape.outputCount]
    case .comparisonMasks(let form): [form.monomialCount, 1]
    }
  }

  /// Whether `party` also holds a clear element for each item.
  public func hasClear(at party: PartyID) -> Bool { self == .inputMasks(party) }
}

extension MaterialKind: CustomStringConvertible {
  /// "triples", "matrix 2x3x4", …: the names of ``MaterialCount`` and of reports.
  public var description: String {
    switch self {
    case .triples: "triples"
    case .squares: "squares"
    case .bits: "bits"
    case .randoms: "randoms"
    case .inputMasks(let party): "inputs of \(party)"
    case .matrixTriple(let shape): "matrix \(shape)"
    case .convolutionTriple(let shape): "convolution \(shape)"
    case .truncationMasks(let dropped, let high): "truncation \(dropped)+\(high)"
    case .comparisonMasks(let form): "comparison \(form.lowBits)+\(form.highBits) w\(form.digitWidth)"
    }
  }
}

extension MaterialDemand {
  /// What is asked for.
  public var kind: MaterialKind {
    switch self {
    case .triples: .triples
    case .squares: .squares
    case .bits: .bits
    case .randoms: .randoms
    case .inputMasks(_, let party): .inputMasks(party)
    case .matrixTriple(let shape): .matrixTriple(shape)
    case .convolutionTriple(let shape): .convolutionTriple(shape)
    case .truncationMasks(_, let dropped, let high): .truncationMasks(droppedBits: dropped, highBits: high)
    case .comparisonMasks(_, let low, let high, let width):
      .comparisonMasks(ComparisonMaskForm(lowBits: low, highBits: high, digitWidth: width))
    }
  }

  /// How many items.
  public var count: Int {
    switch self {
    case .triples(let count), .squares(let count), .bits(let count), .randoms(let count), .inputMasks(let count, _),
      .truncationMasks(let count, _, _), .comparisonMasks(let count, _, _, _):
      count
    case .matrixTriple, .convolutionTriple: 1
    }
  }
}
