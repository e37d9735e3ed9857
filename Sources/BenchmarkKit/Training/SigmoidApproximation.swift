internal import Glibc

/// The approximations of sigmoid that both the clear reference and the secure layers use.
public enum SigmoidApproximation {
  /// Coefficients of x, x³, x⁵, x⁷ of the odd least-squares polynomial on [−5, 5]; error at most 0.0069 there.
  public static let polynomial: [Double] = [0.242103, -0.0148529, 0.000612006, -9.98419e-06]

  /// Cuts of the five straight pieces; error at most 0.065.
  public static let cuts: [Double] = [-5, -2.5, 2.5, 5]
  /// Slope and intercept of each piece, left to right.
  public static let pieces: [(slope: Double, intercept: Double)] = [
    (0, 0.0001), (0.02776, 0.145), (0.17, 0.5), (0.02776, 0.85498), (0, 0.9999),
  ]

  /// 1/(1 + e^−x), by the branch that does not overflow.
  public static func exact(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + exp(-x)) }
    let e = exp(x)
    return e / (1 + e)
  }

  /// The approximation in `Double`.
  public static func value(_ x: Double, _ method: SigmoidMethod) -> Double {
    switch method {
    case .polynomial:
      let square = x * x
      return 0.5 + x * polynomial.reversed().reduce(0) { $0 * square + $1 }
    case .piecewise:
      let piece = pieces[cuts.count { x > $0 }]
      return piece.slope * x + piece.intercept
    }
  }
}
