internal import CMemcheck
internal import FieldArithmetic

/// Field arithmetic on secret elements: scalars, as MAC checks and inputs use them, and every kernel on vectors that is
/// not documented to take public values.
extension ConstantTimeScheme {
  static func checkField<F: PrimeField>(_: F.Type) {
    // Lengths that leave a rest at every level.
    for count in [1, 7, 64, 75] {
      var x = (0..<count).map { F(signed: Int128($0) * 0x1_2345_6789_abcd) }
      var y = x.map { .zero - $0 * $0 }
      secret(&x)
      secret(&y)
      scalars(x[0], y[count - 1])
      var z = F.add(F.subtract(F.multiply(x, y), F.negate(x)), F.scale(y, by: x[0]))
      let signs = (0..<count).map { Int8($0 % 3 - 1) }
      do {
        var span = z.mutableSpan
        F.square(&span)
        F.multiplyAccumulate(&span, x.span, y.span)
        F.multiplyAccumulate(&span, y[0], x.span)
        F.accumulateSigned(&span, signs.span, x.span)
        F.power(&span, exponent: 19)
        for kappa in [BeaverFactor<F>.zero, .one, .value(x[0])] {
          F.beaverCombine(&span, a: x.span, b: y.span, epsilon: y.span, delta: x.span, addProductScaledBy: kappa)
        }
      }
      withExtendedLifetime((F.dot(x.span, z.span), F.sum(z.span))) {}
      var product = [F](repeating: .zero, count: 1)
      do {
        var span = product.mutableSpan
        F.matrixMultiplyAccumulate(&span, x.span, y.span, rows: 1, inner: count, columns: 1)
      }
      var canonical = [UInt128](repeating: 0, count: count)
      do {
        var span = canonical.mutableSpan
        F.storeCanonical(z.span, into: &span)
        var elements = z.mutableSpan
        withExtendedLifetime(F.loadCanonical(canonical.span, into: &elements)) {}
      }
      var words = (0..<(count * F.uniformWordCount)).map { UInt64($0) &* 0x9e37_79b9_7f4a_7c15 }
      secret(&words)
      do {
        var span = z.mutableSpan
        F.reduceUniform(words: words.span, into: &span)
      }
      var integers = (0..<count).map { Int64($0) &* 77 - 1000 }
      secret(&integers)
      do {
        var span = z.mutableSpan
        F.encodeSigned(integers.span, into: &span)
      }
      var bytes = [UInt8](repeating: 0, count: count * F.encodedByteCount)
      F.encode(z, into: &bytes)
      do {
        var span = z.mutableSpan
        let raw = unsafe bytes.span.bytes
        withExtendedLifetime(F.decode(raw, into: &span)) {}
      }
    }
  }

  private static func scalars<F: PrimeField>(_ x: F, _ y: F) {
    var z = x + y
    z -= x * y
    z *= -z
    withExtendedLifetime((z.squared(), z.canonical, x.power(77))) {}
  }

  static func secret<T: BitwiseCopyable>(_ values: inout [T]) {
    unsafe values.withUnsafeMutableBytes { bytes in unsafe memcheck_mark_secret(bytes.baseAddress, bytes.count) }
  }
}
