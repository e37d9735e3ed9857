internal import FieldArithmetic
public import MPCCore

extension Session {
  /// [x∘y] with one Beaver triple a product.
  ///
  /// Paper: [Beaver91]; [DPSZ12, Fig. 1, Multiply]. 1 round, 2 openings a product, uniformly masked by a and b, so they
  /// may precede their check.
  public mutating func multiply(
    _ x: SharedVector<S>, _ y: SharedVector<S>, spending triples: consuming MultiplicationTriples<S>
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    precondition(x.count == y.count && triples.count == x.count, "one triple a product")
    let count = x.count
    let (a, b, c) = triples.spend()
    var z = consume c
    let opened = try await openDifferences([(x, a), (y, b)])  // 1: ε = x − a, δ = y − b
    let epsilon = opened.span.extracting(0..<count)
    let delta = opened.span.extracting(count..<(2 * count))
    var span = z.values.mutableSpan  // 2: z = c + ε·b + δ·a + ε·δ, the last term in P_0's value shares and in all tags
    S.F.beaverCombine(
      &span, a: a.values.span, b: b.values.span, epsilon: epsilon, delta: delta,
      addProductScaledBy: me.index == 0 ? .one : .zero)
    S.beaverCombine(&z.tags, a: a.tags, b: b.tags, epsilon: epsilon, delta: delta, key: key)
    return z
  }

  /// [x∘y], drawing the triples from the session's source.
  public mutating func multiply(_ x: SharedVector<S>, _ y: SharedVector<S>) async throws(ProtocolAbort)
    -> SharedVector<S>
  {
    try await multiply(
      x, y, spending: try await draw { source throws(ProtocolAbort) in try await source.triples(x.count) })
  }

  /// [x²] elementwise with one square pair ([a], [a²]) a value: 1 round, 1 opening a value.
  ///
  /// x² = a² + 2d·x − d² with d = x − a.
  public mutating func square(
    _ x: SharedVector<S>, spending squares: consuming SquarePairs<S>
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    precondition(squares.count == x.count, "one pair a value")
    let (a, aSquared) = squares.spend()
    let d = try await openDifferences([(x, a)])  // 1
    let two = S.F(UInt64(2))
    var twoD = d
    var span = twoD.mutableSpan
    S.F.scale(&span, by: two)
    var result = aSquared  // 2
    result.multiplyAccumulate(twoD, x)
    var minusSquares = S.F.multiply(d, d)
    var negated = minusSquares.mutableSpan
    S.F.negate(&negated)
    result.addPublic(minusSquares, me: me, key: key)
    return result
  }

  /// [x²], drawing from the session's source.
  public mutating func square(_ x: SharedVector<S>) async throws(ProtocolAbort) -> SharedVector<S> {
    try await square(x, spending: try await draw { source throws(ProtocolAbort) in try await source.squares(x.count) })
  }

  /// [⟨x, y⟩] of two vectors: as many triples as values, 1 round.
  public mutating func dot(_ x: SharedVector<S>, _ y: SharedVector<S>) async throws(ProtocolAbort) -> SharedVector<S> {
    try await multiply(x, y).groupSums(of: x.count)
  }

  /// Draws material; a source that fails ends the session.
  package mutating func draw<M: ~Copyable>(
    _ body: (any PreprocessingSource<S>) async throws(ProtocolAbort) -> M
  ) async throws(ProtocolAbort) -> M {
    try ensureAlive()
    do {
      return try await body(source)
    } catch {
      throw end(error)
    }
  }
}
