// Powers, inverses and square roots; whole vectors by the bulk products.
extension PrimeField {
  /// The inverse by Euclid's algorithm; nil for 0. For public values: time depends on x.
  @specialized(where Self == P127)
  @specialized(where Self == P61)
  public func inverseVariableTime() -> Self? {
    guard self != .zero else { return nil }
    var (old, rest) = (Self.modulus, canonical)
    var (oldFactor, factor) = (Self.zero, Self.one)  // rest ≡ factor·x throughout
    while rest != 0 {
      let (quotient, remainder) = old.quotientAndRemainder(dividingBy: rest)
      (old, rest) = (rest, remainder)
      (oldFactor, factor) = (factor, oldFactor - Self(reducing: quotient) * factor)
    }
    return oldFactor
  }

  /// y ← y^exponent, element by element, in windows of four bits; time depends on the exponent only.
  @specialized(where Self == P127)
  @specialized(where Self == P61)
  public static func power(_ y: inout MutableSpan<Self>, exponent: UInt128) {
    let block = 128  // sixteen powers of a block stay in the first-level cache
    var start = 0
    while start < y.count {
      let length = min(block, y.count - start)
      var part = y._mutatingExtracting(start..<(start + length))
      blockPower(&part, exponent)
      start += length
    }
  }

  private static func blockPower(_ y: inout MutableSpan<Self>, _ exponent: UInt128) {
    let base = copy(y.span)
    var powers = [[Self](repeating: .one, count: y.count), base]
    while powers.count < 16 { powers.append(multiply(powers[powers.count - 1], base)) }
    let digits = max(1, (128 - exponent.leadingZeroBitCount + 3) / 4)
    for i in y.indices { y[i] = .one }
    for k in (0..<digits).reversed() {
      if k < digits - 1 { for _ in 0..<4 { square(&y) } }
      let factor = powers[Int(truncatingIfNeeded: exponent >> UInt128(4 * k) & 15)]
      multiply(&y, factor.span)
    }
  }

  static func copy(_ x: Span<Self>) -> [Self] {
    var result = [Self](repeating: .zero, count: x.count)
    for i in x.indices { result[i] = x[i] }
    return result
  }

  /// A square root of every element in place, for public values.
  ///
  /// x^((o−1)/2) by bulk products, with p − 1 = 2^e·o; what remains is a discrete logarithm in the subgroup of order 2^e,
  /// taken eight bits at a time from a table (Sarkar's and Bernstein's form of Tonelli–Shanks).
  /// - Returns: false, and nothing changed, if an element has no square root.
  @specialized(where Self == P127)
  @specialized(where Self == P61)
  public static func squareRootsVariableTime(_ y: inout MutableSpan<Self>) -> Bool {
    let table = DyadicLogarithms<Self>()
    let odd = (modulus - 1) >> UInt128(twoAdicity)
    let x = copy(y.span)
    var half = x
    var span = half.mutableSpan
    power(&span, exponent: (odd - 1) / 2)
    var roots = multiply(half, x)
    let rests = multiply(roots, half)  // x^o
    var shifted = rests
    for i in x.indices where x[i] != .zero {
      guard let factor = table.inverseRoot(of: rests[i]) else { return false }
      shifted[i] = factor
    }
    roots = multiply(roots, shifted)
    for i in x.indices { y[i] = x[i] == .zero ? .zero : roots[i] }
    return true
  }
}

/// Logarithms in the subgroup of order 2^e, e the two-adicity, to the base z = generator^((p−1)/2^e).
struct DyadicLogarithms<F: PrimeField> {
  private let width = min(8, F.twoAdicity)
  /// d for z^(2^(e−width)·d), d < 2^width.
  private var digit: [F: Int] = [:]
  /// z^(−d·2^(width·j)), d < 2^width, one row per j.
  private var inversePowers: [[F]] = []

  init() {
    let e = F.twoAdicity
    let z = F.generator.power((F.modulus - 1) >> UInt128(e))
    let top = z.power(1 << UInt128(e - width))
    var value = F.one
    for d in 0..<(1 << width) {
      digit[value] = d
      value *= top
    }
    var base = z.power((1 << UInt128(e)) - 1)  // z^−1
    for _ in stride(from: 0, to: e, by: width) {
      var row = [F.one]
      while row.count < 1 << width { row.append(row[row.count - 1] * base) }
      inversePowers.append(row)
      base = row[row.count - 1] * base
    }
  }

  /// w^(−1/2) for w = z^m with m even; nil if m is odd or w is outside of the subgroup.
  func inverseRoot(of w: F) -> F? {
    let e = F.twoAdicity
    var rest = w
    var logarithm = 0
    for (j, row) in inversePowers.enumerated() {
      let low = j * width
      let bits = min(width, e - low)
      var probe = rest
      for _ in 0..<(e - low - bits) { probe = probe.squared() }
      guard let found = digit[probe] else { return nil }
      let d = found >> (width - bits)
      rest *= row[d]
      logarithm |= d << low
    }
    guard rest == .one, logarithm & 1 == 0 else { return nil }
    let half = logarithm >> 1
    var root = F.one
    for (j, row) in inversePowers.enumerated() { root *= row[half >> (j * width) & ((1 << width) - 1)] }
    return root
  }
}
