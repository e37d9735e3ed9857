internal import CFieldKernels

/// The kernels of p127 at the level in use.
extension P127 {
  /// y ← y + x.
  public static func add(_ y: inout MutableSpan<P127>, _ x: Span<P127>) { add(&y, x, level: .current) }
  /// y ← y − x.
  public static func subtract(_ y: inout MutableSpan<P127>, _ x: Span<P127>) { subtract(&y, x, level: .current) }
  /// z ← x − y.
  public static func difference(_ z: inout MutableSpan<P127>, _ x: Span<P127>, _ y: Span<P127>) {
    difference(&z, x, y, level: .current)
  }
  /// y ← −y.
  public static func negate(_ y: inout MutableSpan<P127>) { negate(&y, level: .current) }
  /// Σ x_i.
  public static func sum(_ x: Span<P127>) -> P127 { sum(x, level: .current) }
  /// y ← y∘y.
  public static func square(_ y: inout MutableSpan<P127>) { square(&y, level: .current) }
  /// y ← y∘x.
  public static func multiply(_ y: inout MutableSpan<P127>, _ x: Span<P127>) { multiply(&y, x, level: .current) }
  /// y ← c·y.
  public static func scale(_ y: inout MutableSpan<P127>, by c: P127) { scale(&y, by: c, level: .current) }
  /// y ← y + c∘x, or c·x for one c.
  public static func multiplyAccumulate(_ y: inout MutableSpan<P127>, _ c: Span<P127>, _ x: Span<P127>) {
    multiplyAccumulate(&y, c, x, level: .current)
  }
  /// y ← y + c∘x, or c·x for one c.
  public static func multiplyAccumulate(_ y: inout MutableSpan<P127>, _ c: P127, _ x: Span<P127>) {
    multiplyAccumulate(&y, c, x, level: .current)
  }
  /// y ← y + s∘x for public signs s in {−1, 0, 1}.
  public static func accumulateSigned(_ y: inout MutableSpan<P127>, _ signs: Span<Int8>, _ x: Span<P127>) {
    accumulateSigned(&y, signs, x, level: .current)
  }

  /// Σ x_i·y_i.
  public static func dot(_ x: Span<P127>, _ y: Span<P127>) -> P127 { dot(x, y, level: .current) }
  /// C ← C + A·B, row-major, rows × inner times inner × columns.
  public static func matrixMultiplyAccumulate(
    _ c: inout MutableSpan<P127>, _ a: Span<P127>, _ b: Span<P127>, rows: Int, inner: Int, columns: Int
  ) {
    matrixMultiplyAccumulate(&c, a, b, rows: rows, inner: inner, columns: columns, level: .current)
  }
  /// z ← z + ε∘b + δ∘a + κ·ε∘δ.
  public static func beaverCombine(
    _ z: inout MutableSpan<P127>, a: Span<P127>, b: Span<P127>, epsilon: Span<P127>, delta: Span<P127>,
    addProductScaledBy kappa: BeaverFactor<P127>
  ) {
    beaverCombine(&z, a: a, b: b, epsilon: epsilon, delta: delta, addProductScaledBy: kappa, level: .current)
  }
  /// Each element from `uniformWordCount` words, little endian, mod p.
  public static func reduceUniform(words: Span<UInt64>, into y: inout MutableSpan<P127>) {
    reduceUniform(words: words, into: &y, level: .current)
  }

  /// z ← the representatives of x: an element is one in memory.
  public static func storeCanonical(_ x: Span<P127>, into z: inout MutableSpan<UInt128>) {
    precondition(z.count == x.count, "vectors of one length")
    unsafe x.withUnsafeBytes { source in
      unsafe z.withUnsafeMutableBytes { unsafe $0.copyMemory(from: source) }
    }
  }

  /// y ← the elements with representatives x; false if one of them is ≥ p. The copied elements are looked at, not
  /// `x`: nobody can change them in between.
  public static func loadCanonical(_ x: Span<UInt128>, into y: inout MutableSpan<P127>) -> Bool {
    precondition(y.count == x.count, "vectors of one length")
    return unsafe withWords(&y) { target, count in
      unsafe x.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(start: target, count: 16 * count).copyMemory(from: source)
      }
      return unsafe spdz_p127_all_canonical(target, count) == 1
    }
  }

  /// Writes elements in their one encoding, little endian.
  public static func encode(_ x: Span<P127>, into bytes: inout MutableRawSpan) {
    precondition(bytes.byteCount == 16 * x.count, "16 bytes an element")
    #if _endian(little)
    unsafe x.withUnsafeBytes { source in
      unsafe bytes.withUnsafeMutableBytes { unsafe $0.copyMemory(from: source) }
    }
    #else
    #error("the encoding of p127 is the memory layout of little-endian machines")
    #endif
  }

  /// Reads elements; false if one is ≥ p.
  public static func decode(_ bytes: RawSpan, into y: inout MutableSpan<P127>) -> Bool {
    precondition(bytes.byteCount == 16 * y.count, "16 bytes an element")
    return unsafe withWords(&y) { target, count in
      unsafe bytes.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(start: target, count: 16 * count).copyMemory(from: source)
      }
      return unsafe spdz_p127_all_canonical(target, count) == 1
    }
  }
}
