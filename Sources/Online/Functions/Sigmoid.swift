internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// σ(x) = 1/(1 + e^−x), by one of several approximations.
public enum Sigmoid: FixedPointFunction {
  /// Three linear pieces: 2 comparisons, no truncation; error up to 0.378. Enough for training, not for scores.
  case threePieces
  /// Five linear pieces: 4 comparisons, 1 truncation; error up to 0.065.
  case fivePieces
  /// The odd least-squares polynomial of degree 3, 5, 7 or 9 on [−R, R].
  ///
  /// Error on [−R, R]: R = 5: 0.0594, 0.0207, 0.0069 for degrees 3, 5, 7; R = 8: 0.0295, 0.0145 for degrees 7, 9.
  case polynomial(degree: Int, radius: Double, outside: OutsideDomain = .clamped)
  /// Through e^−|x| and 1/(1 + e^−|x|): the error of the exponential, at most, plus 4 ulp.
  case exact(Exponential)

  /// What a polynomial does beyond its domain.
  public enum OutsideDomain: String, Hashable, Sendable, Codable, CaseIterable {
    /// x is clamped to [−R, R]: two comparisons.
    case clamped
    /// The caller guarantees |x| ≤ R. That is a *security* condition: powers of a larger x outgrow the masks of their
    /// truncations.
    case excludedByCaller
  }

  /// k′ of the method.
  public func longestValueBits(_ format: FixedPointFormat) -> Int {
    switch self {
    case .threePieces, .fivePieces: return format.valueBits + 1
    case .polynomial(let degree, let radius, _):
      let g = Sigmoid.workingBits(format)
      let sum = 2 * g + Polynomial.sigmoid(degree: degree, radius: radius).magnitudeBits + 2
      return max(format.valueBits + 1, sum, Sigmoid.scaledBits(format, radius: radius))
    case .exact(let exponential):
      return max(
        format.valueBits + 1, exponential.longestValueBits(format), Sigmoid.reciprocal(format).newtonBits)
    }
  }

  static func workingBits(_ format: FixedPointFormat) -> Int { format.fractionBits + 4 }

  /// x/R for |x| ≤ R, with f + g fraction bits and one bit to spare.
  static func scaledBits(_ format: FixedPointFormat, radius: Double) -> Int {
    format.fractionBits + workingBits(format) + max(0, Int(radius.exponent) + 1) + 3
  }

  static func reciprocal(_ format: FixedPointFormat) -> Reciprocal {
    Reciprocal(operandBits: format.fractionBits + 1, workingBits: format.fractionBits + 4)
  }
}

extension Session {
  /// [σ(x)] with method, domain and error as ``Sigmoid`` says.
  ///
  /// Cost, each besides one check a masked opening: three pieces: comparison, 1 round; five pieces: comparison, 2 rounds;
  /// polynomial: clamping comparison and 1 round, 1 + 2⌈log2 d⌉ + 1 rounds; exact: comparison, 1 round, the exponential,
  /// 9 rounds of Newton without normalisation (1 + e^−|x| lies in [1, 2]), 2 rounds.
  public mutating func sigmoid(
    of x: SharedVector<S>, as format: FixedPointFormat, _ function: Sigmoid, digitWidth: Int = 2
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    switch function {
    case .threePieces:
      return try await evaluate(PiecewiseLinear.sigmoid3, at: x, as: format, digitWidth: digitWidth)
    case .fivePieces:
      return try await evaluate(PiecewiseLinear.sigmoid5, at: x, as: format, digitWidth: digitWidth)
    case .polynomial(let degree, let radius, let outside):
      let g = Sigmoid.workingBits(format)
      var inside = x
      if outside == .clamped {
        let bound = Int64((radius * Double(format.one)).rounded(.down))
        inside = try await clamp(
          x, lower: -bound, upper: bound, valueBits: format.valueBits, digitWidth: digitWidth)
      }
      let u = try await changeFractionBits(
        inside.scaled(by: publicFactor(1 / radius, fractionBits: g)), from: format.fractionBits + g, to: g,
        valueBits: Sigmoid.scaledBits(format, radius: radius))
      return try await evaluate(
        Polynomial.sigmoid(degree: degree, radius: radius), at: u, fractionBits: g, to: format.fractionBits)
    case .exact(let exponential):
      return try await exactSigmoid(of: x, as: format, exponential, digitWidth: digitWidth)
    }
  }

  /// σ(x) = 1/(1 + e^−|x|) for x ≥ 0, 1 minus that for x < 0.
  private mutating func exactSigmoid(
    of x: SharedVector<S>, as format: FixedPointFormat, _ exponential: Exponential, digitWidth: Int
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    let newton = Sigmoid.reciprocal(format)
    let (f, g) = (format.fractionBits, newton.workingBits)
    let negative = try await isNegative(x, valueBits: format.valueBits, digitWidth: digitWidth)
    let sign = add(S.F.one, to: negative.scaled(by: -S.F(UInt64(2))))
    let minusAbsolute = -(try await multiply(sign, x))
    let power = try await self.exponential(
      ofNonpositive: minusAbsolute, as: format, exponential, digitWidth: digitWidth)
    // (1 + e^−|x|)/2 ∈ [1/2, 1] with g fraction bits, so that Newton needs no normalisation; its result is 2σ(|x|).
    let half = add(S.F.powerOfTwo(g - 1), to: power.scaled(by: S.F.powerOfTwo(g - f - 1)))
    let reciprocal = try await reciprocal(ofNormalised: half, newton)
    let signed = try await multiply(sign, reciprocal)
    // s + (1 − 2s)·w/2, with the sum in the g + 1 domain.
    let sum = signed + negative.scaled(by: S.F.powerOfTwo(g + 1))
    return try await changeFractionBits(sum, from: g + 1, to: f, valueBits: g + 5)
  }
}
