public import FieldArithmetic

/// Measures every kernel of p127 and p61 at the given levels, with GMP and NTL beside them, interleaved in one run.
/// - Parameters:
///   - n: elements per vector.
///   - runs: interleaved runs; the medians are returned.
///   - name: measures only kernels whose name contains this.
public func measureFieldKernels(
  levels: [SIMDLevel] = SIMDLevel.supported, n: Int = 4096, runs: Int = 9, matching name: String = ""
) -> [KernelMeasurement] {
  precondition(n > 0 && runs > 0, "at least one element and one run")
  var cases: [KernelCase] = []
  for level in levels {
    cases += p127Cases(level, n: n) + p127MatrixCases(level) + p61Cases(level, n: n)
  }
  cases += libraryCases(n: n) + scalarCases(n: n)
  return measure(cases.filter { name.isEmpty || $0.kernel.contains(name) }, runs: runs)
}

/// A reproducible vector.
func vector<F: PrimeField>(_ n: Int, seed: UInt64) -> [F] {
  var state = seed
  return (0..<n).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return F(reducing: UInt128(state) &* UInt128(state ^ 0x9e37_79b9_7f4a_7c15) &* 0x1_0000_0001_0000_001b)
  }
}

func p127Cases(_ level: SIMDLevel, n: Int) -> [KernelCase] {
  let x: [P127] = vector(n, seed: 1)
  let c: [P127] = vector(n, seed: 2)
  let d: [P127] = vector(n, seed: 3)
  let e: [P127] = vector(n, seed: 4)
  let words: [UInt64] = (0..<(4 * n)).map { UInt64($0) &* 0x9e37_79b9_7f4a_7c15 }
  var y: [P127] = vector(n, seed: 5)
  var accumulator = P127.zero
  func kernel(_ name: String, _ body: @escaping () -> Void) -> KernelCase {
    KernelCase("p127." + name, level: level.name, n: n, repeating: body)
  }
  func onY(_ name: String, _ body: @escaping (inout MutableSpan<P127>) -> Void) -> KernelCase {
    kernel(name) {
      var span = y.mutableSpan
      body(&span)
    }
  }
  return [
    onY("add") { P127.add(&$0, x.span, level: level) },
    onY("subtract") { P127.subtract(&$0, x.span, level: level) },
    onY("negate") { P127.negate(&$0, level: level) },
    onY("multiply") { P127.multiply(&$0, x.span, level: level) },
    onY("scale") { P127.scale(&$0, by: c[0], level: level) },
    onY("multiplyAccumulate") { P127.multiplyAccumulate(&$0, c.span, x.span, level: level) },
    onY("scaleAccumulate") { P127.multiplyAccumulate(&$0, c[0], x.span, level: level) },
    onY("beaverCombine") {
      P127.beaverCombine(
        &$0, a: x.span, b: c.span, epsilon: d.span, delta: e.span, addProductScaledBy: .zero, level: level)
    },
    onY("beaverCombineOne") {
      P127.beaverCombine(
        &$0, a: x.span, b: c.span, epsilon: d.span, delta: e.span, addProductScaledBy: .one, level: level)
    },
    onY("beaverCombineScaled") {
      P127.beaverCombine(
        &$0, a: x.span, b: c.span, epsilon: d.span, delta: e.span, addProductScaledBy: .value(c[1]), level: level)
    },
    onY("reduceUniform") { P127.reduceUniform(words: words.span, into: &$0, level: level) },
    kernel("dot") { accumulator += P127.dot(x.span, c.span, level: level) },
    kernel("sum") { accumulator += P127.sum(x.span, level: level) },
  ]
}

func p127MatrixCases(_ level: SIMDLevel) -> [KernelCase] {
  [32, 128, 256].map { size in
    let a: [P127] = vector(size * size, seed: 6)
    let b: [P127] = vector(size * size, seed: 7)
    var c: [P127] = vector(size * size, seed: 8)
    return KernelCase("p127.matrix\(size)", level: level.name, n: size * size * size) {
      var span = c.mutableSpan
      P127.matrixMultiplyAccumulate(&span, a.span, b.span, rows: size, inner: size, columns: size, level: level)
    }
  }
}

func p61Cases(_ level: SIMDLevel, n: Int) -> [KernelCase] {
  let x: [P61] = vector(n, seed: 1)
  let c: [P61] = vector(n, seed: 2)
  var y: [P61] = vector(n, seed: 5)
  var accumulator = P61.zero
  func onY(_ name: String, _ body: @escaping (inout MutableSpan<P61>) -> Void) -> KernelCase {
    KernelCase("p61." + name, level: level.name, n: n) {
      var span = y.mutableSpan
      body(&span)
    }
  }
  let size = 128
  let a: [P61] = vector(size * size, seed: 6)
  let b: [P61] = vector(size * size, seed: 7)
  var product: [P61] = vector(size * size, seed: 8)
  return [
    onY("add") { P61.add(&$0, x.span, level: level) },
    onY("subtract") { P61.subtract(&$0, x.span, level: level) },
    onY("multiply") { P61.multiply(&$0, x.span, level: level) },
    onY("multiplyAccumulate") { P61.multiplyAccumulate(&$0, c.span, x.span, level: level) },
    KernelCase("p61.dot", level: level.name, n: n) { accumulator += P61.dot(x.span, c.span, level: level) },
    KernelCase("p61.matrix128", level: level.name, n: size * size * size) {
      var span = product.mutableSpan
      P61.matrixMultiplyAccumulate(&span, a.span, b.span, rows: size, inner: size, columns: size, level: level)
    },
  ]
}
