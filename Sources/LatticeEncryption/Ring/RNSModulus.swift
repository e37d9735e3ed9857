internal import CNTLShim

/// One prime q of the ciphertext modulus, with a primitive 2N-th root of unity for the negacyclic transform of degree N.
///
/// Found by NTL, certified here: q is prime by Miller–Rabin with the bases 2 … 37, which decide every value below 2^64
/// (Sorenson and Webster 2015), and root^N = −1 proves the order of the root to be exactly 2N. The root is
/// x^((q−1)/2N) for the smallest quadratic non-residue x, so all parties use the same evaluation points.
public struct RNSModulus: Hashable, Sendable {
  /// The prime, odd, below 2^62; the vector kernels need it below 2^50.
  public let value: UInt64
  /// The ring degree N, a power of two.
  public let ringDegree: Int
  /// A primitive 2N-th root of unity modulo `value`.
  public let root: UInt64

  /// Certifies `value` and finds its root. Throws `RingError.invalidRingDegree` or `.invalidModulus`.
  public init(_ value: UInt64, ringDegree: Int) throws(RingError) {
    let logOrder = try logarithm(ofRingDegree: ringDegree) + 1
    guard value >= 3, value < 1 << 62, value % (2 * UInt64(ringDegree)) == 1, isPrime(value) else {
      throw .invalidModulus(value, ringDegree: ringDegree)
    }
    let root = try rootOfUnity(modulus: UInt128(value), logOrder: logOrder)
    guard powerModulo(UInt64(root), UInt64(ringDegree), value) == value - 1 else {
      throw .uncertifiedRoot(modulus: UInt128(value))
    }
    self.value = value
    self.ringDegree = ringDegree
    self.root = UInt64(root)
  }

  /// The `count` largest primes below 2^bits congruent to 1 modulo `step` (default 65536, so that one prime serves
  /// every ring degree up to 32768), in descending order. Throws `RingError.primesNotFound`.
  public static func largestPrimes(
    bits: Int, count: Int, step: UInt64 = 65536, ringDegree: Int
  ) throws(RingError) -> [RNSModulus] {
    var values = [UInt64](repeating: 0, count: max(count, 1))
    let status = unsafe values.withUnsafeMutableBufferPointer { buffer in
      unsafe ntl_primes_below(UInt32(clamping: bits), step, count, buffer.baseAddress)
    }
    guard Int(status) == NTL_OK.wide, count > 0 else { throw .primesNotFound(bits: bits, count: count) }
    var moduli: [RNSModulus] = []
    for value in values { moduli.append(try RNSModulus(value, ringDegree: ringDegree)) }
    return moduli
  }
}

/// log2 of a ring degree. Throws `RingError.invalidRingDegree` unless it is a power of two in 2 … 32768.
func logarithm(ofRingDegree degree: Int) throws(RingError) -> Int {
  guard degree >= 2, degree <= 32768, degree.nonzeroBitCount == 1 else { throw .invalidRingDegree(degree) }
  return degree.trailingZeroBitCount
}

/// The smallest non-residue to the power (p−1)/2^logOrder, from NTL. The caller certifies it.
func rootOfUnity(modulus p: UInt128, logOrder: Int) throws(RingError) -> UInt128 {
  var root: (UInt64, UInt64) = (0, 0)
  let status = unsafe withUnsafeMutablePointer(to: &root) { pointer in
    unsafe pointer.withMemoryRebound(to: UInt64.self, capacity: 2) { words in
      unsafe ntl_root_of_unity(UInt64(truncatingIfNeeded: p), UInt64(p >> 64), UInt32(logOrder), words)
    }
  }
  guard Int(status) == NTL_OK.wide else { throw .uncertifiedRoot(modulus: p) }
  let value = UInt128(root.1) << 64 | UInt128(root.0)
  guard value > 0, value < p else { throw .uncertifiedRoot(modulus: p) }
  return value
}

/// base^exponent mod m, m > 0. Variable time: set-up values only.
func powerModulo(_ base: UInt64, _ exponent: UInt64, _ m: UInt64) -> UInt64 {
  func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 { m.dividingFullWidth(a.multipliedFullWidth(by: b)).remainder }
  var result = 1 % m
  var power = base % m
  var e = exponent
  while e > 0 {
    if e & 1 == 1 { result = multiply(result, power) }
    power = multiply(power, power)
    e >>= 1
  }
  return result
}

/// Deterministic Miller–Rabin for 64-bit values: the first twelve primes as bases suffice below 2^64.
func isPrime(_ n: UInt64) -> Bool {
  let bases: [UInt64] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37]
  if n < 2 { return false }
  for base in bases where n % base == 0 { return n == base }
  let shift = (n - 1).trailingZeroBitCount
  let odd = (n - 1) >> UInt64(shift)
  for base in bases {
    var x = powerModulo(base, odd, n)
    if x == 1 || x == n - 1 { continue }
    var composite = true
    for _ in 1..<max(shift, 1) {
      x = powerModulo(x, 2, n)
      if x == n - 1 {
        composite = false
        break
      }
    }
    if composite { return false }
  }
  return true
}

extension BinaryInteger {
  /// The value as `Int`; C enumerators are imported with their own integer types.
  var wide: Int { Int(self) }
}
