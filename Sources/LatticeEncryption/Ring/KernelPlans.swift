internal import CRingKernels
internal import FieldArithmetic

// Owners of the C tables. Immutable after creation, hence `@unchecked Sendable`: the kernels only read them.

/// Transform tables of one prime for one degree.
@safe final class NTTTable: @unchecked Sendable {
  let handle: OpaquePointer

  init(_ modulus: RNSModulus, ringDegree: Int, level: SIMDLevel) throws(RingError) {
    // The root of a smaller degree is a power of the root of the full one.
    let root = powerModulo(modulus.root, UInt64(modulus.ringDegree / ringDegree), modulus.value)
    var handle: OpaquePointer?
    let status = unsafe ring_table_create(
      modulus.value, UInt32(ringDegree.trailingZeroBitCount), root, Int32(level.rawValue), &handle)
    guard let handle = unsafe handle else {
      throw status.wide == RING_NO_MEMORY.wide
        ? .outOfMemory : .invalidModulus(modulus.value, ringDegree: ringDegree)
    }
    unsafe self.handle = handle
  }

  deinit { unsafe ring_table_destroy(handle) }

  /// The level in effect, which is lower than asked for if the prime or the degree needs it.
  var level: SIMDLevel { SIMDLevel(rawValue: Int(unsafe ring_table_level(handle))) ?? .portable }
}

/// Transform tables of the plaintext prime.
@safe final class PackingTable: @unchecked Sendable {
  let handle: OpaquePointer

  init(_ plaintext: PlaintextModulus, root: UInt128, ringDegree: Int, level: SIMDLevel) throws(RingError) {
    var handle: OpaquePointer?
    let status = unsafe packing_table_create(
      plaintext.low, plaintext.high, UInt32(ringDegree.trailingZeroBitCount), UInt64(truncatingIfNeeded: root),
      UInt64(root >> 64), Int32(level.rawValue), &handle)
    guard let handle = unsafe handle else {
      throw status.wide == RING_NO_MEMORY.wide
        ? .outOfMemory : .invalidPlaintextModulus(plaintext.value, ringDegree: ringDegree)
    }
    unsafe self.handle = handle
  }

  deinit { unsafe packing_table_destroy(handle) }
}

/// Constants for dropping the last `drop` of `count` primes.
@safe final class SwitchPlan: @unchecked Sendable {
  let handle: OpaquePointer

  init(moduli: [UInt64], drop: Int, plaintext: PlaintextModulus, level: SIMDLevel) throws(RingError) {
    var handle: OpaquePointer?
    let status = unsafe moduli.withUnsafeBufferPointer { q in
      unsafe ring_switch_create(
        q.baseAddress, UInt32(q.count), UInt32(drop), plaintext.low, plaintext.high, Int32(level.rawValue), &handle)
    }
    guard let handle = unsafe handle else {
      throw status.wide == RING_NO_MEMORY.wide ? .outOfMemory : .invalidChain(moduliCount: moduli.count)
    }
    unsafe self.handle = handle
  }

  deinit { unsafe ring_switch_destroy(handle) }
}

/// Constants for Garner's recomposition of `count` primes followed by a reduction modulo p and a factor.
@safe final class RecomposePlan: @unchecked Sendable {
  let handle: OpaquePointer

  init(moduli: [UInt64], plaintext: PlaintextModulus, factor: UInt128, level: SIMDLevel) throws(RingError) {
    var handle: OpaquePointer?
    let status = unsafe moduli.withUnsafeBufferPointer { q in
      unsafe ring_recompose_create(
        q.baseAddress, UInt32(q.count), plaintext.low, plaintext.high, UInt64(truncatingIfNeeded: factor),
        UInt64(factor >> 64), Int32(level.rawValue), &handle)
    }
    guard let handle = unsafe handle else {
      throw status.wide == RING_NO_MEMORY.wide ? .outOfMemory : .invalidChain(moduliCount: moduli.count)
    }
    unsafe self.handle = handle
  }

  deinit { unsafe ring_recompose_destroy(handle) }
}

/// Product modulo m < 2^127 by shift and add. Variable time and slow: plan constants only.
func multiplyModulo(_ a: UInt128, _ b: UInt128, _ m: UInt128) -> UInt128 {
  var result: UInt128 = 0
  var a = a % m
  var b = b
  while b > 0 {
    if b & 1 == 1 { result = (result + a) % m }
    a = (a + a) % m
    b >>= 1
  }
  return result
}
