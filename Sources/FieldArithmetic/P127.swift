internal import CFieldKernels

/// F_p with p = 2^127 − 851967, the default field: 128-bit words with one bit to spare, 127 random bits uniform up to
/// 2^−107, and p ≡ 1 mod 65536 for slot packing. Plain representation; products are folded with 2^127 ≡ 851967
/// (`Papers/P127.md` has the choice against Montgomery's form, and the primality certificate).
@frozen
public struct P127: PrimeField {
  @usableFromInline var raw: UInt128

  /// 2^127 mod p.
  @usableFromInline static var fold: UInt128 { 851_967 }
  @usableFromInline static var mask: UInt128 { (1 << 127) - 1 }

  @inlinable init(raw: UInt128) { self.raw = raw }

  public static var name: String { "p127" }
  @inlinable public static var modulus: UInt128 { (1 << 127) - 851_967 }
  @inlinable public static var modulusBits: Int { 127 }
  @inlinable public static var encodedByteCount: Int { 16 }
  public static var generator: P127 { P127(raw: 3) }
  public static var twoAdicity: Int { 16 }
  @inlinable public static var zero: P127 { P127(raw: 0) }
  @inlinable public static var one: P127 { P127(raw: 1) }

  /// value mod p, without a branch on the value: 2^128 < 3p, one fold leaves less than 2p.
  @inlinable
  public init(reducing value: UInt128) {
    let once = (value & P127.mask) &+ (value >> 127) &* P127.fold
    self.init(belowTwoP: once)
  }

  /// r < 2p → r mod p; r ≥ p exactly when r + 851967 has bit 127.
  @inlinable
  init(belowTwoP r: UInt128) {
    let t = r &+ P127.fold
    let big = 0 &- (t >> 127)
    raw = (r & ~big) | (t & P127.mask & big)
  }

  @inlinable public var canonical: UInt128 { raw }

  /// x + y.
  @inlinable public static func + (x: P127, y: P127) -> P127 { P127(belowTwoP: x.raw &+ y.raw) }

  /// x − y.
  @inlinable
  public static func - (x: P127, y: P127) -> P127 {
    let difference = x.raw &- y.raw
    return P127(raw: difference &+ (modulus & (0 &- (difference >> 127))))
  }

  /// x·y = L + 2^127·T ≡ L + 851967·T, with T = T1·2^64 + T0 < 2^127.
  @inlinable
  public static func * (x: P127, y: P127) -> P127 {
    let (high, low) = x.raw.multipliedFullWidth(by: y.raw)
    let top = high << 1 | low >> 127
    let u = (top >> 64) &* fold  // below 2^83, stands at 2^64: its part from 2^63 on is folded again
    let sum = (low & mask) &+ (u & ((1 << 63) - 1)) << 64  // below 2^128
    let rest = (top & UInt128(UInt64.max)) &* fold &+ (u >> 63) &* fold  // below 2^85
    return P127(reducing: (sum & mask) &+ (sum >> 127) &* fold &+ rest)
  }
}

// MARK: - Kernels

extension P127 {
  public static func add(_ y: inout MutableSpan<P127>, _ x: Span<P127>) { add(&y, x, level: .current) }
  public static func subtract(_ y: inout MutableSpan<P127>, _ x: Span<P127>) { subtract(&y, x, level: .current) }
  public static func difference(_ z: inout MutableSpan<P127>, _ x: Span<P127>, _ y: Span<P127>) {
    difference(&z, x, y, level: .current)
  }
  public static func multiply(_ y: inout MutableSpan<P127>, _ x: Span<P127>) { multiply(&y, x, level: .current) }
  public static func scale(_ y: inout MutableSpan<P127>, by c: P127) { scale(&y, by: c, level: .current) }
  public static func multiplyAccumulate(_ y: inout MutableSpan<P127>, _ c: Span<P127>, _ x: Span<P127>) {
    multiplyAccumulate(&y, c, x, level: .current)
  }
  public static func multiplyAccumulate(_ y: inout MutableSpan<P127>, _ c: P127, _ x: Span<P127>) {
    multiplyAccumulate(&y, c, x, level: .current)
  }
  public static func dot(_ x: Span<P127>, _ y: Span<P127>) -> P127 { dot(x, y, level: .current) }
  public static func matrixMultiplyAccumulate(
    _ c: inout MutableSpan<P127>, _ a: Span<P127>, _ b: Span<P127>, rows: Int, inner: Int, columns: Int
  ) {
    matrixMultiplyAccumulate(&c, a, b, rows: rows, inner: inner, columns: columns, level: .current)
  }
  public static func beaverCombine(
    _ z: inout MutableSpan<P127>, a: Span<P127>, b: Span<P127>, epsilon: Span<P127>, delta: Span<P127>,
    addProductScaledBy kappa: BeaverFactor<P127>
  ) {
    beaverCombine(&z, a: a, b: b, epsilon: epsilon, delta: delta, addProductScaledBy: kappa, level: .current)
  }
  public static func reduceUniform(words: Span<UInt64>, into y: inout MutableSpan<P127>) {
    reduceUniform(words: words, into: &y, level: .current)
  }

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

  public static func decode(_ bytes: RawSpan, into y: inout MutableSpan<P127>) -> Bool {
    precondition(bytes.byteCount == 16 * y.count, "16 bytes an element")
    return unsafe withWords(&y) { target, count in
      unsafe bytes.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(start: target, count: 16 * count).copyMemory(from: source)
      }
      return unsafe spdz_p127_all_canonical(target, count) == 1
    }
  }

  // An element is two 64-bit words in memory; every access below stays inside the span.
  private static func withWords<R>(_ x: Span<P127>, _ body: (UnsafePointer<UInt64>, Int) -> R) -> R {
    unsafe x.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        var none: UInt64 = 0
        return unsafe withUnsafePointer(to: &none) { unsafe body($0, 0) }
      }
      return unsafe body(UnsafeRawPointer(base).assumingMemoryBound(to: UInt64.self), buffer.count)
    }
  }

  private static func withWords<R>(_ y: inout MutableSpan<P127>, _ body: (UnsafeMutablePointer<UInt64>, Int) -> R) -> R
  {
    unsafe y.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        var none: UInt64 = 0
        return unsafe withUnsafeMutablePointer(to: &none) { unsafe body($0, 0) }
      }
      return unsafe body(UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt64.self), buffer.count)
    }
  }
}

/// The kernels at an explicit level, for differential tests and benchmarks.
extension P127 {
  package static func add(_ y: inout MutableSpan<P127>, _ x: Span<P127>, level: SIMDLevel) {
    precondition(y.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in unsafe withWords(x) { x, _ in unsafe spdz_p127_add(level.code, y, x, n) } }
  }

  package static func subtract(_ y: inout MutableSpan<P127>, _ x: Span<P127>, level: SIMDLevel) {
    precondition(y.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in unsafe withWords(x) { x, _ in unsafe spdz_p127_subtract(level.code, y, x, n) } }
  }

  package static func difference(_ z: inout MutableSpan<P127>, _ x: Span<P127>, _ y: Span<P127>, level: SIMDLevel) {
    precondition(z.count == x.count && y.count == x.count, "vectors of one length")
    unsafe withWords(&z) { z, n in
      unsafe withWords(x) { x, _ in
        unsafe withWords(y) { y, _ in unsafe spdz_p127_difference(level.code, z, x, y, n) }
      }
    }
  }

  package static func multiply(_ y: inout MutableSpan<P127>, _ x: Span<P127>, level: SIMDLevel) {
    precondition(y.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in unsafe withWords(x) { x, _ in unsafe spdz_p127_multiply(level.code, y, x, n) } }
  }

  package static func scale(_ y: inout MutableSpan<P127>, by c: P127, level: SIMDLevel) {
    unsafe withWords(&y) { y, n in unsafe withScalar(c) { c in unsafe spdz_p127_scale(level.code, y, c, n) } }
  }

  package static func multiplyAccumulate(
    _ y: inout MutableSpan<P127>, _ c: Span<P127>, _ x: Span<P127>, level: SIMDLevel
  ) {
    precondition(y.count == x.count && c.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in
      unsafe withWords(c) { c, _ in
        unsafe withWords(x) { x, _ in unsafe spdz_p127_multiply_accumulate(level.code, y, c, x, n) }
      }
    }
  }

  package static func multiplyAccumulate(_ y: inout MutableSpan<P127>, _ c: P127, _ x: Span<P127>, level: SIMDLevel) {
    precondition(y.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in
      unsafe withScalar(c) { c in
        unsafe withWords(x) { x, _ in unsafe spdz_p127_scale_accumulate(level.code, y, c, x, n) }
      }
    }
  }

  package static func dot(_ x: Span<P127>, _ y: Span<P127>, level: SIMDLevel) -> P127 {
    precondition(y.count == x.count, "vectors of one length")
    var sum: (UInt64, UInt64) = (0, 0)
    unsafe withWords(x) { x, n in
      unsafe withWords(y) { y, _ in
        unsafe withUnsafeMutableBytes(of: &sum) { sum in
          unsafe spdz_p127_dot(level.code, sum.baseAddress!.assumingMemoryBound(to: UInt64.self), x, y, n)
        }
      }
    }
    return P127(raw: UInt128(sum.1) << 64 | UInt128(sum.0))
  }

  package static func matrixMultiplyAccumulate(
    _ c: inout MutableSpan<P127>, _ a: Span<P127>, _ b: Span<P127>, rows: Int, inner: Int, columns: Int,
    level: SIMDLevel
  ) {
    precondition(
      c.count == rows * columns && a.count == rows * inner && b.count == inner * columns, "sizes of the product")
    guard c.count > 0, inner > 0 else { return }
    unsafe withWords(&c) { c, _ in
      unsafe withWords(a) { a, _ in
        unsafe withWords(b) { b, _ in unsafe spdz_p127_matrix(level.code, c, a, b, rows, inner, columns) }
      }
    }
  }

  package static func beaverCombine(
    _ z: inout MutableSpan<P127>, a: Span<P127>, b: Span<P127>, epsilon: Span<P127>, delta: Span<P127>,
    addProductScaledBy kappa: BeaverFactor<P127>, level: SIMDLevel
  ) {
    let count = z.count
    precondition(
      a.count == count && b.count == count && epsilon.count == count && delta.count == count, "vectors of one length")
    let (kind, factor): (Int32, P127) =
      switch kappa {
      case .zero: (0, .zero)
      case .one: (1, .one)
      case .value(let value): (2, value)
      }
    unsafe withWords(&z) { z, n in
      unsafe withWords(a) { a, _ in
        unsafe withWords(b) { b, _ in
          unsafe withWords(epsilon) { epsilon, _ in
            unsafe withWords(delta) { delta, _ in
              unsafe withScalar(factor) { factor in
                unsafe spdz_p127_beaver(level.code, z, a, b, epsilon, delta, factor, kind, n)
              }
            }
          }
        }
      }
    }
  }

  package static func reduceUniform(words: Span<UInt64>, into y: inout MutableSpan<P127>, level: SIMDLevel) {
    precondition(words.count == 4 * y.count, "four words an element")
    unsafe words.withUnsafeBufferPointer { words in
      guard let source = words.baseAddress else { return }
      unsafe withWords(&y) { y, n in unsafe spdz_p127_reduce_words(level.code, y, source, n) }
    }
  }

  private static func withScalar<R>(_ c: P127, _ body: (UnsafePointer<UInt64>) -> R) -> R {
    let words: (UInt64, UInt64) = (UInt64(truncatingIfNeeded: c.raw), UInt64(truncatingIfNeeded: c.raw >> 64))
    return unsafe withUnsafeBytes(of: words) { unsafe body($0.baseAddress!.assumingMemoryBound(to: UInt64.self)) }
  }
}
