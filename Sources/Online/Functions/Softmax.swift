internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// e^(x_i) / Σ_j e^(x_j) over rows.
public struct Softmax: FixedPointFunction {
  /// How e^x is computed; x − max is never positive.
  public var exponential: Exponential

  /// Creates a softmax; the default takes (1 + x/2^8)^(2^8).
  public init(exponential: Exponential = .standard) { self.exponential = exponential }

  /// Rows may have so many columns: k′ counts the bits of their sum.
  package static let largestColumnCount = 1024

  /// k′: the exponential's, or the reciprocal's for rows of up to 1024 columns.
  public func longestValueBits(_ format: FixedPointFormat) -> Int {
    max(
      exponential.longestValueBits(Softmax.differences(format)),
      Softmax.reciprocal(format, columns: Softmax.largestColumnCount).longestValueBits(format))
  }

  /// The format of x − max: one bit more.
  static func differences(_ format: FixedPointFormat) -> FixedPointFormat {
    FixedPointFormat(fractionBits: format.fractionBits, valueBits: format.valueBits + 1)
  }

  /// Of a sum of `columns` values of at most 1 each, one of them 1.
  static func reciprocal(_ format: FixedPointFormat, columns: Int) -> Reciprocal {
    Reciprocal(
      operandBits: format.fractionBits + 1 + FixedPointFormat.ceilLog2(columns),
      workingBits: format.fractionBits + 4)
  }
}

extension Session {
  /// [softmax] of every row.
  ///
  /// Source: [AS19], [CS10, section 3.4]. Subtract the maximum (tree), exponential, sum, one reciprocal a row, product.
  /// Error for 10 columns and f = 16: 224 ulp with `limit(steps: 8)`, 8 ulp with `base2(degree: 5)`. Domain: all values of
  /// k bits. Rounds besides checks for c columns and `limit(steps: m)`: 7⌈log2 c⌉ + 7 + 2m, the reciprocal's of
  /// K = f + 1 + ⌈log2 c⌉ bits, 2; masked openings, each with a check before it: ⌈log2 c⌉ + m + 8.
  public mutating func softmax(
    ofRows x: SharedMatrix<S>, as format: FixedPointFormat, _ function: Softmax = Softmax(), digitWidth: Int = 2
  ) async throws(ProtocolAbort) -> SharedMatrix<S> {
    let largest = try await maximum(ofRows: x, valueBits: format.valueBits, digitWidth: digitWidth)
    let shifted = x.elements - largest.repeatingEach(x.columns)
    let powers = try await exponential(
      ofNonpositive: shifted, as: Softmax.differences(format), function.exponential, digitWidth: digitWidth)
    var newton = Softmax.reciprocal(format, columns: x.columns)
    newton.digitWidth = digitWidth
    let reciprocals = try await reciprocal(of: powers.groupSums(of: x.columns), as: format, newton)
    let result = try await multiply(powers, reciprocals.repeatingEach(x.columns), as: format)
    return SharedMatrix(rows: x.rows, columns: x.columns, elements: result)
  }
}
