public import FieldArithmetic

/// F_257: INSECURE. Exists to measure error probabilities of checks, which are 1/257 here instead of 2^−127.
///
/// No protocol target imports this product. The portable kernels of `PrimeField` serve it.
@frozen
public struct InsecureP257: PrimeField {
  @usableFromInline var raw: UInt16

  @inlinable init(raw: UInt16) { self.raw = raw }

  /// The name used in reports and configurations.
  public static var name: String { "p257-insecure" }
  /// p.
  @inlinable public static var modulus: UInt128 { 257 }
  /// ⌈log2 p⌉.
  @inlinable public static var modulusBits: Int { 9 }
  /// Bytes of an element on the wire.
  @inlinable public static var encodedByteCount: Int { 2 }
  /// 3, a generator of the multiplicative group (certified in `Tests/Vectors/pratt.json`).
  public static var generator: InsecureP257 { InsecureP257(raw: 3) }
  /// The largest e with 2^e dividing p − 1.
  public static var twoAdicity: Int { 8 }
  /// True: no security.
  public static var isInsecureToy: Bool { true }
  /// 0.
  @inlinable public static var zero: InsecureP257 { InsecureP257(raw: 0) }
  /// 1.
  @inlinable public static var one: InsecureP257 { InsecureP257(raw: 1) }

  /// value mod 257.
  @inlinable public init(reducing value: UInt128) { raw = UInt16(truncatingIfNeeded: value % 257) }

  /// The representative in [0, p).
  @inlinable public var canonical: UInt128 { UInt128(raw) }

  /// x + y.
  @inlinable
  public static func + (x: InsecureP257, y: InsecureP257) -> InsecureP257 {
    InsecureP257(raw: (x.raw + y.raw) % 257)
  }
  /// x − y.
  @inlinable
  public static func - (x: InsecureP257, y: InsecureP257) -> InsecureP257 {
    InsecureP257(raw: (x.raw + 257 - y.raw) % 257)
  }
  /// x·y.
  @inlinable
  public static func * (x: InsecureP257, y: InsecureP257) -> InsecureP257 {
    InsecureP257(raw: UInt16(truncatingIfNeeded: UInt32(x.raw) * UInt32(y.raw) % 257))
  }
}
