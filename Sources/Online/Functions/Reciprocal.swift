internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// 1/b for b > 0 by normalisation and Newton's method.
///
/// b is scaled by a power of two into β ∈ [1/2, 1); w ← w(2 − βw) from w = 2.9142 − 2β, whose relative error is 8.6e-2
/// and after 1, 2, 3 steps 7.4e-3, 5.5e-5, 3e-9. Source: [CS10, section 3.4].
///
/// Error: at most 2^(3−g)/b + 2^−f in absolute terms, g the working bits: relative to the result 2^(3−g), plus one ulp.
public struct Reciprocal: FixedPointFunction {
  /// K: b < 2^K as an integer, that is 2^(K−f) as a number. Smaller is cheaper.
  public var operandBits: Int
  /// g, fraction bits of the Newton iteration; three steps are good for 28.
  public var workingBits: Int
  /// w of the bit decomposition.
  public var digitWidth: Int

  /// Number of Newton steps.
  static let steps = 3

  /// Creates a function for operands of `operandBits` bits.
  public init(operandBits: Int, workingBits: Int, digitWidth: Int = 2) {
    precondition(operandBits > 0 && (4...60).contains(workingBits), "K > 0, g in 4…60")
    self.operandBits = operandBits
    self.workingBits = workingBits
    self.digitWidth = digitWidth
  }

  /// For every positive number of the format: K = k − 1, g = f + 4.
  public init(_ format: FixedPointFormat) {
    self.init(operandBits: format.valueBits - 1, workingBits: format.fractionBits + 4)
  }

  /// k′: the Newton product w(2 − βw) has 3g fraction bits, the last product K + g bits; signs and b = 0 included.
  public func longestValueBits(_ format: FixedPointFormat) -> Int {
    max(format.valueBits, newtonBits, operandBits + workingBits + 5)
  }

  /// w(2 − βw) for |w| < 2^5: even b = 0, where w doubles in every step, stays hidden.
  var newtonBits: Int { 3 * workingBits + 7 }
}

extension Session {
  /// [1/b] for b > 0, as fixed-point numbers; 0 for b = 0.
  ///
  /// Domain: 0 < b < 2^K as integers, and 1/b itself must fit the format. Values outside give a wrong result but stay
  /// hidden: everything after the bit decomposition is computed from b mod 2^K. Cost in rounds besides checks:
  /// 2 + ⌈log2 ⌈K/w⌉⌉ for the bits, ⌈log2 K⌉ for the top bit, 1 + 1 to normalise, 3·3 for Newton, 2 for the result; 6
  /// checks. Error: see ``Reciprocal``.
  public mutating func reciprocal(of b: SharedVector<S>, as format: FixedPointFormat, _ function: Reciprocal)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    let (operandBits, g) = (function.operandBits, function.workingBits)
    let bits = try await bits(
      of: b, valueBits: max(format.valueBits, operandBits + 1), lowBits: operandBits, digitWidth: function.digitWidth)
    let top = try await topBit(bits.bits)
    var scale = SharedVector<S>(zeros: b.count)  // v = 2^(K−1−top)
    for (position, bit) in top.enumerated() {
      scale.multiplyAccumulate(S.F.powerOfTwo(operandBits - 1 - position), bit)
    }
    let normalised = try await multiply(bits.residue, scale)  // β·2^K
    let beta = try await changeFractionBits(normalised, from: operandBits, to: g, valueBits: operandBits + 1)
    let w = try await reciprocal(ofNormalised: beta, function)
    // 1/b = 2^f/(β·2^K/v) as numbers, so 2^f/b = (w·2^g)·v·2^(2f−K−g).
    return try await changeFractionBits(
      try await multiply(w, scale), from: operandBits + g, to: 2 * format.fractionBits,
      valueBits: operandBits + g + 5)
  }

  /// [a/b] for b > 0: a·(1/b), with the error of 1/b times |a|, plus one ulp.
  ///
  /// Domain: that of the reciprocal, and |a/b| < 2^(k−1−2f). Cost: the reciprocal's, 2 rounds and one check.
  public mutating func divide(
    _ a: SharedVector<S>, by b: SharedVector<S>, as format: FixedPointFormat, _ function: Reciprocal
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    try await multiply(a, try await reciprocal(of: b, as: format, function), as: format)
  }

  /// [1/β] for β ∈ [1/2, 1] with g fraction bits; three steps of two products and one truncation.
  ///
  /// βw keeps its 2g fraction bits, so that a step has one masked opening and one check only.
  mutating func reciprocal(ofNormalised beta: SharedVector<S>, _ function: Reciprocal) async throws(ProtocolAbort)
    -> SharedVector<S>
  {
    let g = function.workingBits
    var w = add(publicFactor(2.9142, fractionBits: g), to: beta.scaled(by: -S.F(UInt64(2))))
    for _ in 0..<Reciprocal.steps {
      let product = try await multiply(beta, w)
      let correction = add(S.F.powerOfTwo(2 * g + 1), to: -product)  // 2 − βw
      w = try await truncateProbabilistically(
        try await multiply(w, correction), valueBits: function.newtonBits, droppedBits: 2 * g)
    }
    return w
  }
}
