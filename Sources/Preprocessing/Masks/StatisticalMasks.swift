internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing

extension LowGear {
  /// Truncation masks r0 + 2^f·r1 from bits and bounded values of the stock.
  mutating func truncationMasks(_ count: Int, droppedBits: Int, highBits: Int) async throws(ProtocolAbort) {
    var low = SharedVector<S>(zeros: count)
    if droppedBits > 0 {
      let bits = try stock.withdraw(.bits, count: count * droppedBits).randomBits().spend()
      for bit in 0..<droppedBits {
        low.multiplyAccumulate(S.F.powerOfTwo(bit), bits[(bit * count)..<((bit + 1) * count)])
      }
    }
    let (high, bound) = try await highParts(count, bits: highBits, lowBits: droppedBits)
    stock.deposit(
      MaterialBlock(
        kind: .truncationMasks(droppedBits: droppedBits, highBits: highBits), count: count, columns: [low, high],
        highBoundBits: bound))
  }

  /// Comparison masks: bits with the products of the bits of each digit, made with triples of the stock; and r1.
  ///
  /// A product of several bits of a digit is that of all but the highest with the highest: w − 1 rounds.
  mutating func comparisonMasks(_ count: Int, form: ComparisonMaskForm) async throws(ProtocolAbort) {
    let bits = try stock.withdraw(.bits, count: count * form.lowBits).randomBits().spend()
    func bit(_ index: Int) -> SharedVector<S> { bits[(index * count)..<((index + 1) * count)] }
    var monomials = [SharedVector<S>?](repeating: nil, count: form.monomialCount)
    for size in 1...form.digitWidth {
      var targets: [Int] = []
      var factors: (low: [SharedVector<S>], high: [SharedVector<S>]) = ([], [])
      for monomial in form.monomials where monomial.subset.nonzeroBitCount == size {
        let top = Int.bitWidth - 1 - monomial.subset.leadingZeroBitCount
        if size == 1 {
          monomials[monomial.index] = bit(monomial.firstBit + top)
          continue
        }
        guard let rest = monomials[monomial.digitStart + (monomial.subset ^ (1 << top)) - 1] else {
          preconditionFailure("smaller products come first")
        }
        targets.append(monomial.index)
        factors.low.append(rest)
        factors.high.append(bit(monomial.firstBit + top))
      }
      guard !targets.isEmpty else { continue }
      let triples = try stock.withdraw(.triples, count: targets.count * count).multiplicationTriples()
      let products = try await session.multiply(
        SharedVector.concatenate(factors.low), SharedVector.concatenate(factors.high), spending: triples)
      for (position, index) in targets.enumerated() {
        monomials[index] = products[(position * count)..<((position + 1) * count)]
      }
    }
    let (high, bound) = try await highParts(count, bits: form.highBits, lowBits: form.lowBits)
    try await session.verify()
    let width = form.monomialCount
    let columns = SharedVector.concatenate(monomials.compactMap { $0 })
      .mapLinear { $0.transposed(rows: width, columns: count) }
    stock.deposit(
      MaterialBlock(kind: .comparisonMasks(form), count: count, columns: [columns, high], highBoundBits: bound))
  }

  /// r1: bounded inputs with a range proof, or bits.
  private mutating func highParts(_ count: Int, bits: Int, lowBits: Int)
    async throws(ProtocolAbort) -> (SharedVector<S>, highBoundBits: Int)
  {
    guard options.masks == .bits else { return try await boundedValues(count, bits: bits, lowBits: lowBits) }
    let shares = try stock.withdraw(.bits, count: count * bits).randomBits().spend()
    var high = SharedVector<S>(zeros: count)
    for bit in 0..<bits {
      high.multiplyAccumulate(S.F.powerOfTwo(bit), shares[(bit * count)..<((bit + 1) * count)])
    }
    return (high, bits)
  }
}

extension ComparisonMaskForm {
  /// One product of bits: the bits `subset` of the digit that starts at bit `firstBit` and at monomial `digitStart`.
  struct Monomial {
    let index, digitStart, firstBit, subset: Int
  }

  /// All of them in the order of the masks.
  var monomials: [Monomial] {
    var result: [Monomial] = []
    var firstBit = 0
    for width in digits {
      let start = result.count
      for subset in 1..<(1 << width) {
        result.append(Monomial(index: result.count, digitStart: start, firstBit: firstBit, subset: subset))
      }
      firstBit += width
    }
    return result
  }

  /// Triples one mask takes: products of two or more bits.
  var productCount: Int { monomialCount - lowBits }
}
