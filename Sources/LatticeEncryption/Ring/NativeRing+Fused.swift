internal import CRingKernels
public import MPCCore

// Encryption and replies limb by limb: the vectors of one prime (N words each) stay in the second-level cache from the
// first reduction to the last addition, and what is secret on the way lives in two of them that are wiped once.
extension NativeRing {
  public func message(
    _ m: Span<UInt128>?, error w: Span<Int8>?, noise y: WideIntegers?, limbCount: Int
  ) -> Poly<Coefficients> {
    precondition((1...basis.moduli.count).contains(limbCount), "limb count out of range")
    let n = basis.ringDegree
    precondition(
      (m?.count ?? n) == n && (w?.count ?? n) == n && (y?.count ?? n) == n, "one integer per coefficient")
    let out = Poly<Coefficients>(ringDegree: n, limbCount: limbCount, secret: true, zeroed: false)
    let limbs = unsafe (0..<limbCount).map { i -> UnsafeMutablePointer<UInt64>? in unsafe out.mutableLimb(i) }
    let handles = unsafe tables.prefix(limbCount).map { table -> OpaquePointer? in unsafe table.handle }
    // Pointers of the spans are used while the spans are alive only.
    unsafe withPointer(m) { m in
      unsafe withPointer(w) { w in
        var integers = unsafe ring_integers(
          wide: y.map { unsafe UnsafePointer($0.storage.base) }, stride: n, words: UInt32(y?.wordCount ?? 0),
          small: w?.assumingMemoryBound(to: Int8.self), field: m)
        unsafe ring_reduce_message(
          handles, UInt32(limbCount), limbs, &integers, plaintext.low, plaintext.high, n)
      }
    }
    withExtendedLifetime(y) {}
    return out
  }

  private func withPointer<T: BitwiseCopyable>(_ span: Span<T>?, _ body: (UnsafeRawPointer?) -> Void) {
    if let span {
      unsafe span.withUnsafeBytes { unsafe body($0.baseAddress) }
    } else {
      body(nil)
    }
  }

  public func encryption(
    of f: consuming Poly<Coefficients>, _ g: consuming Poly<Coefficients>, under b: Poly<Evaluations>,
    _ a: Poly<Evaluations>, ephemeral u: borrowing SecretBuffer<Int8>
  ) -> (Poly<Evaluations>, Poly<Evaluations>) {
    checkPair(f, g)
    checkPair(b, a)
    precondition(b.limbCount == f.limbCount && u.count == f.ringDegree, "operands of different shape")
    f.makeUnique()
    g.makeUnique()
    let n = f.ringDegree
    let ephemeral = ResidueStorage(wordCount: n, wipesOnRelease: true, zeroed: false)
    for i in 0..<f.limbCount {
      let table = unsafe tables[i].handle
      unsafe transformed(u, table, into: ephemeral.base)
      unsafe forwardAdding(table, f.mutableLimb(i), product: b.limb(i), ephemeral.base, n)
      unsafe forwardAdding(table, g.mutableLimb(i), product: a.limb(i), ephemeral.base, n)
    }
    return (Poly(taking: f), Poly(taking: g))
  }

  /// target ← transform of small integers, N of them.
  @unsafe private func transformed(
    _ u: borrowing SecretBuffer<Int8>, _ table: OpaquePointer, into target: UnsafeMutablePointer<UInt64>
  ) {
    u.withSpan { u in
      unsafe u.withUnsafeBufferPointer { unsafe ring_reduce_small(table, target, $0.baseAddress, $0.count) }
    }
    unsafe ring_forward(table, target)
  }

  /// x ← transform of x, plus key∘ephemeral.
  @unsafe private func forwardAdding(
    _ table: OpaquePointer, _ x: UnsafeMutablePointer<UInt64>, product key: UnsafePointer<UInt64>,
    _ ephemeral: UnsafePointer<UInt64>, _ n: Int
  ) {
    unsafe ring_forward(table, x)
    var (left, right) = unsafe (Optional(key), Optional(ephemeral))
    unsafe ring_sum_of_products(table, x, x, &left, &right, 1, n)
  }

  public func reply(
    _ f: consuming Poly<Coefficients>, _ g: consuming Poly<Coefficients>, products: [ReplyTerm],
    adding sum: (Poly<Evaluations>, Poly<Evaluations>)?, under b: Poly<Evaluations>, _ a: Poly<Evaluations>,
    ephemeral u: borrowing SecretBuffer<Int8>
  ) -> (Poly<Coefficients>, Poly<Coefficients>) {
    checkPair(f, g)
    checkPair(b, a)
    precondition(b.limbCount == f.limbCount && u.count == f.ringDegree, "operands of different shape")
    for term in products {
      checkPair(term.c0, b)
      checkPair(term.c1, b)
      checkPair(term.multiplicand, b)
    }
    if let sum {
      checkPair(sum.0, b)
      checkPair(sum.1, b)
    }
    f.makeUnique()
    g.makeUnique()
    let n = f.ringDegree
    let scratch = ResidueStorage(wordCount: 2 * n, wipesOnRelease: true, zeroed: false)
    let (ephemeral, total) = unsafe (scratch.base, scratch.base + n)
    for i in 0..<f.limbCount {
      let table = unsafe tables[i].handle
      let factors =
        unsafe products.map { term -> UnsafePointer<UInt64>? in unsafe term.multiplicand.limb(i) }
        + [UnsafePointer(ephemeral)]
      unsafe transformed(u, table, into: ephemeral)
      let first = unsafe products.map { term -> UnsafePointer<UInt64>? in unsafe term.c0.limb(i) } + [b.limb(i)]
      unsafe addUp(table, total, sum?.0.limb(i), first, factors, n)
      unsafe ring_inverse(table, total)
      unsafe ring_add(table, f.mutableLimb(i), f.limb(i), total, n)
      let second = unsafe products.map { term -> UnsafePointer<UInt64>? in unsafe term.c1.limb(i) } + [a.limb(i)]
      unsafe addUp(table, total, sum?.1.limb(i), second, factors, n)
      unsafe ring_inverse(table, total)
      unsafe ring_add(table, g.mutableLimb(i), g.limb(i), total, n)
    }
    withExtendedLifetime((products, sum, b, a)) {}
    return (f, g)
  }

  public func phase(
    _ f: Poly<Coefficients>, _ g: Poly<Coefficients>, key s: Poly<Evaluations>
  ) -> Poly<Coefficients> {
    checkPair(f, g)
    check(s)
    precondition(s.limbCount == f.limbCount, "operands of different shape")
    let n = f.ringDegree
    let out = Poly<Coefficients>(ringDegree: n, limbCount: f.limbCount, secret: true, zeroed: false)
    for i in 0..<f.limbCount {
      let (table, limb) = unsafe (tables[i].handle, out.mutableLimb(i))
      unsafe limb.update(from: g.limb(i), count: n)
      unsafe ring_forward(table, limb)
      unsafe ring_multiply(table, limb, limb, s.limb(i), n)
      unsafe ring_inverse(table, limb)
      unsafe ring_subtract(table, limb, f.limb(i), limb, n)
    }
    withExtendedLifetime((f, g, s)) {}
    return out
  }

  /// total ← addend + Σ x_k∘y_k, sixteen products a pass.
  @unsafe private func addUp(
    _ table: OpaquePointer, _ total: UnsafeMutablePointer<UInt64>, _ addend: UnsafePointer<UInt64>?,
    _ x: [UnsafePointer<UInt64>?], _ y: [UnsafePointer<UInt64>?], _ n: Int
  ) {
    var addend = unsafe addend
    for start in stride(from: 0, to: unsafe x.count, by: 16) {
      let count = unsafe min(16, x.count - start)
      unsafe x.withUnsafeBufferPointer { x in
        unsafe y.withUnsafeBufferPointer { y in
          unsafe ring_sum_of_products(
            table, total, addend, x.baseAddress.map { unsafe $0 + start }, y.baseAddress.map { unsafe $0 + start },
            count, n)
        }
      }
      unsafe addend = UnsafePointer(total)
    }
  }
}
