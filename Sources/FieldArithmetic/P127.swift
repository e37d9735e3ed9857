/// F_p with p = 2^127 − 851967, the default field: 128-bit words with one bit to spare, 127 random bits uniform up to
/// 2^−107, and p ≡ 1 mod 65536 for slot packing. Plain representation; products are folded with 2^127 ≡ 851967
/// (`Papers/P127.md` has the choice against Montgomery's form, and the primality certificate).
@frozen
public struct P127: PrimeField {
  @usableFromInline var raw: UInt128

  /// 2^127 mod p.
  @usableFromInline static var fold: UInt128 { 851_967 }
  @usableFromInline static var mask: UInt128 { (1 << 127) - 1 }

  @inlinable init(raw: UInt128) { self.raw = raw }

  /// The name used in reports and configurations.
  public static var name: String { "p127" }
  /// p.
  @inlinable public static var modulus: UInt128 { (1 << 127) - 851_967 }
  /// ⌈log2 p⌉.
  @inlinable public static var modulusBits: Int { 127 }
  /// Bytes of an element on the wire.
  @inlinable public static var encodedByteCount: Int { 16 }
  /// 3, a generator of the multiplicative group (certified in `Tests/Vectors/pratt.json`).
  public static var generator: P127 { P127(raw: 3) }
  /// The largest e with 2^e dividing p − 1.
  public static var twoAdicity: Int { 16 }
  /// 0.
  @inlinable public static var zero: P127 { P127(raw: 0) }
  /// 1.
  @inlinable public static var one: P127 { P127(raw: 1) }

  /// value mod p, without a branch on the value: 2^128 < 3p, one fold leaves less than 2p.
  @inlinable
  public init(reducing value: UInt128) {
    let once = (value & P127.mask) &+ (value >> 127) &* P127.fold
    self.init(belowTwoP: once)
  }

  /// r < 2p → r mod p; r ≥ p exactly when r + 851967 has bit 127.
  @inlinable
  init(belowTwoP r: UInt128) {
    let t = r &+ P127.fold
    let big = 0 &- (t >> 127)
    raw = (r & ~big) | (t & P127.mask & big)
  }

  /// The representative in [0, p).
  @inlinable public var canonical: UInt128 { raw }

  /// x + y.
  @inlinable public static func + (x: P127, y: P127) -> P127 { P127(belowTwoP: x.raw &+ y.raw) }

  /// x − y.
  @inlinable
  public static func - (x: P127, y: P127) -> P127 {
    let difference = x.raw &- y.raw
    return P127(raw: difference &+ (modulus & (0 &- (difference >> 127))))
  }

  /// x·y = L + 2^127·T ≡ L + 851967·T, with T = T1·2^64 + T0 < 2^127.
  @inlinable
  public static func * (x: P127, y: P127) -> P127 {
    let (high, low) = x.raw.multipliedFullWidth(by: y.raw)
    let top = high << 1 | low >> 127
    let u = (top >> 64) &* fold  // below 2^83, stands at 2^64: its part from 2^63 on is folded again
    let sum = (low & mask) &+ (u & ((1 << 63) - 1)) << 64  // below 2^128
    let rest = (top & UInt128(UInt64.max)) &* fold &+ (u >> 63) &* fold  // below 2^85
    return P127(reducing: (sum & mask) &+ (sum >> 127) &* fold &+ rest)
  }
}
