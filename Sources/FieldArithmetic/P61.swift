internal import CFieldKernels

/// F_p with p = 2^61 − 2031615: small integers and tests. Plain representation; products are folded with
/// 2^61 ≡ 2031615. At k = 48 there is no room for statistical masks: formats are checked when a program starts.
@frozen
public struct P61: PrimeField {
  @usableFromInline var raw: UInt64

  @usableFromInline static var fold: UInt64 { 2_031_615 }
  @usableFromInline static var low: UInt64 { (1 << 61) - 1 }
  @usableFromInline static var p: UInt64 { (1 << 61) - 2_031_615 }

  @inlinable init(raw: UInt64) { self.raw = raw }

  /// The name used in reports and configurations.
  public static var name: String { "p61" }
  /// p.
  @inlinable public static var modulus: UInt128 { UInt128(p) }
  /// ⌈log2 p⌉.
  @inlinable public static var modulusBits: Int { 61 }
  /// Bytes of an element on the wire.
  @inlinable public static var encodedByteCount: Int { 8 }
  /// 3, a generator of the multiplicative group (certified in `Tests/Vectors/pratt.json`).
  public static var generator: P61 { P61(raw: 3) }
  /// The largest e with 2^e dividing p − 1.
  public static var twoAdicity: Int { P61.p.advanced(by: -1).trailingZeroBitCount }
  /// 0.
  @inlinable public static var zero: P61 { P61(raw: 0) }
  /// 1.
  @inlinable public static var one: P61 { P61(raw: 1) }

  /// r < 2p → r mod p, by a mask.
  @inlinable
  init(belowTwoP r: UInt64) {
    let difference = r &- P61.p
    raw = difference &+ (P61.p & (0 &- (difference >> 63)))
  }

  /// value mod p: two folds of the part above 2^61, of 67 and of 28 bits at most.
  @inlinable
  public init(reducing value: UInt128) {
    // below 2^89, then below 2^61 + 2^49
    let first = UInt128(UInt64(truncatingIfNeeded: value) & P61.low) &+ (value >> 61) &* UInt128(P61.fold)
    let second = UInt128(UInt64(truncatingIfNeeded: first) & P61.low) &+ (first >> 61) &* UInt128(P61.fold)
    self.init(belowTwoP: UInt64(truncatingIfNeeded: second))
  }

  /// The representative in [0, p).
  @inlinable public var canonical: UInt128 { UInt128(raw) }
  /// x + y.
  @inlinable public static func + (x: P61, y: P61) -> P61 { P61(belowTwoP: x.raw &+ y.raw) }
  /// x − y.
  @inlinable public static func - (x: P61, y: P61) -> P61 { P61(belowTwoP: x.raw &+ (p &- y.raw)) }
  /// x·y.
  @inlinable public static func * (x: P61, y: P61) -> P61 { P61(reducing: UInt128(x.raw) &* UInt128(y.raw)) }
}

extension P61 {
  /// y ← y + x.
  public static func add(_ y: inout MutableSpan<P61>, _ x: Span<P61>) { add(&y, x, level: .current) }
  /// y ← y − x.
  public static func subtract(_ y: inout MutableSpan<P61>, _ x: Span<P61>) { subtract(&y, x, level: .current) }
  /// y ← y∘x.
  public static func multiply(_ y: inout MutableSpan<P61>, _ x: Span<P61>) { multiply(&y, x, level: .current) }
  /// y ← y + c∘x, or c·x for one c.
  public static func multiplyAccumulate(_ y: inout MutableSpan<P61>, _ c: Span<P61>, _ x: Span<P61>) {
    multiplyAccumulate(&y, c, x, level: .current)
  }
  /// 128-bit words, folded twice.
  public static func reduceUniform(words: Span<UInt64>, into y: inout MutableSpan<P61>) {
    precondition(words.count == 2 * y.count, "two words an element")
    for i in y.indices { y[i] = P61(reducing: UInt128(words[2 * i + 1]) << 64 | UInt128(words[2 * i])) }
  }

  /// z ← the representatives of x.
  public static func storeCanonical(_ x: Span<P61>, into z: inout MutableSpan<UInt128>) {
    precondition(z.count == x.count, "vectors of one length")
    for i in x.indices { z[i] = UInt128(x[i].raw) }
  }

  /// y ← the elements with representatives x; false if one of them is ≥ p.
  public static func loadCanonical(_ x: Span<UInt128>, into y: inout MutableSpan<P61>) -> Bool {
    precondition(y.count == x.count, "vectors of one length")
    var excess: UInt64 = 0  // p − 1 − low underflows or low ≥ 2^63 for low ≥ p; the high word must be 0
    var high: UInt64 = 0
    for i in x.indices {
      let low = UInt64(truncatingIfNeeded: x[i])
      excess |= (p &- 1 &- low) | low
      high |= UInt64(truncatingIfNeeded: x[i] >> 64)
      y[i] = P61(raw: low)
    }
    return (excess >> 63 | high) == 0
  }

  /// The encoding is the memory layout of little-endian machines.
  public static func encode(_ x: Span<P61>, into bytes: inout MutableRawSpan) {
    precondition(bytes.byteCount == 8 * x.count, "8 bytes an element")
    #if _endian(little)
    unsafe x.withUnsafeBytes { source in
      unsafe bytes.withUnsafeMutableBytes { unsafe $0.copyMemory(from: source) }
    }
    #else
    #error("the encoding of p61 is the memory layout of little-endian machines")
    #endif
  }

  /// Looks at every element, whatever the others are.
  public static func decode(_ bytes: RawSpan, into y: inout MutableSpan<P61>) -> Bool {
    precondition(bytes.byteCount == 8 * y.count, "8 bytes an element")
    return unsafe withWords(&y) { target, count in
      unsafe bytes.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(start: target, count: 8 * count).copyMemory(from: source)
      }
      var excess: UInt64 = 0  // p − 1 − x underflows exactly for x ≥ p
      for i in 0..<count { excess |= (p &- 1 &- (unsafe target[i])) | (unsafe target[i]) }
      return excess >> 63 == 0
    }
  }

  /// Σ x_i·y_i.
  public static func dot(_ x: Span<P61>, _ y: Span<P61>) -> P61 { dot(x, y, level: .current) }
  /// C ← C + A·B, row-major, rows × inner times inner × columns.
  public static func matrixMultiplyAccumulate(
    _ c: inout MutableSpan<P61>, _ a: Span<P61>, _ b: Span<P61>, rows: Int, inner: Int, columns: Int
  ) {
    matrixMultiplyAccumulate(&c, a, b, rows: rows, inner: inner, columns: columns, level: .current)
  }

  // An element is one 64-bit word in memory; every access below stays inside the span.
  private static func withWords<R>(_ x: Span<P61>, _ body: (UnsafePointer<UInt64>, Int) -> R) -> R {
    unsafe x.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        var none: UInt64 = 0
        return unsafe withUnsafePointer(to: &none) { unsafe body($0, 0) }
      }
      return unsafe body(UnsafeRawPointer(base).assumingMemoryBound(to: UInt64.self), buffer.count)
    }
  }

  private static func withWords<R>(_ y: inout MutableSpan<P61>, _ body: (UnsafeMutablePointer<UInt64>, Int) -> R) -> R {
    unsafe y.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        var none: UInt64 = 0
        return unsafe withUnsafeMutablePointer(to: &none) { unsafe body($0, 0) }
      }
      return unsafe body(UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt64.self), buffer.count)
    }
  }

  package static func add(_ y: inout MutableSpan<P61>, _ x: Span<P61>, level: SIMDLevel) {
    precondition(y.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in unsafe withWords(x) { x, _ in unsafe spdz_p61_add(level.code, y, x, n) } }
  }

  package static func subtract(_ y: inout MutableSpan<P61>, _ x: Span<P61>, level: SIMDLevel) {
    precondition(y.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in unsafe withWords(x) { x, _ in unsafe spdz_p61_subtract(level.code, y, x, n) } }
  }

  package static func multiply(_ y: inout MutableSpan<P61>, _ x: Span<P61>, level: SIMDLevel) {
    precondition(y.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in unsafe withWords(x) { x, _ in unsafe spdz_p61_multiply(level.code, y, x, n) } }
  }

  package static func multiplyAccumulate(_ y: inout MutableSpan<P61>, _ c: Span<P61>, _ x: Span<P61>, level: SIMDLevel)
  {
    precondition(y.count == x.count && c.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in
      unsafe withWords(c) { c, _ in
        unsafe withWords(x) { x, _ in unsafe spdz_p61_multiply_accumulate(level.code, y, c, x, n) }
      }
    }
  }

  package static func dot(_ x: Span<P61>, _ y: Span<P61>, level: SIMDLevel) -> P61 {
    precondition(y.count == x.count, "vectors of one length")
    return P61(
      raw: unsafe withWords(x) { x, n in unsafe withWords(y) { y, _ in unsafe spdz_p61_dot(level.code, x, y, n) } })
  }

  package static func matrixMultiplyAccumulate(
    _ c: inout MutableSpan<P61>, _ a: Span<P61>, _ b: Span<P61>, rows: Int, inner: Int, columns: Int, level: SIMDLevel
  ) {
    precondition(
      c.count == rows * columns && a.count == rows * inner && b.count == inner * columns, "sizes of the product")
    unsafe withWords(&c) { c, _ in
      unsafe withWords(a) { a, _ in
        unsafe withWords(b) { b, _ in unsafe spdz_p61_matrix(level.code, c, a, b, rows, inner, columns) }
      }
    }
  }
}
