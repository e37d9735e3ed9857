internal import Glibc

// Approximations in clear: what a secure computation gives but for rounding.
extension Sigmoid {
  /// σ(x) by this method; `exact` is 1/(1 + e^−x).
  public func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .threePieces: PiecewiseLinear.sigmoid3(x)
    case .fivePieces: PiecewiseLinear.sigmoid5(x)
    case .polynomial(let degree, let radius, _):
      Polynomial.sigmoid(degree: degree, radius: radius)(min(max(x, -radius), radius) / radius)
    case .exact: 1 / (1 + exp(-x))
    }
  }

  /// The same of many numbers; a polynomial is fitted once.
  public func callAsFunction(_ values: [Double]) -> [Double] {
    guard case .polynomial(let degree, let radius, _) = self else { return values.map { self($0) } }
    let polynomial = Polynomial.sigmoid(degree: degree, radius: radius)
    return values.map { polynomial(min(max($0, -radius), radius) / radius) }
  }

  /// Whether the parameters have a meaning: degrees 1, 3, 5, 7 and 9, radii of 2^−10 to 2^20, a valid exponential.
  package var isValid: Bool {
    switch self {
    case .threePieces, .fivePieces: true
    case .polynomial(let degree, let radius, _):
      [1, 3, 5, 7, 9].contains(degree) && (0x1p-10...0x1p20).contains(radius)
    case .exact(let exponential): exponential.isValid
    }
  }
}

extension Exponential {
  /// e^x, with the domain of this method in a format: clamped for `limit`, 0 below the domain of `base2`.
  package func clear(_ x: Double, _ format: FixedPointFormat) -> Double {
    switch self {
    case .limit(let steps): exp(min(0, max(x, -Double(sign: .plus, exponent: steps, significand: 1))))
    case .base2: exp(x)
    }
  }

  /// Where the domain ends: 0 for `limit`, 2^L·ln 2 for `base2`.
  package func largestArgument(_ format: FixedPointFormat) -> Double {
    switch self {
    case .limit: 0
    case .base2: Double(1 << Base2(format).integerBits) * 0.693_147_180_559_945_3
    }
  }
}

extension Softmax {
  /// The softmax of one row.
  public func callAsFunction(_ row: [Double]) -> [Double] {
    let largest = row.max() ?? 0
    let powers = row.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
