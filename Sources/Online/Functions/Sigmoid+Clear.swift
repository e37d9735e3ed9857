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
