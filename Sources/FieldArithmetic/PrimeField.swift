/// A prime field F_p with scalar operations and bulk kernels. Interim portable version; the kernels replace the defaults.
public protocol PrimeField: Sendable, Hashable, BitwiseCopyable, CustomStringConvertible {
  static var name: String { get }
  static var modulus: UInt128 { get }
  static var modulusBits: Int { get }
  static var encodedByteCount: Int { get }
  static var isInsecureToy: Bool { get }
  static var zero: Self { get }
  static var one: Self { get }
  init(_ value: UInt64)
  init(reducing value: UInt128)
  init(signed value: Int128)
  init?(canonical value: UInt128)
  var canonical: UInt128 { get }
  static func + (x: Self, y: Self) -> Self
  static func - (x: Self, y: Self) -> Self
  static func * (x: Self, y: Self) -> Self
}
extension PrimeField {
  public static var isInsecureToy: Bool { false }
  public static var uniformWordCount: Int { 2 * ((modulusBits + 63) / 64) }
  public init(_ value: UInt64) { self.init(reducing: UInt128(value)) }
  public init(signed value: Int128) {
    let magnitude = Self(reducing: value.magnitude)
    self = value < 0 ? .zero - magnitude : magnitude
  }
  public init?(canonical value: UInt128) {
    guard value < Self.modulus else { return nil }
    self.init(reducing: value)
  }
  public var signed: Int128 {
    let value = canonical
    return value <= (Self.modulus - 1) / 2 ? Int128(value) : -Int128(Self.modulus - value)
  }
  public var description: String { String(canonical) }
  public static prefix func - (x: Self) -> Self { .zero - x }
  public static func += (x: inout Self, y: Self) { x = x + y }
  public static func -= (x: inout Self, y: Self) { x = x - y }
  public static func *= (x: inout Self, y: Self) { x = x * y }
  public func power(_ exponent: UInt128) -> Self {
    var result = Self.one
    var base = self
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= base }
      base *= base
      rest >>= 1
    }
    return result
  }
  public func inverse() -> Self? { self == .zero ? nil : power(Self.modulus - 2) }
  public static func powerOfTwo(_ k: Int) -> Self { Self(UInt64(2)).power(UInt128(k)) }
  public static func inversePowerOfTwo(_ k: Int) -> Self { powerOfTwo(k).power(modulus - 2) }
  public static func add(_ y: inout MutableSpan<Self>, _ x: Span<Self>) { for i in x.indices { y[i] += x[i] } }
  public static func subtract(_ y: inout MutableSpan<Self>, _ x: Span<Self>) { for i in x.indices { y[i] -= x[i] } }
  public static func negate(_ y: inout MutableSpan<Self>) { for i in y.indices { y[i] = .zero - y[i] } }
  public static func multiply(_ y: inout MutableSpan<Self>, _ x: Span<Self>) { for i in x.indices { y[i] *= x[i] } }
  public static func scale(_ y: inout MutableSpan<Self>, by c: Self) { for i in y.indices { y[i] *= c } }
  public static func multiplyAccumulate(_ y: inout MutableSpan<Self>, _ c: Span<Self>, _ x: Span<Self>) {
    for i in x.indices { y[i] += c[i] * x[i] }
  }
  public static func multiplyAccumulate(_ y: inout MutableSpan<Self>, _ c: Self, _ x: Span<Self>) {
    for i in x.indices { y[i] += c * x[i] }
  }
  public static func dot(_ x: Span<Self>, _ y: Span<Self>) -> Self {
    var sum = Self.zero
    for i in x.indices { sum += x[i] * y[i] }
    return sum
  }
  public static func sum(_ x: Span<Self>) -> Self {
    var sum = Self.zero
    for i in x.indices { sum += x[i] }
    return sum
  }
  public static func matrixMultiplyAccumulate(
    _ c: inout MutableSpan<Self>, _ a: Span<Self>, _ b: Span<Self>, rows: Int, inner: Int, columns: Int
  ) {
    for i in 0..<rows {
      for k in 0..<inner {
        let left = a[i * inner + k]
        for j in 0..<columns { c[i * columns + j] += left * b[k * columns + j] }
      }
    }
  }
  public static func reduceUniform(words: Span<UInt64>, into y: inout MutableSpan<Self>) {
    let width = uniformWordCount
    let shift = powerOfTwo(64)
    for i in y.indices {
      var value = Self.zero
      for j in (0..<width).reversed() { value = value * shift + Self(words[i * width + j]) }
      y[i] = value
    }
  }
  public static func encode(_ x: Span<Self>, into bytes: inout MutableRawSpan) {
    for i in x.indices {
      var value = x[i].canonical
      for j in 0..<encodedByteCount {
        bytes.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: i * encodedByteCount + j, as: UInt8.self)
        value >>= 8
      }
    }
  }
  public static func decode(_ bytes: RawSpan, into y: inout MutableSpan<Self>) -> Bool {
    var canonical = true
    for i in y.indices {
      var value: UInt128 = 0
      for j in (0..<encodedByteCount).reversed() {
        value = value << 8 | UInt128(unsafe bytes.unsafeLoad(fromByteOffset: i * encodedByteCount + j, as: UInt8.self))
      }
      canonical = canonical && value < modulus
      y[i] = Self(reducing: value)
    }
    return canonical
  }
  public static func beaverCombine(
    _ z: inout MutableSpan<Self>, a: Span<Self>, b: Span<Self>, epsilon: Span<Self>, delta: Span<Self>
  ) {
    for i in a.indices { z[i] += epsilon[i] * b[i] + delta[i] * a[i] }
  }
  public static func add(_ x: [Self], _ y: [Self]) -> [Self] { zip(x, y).map { $0 + $1 } }
  public static func subtract(_ x: [Self], _ y: [Self]) -> [Self] { zip(x, y).map { $0 - $1 } }
  public static func multiply(_ x: [Self], _ y: [Self]) -> [Self] { zip(x, y).map { $0 * $1 } }
}

/// F_p with p = 2^127 − 851967.
@frozen
public struct P127: PrimeField {
  @usableFromInline var raw: UInt128
  @usableFromInline static var fold: UInt128 { 851_967 }
  @usableFromInline static var mask: UInt128 { (1 << 127) - 1 }
  @inlinable init(raw: UInt128) { self.raw = raw }
  public static var name: String { "p127" }
  @inlinable public static var modulus: UInt128 { (1 << 127) - 851_967 }
  public static var modulusBits: Int { 127 }
  @inlinable public static var encodedByteCount: Int { 16 }
  @inlinable public static var zero: P127 { P127(raw: 0) }
  @inlinable public static var one: P127 { P127(raw: 1) }
  @inlinable public init(reducing value: UInt128) {
    let once = (value & P127.mask) &+ (value >> 127) &* P127.fold
    raw = once >= P127.modulus ? once &- P127.modulus : once
  }
  @inlinable public var canonical: UInt128 { raw }
  @inlinable public static func + (x: P127, y: P127) -> P127 { P127(reducing: x.raw &+ y.raw) }
  @inlinable public static func - (x: P127, y: P127) -> P127 { P127(reducing: x.raw &+ (modulus &- y.raw)) }
  @inlinable public static func * (x: P127, y: P127) -> P127 {
    let (high, low) = x.raw.multipliedFullWidth(by: y.raw)
    let top = high << 1 | low >> 127
    let bottom = low & mask
    let u = (top >> 64) &* fold
    let t0 = (top & UInt128(UInt64.max)) &* fold
    let s = bottom &+ (u & ((1 << 63) - 1)) << 64
    let r = (s & mask) &+ (s >> 127) &* fold &+ t0 &+ (u >> 63) &* fold
    return P127(reducing: r)
  }
}

/// F_p with p = 2^61 − 2031615.
@frozen
public struct P61: PrimeField {
  @usableFromInline var raw: UInt64
  @inlinable init(raw: UInt64) { self.raw = raw }
  public static var name: String { "p61" }
  @inlinable public static var modulus: UInt128 { (1 << 61) - 2_031_615 }
  public static var modulusBits: Int { 61 }
  @inlinable public static var encodedByteCount: Int { 8 }
  @inlinable public static var zero: P61 { P61(raw: 0) }
  @inlinable public static var one: P61 { P61(raw: 1) }
  @inlinable public init(reducing value: UInt128) { raw = UInt64(value % P61.modulus) }
  @inlinable public var canonical: UInt128 { UInt128(raw) }
  @inlinable public static func + (x: P61, y: P61) -> P61 { P61(reducing: UInt128(x.raw) + UInt128(y.raw)) }
  @inlinable public static func - (x: P61, y: P61) -> P61 { P61(reducing: UInt128(x.raw) + modulus - UInt128(y.raw)) }
  @inlinable public static func * (x: P61, y: P61) -> P61 { P61(reducing: UInt128(x.raw) * UInt128(y.raw)) }
}
