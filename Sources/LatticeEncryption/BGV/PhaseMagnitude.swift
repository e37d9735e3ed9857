extension BGV {
  /// The largest absolute value among the centred coefficients of a phase, for noise measurements in tests and
  /// benchmarks. Variable time.
  package func magnitude(_ phase: Poly<Coefficients>) -> NaturalNumber {
    let q = parameters.basis.moduli.prefix(phase.limbCount).map(\.value)
    let k = q.count
    // Mixed-radix digits by Garner's method; the sign is that of the top digit, and −x − 1 has complemented digits.
    var inverses = [[UInt64]](repeating: [UInt64](repeating: 0, count: k), count: k)
    for i in 0..<k {
      for j in 0..<i { inverses[i][j] = powerModulo(q[j] % q[i], q[i] - 2, q[i]) }
    }
    let limbs = (0..<k).map { i in phase.withLimb(i) { span in (0..<span.count).map { span[$0] } } }
    var largest = [UInt64](repeating: 0, count: k)
    var digits = largest
    for n in 0..<phase.ringDegree {
      for i in 0..<k {
        var x = limbs[i][n]
        for j in 0..<i {
          let d = digits[j] % q[i]
          let difference = x >= d ? x - d : x + q[i] - d
          x = q[i].dividingFullWidth(difference.multipliedFullWidth(by: inverses[i][j])).remainder
        }
        digits[i] = x
      }
      let isNegative = digits[k - 1] > q[k - 1] / 2
      if isNegative { for i in 0..<k { digits[i] = q[i] - 1 - digits[i] } }
      for i in (0..<k).reversed() where digits[i] != largest[i] {
        if digits[i] > largest[i] { largest = digits }
        break
      }
    }
    var result = NaturalNumber(0)
    for i in (0..<k).reversed() { result = result * NaturalNumber(q[i]) + NaturalNumber(largest[i]) }
    return result + NaturalNumber(1)
  }
}
