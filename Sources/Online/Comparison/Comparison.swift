internal import FieldArithmetic
public import MPCCore
public import SecretSharing

extension Session {
  /// [x < 0] for x in [−2^(k−1), 2^(k−1)): −⌊x/2^(k−1)⌋.
  ///
  /// Paper: [CH10, Protocol 3.6, LTZ]. Checks everything opened before, then 1 + ⌈log2 ⌈(k−1)/w⌉⌉ rounds: 6 for k = 48
  /// and w = 2, with 41 triples and 70 shared monomials a comparison.
  public mutating func isNegative(_ x: SharedVector<S>, valueBits: Int, digitWidth: Int = 2)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    -(try await truncate(x, valueBits: valueBits, droppedBits: valueBits - 1, digitWidth: digitWidth))
  }

  /// [x = 0] for x in [−2^(k−1), 2^(k−1)).
  ///
  /// Open c = 2^k + x + r with k exact bits of r; x = 0 iff the low k bits of c and r agree: a product of the digits'
  /// equality tests. Checks everything opened before, then 1 + ⌈log2 ⌈k/w⌉⌉ rounds, ⌈k/w⌉ − 1 triples a test.
  public mutating func isZero(_ x: SharedVector<S>, valueBits: Int, digitWidth: Int = 2)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    let form = ComparisonMasks<S>.Form(
      lowBits: valueBits, highBits: parameters.statisticalSecurity, digitWidth: digitWidth)
    let (digits, high, offset) = try await drawDigits(x.count, form: form, valueBits: valueBits)
    let opened = try await openMasked(
      x, low: digits.composed(), high: high, lowBits: valueBits, highOffset: offset,
      shift: S.F.powerOfTwo(valueBits))  // 1
    let c = S.F.canonicalValues(opened.span)
    let ones = constant(S.F.filled(x.count, with: .one))
    let equal = form.digits.indices.map { digit in
      digits.evaluate(digit: digit, values: digits.digitValues(c, digit: digit), ones: ones) { $0 == $1 }
    }
    return try await product(of: equal)  // 2
  }

  /// [x_1∘x_2∘…], a tree of products: ⌈log2 m⌉ rounds for m factors.
  package mutating func product(of factors: [SharedVector<S>]) async throws(ProtocolAbort) -> SharedVector<S> {
    precondition(!factors.isEmpty, "at least one factor")
    let count = factors[0].count
    var remaining = factors
    while remaining.count > 1 {
      let pairs = remaining.count / 2
      let left = SharedVector.concatenate(stride(from: 0, to: 2 * pairs, by: 2).map { remaining[$0] })
      let right = SharedVector.concatenate(stride(from: 1, to: 2 * pairs, by: 2).map { remaining[$0] })
      let products = try await multiply(left, right)
      var next = (0..<pairs).map { products[($0 * count)..<(($0 + 1) * count)] }
      if remaining.count % 2 == 1 { next.append(remaining[remaining.count - 1]) }
      remaining = next
    }
    return remaining[0]
  }

  /// [max(x, 0)] and [x ≥ 0]; the bit is the derivative and stays shared.
  ///
  /// ReLU(x) = (1 − [x < 0])·x: one comparison and one product.
  public mutating func relu(_ x: SharedVector<S>, valueBits: Int, digitWidth: Int = 2) async throws(ProtocolAbort)
    -> (result: SharedVector<S>, isPositive: SharedVector<S>)
  {
    let negative = try await isNegative(x, valueBits: valueBits, digitWidth: digitWidth)
    let positive = add(S.F.one, to: -negative)
    return (try await multiply(positive, x), positive)
  }
}
