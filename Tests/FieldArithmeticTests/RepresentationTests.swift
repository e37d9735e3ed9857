import CRepresentations
import FieldArithmetic
import Testing

/// The forms compared in Benchmarks compute what they claim: x·y for folding, x·y/R for Montgomery's form.
@Suite struct RepresentationTests {
  @Test(arguments: SIMDLevel.supported.filter { $0 != .avx2 })
  func bothFormsMultiplyCorrectly(_ level: SIMDLevel) {
    func words(_ x: [P127]) -> [UInt64] {
      x.flatMap { [UInt64(truncatingIfNeeded: $0.canonical), UInt64(truncatingIfNeeded: $0.canonical >> 64)] }
    }
    var random = SplitMix64(seed: 41)
    let (x, y): ([P127], [P127]) = (random.vector(800), random.vector(800))
    for (form, factor) in [
      (REPRESENTATION_FOLDING, P127.one),
      (REPRESENTATION_MONTGOMERY, P127.inversePowerOfTwo(level == .ifma ? 156 : 128)),
    ] {
      var z = words(x)
      let other = words(y)
      unsafe representation_multiply(Int32(form), level == .ifma ? 1 : 0, &z, other, 800)
      #expect(z == words(zip(x, y).map { $0 * $1 * factor }), "\(level.name), form \(form)")
      var (a, b) = (words(x), words(y))
      unsafe representation_butterfly(Int32(form), level == .ifma ? 1 : 0, &a, &b, other, 800)
      #expect(a == words(zip(x, y).map { $0 + $1 * $1 * factor }), "\(level.name), form \(form)")
      #expect(b == words(zip(x, y).map { $0 - $1 * $1 * factor }), "\(level.name), form \(form)")
    }
  }
}
