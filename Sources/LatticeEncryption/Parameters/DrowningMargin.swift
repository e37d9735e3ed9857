// How many products one reply may sum. Multiplicands of packings are often sparse, and the bound on their product with
// noise is their 1-norm: ‖f·x‖ ≤ ‖f‖·‖x‖₁, and ‖x‖₁ ≤ (nonzero coefficients)·p/2. So what counts is the *weight* of a
// reply, the number of coefficients that can be nonzero in all its multiplicands together. A set is checked for
// weight N·`innerDimension`; these functions say what other weights cost.
extension Parameters {
  /// ‖phase‖ of a reply of the given weight before mask and drowning noise are added.
  public func linearPhase(weight: Int) -> NaturalNumber {
    NoiseBudget.growth(literal, weight: NaturalNumber(weight)) * budget.freshPhase + budget.zeroPhase
  }

  /// log2(p·D) − log2(lin) − log2 N: by how many bits one reply is drowned that sums `summedProducts` products with
  /// multiplicands of `sparsity` nonzero coefficients (N if they are dense, N/d in fibre packing, 1 for constants).
  ///
  /// Minus s this is log2 of the number of such replies a key may answer.
  public func drowningMarginBits(summedProducts: Int, sparsity: Int) -> Double {
    let p = NaturalNumber(literal.plaintextModulus)
    return (p * budget.drowningBound).log2 - linearPhase(weight: summedProducts * sparsity).log2
      - NaturalNumber(ringDegree).log2
  }

  /// The largest weight for which a reply decrypts and 2^lifetime such replies are drowned with s bits. At least
  /// N·`innerDimension`; exact integers, found by bisection.
  public var maximumReplyWeight: Int {
    var low = ringDegree * literal.innerDimension
    var high = 1 << 48
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if admitsReply(weight: middle) { low = middle } else { high = middle }
    }
    return low
  }

  /// How many replies of weight N·`innerDimension` one of the given weight counts as in a key's lifetime, rounded up: its
  /// statistical distance is that much larger.
  public func lifetimeUnits(weight: Int) -> Int {
    let unit = budget.linearPhase
    let units = (linearPhase(weight: weight) + unit - NaturalNumber(1)) / unit
    return Int(units.words.first ?? 0)
  }

  private func admitsReply(weight: Int) -> Bool {
    let p = NaturalNumber(literal.plaintextModulus)
    let linear = linearPhase(weight: weight)
    let complete = linear + p * (budget.drowningBound + NaturalNumber(1))
    let switched = NoiseBudget.switched(complete, literal, moduli: basis.moduli.map(\.value))
    return p * budget.drowningBound >= NoiseBudget.neededDrowning(literal, linearPhase: linear)
      && complete + complete < modulus()
      && switched + switched < modulus(primeCount: replyPrimeCount)
  }
}
