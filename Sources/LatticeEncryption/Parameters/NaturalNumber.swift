/// An unsigned integer of any size, for bounds and moduli: parameters are decided on exact numbers, never on logarithms.
///
/// Variable time and slow; set-up and tests only, never on secrets.
public struct NaturalNumber: Hashable, Sendable {
  /// 64-bit words, least significant first, without leading zeros; empty for 0.
  public private(set) var words: [UInt64]

  /// From words, least significant first.
  public init(words: [UInt64]) {
    self.words = words
    while self.words.last == 0 { self.words.removeLast() }
  }

  /// From a machine integer ≥ 0 of at most 128 bits.
  public init(_ value: some BinaryInteger) {
    let wide = UInt128(value)
    self.init(words: [UInt64(truncatingIfNeeded: wide), UInt64(truncatingIfNeeded: wide >> 64)])
  }

  /// 2^exponent.
  public static func powerOfTwo(_ exponent: Int) -> NaturalNumber {
    precondition(exponent >= 0, "exponents are not negative")
    return NaturalNumber(words: [UInt64](repeating: 0, count: exponent / 64) + [1 << UInt64(exponent % 64)])
  }

  /// Number of bits; 0 for 0.
  public var bitWidth: Int { words.isEmpty ? 0 : words.count * 64 - words[words.count - 1].leadingZeroBitCount }

  /// The logarithm to base 2 for display; −∞ for 0.
  public var log2: Double {
    let shift = max(0, bitWidth - 64)
    let top = self >> shift
    return top.words.isEmpty ? -.infinity : logarithmBase2(Double(top.words[0])) + Double(shift)
  }

  /// The `count` low words, zero-extended; the value must fit.
  func padded(to count: Int) -> [UInt64] {
    precondition(words.count <= count, "the integer needs more words")
    return words + [UInt64](repeating: 0, count: count - words.count)
  }

  func bit(_ i: Int) -> Bool { i / 64 < words.count && words[i / 64] >> UInt64(i % 64) & 1 == 1 }
}

extension NaturalNumber: Comparable {
  public static func < (a: NaturalNumber, b: NaturalNumber) -> Bool {
    if a.words.count != b.words.count { return a.words.count < b.words.count }
    for i in a.words.indices.reversed() where a.words[i] != b.words[i] { return a.words[i] < b.words[i] }
    return false
  }
}

extension NaturalNumber {
  /// a + b.
  public static func + (a: NaturalNumber, b: NaturalNumber) -> NaturalNumber {
    var sum: [UInt64] = []
    var carry: UInt128 = 0
    for i in 0..<max(a.words.count, b.words.count) {
      carry += UInt128(i < a.words.count ? a.words[i] : 0) + UInt128(i < b.words.count ? b.words[i] : 0)
      sum.append(UInt64(truncatingIfNeeded: carry))
      carry >>= 64
    }
    return NaturalNumber(words: sum + [UInt64(carry)])
  }

  /// a − b; a ≥ b is the caller's duty.
  public static func - (a: NaturalNumber, b: NaturalNumber) -> NaturalNumber {
    precondition(a >= b, "differences of natural numbers are not negative")
    var difference = a.words
    var borrow: UInt64 = 0
    for i in difference.indices {
      let (once, o1) = difference[i].subtractingReportingOverflow(i < b.words.count ? b.words[i] : 0)
      let (twice, o2) = once.subtractingReportingOverflow(borrow)
      difference[i] = twice
      borrow = o1 || o2 ? 1 : 0
    }
    return NaturalNumber(words: difference)
  }

  /// a·b.
  public static func * (a: NaturalNumber, b: NaturalNumber) -> NaturalNumber {
    var product = [UInt64](repeating: 0, count: a.words.count + b.words.count)
    for i in a.words.indices {
      var carry: UInt64 = 0
      for j in b.words.indices {
        // word·word + word + word < 2^128.
        let t = UInt128(a.words[i]) * UInt128(b.words[j]) + UInt128(product[i + j]) + UInt128(carry)
        product[i + j] = UInt64(truncatingIfNeeded: t)
        carry = UInt64(truncatingIfNeeded: t >> 64)
      }
      product[i + b.words.count] = carry
    }
    return NaturalNumber(words: product)
  }

  /// a·2^shift.
  public static func << (a: NaturalNumber, shift: Int) -> NaturalNumber { a * powerOfTwo(shift) }

  /// ⌊a / 2^shift⌋.
  public static func >> (a: NaturalNumber, shift: Int) -> NaturalNumber {
    let (whole, part) = (shift / 64, UInt64(shift % 64))
    guard whole < a.words.count else { return NaturalNumber(words: []) }
    var words = Array(a.words[whole...])
    if part > 0 {
      for i in words.indices {
        words[i] = words[i] >> part | (i + 1 < words.count ? words[i + 1] << (64 - part) : 0)
      }
    }
    return NaturalNumber(words: words)
  }

  /// ⌊a / b⌋ and the rest, b > 0; one bit at a time.
  public func quotientAndRemainder(dividingBy b: NaturalNumber) -> (quotient: NaturalNumber, remainder: NaturalNumber) {
    precondition(!b.words.isEmpty, "division by zero")
    var quotient = [UInt64](repeating: 0, count: words.count)
    var rest = NaturalNumber(words: [])
    for i in (0..<bitWidth).reversed() {
      rest = rest + rest
      if bit(i) { rest = rest + NaturalNumber(1) }
      if rest >= b {
        rest = rest - b
        quotient[i / 64] |= 1 << UInt64(i % 64)
      }
    }
    return (NaturalNumber(words: quotient), rest)
  }

  /// ⌊a / b⌋.
  public static func / (a: NaturalNumber, b: NaturalNumber) -> NaturalNumber {
    a.quotientAndRemainder(dividingBy: b).quotient
  }

  /// The smallest integer whose square is at least this.
  public func squareRootRoundedUp() -> NaturalNumber {
    var root = NaturalNumber(words: [])
    for k in (0...(bitWidth / 2 + 1)).reversed() {
      let candidate = root + .powerOfTwo(k)
      if candidate * candidate <= self { root = candidate }
    }
    return root * root == self ? root : root + NaturalNumber(1)
  }

  /// base^exponent.
  static func power(_ base: NaturalNumber, _ exponent: Int) -> NaturalNumber {
    (0..<exponent).reduce(NaturalNumber(1)) { result, _ in result * base }
  }
}

extension NaturalNumber: CustomStringConvertible {
  /// Decimal digits.
  public var description: String {
    if words.isEmpty { return "0" }
    var rest = words
    var digits: [String] = []
    while !rest.isEmpty {
      var remainder: UInt64 = 0
      for i in rest.indices.reversed() {
        (rest[i], remainder) = UInt64(1_000_000_000_000_000_000).dividingFullWidth((remainder, rest[i]))
      }
      while rest.last == 0 { rest.removeLast() }
      let text = String(remainder)
      digits.append(rest.isEmpty ? text : String(repeating: "0", count: 18 - text.count) + text)
    }
    return digits.reversed().joined()
  }
}
