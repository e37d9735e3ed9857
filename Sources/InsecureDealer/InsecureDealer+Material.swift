internal import Cryptography
internal import FieldArithmetic
public import MPCCore
public import SecretSharing

extension InsecureDealer {
  /// Beaver triples.
  public func triples(_ count: Int) async throws(ProtocolAbort) -> MultiplicationTriples<S> {
    let cursor = try advance(count, "triples")
    let (a, b) = clearFactors(count, count, cursor)
    return MultiplicationTriples(
      a: deal(count, "a", cursor) { a }, b: deal(count, "b", cursor) { b },
      c: deal(count, "c", cursor) { S.F.multiply(a, b) })
  }

  /// Square pairs.
  public func squares(_ count: Int) async throws(ProtocolAbort) -> SquarePairs<S> {
    let cursor = try advance(count, "squares")
    let (a, _) = clearFactors(count, 0, cursor)
    return SquarePairs(a: deal(count, "a", cursor) { a }, aSquared: deal(count, "c", cursor) { S.F.multiply(a, a) })
  }

  /// Random bits.
  public func bits(_ count: Int) async throws(ProtocolAbort) -> RandomBits<S> {
    let cursor = try advance(count, "bits")
    return RandomBits(deal(count, "bit", cursor) { bounded(count, bits: 1, cursor) })
  }

  /// Uniform values nobody knows.
  public func randoms(_ count: Int) async throws(ProtocolAbort) -> UniformMask<S> {
    let cursor = try advance(count, "randoms")
    return UniformMask(deal(count, "random", cursor) { uniform(count, "clear", cursor) })
  }

  /// Uniform values `party` knows.
  public func inputMasks(_ count: Int, for party: PartyID) async throws(ProtocolAbort) -> InputMasks<S> {
    let cursor = try advance(count, "inputs")
    let clear = party == me || me.index == 0 ? uniform(count, "clear", cursor) : []
    return InputMasks(r: deal(count, "input", cursor) { clear }, clear: party == me ? clear : nil)
  }

  /// A matrix triple.
  public func matrixTriple(_ shape: MatrixShape) async throws(ProtocolAbort) -> MatrixTriple<S> {
    let cursor = try advance(1, "matrix \(shape)")
    let (a, b) = clearFactors(shape.rows * shape.inner, shape.inner * shape.columns, cursor)
    return MatrixTriple(
      shape: shape,
      a: deal(shape.rows * shape.inner, "a", cursor) { a },
      b: deal(shape.inner * shape.columns, "b", cursor) { b },
      c: deal(shape.rows * shape.columns, "c", cursor) {
        var product = S.F.filled(shape.rows * shape.columns, with: .zero)
        var span = product.mutableSpan
        S.F.matrixMultiplyAccumulate(
          &span, a.span, b.span, rows: shape.rows, inner: shape.inner, columns: shape.columns)
        return product
      })
  }

  /// A convolution triple.
  public func convolutionTriple(_ shape: ConvolutionShape) async throws(ProtocolAbort) -> ConvolutionTriple<S> {
    let cursor = try advance(1, "convolution \(shape)")
    let (a, b) = clearFactors(shape.inputCount, shape.kernelCount, cursor)
    return ConvolutionTriple(
      shape: shape, a: deal(shape.inputCount, "a", cursor) { a }, b: deal(shape.kernelCount, "b", cursor) { b },
      c: deal(shape.outputCount, "c", cursor) {
        var product = S.F.filled(shape.outputCount, with: .zero)
        shape.accumulate(&product, image: a, kernel: b)
        return product
      })
  }

  /// Truncation masks.
  public func truncationMasks(_ count: Int, droppedBits: Int, highBits: Int) async throws(ProtocolAbort)
    -> TruncationMasks<S>
  {
    let cursor = try advance(count, "truncation \(droppedBits)+\(highBits)")
    return TruncationMasks(
      droppedBits: droppedBits, highBits: highBits, highOffset: .zero, highBoundBits: highBits,
      low: deal(count, "low", cursor) { bounded(count, bits: droppedBits, cursor, 0) },
      high: deal(count, "high", cursor) { bounded(count, bits: highBits, cursor, 1) })
  }

  /// Comparison masks with the products of the bits of each digit.
  public func comparisonMasks(_ count: Int, form: ComparisonMasks<S>.Form) async throws(ProtocolAbort)
    -> ComparisonMasks<S>
  {
    let cursor = try advance(count, "comparison \(form.lowBits)+\(form.highBits) w\(form.digitWidth)")
    return ComparisonMasks(
      form: form, count: count, highOffset: .zero, highBoundBits: form.highBits,
      monomials: deal(count * form.monomialCount, "low", cursor) {
        clearMonomials(bits: lowPatterns(count, bits: form.lowBits, cursor), form: form)
      },
      high: deal(count, "high", cursor) { bounded(count, bits: form.highBits, cursor, 1) })
  }

  /// The two factors of products; P_0 alone needs them, the others get empty vectors.
  private func clearFactors(_ first: Int, _ second: Int, _ cursor: UInt64) -> (a: [S.F], b: [S.F]) {
    guard me.index == 0 else { return ([], []) }
    return (uniform(first, "clear", cursor, 0), uniform(second, "clear", cursor, 1))
  }

  /// `count` values uniform in [0, 2^bits).
  private func bounded(_ count: Int, bits: Int, _ cursor: UInt64, _ index: Int = 0) -> [S.F] {
    lowPatterns(count, bits: bits, cursor, index).map { S.F(reducing: $0) }
  }

  private func lowPatterns(_ count: Int, bits: Int, _ cursor: UInt64, _ index: Int = 0) -> [UInt128] {
    precondition((0...127).contains(bits), "masks of at most 127 bits")
    let words = stream("clear", cursor, index).words(2 * count)
    let mask: UInt128 = (1 << UInt128(bits)) - 1
    return (0..<count).map { (UInt128(words[2 * $0]) | UInt128(words[2 * $0 + 1]) << 64) & mask }
  }

  /// Block after block: for each digit, for each non-empty subset of its bits, the product of these bits of every mask.
  private func clearMonomials(bits: [UInt128], form: ComparisonMasks<S>.Form) -> [S.F] {
    var monomials: [S.F] = []
    monomials.reserveCapacity(bits.count * form.monomialCount)
    var position = 0
    for width in form.digits {
      for subset in 1..<(UInt128(1) << UInt128(width)) {
        for pattern in bits {
          let digit = pattern >> UInt128(position)
          monomials.append(digit & subset == subset ? .one : .zero)
        }
      }
      position += width
    }
    return monomials
  }
}
