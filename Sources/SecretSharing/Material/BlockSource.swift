public import MPCCore

/// A source that hands out all kinds through one call: stores and generators implement ``take(_:count:)`` only.
public protocol BlockSource<S>: PreprocessingSource {
  /// Exactly `count` items; the cursor has advanced, durably if there is a disk, before this returns.
  /// - Throws: `preprocessingExhausted`, or what making the material throws.
  func take(_ kind: MaterialKind, count: Int) async throws(ProtocolAbort) -> MaterialBlock<S>
}

extension BlockSource {
  /// Takes triples.
  public func triples(_ count: Int) async throws(ProtocolAbort) -> MultiplicationTriples<S> {
    try await take(.triples, count: count).multiplicationTriples()
  }
  /// Takes squares.
  public func squares(_ count: Int) async throws(ProtocolAbort) -> SquarePairs<S> {
    try await take(.squares, count: count).squarePairs()
  }
  /// Takes bits.
  public func bits(_ count: Int) async throws(ProtocolAbort) -> RandomBits<S> {
    try await take(.bits, count: count).randomBits()
  }
  /// Takes uniform values.
  public func randoms(_ count: Int) async throws(ProtocolAbort) -> UniformMask<S> {
    try await take(.randoms, count: count).uniformMask()
  }
  /// Takes input masks.
  public func inputMasks(_ count: Int, for party: PartyID) async throws(ProtocolAbort) -> InputMasks<S> {
    try await take(.inputMasks(party), count: count).inputMasks()
  }
  /// Takes one matrix triple.
  public func matrixTriple(_ shape: MatrixShape) async throws(ProtocolAbort) -> MatrixTriple<S> {
    try await take(.matrixTriple(shape), count: 1).matrixTriple(shape)
  }
  /// Takes one convolution triple.
  public func convolutionTriple(_ shape: ConvolutionShape) async throws(ProtocolAbort) -> ConvolutionTriple<S> {
    try await take(.convolutionTriple(shape), count: 1).convolutionTriple(shape)
  }
  /// Takes truncation masks.
  public func truncationMasks(_ count: Int, droppedBits: Int, highBits: Int) async throws(ProtocolAbort)
    -> TruncationMasks<S>
  {
    try await take(.truncationMasks(droppedBits: droppedBits, highBits: highBits), count: count)
      .truncationMasks(droppedBits: droppedBits, highBits: highBits)
  }
  /// Takes comparison masks.
  public func comparisonMasks(_ count: Int, form: ComparisonMasks<S>.Form) async throws(ProtocolAbort)
    -> ComparisonMasks<S>
  {
    try await take(.comparisonMasks(form), count: count).comparisonMasks(form)
  }
}
