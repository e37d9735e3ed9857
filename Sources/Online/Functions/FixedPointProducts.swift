public import FieldArithmetic
public import MPCCore
public import SecretSharing

extension Session {
  /// [⌊x·y/2^f⌉] of fixed-point numbers, elementwise: a product and one probabilistic truncation.
  ///
  /// Cost: 1 round, the check that precedes the truncation, 1 round; 1 triple and 1 truncation mask a product. Error
  /// below 1 ulp = 2^−f, unbiased. Domain: |x·y| < 2^(k−1−2f) as real numbers; a longer product would not be hidden.
  /// Source: [CS10, section 3.2] on [Beaver91].
  public mutating func multiply(_ x: SharedVector<S>, _ y: SharedVector<S>, as format: FixedPointFormat)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    try await truncate(try await multiply(x, y), as: format)
  }

  /// [⌊x²/2^f⌉] of fixed-point numbers, elementwise; cost, error and domain of the product, with a square pair instead of
  /// a triple and half the openings.
  public mutating func square(_ x: SharedVector<S>, as format: FixedPointFormat) async throws(ProtocolAbort)
    -> SharedVector<S>
  {
    try await truncate(try await square(x), as: format)
  }

  /// [X·Y] of fixed-point matrices: the inner products are summed with 2f fraction bits and truncated once an output.
  ///
  /// Cost: 1 round, check, 1 round; one matrix triple and rows·columns truncation masks. Error below 1 ulp an output,
  /// whatever the inner dimension. Domain: every inner product below 2^(k−1−2f).
  public mutating func multiply(_ x: SharedMatrix<S>, _ y: SharedMatrix<S>, as format: FixedPointFormat)
    async throws(ProtocolAbort) -> SharedMatrix<S>
  {
    let product = try await multiply(x, y)
    return SharedMatrix(
      rows: product.rows, columns: product.columns, elements: try await truncate(product.elements, as: format))
  }

  /// [conv(image, kernel)] of fixed-point numbers, truncated once an output; cost and error as the matrix product.
  public mutating func convolve(
    _ image: SharedVector<S>, _ kernel: SharedVector<S>, shape: ConvolutionShape, as format: FixedPointFormat
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    try await truncate(try await convolve(image, kernel, shape: shape), as: format)
  }

  /// [c·x] for a public real c, itself rounded to f fraction bits.
  ///
  /// Cost: check and 1 round, 1 truncation mask a value; nothing if c is an integer, then the result is exact. Error
  /// below 1 ulp + 2^(−f−1)·|x|. Domain: |c·x| < 2^(k−1−2f) unless c is an integer.
  /// - Throws: a ``ProtocolAbort``; |c| beyond the format is a precondition.
  public mutating func scale(_ x: SharedVector<S>, by c: Double, as format: FixedPointFormat)
    async throws(ProtocolAbort)
    -> SharedVector<S>
  {
    precondition(abs(c) < 0x1p62, "a public factor is finite and fits a signed integer")
    if c == c.rounded() { return x.scaled(by: S.F(signed: Int128(c))) }
    return try await truncate(x.scaled(by: publicFactor(c, fractionBits: format.fractionBits)), as: format)
  }

  /// From 2f to f fraction bits, probabilistically: unbiased, error below 1 ulp; check and 1 round.
  public mutating func truncate(_ x: SharedVector<S>, as format: FixedPointFormat) async throws(ProtocolAbort)
    -> SharedVector<S>
  {
    try await truncateProbabilistically(x, valueBits: format.valueBits, droppedBits: format.fractionBits)
  }

  /// From `old` to `new` fraction bits: a probabilistic truncation, or a local multiplication by a power of two.
  package mutating func changeFractionBits(_ x: SharedVector<S>, from old: Int, to new: Int, valueBits: Int)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    if new > old { return x.scaled(by: S.F.powerOfTwo(new - old)) }
    if new == old { return x }
    return try await truncateProbabilistically(x, valueBits: valueBits, droppedBits: old - new)
  }

  /// round(c·2^bits) as a field element.
  package func publicFactor(_ c: Double, fractionBits: Int) -> S.F {
    let scaled = (c * Double(UInt64(1) << UInt64(fractionBits))).rounded(.toNearestOrEven)
    precondition(abs(scaled) < 0x1p62, "a public factor is finite and fits a signed integer")
    return S.F(signed: Int128(scaled))
  }
}

extension FixedPointFormat {
  /// Checks that intermediate values of `bits` bits are hidden: bits + s + 2 + log2 n ≤ log2 p.
  /// - Throws: ``FixedPointError/fieldTooSmall(field:fieldBits:valueBits:statisticalSecurity:partyCount:)``.
  package static func validate<F: PrimeField>(
    intermediateBits bits: Int, field: F.Type, parameters: SecurityParameters, partyCount: Int
  ) throws(FixedPointError) {
    guard bits + parameters.statisticalSecurity + 2 + ceilLog2(partyCount) <= F.modulusBits else {
      throw .fieldTooSmall(
        field: F.name, fieldBits: F.modulusBits, valueBits: bits,
        statisticalSecurity: parameters.statisticalSecurity, partyCount: partyCount)
    }
  }
}

/// A function of secret values with parameters of its own, which needs room in the field beyond its format's k bits.
public protocol FixedPointFunction: Sendable, Hashable, Codable {
  /// The length, sign included, of the longest value that the function truncates or compares: k′.
  func longestValueBits(_ format: FixedPointFormat) -> Int
}

extension FixedPointFunction {
  /// Checks the format and k′ + s + 2 + log2 n ≤ log2 p; call it before a session starts.
  /// - Throws: ``FixedPointError`` naming the inequality with its numbers.
  public func validate<F: PrimeField>(
    _ format: FixedPointFormat, field: F.Type, parameters: SecurityParameters, partyCount: Int
  ) throws(FixedPointError) {
    try format.validate(field, parameters: parameters, partyCount: partyCount)
    try FixedPointFormat.validate(
      intermediateBits: longestValueBits(format), field: field, parameters: parameters, partyCount: partyCount)
  }
}
