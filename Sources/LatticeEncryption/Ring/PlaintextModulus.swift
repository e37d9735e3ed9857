/// The plaintext prime p, with the root of unity that defines the slots of a plaintext of ring degree N.
///
/// Supported: p127 = 2^127 − 851967 and every odd prime p < 2^62 with p ≡ 1 mod 2N (p61, the toy fields).
/// psi = x^((p−1)/2N) for the smallest quadratic non-residue x; for p127 and p61 x = 3 is also the smallest generator.
public struct PlaintextModulus: Hashable, Sendable {
  /// The prime p.
  public let value: UInt128
  /// N, the ring degree and the number of slots.
  public let ringDegree: Int
  /// A primitive 2N-th root of unity modulo p.
  public let root: UInt128

  /// 2^127 − 851967.
  public static let p127 = (UInt128(1) << 127) - 851967

  /// Finds the root and checks its order through the packing tables. Throws `RingError.invalidPlaintextModulus`,
  /// `.invalidRingDegree`.
  public init(_ value: UInt128, ringDegree: Int) throws(RingError) {
    let logOrder = try logarithm(ofRingDegree: ringDegree) + 1
    let isWord = value < 1 << 62 && value >= 3 && isPrime(UInt64(value))
    guard value == Self.p127 || isWord, value % UInt128(2 * ringDegree) == 1 else {
      throw .invalidPlaintextModulus(value, ringDegree: ringDegree)
    }
    self.value = value
    self.ringDegree = ringDegree
    self.root = try rootOfUnity(modulus: value, logOrder: logOrder)
  }

  var low: UInt64 { UInt64(truncatingIfNeeded: value) }
  var high: UInt64 { UInt64(truncatingIfNeeded: value >> 64) }
}
