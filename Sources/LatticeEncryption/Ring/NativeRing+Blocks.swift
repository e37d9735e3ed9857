internal import CRingKernels
internal import FieldArithmetic

// `unsafe` as in the arithmetic: pointers into storage of the polynomials, whose shapes are checked first.
extension NativeRing {
  public func blockEvaluations(ofCoefficients m: Span<UInt128>, limbCount: Int) -> Poly<Evaluations> {
    precondition(m.count.nonzeroBitCount == 1 && m.count <= basis.ringDegree, "N/d values, d a power of two")
    precondition((1...basis.moduli.count).contains(limbCount), "limb count out of range")
    let out = Poly<Coefficients>(ringDegree: m.count, limbCount: limbCount, secret: true, zeroed: false)
    unsafe m.withUnsafeBytes { bytes in
      for i in 0..<limbCount {
        unsafe ring_reduce_field(
          tables[i].handle, out.mutableLimb(i), bytes.baseAddress, plaintext.low, plaintext.high, m.count)
        if m.count > 1 { unsafe ring_forward(fibreTable(limb: i, degree: m.count).handle, out.mutableLimb(i)) }
      }
    }
    return Poly(taking: out)
  }

  public func addBlockProducts(
    _ a: [Poly<Evaluations>], _ x: [[Poly<Evaluations>]], to sums: inout [Poly<Evaluations>]
  ) {
    precondition(x.count == sums.count && (1...1024).contains(a.count), "factors for each sum, 1 … 1024 products")
    guard let shape = sums.first else { return }
    check(shape)
    let blocks = x[0].first?.ringDegree ?? 0
    precondition(blocks.nonzeroBitCount == 1 && blocks <= shape.ringDegree, "N/d values, d a power of two")
    for f in a { checkPair(f, shape) }
    for (j, row) in x.enumerated() {
      checkPair(sums[j], shape)
      precondition(row.count == a.count, "one factor for each product")
      for factor in row {
        precondition(
          factor.ringDegree == blocks && factor.limbCount == shape.limbCount, "factors of one shape over all primes")
      }
      sums[j].makeUnique()
    }
    // There is no AVX2 kernel: spread out, that level's sums of products are faster than portable code.
    guard level != .avx2 else { return addSpreadProducts(a, x, to: &sums) }
    for i in 0..<shape.limbCount {
      let out = unsafe sums.map { f -> UnsafeMutablePointer<UInt64>? in unsafe f.mutableLimb(i) }
      let left = unsafe a.map { f -> UnsafePointer<UInt64>? in unsafe f.limb(i) }
      let right = unsafe x.flatMap { row in unsafe row.map { f -> UnsafePointer<UInt64>? in unsafe f.limb(i) } }
      let status = unsafe ring_block_products(
        tables[i].handle, out, out.count, left, right, a.count, shape.ringDegree,
        UInt32((shape.ringDegree / blocks).trailingZeroBitCount))
      precondition(status == RING_OK, "scratch memory for \(a.count) products")
    }
  }
}
