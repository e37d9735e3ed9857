/// A prime field F_p: scalar arithmetic, and bulk kernels over spans.
///
/// Kernels are requirements, so that a generic caller dispatches once per vector: 1.8 ns an element where a witness call
/// per element costs 40 and more. A field is a concrete frozen struct; its values are canonical, in [0, p).
public protocol PrimeField: Sendable, Hashable, BitwiseCopyable, CustomStringConvertible {
  // MARK: The field

  /// "p127"
  static var name: String { get }
  /// p.
  static var modulus: UInt128 { get }
  /// ⌈log2 p⌉.
  static var modulusBits: Int { get }
  /// Bytes of an element on the wire.
  static var encodedByteCount: Int { get }
  /// A generator of the multiplicative group.
  static var generator: Self { get }
  /// The largest e with 2^e dividing p − 1.
  static var twoAdicity: Int { get }
  /// Whether the field is too small for any security and exists for measurements of error probabilities.
  static var isInsecureToy: Bool { get }
  /// 0.
  static var zero: Self { get }
  /// 1.
  static var one: Self { get }

  // MARK: Scalars

  /// value mod p.
  init(reducing value: UInt128)
  /// The representative in [0, p).
  var canonical: UInt128 { get }
  /// x + y.
  static func + (x: Self, y: Self) -> Self
  /// x − y.
  static func - (x: Self, y: Self) -> Self
  /// x·y.
  static func * (x: Self, y: Self) -> Self

  // MARK: Bulk kernels; vectors of one call have one length

  /// y ← y + x.
  static func add(_ y: inout MutableSpan<Self>, _ x: Span<Self>)
  /// y ← y − x.
  static func subtract(_ y: inout MutableSpan<Self>, _ x: Span<Self>)
  /// z ← x − y.
  static func difference(_ z: inout MutableSpan<Self>, _ x: Span<Self>, _ y: Span<Self>)
  /// y ← −y.
  static func negate(_ y: inout MutableSpan<Self>)
  /// y ← y∘x.
  static func multiply(_ y: inout MutableSpan<Self>, _ x: Span<Self>)
  /// y ← y∘y.
  static func square(_ y: inout MutableSpan<Self>)
  /// y ← c·y.
  static func scale(_ y: inout MutableSpan<Self>, by c: Self)
  /// y ← y + c∘x.
  static func multiplyAccumulate(_ y: inout MutableSpan<Self>, _ c: Span<Self>, _ x: Span<Self>)
  /// y ← y + c·x.
  static func multiplyAccumulate(_ y: inout MutableSpan<Self>, _ c: Self, _ x: Span<Self>)
  /// y ← y + s∘x for public signs s in {−1, 0, 1}.
  static func accumulateSigned(_ y: inout MutableSpan<Self>, _ signs: Span<Int8>, _ x: Span<Self>)
  /// `count` times `value`; concrete code, where `Array(repeating:count:)` in a generic caller copies by witness.
  static func filled(_ count: Int, with value: Self) -> [Self]
  /// The representatives of public values.
  static func canonicalValues(_ x: Span<Self>) -> [UInt128]
  /// z ← the representatives of x, which may be secret.
  static func storeCanonical(_ x: Span<Self>, into z: inout MutableSpan<UInt128>)
  /// y ← the elements with representatives x, which may be secret; false if one of them is ≥ p. Looks at every value,
  /// whatever the others are.
  static func loadCanonical(_ x: Span<UInt128>, into y: inout MutableSpan<Self>) -> Bool
  /// y_i mod 2^bits of the representatives of public values, as elements.
  static func lowBits(_ y: inout MutableSpan<Self>, bits: Int)
  /// Σ x_i·y_i.
  static func dot(_ x: Span<Self>, _ y: Span<Self>) -> Self
  /// Σ x_i.
  static func sum(_ x: Span<Self>) -> Self
  /// C ← C + A·B, row-major, rows × inner times inner × columns.
  static func matrixMultiplyAccumulate(
    _ c: inout MutableSpan<Self>, _ a: Span<Self>, _ b: Span<Self>, rows: Int, inner: Int, columns: Int)
  /// z ← z + ε∘b + δ∘a + κ·ε∘δ: what Beaver's protocol adds to its triple (`Papers/Beaver91.md`); κ is 0, 1 or α_i.
  static func beaverCombine(
    _ z: inout MutableSpan<Self>, a: Span<Self>, b: Span<Self>, epsilon: Span<Self>, delta: Span<Self>,
    addProductScaledBy kappa: BeaverFactor<Self>)
  // Requirements, though no field replaces the defaults: so generic callers reach code compiled for their field.
  /// y ← y^exponent, element by element, in windows of four bits; time depends on the exponent only.
  static func power(_ y: inout MutableSpan<Self>, exponent: UInt128)
  /// Inverts every element in place with one inversion and 3 products an element (Montgomery's trick).
  /// - Returns: false, and nothing changed, if an element is 0.
  static func invertAllVariableTime(_ y: inout MutableSpan<Self>) -> Bool
  /// A square root of every element in place, for public values.
  /// - Returns: false, and nothing changed, if an element has no square root.
  static func squareRootsVariableTime(_ y: inout MutableSpan<Self>) -> Bool
  /// A square root, nil if there is none; Tonelli–Shanks with at most `twoAdicity` levels, time depends on x.
  func squareRootVariableTime() -> Self?
  /// The inverse by Euclid's algorithm; nil for 0. For public values: time depends on x.
  func inverseVariableTime() -> Self?

  /// Each element from `uniformWordCount` words, little endian, mod p: uniform up to 2^−(bits of the words − bits of p).
  static func reduceUniform(words: Span<UInt64>, into y: inout MutableSpan<Self>)
  /// Writes elements in their one encoding: `encodedByteCount` bytes, little endian.
  static func encode(_ x: Span<Self>, into bytes: inout MutableRawSpan)
  /// Reads elements; looks at all bytes whatever they are.
  /// - Returns: false if an element is ≥ p; then `y` holds nothing to be used.
  static func decode(_ bytes: RawSpan, into y: inout MutableSpan<Self>) -> Bool
}

/// κ of ``PrimeField/beaverCombine(_:a:b:epsilon:delta:addProductScaledBy:)``; which case it is, is public.
@frozen
public enum BeaverFactor<F: PrimeField>: Sendable {
  /// κ = 0.
  case zero
  /// κ = 1.
  case one
  /// Any κ.
  case value(F)
}

// MARK: - Scalars that follow from the rest

extension PrimeField {
  /// No toy.
  public static var isInsecureToy: Bool { false }

  /// Words an element is reduced from: 2·⌈log2 p / 64⌉.
  @inlinable public static var uniformWordCount: Int { 2 * ((modulusBits + 63) / 64) }

  /// value mod p.
  @inlinable public init(_ value: UInt64) { self.init(reducing: UInt128(value)) }

  /// The element a signed integer stands for; |value| may exceed p.
  @inlinable
  public init(signed value: Int128) {
    let magnitude = Self(reducing: value.magnitude)
    self = value < 0 ? .zero - magnitude : magnitude
  }

  /// The element with this representative; nil if value ≥ p.
  @inlinable
  public init?(canonical value: UInt128) {
    guard value < Self.modulus else { return nil }
    self.init(reducing: value)
  }

  /// The centred view: x if x ≤ (p−1)/2, else x − p. For public values; branches on them.
  @inlinable public var signed: Int128 {
    let value = canonical
    return value <= (Self.modulus - 1) / 2 ? Int128(value) : -Int128(Self.modulus - value)
  }

  /// The representative in decimal.
  public var description: String { String(canonical) }

  /// −x.
  @inlinable public static prefix func - (x: Self) -> Self { .zero - x }
  /// x ← x + y.
  @inlinable public static func += (x: inout Self, y: Self) { x = x + y }
  /// x ← x − y.
  @inlinable public static func -= (x: inout Self, y: Self) { x = x - y }
  /// x ← x·y.
  @inlinable public static func *= (x: inout Self, y: Self) { x = x * y }

  /// x².
  @inlinable public func squared() -> Self { self * self }

  /// x^exponent; time depends on the exponent, not on x.
  @inlinable
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

  /// x^(p−2), the inverse; nil for 0. The power takes the same time for every x.
  @inlinable public func inverse() -> Self? {
    let result = power(Self.modulus - 2)
    return self == .zero ? nil : result
  }

  /// A square root, nil if there is none; Tonelli–Shanks with at most `twoAdicity` levels, time depends on x.
  @specialized(where Self == P127)
  @specialized(where Self == P61)
  public func squareRootVariableTime() -> Self? {
    guard self != .zero else { return .zero }
    let odd = (Self.modulus - 1) >> UInt128(Self.twoAdicity)
    var root = power((odd + 1) / 2)
    var rest = power(odd)  // root² = x·rest, rest of order dividing 2^(twoAdicity−1) if x is a square
    var z = Self.generator.power(odd)
    var level = Self.twoAdicity
    while rest != .one {
      var order = 0
      var probe = rest
      while probe != .one && order < level {
        probe = probe.squared()
        order += 1
      }
      guard order < level else { return nil }
      var factor = z
      for _ in 0..<(level - order - 1) { factor = factor.squared() }
      root *= factor
      z = factor.squared()
      rest *= z
      level = order
    }
    return root
  }

  /// 2^k mod p.
  @inlinable public static func powerOfTwo(_ k: Int) -> Self { Self(UInt64(2)).power(UInt128(k)) }

  /// 2^(−k) mod p.
  @inlinable
  public static func inversePowerOfTwo(_ k: Int) -> Self {
    Self(reducing: (modulus + 1) / 2).power(UInt128(k))  // (p+1)/2 is the inverse of 2
  }
}
