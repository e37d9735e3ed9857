internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// A public piecewise linear function: on [cut_(j−1), cut_j) it is slope_j·x + intercept_j.
public struct PiecewiseLinear: Hashable, Sendable, Codable {
  /// Increasing; m cuts make m + 1 pieces. x = cut belongs to the piece above.
  public let cuts: [Double]
  /// One a piece.
  public let slopes: [Double]
  /// One a piece.
  public let intercepts: [Double]

  /// Creates a function from its pieces.
  public init(cuts: [Double], slopes: [Double], intercepts: [Double]) {
    precondition(zip(cuts, cuts.dropFirst()).allSatisfy { $0 < $1 }, "cuts increase")
    precondition(slopes.count == cuts.count + 1 && intercepts.count == slopes.count, "one piece more than cuts")
    self.cuts = cuts
    self.slopes = slopes
    self.intercepts = intercepts
  }

  /// σ(x) as 0, x + 1/2, 1 with cuts ±1/2; error up to 0.378, at the cuts. Source: [MZ17, section IV.D].
  public static let sigmoid3 = PiecewiseLinear(cuts: [-0.5, 0.5], slopes: [0, 1, 0], intercepts: [0, 0.5, 1])

  /// σ(x) in five pieces, error up to 0.0649. Source: [Hong20, section 4].
  public static let sigmoid5 = PiecewiseLinear(
    cuts: [-5, -2.5, 2.5, 5], slopes: [0, 0.02776, 0.17, 0.02776, 0],
    intercepts: [0.0001, 0.145, 0.5, 0.85498, 0.9999])

  /// The value in clear.
  public func callAsFunction(_ x: Double) -> Double {
    let piece = cuts.count { x >= $0 }
    return slopes[piece] * x + intercepts[piece]
  }

  var hasIntegerSlopes: Bool { slopes.allSatisfy { $0 == $0.rounded() } }
}

extension Session {
  /// [p(x)] of a piecewise linear function.
  ///
  /// One batch of comparisons (k + 1 bits, one a cut), 1 round with one triple a cut; with slopes that are no integers
  /// also a check and 1 round for the truncation. The pieces are summed as differences, so that beyond the outer cuts
  /// large x cancel exactly. Error besides the approximation: 2^(−f−1)·|x| for the slopes and 1 ulp for each of
  /// intercepts and truncation; 0 ulp for integer slopes.
  public mutating func evaluate(
    _ function: PiecewiseLinear, at x: SharedVector<S>, as format: FixedPointFormat, digitWidth: Int = 2
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    let f = format.fractionBits
    let slopeBits = function.hasIntegerSlopes ? 0 : f
    let count = x.count
    let cuts = function.cuts.map { publicFactor($0, fractionBits: f) }
    let distances = SharedVector.concatenate(cuts.map { add(-$0, to: x) })
    let below = try await isNegative(distances, valueBits: format.valueBits + 1, digitWidth: digitWidth)
    let reached = add(S.F.one, to: -below)
    let slopes = function.slopes.map { publicFactor($0, fractionBits: slopeBits) }
    let intercepts = function.intercepts.map { publicFactor($0, fractionBits: f) * S.F.powerOfTwo(slopeBits) }
    let steps = cuts.indices.map { index in
      add(intercepts[index + 1] - intercepts[index], to: x.scaled(by: slopes[index + 1] - slopes[index]))
    }
    let products = try await multiply(reached, SharedVector.concatenate(steps))
    var sum = add(intercepts[0], to: x.scaled(by: slopes[0]))
    for index in cuts.indices { sum += products[(index * count)..<((index + 1) * count)] }
    return try await changeFractionBits(sum, from: f + slopeBits, to: f, valueBits: format.valueBits)
  }
}
