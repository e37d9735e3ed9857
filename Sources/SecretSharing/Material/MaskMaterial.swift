internal import FieldArithmetic
internal import MPCCore

/// Masks for probabilistic truncation: r = r0 + 2^f·r1 with r0 uniform in [0, 2^f) and r1 of `highBits` bits.
///
/// `highOffset` is public: r1 + highOffset is never negative, whatever a cheater put into its part of r1.
public struct TruncationMasks<S: SharingScheme>: ~Copyable, Sendable {
  /// f.
  public let droppedBits: Int
  /// How many bits of honest randomness r1 has.
  public let highBits: Int
  /// Public; r1 + highOffset ≥ 0 always, and at most 2^`highBoundBits`.
  public let highOffset: S.F
  /// r1 + highOffset < 2^highBoundBits.
  public let highBoundBits: Int
  private let low, high: SharedVector<S>

  package init(
    droppedBits: Int, highBits: Int, highOffset: S.F, highBoundBits: Int, low: SharedVector<S>, high: SharedVector<S>
  ) {
    precondition(low.count == high.count, "one r0 and one r1 a mask")
    self.droppedBits = droppedBits
    self.highBits = highBits
    self.highOffset = highOffset
    self.highBoundBits = highBoundBits
    self.low = low
    self.high = high
  }

  /// How many truncations the batch is good for.
  public var count: Int { low.count }

  package consuming func spend() -> (low: SharedVector<S>, high: SharedVector<S>) { (low, high) }
}

/// Masks for comparison, exact truncation and zero test: r = Σ_{i<m} 2^i·r_i + 2^m·r1 with shared bits r_i.
///
/// The bits are grouped in digits of `digitWidth` bits, and the products of two or more bits of one digit are shared
/// too (2^w − 1 − w a digit, made offline): with them the test [digit of r = v] is linear for every public v.
public struct ComparisonMasks<S: SharingScheme>: ~Copyable, Sendable {
  /// What the masks look like; demand and supply agree on it.
  public typealias Form = ComparisonMaskForm

  /// The form of every mask of the batch.
  public let form: Form
  /// How many comparisons the batch is good for.
  public let count: Int
  /// Public; r1 + highOffset ≥ 0 always.
  public let highOffset: S.F
  /// r1 + highOffset < 2^highBoundBits.
  public let highBoundBits: Int
  private let monomials: SharedVector<S>
  private let high: SharedVector<S>

  /// - Parameters:
  ///   - monomials: `form.monomialCount` blocks of `count` values; digit after digit, in a digit the non-empty subsets of
  ///     its bits in the order of their bit patterns 1…2^w − 1.
  ///   - high: r1, `count` values.
  package init(
    form: Form, count: Int, highOffset: S.F, highBoundBits: Int, monomials: SharedVector<S>, high: SharedVector<S>
  ) {
    precondition(monomials.count == form.monomialCount * count && high.count == count, "blocks of the form")
    self.form = form
    self.count = count
    self.highOffset = highOffset
    self.highBoundBits = highBoundBits
    self.monomials = monomials
    self.high = high
  }

  package consuming func spend() -> (monomials: SharedVector<S>, high: SharedVector<S>) { (monomials, high) }
}

/// What comparison masks look like; demand and supply agree on it.
public struct ComparisonMaskForm: Hashable, Sendable, Codable {
  /// m, the exact bits.
  public var lowBits: Int
  /// Bits of honest randomness of r1.
  public var highBits: Int
  /// w, 1…4.
  public var digitWidth: Int

  /// Creates a form.
  public init(lowBits: Int, highBits: Int, digitWidth: Int) {
    precondition(lowBits > 0 && highBits >= 0 && (1...4).contains(digitWidth), "m > 0, w in 1…4")
    self.lowBits = lowBits
    self.highBits = highBits
    self.digitWidth = digitWidth
  }

  /// Lengths of the digits, least significant first; the last may be shorter.
  public var digits: [Int] {
    stride(from: 0, to: lowBits, by: digitWidth).map { min(digitWidth, lowBits - $0) }
  }

  /// For each mask: how many monomials (products of a non-empty set of bits of one digit) are shared.
  public var monomialCount: Int { digits.reduce(0) { $0 + (1 << $1) - 1 } }
}
