internal import FieldArithmetic
public import MPCCore
public import SecretSharing

extension Session {
  /// [⌊x/2^m⌋ + u] with u ∈ {0, 1} and P[u = 1] = frac(x/2^m): unbiased stochastic rounding.
  ///
  /// Paper: [CS10, Protocol 3.1, TruncPr]. Checks everything opened before, then 1 round, 1 opening a value. u depends on
  /// the low mask bits, which stay hidden (`Papers/MODEL.md`, "Truncation").
  /// - Parameters:
  ///   - x: values in [−2^(k−1), 2^(k−1)); a longer value would not be hidden by its mask.
  ///   - valueBits: k, above `droppedBits`.
  ///   - droppedBits: m.
  public mutating func truncateProbabilistically(_ x: SharedVector<S>, valueBits: Int, droppedBits: Int)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    precondition(droppedBits > 0 && droppedBits < valueBits, "0 < m < k")
    let highBits = valueBits + parameters.statisticalSecurity - droppedBits
    let masks = try await draw { source throws(ProtocolAbort) in
      try await source.truncationMasks(x.count, droppedBits: droppedBits, highBits: highBits)
    }
    let offset = masks.highOffset
    requireNoWrap(valueBits: valueBits, maskBits: droppedBits + masks.highBoundBits)
    let (low, high) = masks.spend()
    let opened = try await openMasked(
      x, low: low, high: high, lowBits: droppedBits, highOffset: offset, shift: S.F.powerOfTwo(valueBits - 1))  // 1
    var result = x + low  // 2: (x − c0 + r0)·2^−m
    result = add(negatedLowBits(opened, bits: droppedBits), to: result)
    return result.scaled(by: S.F.inversePowerOfTwo(droppedBits))
  }

  /// [⌊x/2^m⌋], exact.
  ///
  /// Paper: [CH10, Protocol 3.1 with BitLT]. Checks everything opened before, then 1 + ⌈log2 ⌈m/w⌉⌉ rounds for digit
  /// width w.
  public mutating func truncate(_ x: SharedVector<S>, valueBits: Int, droppedBits: Int, digitWidth: Int = 2)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    precondition(droppedBits > 0 && droppedBits < valueBits, "0 < m < k")
    let form = ComparisonMasks<S>.Form(
      lowBits: droppedBits, highBits: valueBits + parameters.statisticalSecurity - droppedBits, digitWidth: digitWidth)
    let (digits, high, offset) = try await drawDigits(x.count, form: form, valueBits: valueBits)
    let low = digits.composed()
    let opened = try await openMasked(
      x, low: low, high: high, lowBits: droppedBits, highOffset: offset, shift: S.F.powerOfTwo(valueBits - 1))  // 1
    let carry = try await lessThan(publicValues: S.F.canonicalValues(opened.span), digits)  // 2: u = [c0 < r0]
    var result = x + low  // 3: (x − (c0 − r0 + 2^m·u))·2^−m
    result.multiplyAccumulate(-S.F.powerOfTwo(droppedBits), carry)
    result = add(negatedLowBits(opened, bits: droppedBits), to: result)
    return result.scaled(by: S.F.inversePowerOfTwo(droppedBits))
  }

  /// Opens shift + x + r0 + 2^m·(r1 + offset) after a check.
  package mutating func openMasked(
    _ x: SharedVector<S>, low: SharedVector<S>, high: SharedVector<S>, lowBits: Int, highOffset: S.F, shift: S.F
  ) async throws(ProtocolAbort) -> [S.F] {
    var masked = x + low
    masked.multiplyAccumulate(S.F.powerOfTwo(lowBits), high)
    masked = add(shift + S.F.powerOfTwo(lowBits) * highOffset, to: masked)
    return try await open(StatisticallyMasked(masked)).unverified
  }

  /// The masked value must not wrap modulo p: k + s + 2 + log2 n ≤ log2 p, checked here with the mask's real bound.
  package func requireNoWrap(valueBits: Int, maskBits: Int) {
    precondition(
      max(valueBits, maskBits) + 1 < S.F.modulusBits,
      "a mask of \(maskBits) bits on values of \(valueBits) bits wraps modulo \(S.F.name); validate the fixed-point format"
    )
  }

  /// −(c mod 2^bits) of opened values.
  private func negatedLowBits(_ opened: [S.F], bits: Int) -> [S.F] {
    var low = opened
    var span = low.mutableSpan
    S.F.lowBits(&span, bits: bits)
    S.F.negate(&span)
    return low
  }
}
