internal import CNTLShim

/// The ring entirely on NTL: zz_p's FFT with a twist, ZZ for every wide integer, ZZ_p for the packing transform. The
/// reference everybody can trust and the oracle of the differential tests: same bits as `NativeRing`, 10 to 1000 times
/// slower.
///
/// Not constant time, and secrets pass through NTL's heap without being wiped: never use it where a peer can measure.
/// Primes must be below 2^60.
public final class NTLRing: RingBackend {
  public let basis: RNSBasis
  public let plaintext: PlaintextModulus
  let transforms: [NTLTransform]

  /// Throws `RingError.invalidModulus` for primes of 2^60 or more, `.invalidPlaintextModulus` if the plaintext prime
  /// belongs to another degree.
  public init(basis: RNSBasis, plaintext: PlaintextModulus) throws(RingError) {
    guard plaintext.ringDegree == basis.ringDegree,
      !basis.moduli.contains(where: { UInt128($0.value) == plaintext.value })
    else { throw .invalidPlaintextModulus(plaintext.value, ringDegree: basis.ringDegree) }
    self.basis = basis
    self.plaintext = plaintext
    var transforms: [NTLTransform] = []
    for modulus in basis.moduli { transforms.append(try NTLTransform(modulus, ringDegree: basis.ringDegree)) }
    self.transforms = transforms
  }

  public var name: String { "ntl" }

  /// The shim refuses only what the preconditions of the ring already exclude.
  private func require(_ status: Int32) {
    precondition(status.wide == NTL_OK.wide, "the NTL shim refused its arguments or failed: status \(status)")
  }

  private func check<R>(_ f: borrowing Poly<R>) {
    precondition(
      f.ringDegree == basis.ringDegree && f.limbCount <= basis.moduli.count, "polynomial belongs to another ring")
  }

  private func checkPair<R>(_ f: borrowing Poly<R>, _ g: borrowing Poly<R>) {
    check(f)
    precondition(f.ringDegree == g.ringDegree && f.limbCount == g.limbCount, "operands of different shape")
  }

  private enum Operation: Int32 {
    case add, subtract, multiply, negate
  }

  /// y ← y ∘ x in every limb. `unsafe`: storage of ringDegree words per limb, checked and unique.
  private func apply<R>(_ operation: Operation, _ y: inout Poly<R>, _ x: Poly<R>) {
    checkPair(x, y)
    y.makeUnique()
    for i in 0..<y.limbCount {
      unsafe require(
        ntl_pointwise(
          basis.moduli[i].value, operation.rawValue, y.mutableLimb(i), y.limb(i), x.limb(i), y.ringDegree))
    }
  }

  public func forwardTransform(_ f: consuming Poly<Coefficients>) -> Poly<Evaluations> {
    check(f)
    f.makeUnique()
    for i in 0..<f.limbCount { unsafe require(ntl_transform_forward(transforms[i].handle, f.mutableLimb(i))) }
    return Poly(taking: f)
  }

  public func inverseTransform(_ f: consuming Poly<Evaluations>) -> Poly<Coefficients> {
    check(f)
    f.makeUnique()
    for i in 0..<f.limbCount { unsafe require(ntl_transform_inverse(transforms[i].handle, f.mutableLimb(i))) }
    return Poly(taking: f)
  }

  public func add<R>(_ x: Poly<R>, to y: inout Poly<R>) { apply(.add, &y, x) }
  public func subtract<R>(_ x: Poly<R>, from y: inout Poly<R>) { apply(.subtract, &y, x) }
  public func negate<R>(_ y: inout Poly<R>) {
    let x = y
    apply(.negate, &y, x)
  }

  public func scale<R>(_ y: inout Poly<R>, by scalar: UInt128, adding addend: Poly<R>?) {
    check(y)
    var factor = Poly<R>(zeroOfDegree: y.ringDegree, limbCount: y.limbCount)
    for i in 0..<y.limbCount {
      let residue = UInt64(scalar % UInt128(basis.moduli[i].value))
      factor.withMutableLimb(i) { for k in 0..<$0.count { $0[k] = residue } }
    }
    apply(.multiply, &y, factor)
    if let addend { apply(.add, &y, addend) }
  }

  public func multiply(_ a: Poly<Evaluations>, _ b: Poly<Evaluations>) -> Poly<Evaluations> {
    var out = a
    apply(.multiply, &out, b)
    return out
  }

  public func sumOfProducts(
    _ products: [(Poly<Evaluations>, Poly<Evaluations>)], adding addend: Poly<Evaluations>?
  ) -> Poly<Evaluations> {
    precondition((1...16).contains(products.count), "between 1 and 16 products")
    var sum = multiply(products[0].0, products[0].1)
    for (a, b) in products.dropFirst() { apply(.add, &sum, multiply(a, b)) }
    if let addend { apply(.add, &sum, addend) }
    return sum
  }

  public func monomial(_ exponent: Int, limbCount: Int) -> Poly<Evaluations> {
    forwardTransform(monomialCoefficients(exponent, basis: basis, limbCount: limbCount))
  }

  private func fresh(limbCount: Int, secret: Bool) -> Poly<Coefficients> {
    precondition((1...basis.moduli.count).contains(limbCount), "limb count out of range")
    return Poly(zeroOfDegree: basis.ringDegree, limbCount: limbCount, secret: secret)
  }

  public func reduce(_ x: WideIntegers, limbCount: Int, secret: Bool) -> Poly<Coefficients> {
    precondition(x.count == basis.ringDegree, "one integer per coefficient")
    let out = fresh(limbCount: limbCount, secret: secret)
    for i in 0..<limbCount {
      unsafe require(
        ntl_reduce(
          basis.moduli[i].value, out.mutableLimb(i), x.storage.base, x.count, UInt32(x.wordCount), x.count))
    }
    return out
  }

  public func reduce(_ x: Span<Int8>, limbCount: Int, secret: Bool) -> Poly<Coefficients> {
    var wide = WideIntegers(zeros: x.count, wordCount: 1, secret: secret)
    wide.withMutablePlane(0) { plane in
      for i in 0..<x.count { plane[i] = UInt64(bitPattern: Int64(x[i])) }
    }
    return reduce(wide, limbCount: limbCount, secret: secret)
  }

  public func reduceCentred(_ m: Span<UInt128>, limbCount: Int, secret: Bool) -> Poly<Coefficients> {
    precondition(m.count == basis.ringDegree, "one plaintext value per coefficient")
    let out = fresh(limbCount: limbCount, secret: secret)
    unsafe m.withUnsafeBytes { bytes in
      for i in 0..<limbCount {
        unsafe require(
          ntl_reduce_centred(
            basis.moduli[i].value, out.mutableLimb(i), bytes.baseAddress, plaintext.low, plaintext.high, m.count))
      }
    }
    return out
  }

  public func switchModulus(_ c: consuming Poly<Coefficients>, dropping count: Int) -> Poly<Coefficients> {
    check(c)
    precondition(count >= 0 && count < c.limbCount, "at least one prime must stay")
    c.makeUnique()
    let q = basis.moduli.prefix(c.limbCount).map(\.value)
    let limbs = unsafe (0..<c.limbCount).map { i -> UnsafeMutablePointer<UInt64>? in unsafe c.mutableLimb(i) }
    unsafe require(
      ntl_switch(q, UInt32(q.count), UInt32(count), plaintext.low, plaintext.high, limbs, c.ringDegree))
    c.keepLimbs(c.limbCount - count)
    return c
  }

  public func recompose(
    _ f: Poly<Coefficients>, restoringDropped chainLength: Int, into values: inout MutableSpan<UInt128>
  ) {
    check(f)
    precondition(values.count == f.ringDegree, "one value per coefficient")
    precondition((f.limbCount...basis.moduli.count).contains(chainLength), "chain length out of range")
    let q = basis.moduli.map(\.value)
    var factor: UInt128 = 1
    for prime in q[f.limbCount..<chainLength] { factor = multiplyModulo(factor, UInt128(prime), plaintext.value) }
    let limbs = unsafe (0..<f.limbCount).map { i -> UnsafePointer<UInt64>? in unsafe f.limb(i) }
    unsafe values.withUnsafeMutableBytes {
      unsafe require(
        ntl_recompose(
          q, UInt32(f.limbCount), plaintext.low, plaintext.high, UInt64(truncatingIfNeeded: factor),
          UInt64(factor >> 64), $0.baseAddress, limbs, f.ringDegree))
    }
  }

  private func packing(_ values: inout MutableSpan<UInt128>, root: UInt128, layers: Int, inverse: Bool) {
    let logCount = UInt32(values.count.trailingZeroBitCount)
    unsafe values.withUnsafeMutableBytes { bytes in
      unsafe require(
        ntl_packing(
          plaintext.low, plaintext.high, logCount, UInt64(truncatingIfNeeded: root), UInt64(root >> 64),
          UInt32(layers), inverse ? 1 : 0, bytes.baseAddress))
    }
  }

  public func slots(fromCoefficients values: inout MutableSpan<UInt128>, layers: Int) {
    precondition(values.count == basis.ringDegree && (0...logDegree).contains(layers), "N values, 0 … log2 N layers")
    packing(&values, root: plaintext.root, layers: layers, inverse: false)
  }

  public func coefficients(fromSlots values: inout MutableSpan<UInt128>, layers: Int) {
    precondition(values.count == basis.ringDegree && (0...logDegree).contains(layers), "N values, 0 … log2 N layers")
    packing(&values, root: plaintext.root, layers: layers, inverse: true)
  }

  /// Straight from the definition: the full transform of the block-constant slot vector, every d-th coefficient.
  public func fibreCoefficients(fromBlockValues values: inout [UInt128]) {
    precondition(values.count.nonzeroBitCount == 1 && values.count <= basis.ringDegree, "N/d values, d a power of two")
    let d = basis.ringDegree / values.count
    var full = values.flatMap { [UInt128](repeating: $0, count: d) }
    coefficients(fromSlots: &full)
    for i in values.indices { values[i] = full[i * d] }
  }

  /// Straight from the definition: the full transform of the sparse polynomial.
  public func fibreEvaluations(ofCoefficients m: Span<UInt128>, limbCount: Int) -> Poly<Evaluations> {
    precondition(m.count.nonzeroBitCount == 1 && m.count <= basis.ringDegree, "N/d values, d a power of two")
    let d = basis.ringDegree / m.count
    var full = [UInt128](repeating: 0, count: basis.ringDegree)
    for i in 0..<m.count { full[i * d] = m[i] }
    let span = full.span
    return forwardTransform(reduceCentred(span, limbCount: limbCount, secret: false))
  }
}

/// Owner of NTL's tables for one prime. Immutable after creation, hence `@unchecked Sendable`.
@safe final class NTLTransform: @unchecked Sendable {
  let handle: OpaquePointer

  init(_ modulus: RNSModulus, ringDegree: Int) throws(RingError) {
    var handle: OpaquePointer?
    let status = unsafe ntl_transform_create(
      modulus.value, UInt32(ringDegree.trailingZeroBitCount), modulus.root, &handle)
    guard let handle = unsafe handle else {
      throw status.wide == NTL_NO_MEMORY.wide
        ? .outOfMemory : .invalidModulus(modulus.value, ringDegree: ringDegree)
    }
    unsafe self.handle = handle
  }

  deinit { unsafe ntl_transform_destroy(handle) }
}
