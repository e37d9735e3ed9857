internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// e^x, by one of two methods. Source: [AS19] for the second.
public enum Exponential: FixedPointFunction {
  /// (1 + x/2^m)^(2^m) for x ≤ 0: m squarings with f + m fraction bits.
  ///
  /// Domain [−2^m, 0]; what is outside is clamped. Absolute error at most 1.1e-3 for m = 8, 2.7e-4 for m = 10 (about
  /// 0.27/2^m), plus 4 ulp; relative error at most x²/2^(m+1) to first order, 3.1e-2 at x = −4 for m = 8.
  case limit(steps: Int)
  /// 2^y for y = x·log2 e: exact split in ⌊y⌋ and fraction by bits, 2^⌊y⌋ from the bits, a Taylor polynomial at 1/2 for
  /// the fraction.
  ///
  /// Domain |x| < 2^L·ln 2, 2^L the power of two from f on: 11.09 for f = 16. Below it the result is 0; above it is
  /// wrong but hidden. Relative error for degree 3, 4, 5, 6, 7: 7.9e-4, 5.6e-5, 3.2e-6, 1.6e-7, 7e-9, plus 2^(3−g) of
  /// rounding with g = f + 4 working bits, plus one ulp.
  case base2(degree: Int)

  /// m = 8.
  public static var standard: Exponential { .limit(steps: 8) }

  /// Whether the parameters have a meaning: 1 to 20 steps, degrees 1 to 7.
  package var isValid: Bool {
    switch self {
    case .limit(let steps): (1...20).contains(steps)
    case .base2(let degree): (1...7).contains(degree)
    }
  }

  /// k′: the squares, or 2^⌊y⌋·2^fraction, or x·log2 e.
  public func longestValueBits(_ format: FixedPointFormat) -> Int {
    switch self {
    case .limit(let steps): max(format.valueBits + 1, 2 * (format.fractionBits + steps) + 3)
    case .base2:
      max(
        format.valueBits + 1, Base2(format).scaledBits, Base2(format).valueBits, Base2(format).resultBits,
        2 * Base2(format).workingBits + 4)
    }
  }

  /// A bound of the results for every x of k bits, in and outside the domain, as a number.
  package func largestResult(_ format: FixedPointFormat) -> Double {
    switch self {
    case .limit: return 1.1
    case .base2:
      var power = 2.2  // 2^fraction < 2, and 2^⌊y⌋ < 2^(2^L)
      for _ in 0..<(1 << Base2(format).integerBits) { power *= 2 }
      return power
    }
  }

  /// The lengths of the second method.
  struct Base2 {
    let format: FixedPointFormat
    init(_ format: FixedPointFormat) { self.format = format }
    /// g.
    var workingBits: Int { format.fractionBits + 4 }
    /// log2 e is rounded to this many bits; times |y| ≤ 2^L this costs less than 2^−g.
    var factorBits: Int { workingBits + integerBits }
    /// L, with 2^L ≥ f: e^x is below one ulp where y < −2^L.
    var integerBits: Int { FixedPointFormat.ceilLog2(format.fractionBits) }
    /// x·log2 e with f + factorBits fraction bits.
    var scaledBits: Int { format.valueBits + factorBits + 1 }
    /// y with g fraction bits.
    var valueBits: Int { format.valueBits + 2 + workingBits - format.fractionBits }
    /// 2^(y + 2^L) with g fraction bits.
    var resultBits: Int { workingBits + 2 << integerBits + 3 }
  }
}

extension Session {
  /// [e^x], with method, domain and error as ``Exponential`` says.
  ///
  /// Cost: `limit`: one comparison batch of two, 1 round, then m squarings of check + 2 rounds. `base2`: truncation, bits,
  /// ⌈log2(L+1)⌉ rounds and ⌈log2 d⌉ truncated products, 1 truncation, 1 comparison, 1 product.
  public mutating func exponential(
    of x: SharedVector<S>, as format: FixedPointFormat, _ function: Exponential, digitWidth: Int = 2
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    switch function {
    case .limit(let steps):
      let inside = try await clamp(
        x, lower: -lowerBound(format, steps: steps), upper: 0, valueBits: format.valueBits, digitWidth: digitWidth)
      return try await limitExponential(of: inside, as: format, steps: steps)
    case .base2(let degree):
      return try await base2Exponential(of: x, as: format, degree: degree, digitWidth: digitWidth)
    }
  }

  /// [e^x] for x that is never positive, whatever the parties input: the clamp at 0 is left out.
  mutating func exponential(
    ofNonpositive x: SharedVector<S>, as format: FixedPointFormat, _ function: Exponential, digitWidth: Int
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    guard case .limit(let steps) = function else {
      return try await exponential(of: x, as: format, function, digitWidth: digitWidth)
    }
    let distance = add(S.F(signed: Int128(lowerBound(format, steps: steps))), to: x)
    let inside = try await relu(distance, valueBits: format.valueBits + 1, digitWidth: digitWidth).result
    return try await limitExponential(
      of: add(-S.F(signed: Int128(lowerBound(format, steps: steps))), to: inside), as: format, steps: steps)
  }

  /// 2^m as an integer of the format, or the end of the format if that comes first.
  private func lowerBound(_ format: FixedPointFormat, steps: Int) -> Int64 {
    1 << Int64(min(format.fractionBits + steps, format.valueBits - 1))
  }

  /// (1 + x/2^m)^(2^m) for −2^m ≤ x ≤ 0. With f + m fraction bits 1 + x/2^m is exact; the last squaring returns to f.
  private mutating func limitExponential(of x: SharedVector<S>, as format: FixedPointFormat, steps: Int)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    let bits = format.fractionBits + steps
    var power = add(S.F.powerOfTwo(bits), to: x)
    for step in 1...steps {
      power = try await truncateProbabilistically(
        try await square(power), valueBits: 2 * bits + 3, droppedBits: step < steps ? bits : bits + steps)
    }
    return power
  }

  private mutating func base2Exponential(
    of x: SharedVector<S>, as format: FixedPointFormat, degree: Int, digitWidth: Int
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    let lengths = Exponential.Base2(format)
    let (g, integerBits) = (lengths.workingBits, lengths.integerBits)
    let log2e = 1.442_695_040_888_963_4
    let y = try await changeFractionBits(  // 1: y with g fraction bits
      x.scaled(by: publicFactor(log2e, fractionBits: lengths.factorBits)),
      from: format.fractionBits + lengths.factorBits, to: g, valueBits: lengths.scaledBits)
    let split = try await bits(  // 2: ⌊y⌋ in two's complement, and y − ⌊y⌋
      of: y, valueBits: lengths.valueBits, lowBits: g + integerBits + 1, firstPosition: g, digitWidth: digitWidth)
    var fraction = split.residue
    for (position, bit) in split.bits.enumerated() {
      fraction.multiplyAccumulate(-S.F.powerOfTwo(g + position), bit)
    }
    // 3: 2^(⌊y⌋ + 2^L) = Π (1 + b_i·(2^(2^i) − 1)); the sign bit counts when it is 0.
    var factors: [SharedVector<S>] = []
    for (position, bit) in split.bits.enumerated() {
      let counts = position < integerBits ? bit : add(S.F.one, to: -bit)
      factors.append(add(S.F.one, to: counts.scaled(by: S.F.powerOfTwo(1 << position) - S.F.one)))
    }
    let power = try await product(of: factors)
    let mantissa = try await evaluate(  // 4: 2^fraction
      Polynomial.powerOfTwo(degree: degree), at: add(-S.F.powerOfTwo(g - 1), to: fraction), fractionBits: g, to: g)
    let result = try await changeFractionBits(  // 5
      try await multiply(mantissa, power), from: g + 1 << integerBits, to: format.fractionBits,
      valueBits: lengths.resultBits)
    // 6: 0 below the domain
    let domain = (Double(1 << integerBits) * 0.693_147_180_559_945_3 * Double(format.one)).rounded(.down)
    let below = try await isNegative(
      add(S.F(signed: Int128(domain)), to: x), valueBits: format.valueBits + 1, digitWidth: digitWidth)
    return result - (try await multiply(below, result))
  }
}
