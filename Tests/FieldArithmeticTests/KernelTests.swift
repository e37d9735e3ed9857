import FieldArithmetic
import InsecureToyField
import Testing

@Suite struct KernelTests {
  @Test(arguments: fieldTypes)
  func bulkKernelsAgreeWithScalars(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      for (seed, n) in lengths.enumerated() {
        var random = SplitMix64(seed: UInt64(seed))
        let (x, y, z): ([F], [F], [F]) = (random.vector(n), random.vector(n), random.vector(n))
        let c = random.element(F.self)
        let place: Comment = "\(F.name), n = \(n), seed \(seed)"
        func after(_ body: (inout MutableSpan<F>) -> Void) -> [F] {
          var result = z
          var span = result.mutableSpan
          body(&span)
          return result
        }
        #expect(after { F.add(&$0, x.span) } == zip(z, x).map { $0 + $1 }, place)
        #expect(after { F.subtract(&$0, x.span) } == zip(z, x).map { $0 - $1 }, place)
        #expect(after { F.difference(&$0, x.span, y.span) } == zip(x, y).map { $0 - $1 }, place)
        #expect(after { F.negate(&$0) } == z.map { -$0 }, place)
        #expect(after { F.addScalar(&$0, c) } == z.map { $0 + c }, place)
        #expect(after { F.multiply(&$0, x.span) } == zip(z, x).map { $0 * $1 }, place)
        #expect(after { F.scale(&$0, by: c) } == z.map { $0 * c }, place)
        let products = zip(x, y).map { $0 * $1 }
        #expect(after { F.multiplyAccumulate(&$0, x.span, y.span) } == zip(z, products).map { $0 + $1 }, place)
        #expect(after { F.multiplyAccumulate(&$0, c, y.span) } == zip(z, y).map { $0 + c * $1 }, place)
        #expect(F.dot(x.span, y.span) == products.reduce(.zero) { $0 + $1 }, place)
        #expect(F.sum(x.span) == x.reduce(.zero) { $0 + $1 }, place)
        #expect(F.add(x, y) == zip(x, y).map { $0 + $1 } && F.subtract(x, y) == zip(x, y).map { $0 - $1 }, place)
        #expect(F.multiply(x, y) == products && F.negate(x) == x.map { -$0 } && F.scale(x, by: c) == x.map { $0 * c })
        for kappa in [BeaverFactor<F>.zero, .one, .value(c)] {
          let factor: F =
            switch kappa {
            case .zero: .zero
            case .one: .one
            case .value(let value): value
            }
          let expected = z.indices.map { i in
            z[i] + x[i] * z[i] + y[i] * y[i] + factor * x[i] * y[i]
          }
          #expect(
            after {
              F.beaverCombine(&$0, a: y.span, b: z.span, epsilon: x.span, delta: y.span, addProductScaledBy: kappa)
            } == expected, place)
        }
      }
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func matrixProductsAgreeWithTheDefinition(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      for (rows, inner, columns) in [(1, 1, 1), (1, 7, 8), (3, 5, 17), (2, 0, 3), (5, 600, 12), (130, 3, 9), (4, 4, 3)]
      {
        var random = SplitMix64(seed: UInt64(rows * 1000 + inner))
        let a: [F] = random.vector(rows * inner)
        let b: [F] = random.vector(inner * columns)
        var c: [F] = random.vector(rows * columns)
        var expected = c
        for i in 0..<rows {
          for j in 0..<columns {
            for k in 0..<inner { expected[i * columns + j] += a[i * inner + k] * b[k * columns + j] }
          }
        }
        var span = c.mutableSpan
        F.matrixMultiplyAccumulate(&span, a.span, b.span, rows: rows, inner: inner, columns: columns)
        #expect(c == expected, "\(F.name), \(rows) x \(inner) x \(columns)")
      }
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func batchInversionInvertsAllOrNothing(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      var random = SplitMix64(seed: 21)
      let units: [F] = random.vector(300).filter { $0 != .zero }
      var inverses = units
      var span = inverses.mutableSpan
      let verdict1 = F.invertAllVariableTime(&span)
      #expect(verdict1)
      #expect(F.multiply(inverses, units).allSatisfy { $0 == .one })
      let mixed = units + [.zero] + units
      var untouched = mixed
      var mixedSpan = untouched.mutableSpan
      let verdict2 = F.invertAllVariableTime(&mixedSpan)
      #expect(!verdict2)
      #expect(untouched == mixed)
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func encodingIsLittleEndianAndRejectsAnythingFromTheModulusOn(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      var random = SplitMix64(seed: 22)
      let width = F.encodedByteCount
      let x: [F] = random.vector(77)
      var bytes = [UInt8](repeating: 0xaa, count: 77 * width)
      F.encode(x, into: &bytes)
      for (i, value) in x.enumerated() {
        let spelt = (0..<width).map { UInt8(truncatingIfNeeded: value.canonical >> UInt128(8 * $0)) }
        #expect(Array(bytes[(i * width)..<((i + 1) * width)]) == spelt)
      }
      #expect(F.decode(bytes) == x)
      let limit = width == 16 ? UInt128.max : (UInt128(1) << UInt128(8 * width)) - 1
      for bad in [F.modulus, F.modulus + 1, limit] {
        for place in [0, 40, 76] {
          var wrong = bytes
          for j in 0..<width { wrong[place * width + j] = UInt8(truncatingIfNeeded: bad >> UInt128(8 * j)) }
          #expect(F.decode(wrong) == nil, "\(F.name): \(bad) at \(place)")
        }
      }
    }
    check(field)
  }

  @Test(arguments: fieldTypes)
  func signedVectorsConvertBothWays(_ field: any PrimeField.Type) {
    func check<F: PrimeField>(_: F.Type) {
      let half = Int64(clamping: (F.modulus - 1) / 2)
      let narrow: [Int64] = [0, 1, -1, half, -half, half / 3, -half / 7]
      let elements: [F] = F.uninitialized(narrow.count) { F.encodeSigned(narrow.span, into: &$0) }
      #expect(elements == narrow.map { F(signed: Int128($0)) })
      var back = [Int64](repeating: 5, count: narrow.count)
      var span = back.mutableSpan
      let verdict3 = F.decodeSigned(elements.span, into: &span)
      #expect(verdict3)
      #expect(back == narrow)
      let wide = narrow.map { Int128($0) } + [Int128(F.modulus / 2), -Int128(F.modulus / 2)]
      let wideElements: [F] = F.uninitialized(wide.count) { F.encodeSigned(wide.span, into: &$0) }
      var wideBack = [Int128](repeating: 5, count: wide.count)
      var wideSpan = wideBack.mutableSpan
      F.decodeSigned(wideElements.span, into: &wideSpan)
      #expect(wideBack == wide)
    }
    check(field)
  }

  @Test func decodingAnIntegerBeyond64BitsIsReported() {
    let elements = [P127(signed: 1), P127(signed: Int128(Int64.max) + 1), P127(signed: Int128(Int64.min))]
    var integers = [Int64](repeating: 9, count: 3)
    var span = integers.mutableSpan
    let verdict4 = P127.decodeSigned(elements.span, into: &span)
    #expect(!verdict4)
    #expect(integers == [1, 0, .min])
  }

  @Test func vectorsOfDifferentLengthsStopTheProgram() async {
    await #expect(processExitsWith: .failure) {
      _ = P127.add([.one], [.one, .one])
    }
  }
}
