internal import CNTLShim
internal import CRingKernels
public import FieldArithmetic
internal import LatticeEncryption

/// Measures the ring kernels at the given levels with NTL beside them, interleaved in one run. `n` of a row is the ring
/// degree, `ns` the time of one call: one prime of 48 bits for `ring.…`, all of N slots for `packing.…`, one component
/// of a ciphertext of set A for `ring.switch9to3` and `ring.recompose3`.
/// - Parameters:
///   - runs: interleaved runs; the medians are returned.
///   - name: measures only kernels whose name contains this.
/// - Throws: `RingError` if primes or roots cannot be found.
public func measureRingKernels(
  levels: [SIMDLevel] = SIMDLevel.supported, runs: Int = 9, matching name: String = ""
) throws -> [KernelMeasurement] {
  precondition(runs > 0, "at least one run")
  var cases: [KernelCase] = []
  for degree in [4096, 8192, 16384, 32768] {
    let basis = try RNSBasis(ringDegree: degree, bits: 48, count: 9)
    let plaintexts = try [PlaintextModulus.p127, 2_305_843_009_211_662_337].map {
      try PlaintextModulus($0, ringDegree: degree)
    }
    for level in levels {
      cases += transformCases(basis, level) + packingCases(plaintexts, level)
      if degree == 16384 { cases += pointwiseCases(basis, level) + chainCases(basis, plaintexts[0], level) }
    }
    cases += transformCases(basis, nil) + packingCases(plaintexts, nil)
    if degree == 16384 { cases += pointwiseCases(basis, nil) + chainCases(basis, plaintexts[0], nil) }
  }
  let rows = measure(cases.filter { name.isEmpty || $0.kernel.contains(name) }, runs: runs)
  return rows.map { row in
    let call = row.ns * Double(row.n)
    return KernelMeasurement(kernel: row.kernel, level: row.level, n: row.n, ns: call, perSecond: 1e9 / call)
  }
}

/// Words at a 64-byte boundary, filled reproducibly below a bound, never freed: benchmarks only.
@safe private struct Words {
  let base: UnsafeMutablePointer<UInt64>

  init(_ count: Int, below bound: UInt64, seed: UInt64) {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 64)
    unsafe base = raw.bindMemory(to: UInt64.self, capacity: count)
    var state = seed
    for i in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      unsafe base[i] = (state ^ state >> 29) % bound
    }
  }
}

private func levelName(_ level: SIMDLevel?) -> String { level?.name ?? "ntl" }

/// Tables live as long as the process: benchmarks only. `nil` if the level is not the one in effect.
private func table(_ modulus: RNSModulus, _ level: SIMDLevel) -> OpaquePointer? {
  var handle: OpaquePointer?
  let status = unsafe ring_table_create(
    modulus.value, UInt32(modulus.ringDegree.trailingZeroBitCount), modulus.root, Int32(level.rawValue), &handle)
  precondition(Int(status) == 0, "transform table: status \(status)")
  return unsafe handle
}

private func transformCases(_ basis: RNSBasis, _ level: SIMDLevel?) -> [KernelCase] {
  let n = basis.ringDegree
  let modulus = basis.moduli[0]
  let a = Words(n, below: modulus.value, seed: 1)
  let b = Words(n, below: modulus.value, seed: 2)
  let name = levelName(level)
  if let level {
    let table = unsafe table(modulus, level)
    return [
      KernelCase("ring.forward", level: name, n: n) { unsafe ring_forward(table, a.base) },
      KernelCase("ring.inverse", level: name, n: n) { unsafe ring_inverse(table, b.base) },
    ]
  }
  var handle: OpaquePointer?
  let status = unsafe ntl_transform_create(
    modulus.value, UInt32(n.trailingZeroBitCount), modulus.root, &handle)
  precondition(Int(status) == 0, "NTL transform: status \(status)")
  let transform = unsafe handle
  return [
    KernelCase("ring.forward", level: name, n: n) { _ = unsafe ntl_transform_forward(transform, a.base) },
    KernelCase("ring.inverse", level: name, n: n) { _ = unsafe ntl_transform_inverse(transform, b.base) },
  ]
}

private func packingCases(_ plaintexts: [PlaintextModulus], _ level: SIMDLevel?) -> [KernelCase] {
  plaintexts.flatMap { plaintext -> [KernelCase] in
    let isWide = plaintext.value == PlaintextModulus.p127
    let prefix = isWide ? "packing127." : "packing61."
    let n = plaintext.ringDegree
    // High words below 2^62 keep a 127-bit value below p; word-sized primes have no high word.
    let values = Words(2 * n, below: 1 << 60, seed: 3)
    if !isWide { for i in 0..<n { unsafe values.base[2 * i + 1] = 0 } }
    let low = UInt64(truncatingIfNeeded: plaintext.value)
    let high = UInt64(plaintext.value >> 64)
    let rootLow = UInt64(truncatingIfNeeded: plaintext.root)
    let rootHigh = UInt64(plaintext.root >> 64)
    let layers = UInt32(n.trailingZeroBitCount)
    let name = levelName(level)
    guard let level else {
      return [(Int32(0), "forward"), (1, "inverse")].map { inverse, kernel in
        KernelCase(prefix + kernel, level: name, n: n) {
          _ = unsafe ntl_packing(low, high, layers, rootLow, rootHigh, layers, inverse, values.base)
        }
      }
    }
    var handle: OpaquePointer?
    let status = unsafe packing_table_create(low, high, layers, rootLow, rootHigh, Int32(level.rawValue), &handle)
    precondition(Int(status) == 0, "packing table: status \(status)")
    let table = unsafe handle
    guard unsafe packing_table_level(table) == Int32(level.rawValue) else { return [] }
    return [
      KernelCase(prefix + "forward", level: name, n: n) { unsafe packing_forward(table, values.base, layers) },
      KernelCase(prefix + "inverse", level: name, n: n) { unsafe packing_inverse(table, values.base, layers) },
      KernelCase(prefix + "forwardHalf", level: name, n: n) { unsafe packing_forward(table, values.base, layers / 2) },
    ]
  }
}

private func pointwiseCases(_ basis: RNSBasis, _ level: SIMDLevel?) -> [KernelCase] {
  let n = basis.ringDegree
  let modulus = basis.moduli[0]
  let q = modulus.value
  let operands = (0..<5).map { Words(n, below: q, seed: 10 + UInt64($0)) }
  let wide = Words(5 * n, below: .max, seed: 20)
  let plaintext = Words(2 * n, below: 1 << 62, seed: 21)
  let out = Words(n, below: q, seed: 22)
  let low = UInt64(truncatingIfNeeded: PlaintextModulus.p127)
  let high = UInt64(PlaintextModulus.p127 >> 64)
  let name = levelName(level)
  func kernel(_ kernel: String, _ body: @escaping () -> Void) -> KernelCase {
    KernelCase("ring." + kernel, level: name, n: n, repeating: body)
  }
  guard let level else {
    return [
      kernel("add") { _ = unsafe ntl_pointwise(q, 0, out.base, operands[0].base, operands[1].base, n) },
      kernel("multiply") { _ = unsafe ntl_pointwise(q, 2, out.base, operands[0].base, operands[1].base, n) },
      kernel("reduceWide5") { _ = unsafe ntl_reduce(q, out.base, wide.base, n, 5, n) },
      kernel("reducePlaintext") { _ = unsafe ntl_reduce_centred(q, out.base, plaintext.base, low, high, n) },
    ]
  }
  let table = unsafe table(modulus, level)
  let a = unsafe [0, 1].map { i -> UnsafePointer<UInt64>? in unsafe UnsafePointer(operands[i].base) }
  let b = unsafe [2, 3].map { i -> UnsafePointer<UInt64>? in unsafe UnsafePointer(operands[i].base) }
  return [
    kernel("add") { unsafe ring_add(table, out.base, operands[0].base, operands[1].base, n) },
    kernel("multiply") { unsafe ring_multiply(table, out.base, operands[0].base, operands[1].base, n) },
    kernel("multiplyAdd") { unsafe ring_sum_of_products(table, out.base, operands[4].base, a, b, 1, n) },
    kernel("twoProductsAdd") { unsafe ring_sum_of_products(table, out.base, operands[4].base, a, b, 2, n) },
    kernel("reduceWide3") { unsafe ring_reduce_wide(table, out.base, wide.base, n, 3, n) },
    kernel("reduceWide5") { unsafe ring_reduce_wide(table, out.base, wide.base, n, 5, n) },
    kernel("reducePlaintext") { unsafe ring_reduce_field(table, out.base, plaintext.base, low, high, n) },
  ]
}

private func chainCases(_ basis: RNSBasis, _ plaintext: PlaintextModulus, _ level: SIMDLevel?) -> [KernelCase] {
  let n = basis.ringDegree
  let q = basis.moduli.map(\.value)
  // Switching leaves values in the limbs it drops that are still residues, so repeated calls stay valid.
  let limbs = q.enumerated().map { Words(n, below: $1, seed: 30 + UInt64($0)) }
  let out = Words(2 * n, below: .max, seed: 40)
  let low = UInt64(truncatingIfNeeded: plaintext.value)
  let high = UInt64(plaintext.value >> 64)
  let mutable = unsafe limbs.map { words -> UnsafeMutablePointer<UInt64>? in unsafe words.base }
  let constant = unsafe limbs.map { words -> UnsafePointer<UInt64>? in unsafe UnsafePointer(words.base) }
  let name = levelName(level)
  guard let level else {
    return [
      KernelCase("ring.switch9to3", level: name, n: n) { _ = unsafe ntl_switch(q, 9, 6, low, high, mutable, n) },
      KernelCase("ring.recompose3", level: name, n: n) {
        _ = unsafe ntl_recompose(q, 3, low, high, 1, 0, out.base, constant, n)
      },
    ]
  }
  var switchHandle: OpaquePointer?
  var recomposeHandle: OpaquePointer?
  let first = unsafe ring_switch_create(q, 9, 6, low, high, Int32(level.rawValue), &switchHandle)
  let second = unsafe ring_recompose_create(q, 3, low, high, 1, 0, Int32(level.rawValue), &recomposeHandle)
  precondition(Int(first) == 0 && Int(second) == 0, "chain plans: status \(first), \(second)")
  let (switching, recomposing) = unsafe (switchHandle, recomposeHandle)
  return [
    KernelCase("ring.switch9to3", level: name, n: n) { unsafe ring_switch_apply(switching, mutable, n) },
    KernelCase("ring.recompose3", level: name, n: n) {
      unsafe ring_recompose_apply(recomposing, out.base, constant, n)
    },
  ]
}
