internal import CRingKernels

// Transforms and pointwise arithmetic. `unsafe` here is the calls into C with pointers into storage that the
// polynomials own, of ringDegree words each, checked by `check` and made unique before writing.
extension NativeRing {
  public func forwardTransform(_ f: consuming Poly<Coefficients>) -> Poly<Evaluations> {
    check(f)
    f.makeUnique()
    for i in 0..<f.limbCount { unsafe ring_forward(tables[i].handle, f.mutableLimb(i)) }
    return Poly(taking: f)
  }

  public func inverseTransform(_ f: consuming Poly<Evaluations>) -> Poly<Coefficients> {
    check(f)
    f.makeUnique()
    for i in 0..<f.limbCount { unsafe ring_inverse(tables[i].handle, f.mutableLimb(i)) }
    return Poly(taking: f)
  }

  public func add<R>(_ x: Poly<R>, to y: inout Poly<R>) {
    checkPair(x, y)
    y.makeUnique()
    for i in 0..<y.limbCount {
      unsafe ring_add(tables[i].handle, y.mutableLimb(i), y.limb(i), x.limb(i), y.ringDegree)
    }
  }

  public func subtract<R>(_ x: Poly<R>, from y: inout Poly<R>) {
    checkPair(x, y)
    y.makeUnique()
    for i in 0..<y.limbCount {
      unsafe ring_subtract(tables[i].handle, y.mutableLimb(i), y.limb(i), x.limb(i), y.ringDegree)
    }
  }

  public func negate<R>(_ y: inout Poly<R>) {
    check(y)
    y.makeUnique()
    for i in 0..<y.limbCount { unsafe ring_negate(tables[i].handle, y.mutableLimb(i), y.limb(i), y.ringDegree) }
  }

  public func scale<R>(_ y: inout Poly<R>, by scalar: UInt128, adding addend: Poly<R>?) {
    check(y)
    if let addend { checkPair(addend, y) }
    y.makeUnique()
    for i in 0..<y.limbCount {
      let q = basis.moduli[i].value
      let s = q.dividingFullWidth((UInt64(scalar >> 64) % q, UInt64(truncatingIfNeeded: scalar))).remainder
      unsafe ring_scale_add(tables[i].handle, y.mutableLimb(i), y.limb(i), s, addend?.limb(i), y.ringDegree)
    }
  }

  public func multiply(_ a: Poly<Evaluations>, _ b: Poly<Evaluations>) -> Poly<Evaluations> {
    checkPair(a, b)
    let out = Poly<Evaluations>(
      ringDegree: a.ringDegree, limbCount: a.limbCount, secret: a.isSecret || b.isSecret, zeroed: false)
    for i in 0..<a.limbCount {
      unsafe ring_multiply(tables[i].handle, out.mutableLimb(i), a.limb(i), b.limb(i), a.ringDegree)
    }
    return out
  }

  public func sumOfProducts(
    _ products: [(Poly<Evaluations>, Poly<Evaluations>)], adding addend: Poly<Evaluations>?
  ) -> Poly<Evaluations> {
    precondition((1...16).contains(products.count), "between 1 and 16 products")
    let shape = products[0].0
    for (a, b) in products {
      checkPair(a, shape)
      checkPair(b, shape)
    }
    if let addend { checkPair(addend, shape) }
    let isSecret = (addend?.isSecret ?? false) || products.contains { $0.0.isSecret || $0.1.isSecret }
    let out = Poly<Evaluations>(
      ringDegree: shape.ringDegree, limbCount: shape.limbCount, secret: isSecret, zeroed: false)
    for i in 0..<shape.limbCount {
      let a = unsafe products.map { pair -> UnsafePointer<UInt64>? in unsafe pair.0.limb(i) }
      let b = unsafe products.map { pair -> UnsafePointer<UInt64>? in unsafe pair.1.limb(i) }
      unsafe ring_sum_of_products(
        tables[i].handle, out.mutableLimb(i), addend?.limb(i), a, b, products.count, shape.ringDegree)
    }
    return out
  }

  public func monomial(_ exponent: Int, limbCount: Int) -> Poly<Evaluations> {
    forwardTransform(monomialCoefficients(exponent, basis: basis, limbCount: limbCount))
  }
}

/// X^exponent, exponent modulo 2N, in coefficients.
func monomialCoefficients(_ exponent: Int, basis: RNSBasis, limbCount: Int) -> Poly<Coefficients> {
  precondition((1...basis.moduli.count).contains(limbCount), "limb count out of range")
  let n = basis.ringDegree
  let e = exponent & (2 * n - 1)
  var f = Poly<Coefficients>(zeroOfDegree: n, limbCount: limbCount)
  for i in 0..<limbCount {
    let q = basis.moduli[i].value
    f.withMutableLimb(i) { $0[e & (n - 1)] = e < n ? 1 : q - 1 }
  }
  return f
}
