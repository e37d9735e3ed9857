import CGMPOracle
import CNTLShim
import FieldArithmetic
import Testing

private func words<F: PrimeField>(_ x: [F]) -> [UInt64] {
  x.flatMap { [UInt64(truncatingIfNeeded: $0.canonical), UInt64(truncatingIfNeeded: $0.canonical >> 64)] }
}

private func modulus<F: PrimeField>(_: F.Type) -> [UInt64] {
  [UInt64(truncatingIfNeeded: F.modulus), UInt64(truncatingIfNeeded: F.modulus >> 64)]
}

private func elements<F: PrimeField>(_ words: [UInt64], _: F.Type) -> [F] {
  stride(from: 0, to: words.count, by: 2).compactMap {
    F(canonical: UInt128(words[$0 + 1]) << 64 | UInt128(words[$0]))
  }
}

private typealias Oracle = (
  UnsafeMutablePointer<UInt64>?, UnsafePointer<UInt64>?, UnsafePointer<UInt64>?, Int, UnsafePointer<UInt64>?
) -> Int32

private func oracle<F: PrimeField>(_ x: [F], _ y: [F], _ apply: Oracle) -> [F] {
  var z = [UInt64](repeating: 0, count: 2 * max(1, x.count))
  let (xs, ys, p) = (words(x) + [0], words(y) + [0], modulus(F.self))
  #expect(unsafe apply(&z, xs, ys, x.count, p) == 0)
  return elements(Array(z.prefix(2 * x.count)), F.self)
}

/// Every level against GMP and NTL.
@Suite struct DifferentialTests {
  private func after<F>(_ x: [F], _ body: (inout MutableSpan<F>) -> Void) -> [F] {
    var result = x
    var span = result.mutableSpan
    body(&span)
    return result
  }

  @Test(arguments: SIMDLevel.supported)
  func p127KernelsAgreeWithGMP(_ level: SIMDLevel) {
    for (index, n) in lengths.enumerated() {
      let seed = UInt64(100 + index)
      var random = SplitMix64(seed: seed)
      let (x, y, z): ([P127], [P127], [P127]) = (random.vector(n), random.vector(n), random.vector(n))
      let c = random.element(P127.self)
      let cs = [P127](repeating: c, count: n)
      let place: Comment = "\(level.name), n = \(n), seed \(seed)"
      func add(_ x: [P127], _ y: [P127]) -> [P127] { unsafe oracle(x, y, gmp_oracle_add) }
      func multiply(_ x: [P127], _ y: [P127]) -> [P127] { unsafe oracle(x, y, gmp_oracle_multiply) }
      func subtract(_ x: [P127], _ y: [P127]) -> [P127] { unsafe oracle(x, y, gmp_oracle_subtract) }
      #expect(after(z) { P127.add(&$0, x.span, level: level) } == add(z, x), place)
      #expect(after(z) { P127.subtract(&$0, x.span, level: level) } == subtract(z, x), place)
      #expect(after(z) { P127.difference(&$0, x.span, y.span, level: level) } == subtract(x, y), place)
      #expect(after(z) { P127.negate(&$0, level: level) } == subtract([P127](repeating: .zero, count: n), z), place)
      #expect(after(z) { P127.multiply(&$0, x.span, level: level) } == multiply(z, x), place)
      #expect(after(z) { P127.scale(&$0, by: c, level: level) } == multiply(z, cs), place)
      let xy = multiply(x, y)
      #expect(after(z) { P127.multiplyAccumulate(&$0, x.span, y.span, level: level) } == add(z, xy), place)
      #expect(after(z) { P127.multiplyAccumulate(&$0, c, x.span, level: level) } == add(z, multiply(cs, x)), place)
      let signs = (0..<n).map { _ in Int8(random.next() % 3) - 1 }
      #expect(
        after(z) { P127.accumulateSigned(&$0, signs.span, x.span, level: level) }
          == add(z, multiply(x, signs.map { P127(signed: Int128($0)) })), place)
      let beaver = add(z, add(multiply(x, y), multiply(z, x)))
      for (kappa, factor) in [(BeaverFactor<P127>.zero, P127.zero), (.one, .one), (.value(c), c)] {
        let expected = add(beaver, multiply([P127](repeating: factor, count: n), multiply(x, z)))
        let result = after(z) {
          P127.beaverCombine(
            &$0, a: x.span, b: y.span, epsilon: x.span, delta: z.span, addProductScaledBy: kappa, level: level)
        }
        #expect(result == expected, place)
      }
      var dot: [UInt64] = [0, 0]
      let (xs, ys, p) = (words(x) + [0], words(y) + [0], modulus(P127.self))
      #expect(unsafe gmp_oracle_dot(&dot, xs, ys, n, p) == 0)
      #expect([P127.dot(x.span, y.span, level: level)] == elements(dot, P127.self), place)
      let ones = words([P127](repeating: .one, count: n)) + [0]
      #expect(unsafe gmp_oracle_dot(&dot, xs, ones, n, p) == 0)
      #expect([P127.sum(x.span, level: level)] == elements(dot, P127.self), place)
      var raw = (0..<(4 * n)).map { _ in random.next() }
      for i in raw.indices where raw[i] % 7 == 0 { raw[i] = .max }
      var reduced = [UInt64](repeating: 0, count: 2 * n + 2)
      #expect(unsafe gmp_oracle_reduce(&reduced, raw + [0], 4, n, p) == 0)
      #expect(
        after(z) { P127.reduceUniform(words: raw.span, into: &$0, level: level) }
          == elements(Array(reduced.prefix(2 * n)), P127.self), place)
    }
  }

  @Test(arguments: SIMDLevel.supported)
  func p61KernelsAgreeWithGMP(_ level: SIMDLevel) {
    for (index, n) in lengths.enumerated() {
      let seed = UInt64(200 + index)
      var random = SplitMix64(seed: seed)
      let (x, y, z): ([P61], [P61], [P61]) = (random.vector(n), random.vector(n), random.vector(n))
      let place: Comment = "\(level.name), n = \(n), seed \(seed)"
      func add(_ x: [P61], _ y: [P61]) -> [P61] { unsafe oracle(x, y, gmp_oracle_add) }
      func multiply(_ x: [P61], _ y: [P61]) -> [P61] { unsafe oracle(x, y, gmp_oracle_multiply) }
      #expect(after(z) { P61.add(&$0, x.span, level: level) } == add(z, x), place)
      let difference = unsafe oracle(z, x, gmp_oracle_subtract)
      #expect(after(z) { P61.subtract(&$0, x.span, level: level) } == difference, place)
      #expect(after(z) { P61.multiply(&$0, x.span, level: level) } == multiply(z, x), place)
      #expect(after(z) { P61.multiplyAccumulate(&$0, x.span, y.span, level: level) } == add(z, multiply(x, y)), place)
      var dot: [UInt64] = [0, 0]
      let (xs, ys, p) = (words(x) + [0], words(y) + [0], modulus(P61.self))
      #expect(unsafe gmp_oracle_dot(&dot, xs, ys, n, p) == 0)
      #expect([P61.dot(x.span, y.span, level: level)] == elements(dot, P61.self), place)
    }
  }

  @Test(arguments: SIMDLevel.supported)
  func extremeVectorsOverflowNoLazyAccumulator(_ level: SIMDLevel) {
    // p − 1 and all-ones limbs make every lazy column as large as it gets; the lengths pass every block size.
    for value in [P127(signed: -1), P127(reducing: (1 << 127) - 1 - (1 << 100)), P127(reducing: (1 << 126) - 1)] {
      for n in [512, 513, 2048, 2056, 4104, 9000] {
        let x = [P127](repeating: value, count: n)
        #expect(P127.dot(x.span, x.span, level: level) == value.squared() * P127(UInt64(n)), "\(level.name), \(n)")
        #expect(P127.sum(x.span, level: level) == value * P127(UInt64(n)), "\(level.name), \(n)")
      }
      for inner in [239, 240, 241, 255, 256, 257, 511, 512, 513, 1100] {
        let a = [P127](repeating: value, count: 3 * inner)
        let b = [P127](repeating: value, count: inner * 9)
        let c = after([P127](repeating: value, count: 27)) {
          P127.matrixMultiplyAccumulate(&$0, a.span, b.span, rows: 3, inner: inner, columns: 9, level: level)
        }
        let expected = value + value.squared() * P127(UInt64(inner))
        #expect(c.allSatisfy { $0 == expected }, "\(level.name), inner \(inner)")
      }
    }
    let top = P61(signed: -1)
    for n in [31, 32, 33, 255, 256, 257, 2047, 2048, 2049, 5000] {
      let x = [P61](repeating: top, count: n)
      #expect(P61.dot(x.span, x.span, level: level) == P61(UInt64(n)), "\(level.name), \(n)")
      let b = [P61](repeating: top, count: n * 9)
      let c = after([P61](repeating: top, count: 9)) {
        P61.matrixMultiplyAccumulate(&$0, x.span, b.span, rows: 1, inner: n, columns: 9, level: level)
      }
      #expect(c.allSatisfy { $0 == P61(UInt64(n)) - .one }, "\(level.name), inner \(n)")
    }
  }

  @Test(arguments: SIMDLevel.supported)
  func matrixProductsAgreeWithNTL(_ level: SIMDLevel) {
    func check<F: PrimeField>(
      _: F.Type, _ product: (inout MutableSpan<F>, [F], [F], (Int, Int, Int)) -> Void
    ) {
      for (rows, inner, columns) in [(1, 1, 1), (2, 3, 4), (7, 30, 8), (129, 17, 25), (5, 1030, 20), (33, 64, 40)] {
        let seed = UInt64(rows + inner + columns)
        var random = SplitMix64(seed: seed)
        let a: [F] = random.vector(rows * inner)
        let b: [F] = random.vector(inner * columns)
        let c: [F] = random.vector(rows * columns)
        var z = [UInt64](repeating: 0, count: 2 * rows * columns)
        let (x, y, p) = (words(a), words(b), modulus(F.self))
        #expect(unsafe ntl_field_matrix(&z, x, y, rows, inner, columns, p) == NTL_OK)
        let result = after(c) { product(&$0, a, b, (rows, inner, columns)) }
        #expect(
          result == zip(c, elements(z, F.self)).map { $0 + $1 },
          "\(F.name), \(level.name), \(rows) x \(inner) x \(columns), seed \(seed)")
      }
    }
    check(P127.self) { c, a, b, size in
      P127.matrixMultiplyAccumulate(
        &c, a.span, b.span, rows: size.0, inner: size.1, columns: size.2, level: level)
    }
    check(P61.self) { c, a, b, size in
      P61.matrixMultiplyAccumulate(
        &c, a.span, b.span, rows: size.0, inner: size.1, columns: size.2, level: level)
    }
  }

  @Test func productsAgreeWithNTL() {
    var random = SplitMix64(seed: 31)
    let (x, y): ([P127], [P127]) = (random.vector(500), random.vector(500))
    var z = [UInt64](repeating: 0, count: 1000)
    let (xs, ys, p) = (words(x), words(y), modulus(P127.self))
    #expect(unsafe ntl_field_multiply(&z, xs, ys, 500, p) == NTL_OK)
    #expect(elements(z, P127.self) == P127.multiply(x, y))
  }

  @Test func powersAgreeWithGMP() {
    var random = SplitMix64(seed: 32)
    for _ in 0..<50 {
      let (x, e) = (random.element(P127.self), random.element(P127.self))
      var z: [UInt64] = [0, 0]
      let (xs, es, p) = (words([x]), words([e]), modulus(P127.self))
      #expect(unsafe gmp_oracle_power(&z, xs, es, p) == 0)
      #expect(elements(z, P127.self) == [x.power(e.canonical)])
    }
  }

  @Test func oraclesRefuseBadArguments() {
    var z: [UInt64] = [0, 0]
    let one: [UInt64] = [1, 0]
    #expect(unsafe gmp_oracle_multiply(&z, one, one, 1, one) == 1)
    #expect(unsafe ntl_field_multiply(&z, one, one, 1, one) == NTL_BAD_ARGUMENT)
    #expect(unsafe ntl_field_matrix(&z, one, one, 0, 1, 1, [5, 0]) == NTL_BAD_ARGUMENT)
  }
}
