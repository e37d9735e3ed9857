internal import CFieldKernels

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

  package static func negate(_ y: inout MutableSpan<P127>, level: SIMDLevel) {
    unsafe withWords(&y) { y, n in unsafe spdz_p127_negate(level.code, y, n) }
  }

  package static func sum(_ x: Span<P127>, level: SIMDLevel) -> P127 {
    unsafe withSum { sum in unsafe withWords(x) { x, n in unsafe spdz_p127_sum(level.code, sum, x, n) } }
  }

  package static func multiply(_ y: inout MutableSpan<P127>, _ x: Span<P127>, level: SIMDLevel) {
    precondition(y.count == x.count, "vectors of one length")
    unsafe withWords(&y) { y, n in unsafe withWords(x) { x, _ in unsafe spdz_p127_multiply(level.code, y, x, n) } }
  }

  package static func square(_ y: inout MutableSpan<P127>, level: SIMDLevel) {
    unsafe withWords(&y) { y, n in unsafe spdz_p127_multiply(level.code, y, y, n) }  // same index: may alias
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

  package static func accumulateSigned(
    _ y: inout MutableSpan<P127>, _ signs: Span<Int8>, _ x: Span<P127>, level: SIMDLevel
  ) {
    precondition(y.count == x.count && signs.count == x.count, "vectors of one length")
    unsafe signs.withUnsafeBufferPointer { signs in
      guard let signs = signs.baseAddress else { return }
      unsafe withWords(&y) { y, n in
        unsafe withWords(x) { x, _ in unsafe spdz_p127_accumulate_signed(level.code, y, signs, x, n) }
      }
    }
  }

  package static func dot(_ x: Span<P127>, _ y: Span<P127>, level: SIMDLevel) -> P127 {
    precondition(y.count == x.count, "vectors of one length")
    return unsafe withSum { sum in
      unsafe withWords(x) { x, n in
        unsafe withWords(y) { y, _ in unsafe spdz_p127_dot(level.code, sum, x, y, n) }
      }
    }
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
    unsafe withUnsafePointer(to: c.raw) { pointer in
      unsafe pointer.withMemoryRebound(to: UInt64.self, capacity: 2) { unsafe body($0) }
    }
  }

  // An element is two 64-bit words in memory; every access below stays inside the span.
  static func withWords<R>(_ x: Span<P127>, _ body: (UnsafePointer<UInt64>, Int) -> R) -> R {
    unsafe x.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        var none: UInt64 = 0
        return unsafe withUnsafePointer(to: &none) { unsafe body($0, 0) }
      }
      return unsafe body(UnsafeRawPointer(base).assumingMemoryBound(to: UInt64.self), buffer.count)
    }
  }

  static func withWords<R>(_ y: inout MutableSpan<P127>, _ body: (UnsafeMutablePointer<UInt64>, Int) -> R) -> R {
    unsafe y.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        var none: UInt64 = 0
        return unsafe withUnsafeMutablePointer(to: &none) { unsafe body($0, 0) }
      }
      return unsafe body(UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt64.self), buffer.count)
    }
  }

  /// The element `body` adds to, starting from 0; its two words are passed.
  private static func withSum(_ body: (UnsafeMutablePointer<UInt64>) -> Void) -> P127 {
    var sum: UInt128 = 0
    unsafe withUnsafeMutablePointer(to: &sum) { pointer in
      unsafe pointer.withMemoryRebound(to: UInt64.self, capacity: 2) { unsafe body($0) }
    }
    return P127(raw: sum)
  }
}
