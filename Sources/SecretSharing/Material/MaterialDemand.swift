public import MPCCore

/// One call to a ``PreprocessingSource``: kind, shape and count. A list of them is the exact need of a program.
public enum MaterialDemand: Hashable, Sendable {
  /// Beaver triples.
  case triples(Int)
  /// Square pairs.
  case squares(Int)
  /// Random bits.
  case bits(Int)
  /// Uniform values nobody knows.
  case randoms(Int)
  /// Uniform values one party knows.
  case inputMasks(Int, PartyID)
  /// One matrix triple.
  case matrixTriple(MatrixShape)
  /// One convolution triple.
  case convolutionTriple(ConvolutionShape)
  /// Masks for probabilistic truncation.
  case truncationMasks(Int, droppedBits: Int, highBits: Int)
  /// Masks for comparisons.
  case comparisonMasks(Int, lowBits: Int, highBits: Int, digitWidth: Int)
}

extension MaterialDemand: CustomStringConvertible {
  /// For example "triples 100".
  public var description: String {
    switch self {
    case .triples(let count): "triples \(count)"
    case .squares(let count): "squares \(count)"
    case .bits(let count): "bits \(count)"
    case .randoms(let count): "randoms \(count)"
    case .inputMasks(let count, let party): "inputs of \(party) \(count)"
    case .matrixTriple(let shape): "matrix \(shape)"
    case .convolutionTriple(let shape): "convolution \(shape)"
    case .truncationMasks(let count, let dropped, let high): "truncation \(dropped)+\(high) \(count)"
    case .comparisonMasks(let count, let low, let high, let width): "comparison \(low)+\(high) w\(width) \(count)"
    }
  }
}
