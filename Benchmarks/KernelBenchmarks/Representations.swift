internal import CRepresentations
internal import FieldArithmetic

/// Folding against Montgomery's form for p127: products, packing butterflies and the power of a square root, scalar and
/// IFMA (`Papers/P127.md`). Names are "representation.KERNEL.FORM".
public func measureRepresentations(n: Int = 4096, runs: Int = 9) -> [KernelMeasurement] {
  precondition(n > 0 && n % 8 == 0 && runs > 0, "a multiple of 8 elements")
  var cases: [KernelCase] = []
  for level in SIMDLevel.supported where level != .avx2 {
    let ifma: Int32 = level == .ifma ? 1 : 0
    for (form, name) in [(0, "folding"), (1, "montgomery")] as [(Int32, String)] {
      func words(_ count: Int, seed: UInt64) -> [UInt64] {
        (vector(count, seed: seed) as [P127]).flatMap {
          [UInt64(truncatingIfNeeded: $0.canonical), UInt64(truncatingIfNeeded: $0.canonical >> 64)]
        }
      }
      let w = words(n, seed: 1)
      var a = words(n, seed: 2)
      var b = words(n, seed: 3)
      var single = words(128, seed: 4)
      cases += [
        KernelCase("representation.multiply." + name, level: level.name, n: n) {
          unsafe representation_multiply(form, ifma, &a, w, n)
        },
        KernelCase("representation.butterfly." + name, level: level.name, n: n) {
          unsafe representation_butterfly(form, ifma, &a, &b, w, n)
        },
        KernelCase("representation.root128." + name, level: level.name, n: 128) {
          unsafe representation_root(form, ifma, &single, 128)
        },
      ]
      if level == .portable {
        cases.append(
          KernelCase("representation.root1." + name, level: level.name, n: 1) {
            unsafe representation_root(form, ifma, &single, 1)
          })
      }
    }
  }
  return measure(cases, runs: runs)
}
