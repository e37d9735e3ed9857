// Products with polynomials in Y = X^d, whose evaluations are constant on N/d blocks of d: fibre packing. Such a factor
// is kept by its N/d block values, an element of the ring of degree N/d.
extension RingBackend {
  /// The reference: factors are spread out.
  public func addBlockProducts(
    _ a: [Poly<Evaluations>], _ x: [[Poly<Evaluations>]], to sums: inout [Poly<Evaluations>]
  ) {
    addSpreadProducts(a, x, to: &sums)
  }

  func addSpreadProducts(
    _ a: [Poly<Evaluations>], _ x: [[Poly<Evaluations>]], to sums: inout [Poly<Evaluations>]
  ) {
    for j in sums.indices {
      var rest = a.indices
      while !rest.isEmpty {
        sums[j] = sumOfProducts(rest.prefix(16).map { (a[$0], spread(x[j][$0])) }, adding: sums[j])
        rest = rest.dropFirst(16)
      }
    }
  }

  /// The N evaluations of a polynomial in X^d given by its N/d block values.
  public func spread(_ x: Poly<Evaluations>) -> Poly<Evaluations> {
    var result = Poly<Evaluations>(zeroOfDegree: basis.ringDegree, limbCount: x.limbCount, secret: x.isSecret)
    let length = basis.ringDegree / x.ringDegree
    for i in 0..<x.limbCount {
      result.withMutableLimb(i) { out in
        x.withLimb(i) { values in
          for t in 0..<values.count {
            for k in t * length..<(t + 1) * length { out[k] = values[t] }
          }
        }
      }
    }
    return result
  }

  /// The reference: one value of each block.
  public func blockEvaluations(ofCoefficients m: Span<UInt128>, limbCount: Int) -> Poly<Evaluations> {
    let full = fibreEvaluations(ofCoefficients: m, limbCount: limbCount)
    var result = Poly<Evaluations>(zeroOfDegree: m.count, limbCount: limbCount, secret: true)
    let length = basis.ringDegree / m.count
    for i in 0..<limbCount {
      result.withMutableLimb(i) { out in
        full.withLimb(i) { values in
          for t in 0..<out.count { out[t] = values[t * length] }
        }
      }
    }
    return result
  }
}
