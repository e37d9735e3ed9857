internal import Glibc
public import Online

/// How a sigmoid layer is computed under sharing.
public enum SigmoidMethod: String, Hashable, Sendable, Codable, CaseIterable {
  /// Odd polynomial of degree 7, least squares on [−5, 5], the argument clamped to that: error at most 0.007, and
  /// 0.014 beyond.
  case polynomial
  /// Five straight pieces: error at most 0.065, 4 comparisons.
  case piecewise
  /// Through e^−|x| and a reciprocal: error at most 0.002.
  case exact

  /// The function the parties evaluate.
  public var function: Sigmoid {
    switch self {
    case .polynomial: .polynomial(degree: Self.degree, radius: Self.radius)
    case .piecewise: .fivePieces
    case .exact: .exact(.standard)
    }
  }

  /// The same function in `Double`.
  public func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .polynomial: Self.leastSquares(min(max(x, -Self.radius), Self.radius) / Self.radius)
    case .piecewise: PiecewiseLinear.sigmoid5(x)
    case .exact: Self.logistic(x)
    }
  }

  /// Degree of the polynomial.
  static let degree = 7
  /// The polynomial is fitted on [−R, R].
  static let radius = 5.0
  /// The polynomial, of x/R.
  static let leastSquares = Polynomial.sigmoid(degree: degree, radius: radius)

  /// 1/(1 + e^−x), by the branch that does not overflow; what training uses.
  static func logistic(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + exp(-x)) }
    let e = exp(x)
    return e / (1 + e)
  }
}
