// Portable kernels for every field; fields with kernels of their own replace them.
extension PrimeField {
  /// y ← y + x.
  @inlinable
  public static func add(_ y: inout MutableSpan<Self>, _ x: Span<Self>) {
    precondition(y.count == x.count, "vectors of one length")
    for i in x.indices { y[i] += x[i] }
  }

  /// y ← y − x.
  @inlinable
  public static func subtract(_ y: inout MutableSpan<Self>, _ x: Span<Self>) {
    precondition(y.count == x.count, "vectors of one length")
    for i in x.indices { y[i] -= x[i] }
  }

  /// z ← x − y.
  @inlinable
  public static func difference(_ z: inout MutableSpan<Self>, _ x: Span<Self>, _ y: Span<Self>) {
    precondition(z.count == x.count && y.count == x.count, "vectors of one length")
    for i in x.indices { z[i] = x[i] - y[i] }
  }

  /// y ← −y.
  @inlinable
  public static func negate(_ y: inout MutableSpan<Self>) {
    for i in y.indices { y[i] = .zero - y[i] }
  }

  /// y ← y∘x.
  @inlinable
  public static func multiply(_ y: inout MutableSpan<Self>, _ x: Span<Self>) {
    precondition(y.count == x.count, "vectors of one length")
    for i in x.indices { y[i] *= x[i] }
  }

  /// y ← y∘y.
  @inlinable
  public static func square(_ y: inout MutableSpan<Self>) {
    for i in y.indices { y[i] = y[i].squared() }
  }

  /// y ← y + c, c added to every element.
  @inlinable
  public static func addScalar(_ y: inout MutableSpan<Self>, _ c: Self) {
    for i in y.indices { y[i] += c }
  }

  /// y ← c·y.
  @inlinable
  public static func scale(_ y: inout MutableSpan<Self>, by c: Self) {
    for i in y.indices { y[i] *= c }
  }

  /// y ← y + c∘x, or c·x for one c.
  @inlinable
  public static func multiplyAccumulate(_ y: inout MutableSpan<Self>, _ c: Span<Self>, _ x: Span<Self>) {
    precondition(y.count == x.count && c.count == x.count, "vectors of one length")
    for i in x.indices { y[i] += c[i] * x[i] }
  }

  /// y ← y + c∘x, or c·x for one c.
  @inlinable
  public static func multiplyAccumulate(_ y: inout MutableSpan<Self>, _ c: Self, _ x: Span<Self>) {
    precondition(y.count == x.count, "vectors of one length")
    for i in x.indices { y[i] += c * x[i] }
  }

  /// y ← y + s∘x for public signs s in {−1, 0, 1}; branches on the signs.
  @inlinable
  public static func accumulateSigned(_ y: inout MutableSpan<Self>, _ signs: Span<Int8>, _ x: Span<Self>) {
    precondition(y.count == x.count && signs.count == x.count, "vectors of one length")
    for i in x.indices {
      if signs[i] > 0 { y[i] += x[i] }
      if signs[i] < 0 { y[i] -= x[i] }
    }
  }

  /// `count` times `value`.
  @inlinable
  public static func filled(_ count: Int, with value: Self) -> [Self] { Array(repeating: value, count: count) }

  /// The representatives of public values.
  @inlinable
  public static func canonicalValues(_ x: Span<Self>) -> [UInt128] {
    var values: [UInt128] = []
    values.reserveCapacity(x.count)
    for i in x.indices { values.append(x[i].canonical) }
    return values
  }

  /// z ← the representatives of x.
  @inlinable
  public static func storeCanonical(_ x: Span<Self>, into z: inout MutableSpan<UInt128>) {
    precondition(z.count == x.count, "vectors of one length")
    for i in x.indices { z[i] = x[i].canonical }
  }

  /// y ← the elements with representatives x; false if one of them is ≥ p.
  @inlinable
  public static func loadCanonical(_ x: Span<UInt128>, into y: inout MutableSpan<Self>) -> Bool {
    precondition(y.count == x.count, "vectors of one length")
    var excess: UInt128 = 0  // the top bit of p − 1 − x, or of x itself, is set exactly for x ≥ p; p < 2^127
    for i in x.indices {
      excess |= (modulus &- 1 &- x[i]) | x[i]
      y[i] = Self(reducing: x[i])
    }
    return excess >> 127 == 0
  }

  /// y_i mod 2^bits of the representatives of public values, as elements.
  @inlinable
  public static func lowBits(_ y: inout MutableSpan<Self>, bits: Int) {
    let mask: UInt128 = (1 << UInt128(bits)) - 1
    for i in y.indices { y[i] = Self(reducing: y[i].canonical & mask) }
  }

  /// Σ x_i·y_i.
  @inlinable
  public static func dot(_ x: Span<Self>, _ y: Span<Self>) -> Self {
    precondition(y.count == x.count, "vectors of one length")
    var sum = Self.zero
    for i in x.indices { sum += x[i] * y[i] }
    return sum
  }

  /// Σ x_i.
  @inlinable
  public static func sum(_ x: Span<Self>) -> Self {
    var sum = Self.zero
    for i in x.indices { sum += x[i] }
    return sum
  }

  /// C ← C + A·B, row-major, rows × inner times inner × columns.
  @inlinable
  public static func matrixMultiplyAccumulate(
    _ c: inout MutableSpan<Self>, _ a: Span<Self>, _ b: Span<Self>, rows: Int, inner: Int, columns: Int
  ) {
    precondition(
      c.count == rows * columns && a.count == rows * inner && b.count == inner * columns, "sizes of the product")
    for i in 0..<rows {
      for k in 0..<inner {
        let left = a[i * inner + k]
        for j in 0..<columns { c[i * columns + j] += left * b[k * columns + j] }
      }
    }
  }

  /// z ← z + ε∘b + δ∘a + κ·ε∘δ.
  @inlinable
  public static func beaverCombine(
    _ z: inout MutableSpan<Self>, a: Span<Self>, b: Span<Self>, epsilon: Span<Self>, delta: Span<Self>,
    addProductScaledBy kappa: BeaverFactor<Self>
  ) {
    let count = z.count
    precondition(
      a.count == count && b.count == count && epsilon.count == count && delta.count == count, "vectors of one length")
    let factor: Self =
      switch kappa {
      case .zero: .zero
      case .one: .one
      case .value(let value): value
      }
    for i in 0..<count { z[i] += epsilon[i] * (b[i] + factor * delta[i]) + delta[i] * a[i] }
  }

  /// Each element from `uniformWordCount` words, little endian, mod p.
  @inlinable
  public static func reduceUniform(words: Span<UInt64>, into y: inout MutableSpan<Self>) {
    let width = uniformWordCount
    precondition(words.count == y.count * width, "uniformWordCount words an element")
    let shift = powerOfTwo(64)
    for i in y.indices {
      var value = Self.zero
      for j in (0..<width).reversed() { value = value * shift + Self(words[i * width + j]) }
      y[i] = value
    }
  }

  /// Writes elements in their one encoding, little endian.
  @inlinable
  public static func encode(_ x: Span<Self>, into bytes: inout MutableRawSpan) {
    precondition(bytes.byteCount == x.count * encodedByteCount, "encodedByteCount bytes an element")
    for i in x.indices {
      var value = x[i].canonical
      for j in 0..<encodedByteCount {
        bytes.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: i * encodedByteCount + j, as: UInt8.self)
        value >>= 8
      }
    }
  }

  /// Reads elements; false if one is ≥ p.
  @inlinable
  public static func decode(_ bytes: RawSpan, into y: inout MutableSpan<Self>) -> Bool {
    precondition(bytes.byteCount == y.count * encodedByteCount, "encodedByteCount bytes an element")
    var canonical = true
    for i in y.indices {
      var value: UInt128 = 0
      for j in (0..<encodedByteCount).reversed() {
        value = value << 8 | UInt128(unsafe bytes.unsafeLoad(fromByteOffset: i * encodedByteCount + j, as: UInt8.self))
      }
      let below = value < modulus
      canonical = below && canonical
      y[i] = Self(reducing: value)
    }
    return canonical
  }

  /// Inverts every element in place with one inversion and 3 products an element (Montgomery's trick).
  /// - Returns: false, and nothing changed, if an element is 0.
  @specialized(where Self == P127)
  @specialized(where Self == P61)
  public static func invertAllVariableTime(_ y: inout MutableSpan<Self>) -> Bool {
    var prefix: [Self] = []
    prefix.reserveCapacity(y.count)
    var product = Self.one
    for i in y.indices {
      prefix.append(product)
      product *= y[i]
    }
    guard var inverse = product.inverse() else { return false }
    for i in y.indices.reversed() {
      let next = inverse * y[i]
      y[i] = inverse * prefix[i]
      inverse = next
    }
    return true
  }
}
