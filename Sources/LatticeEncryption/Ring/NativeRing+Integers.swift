internal import CRingKernels

// Integers and plaintexts in and out of the ring. `unsafe` as in the arithmetic: pointers to spans whose counts are
// checked against the ring degree.
extension NativeRing {
  private func fresh(limbCount: Int, secret: Bool) -> Poly<Coefficients> {
    precondition((1...basis.moduli.count).contains(limbCount), "limb count out of range")
    return Poly(ringDegree: basis.ringDegree, limbCount: limbCount, secret: secret, zeroed: false)
  }

  public func reduce(_ x: WideIntegers, limbCount: Int, secret: Bool) -> Poly<Coefficients> {
    precondition(x.count == basis.ringDegree, "one integer per coefficient")
    let out = fresh(limbCount: limbCount, secret: secret)
    for i in 0..<limbCount {
      unsafe ring_reduce_wide(
        tables[i].handle, out.mutableLimb(i), x.storage.base, x.count, UInt32(x.wordCount), x.count)
    }
    return out
  }

  public func reduceCentred(_ m: Span<UInt128>, limbCount: Int, secret: Bool) -> Poly<Coefficients> {
    precondition(m.count == basis.ringDegree, "one plaintext value per coefficient")
    let out = fresh(limbCount: limbCount, secret: secret)
    unsafe m.withUnsafeBytes { bytes in
      for i in 0..<limbCount {
        unsafe ring_reduce_field(
          tables[i].handle, out.mutableLimb(i), bytes.baseAddress, plaintext.low, plaintext.high, basis.ringDegree)
      }
    }
    return out
  }

  public func reduce(_ x: Span<Int8>, limbCount: Int, secret: Bool) -> Poly<Coefficients> {
    precondition(x.count == basis.ringDegree, "one integer per coefficient")
    let out = fresh(limbCount: limbCount, secret: secret)
    unsafe x.withUnsafeBufferPointer { values in
      for i in 0..<limbCount {
        unsafe ring_reduce_small(tables[i].handle, out.mutableLimb(i), values.baseAddress, values.count)
      }
    }
    return out
  }

  public func switchModulus(_ c: consuming Poly<Coefficients>, dropping count: Int) -> Poly<Coefficients> {
    check(c)
    precondition(count >= 0 && count < c.limbCount, "at least one prime must stay")
    if count == 0 { return c }
    c.makeUnique()
    let plan = switchPlan(count: c.limbCount, drop: count)
    let limbs = unsafe (0..<c.limbCount).map { i -> UnsafeMutablePointer<UInt64>? in unsafe c.mutableLimb(i) }
    unsafe ring_switch_apply(plan.handle, limbs, c.ringDegree)
    c.keepLimbs(c.limbCount - count)
    return c
  }

  public func recompose(
    _ f: Poly<Coefficients>, restoringDropped chainLength: Int, into values: inout MutableSpan<UInt128>
  ) {
    check(f)
    precondition(values.count == f.ringDegree, "one value per coefficient")
    precondition((f.limbCount...basis.moduli.count).contains(chainLength), "chain length out of range")
    let plan = recomposePlan(count: f.limbCount, restoring: chainLength)
    let limbs = unsafe (0..<f.limbCount).map { i -> UnsafePointer<UInt64>? in unsafe f.limb(i) }
    unsafe values.withUnsafeMutableBytes {
      unsafe ring_recompose_apply(plan.handle, $0.baseAddress, limbs, f.ringDegree)
    }
  }

  public func slots(fromCoefficients values: inout MutableSpan<UInt128>, layers: Int) {
    precondition(values.count == basis.ringDegree && (0...logDegree).contains(layers), "N values, 0 … log2 N layers")
    unsafe values.withUnsafeMutableBytes { unsafe packing_forward(packing.handle, $0.baseAddress, UInt32(layers)) }
  }

  public func coefficients(fromSlots values: inout MutableSpan<UInt128>, layers: Int) {
    precondition(values.count == basis.ringDegree && (0...logDegree).contains(layers), "N values, 0 … log2 N layers")
    unsafe values.withUnsafeMutableBytes { unsafe packing_inverse(packing.handle, $0.baseAddress, UInt32(layers)) }
  }

  public func fibreCoefficients(fromBlockValues values: inout [UInt128]) {
    precondition(values.count.nonzeroBitCount == 1 && values.count <= basis.ringDegree, "N/d values, d a power of two")
    if values.count == 1 { return }
    let table = fibrePackingTable(degree: values.count)
    let layers = UInt32(values.count.trailingZeroBitCount)
    unsafe values.withUnsafeMutableBytes { unsafe packing_inverse(table.handle, $0.baseAddress, layers) }
  }

  public func fibreEvaluations(ofCoefficients m: Span<UInt128>, limbCount: Int) -> Poly<Evaluations> {
    precondition(m.count.nonzeroBitCount == 1 && m.count <= basis.ringDegree, "N/d values, d a power of two")
    let out = fresh(limbCount: limbCount, secret: true)
    let repeats = basis.ringDegree / m.count
    let small = ResidueStorage(wordCount: m.count, wipesOnRelease: true)
    unsafe m.withUnsafeBytes { bytes in
      for i in 0..<limbCount {
        unsafe ring_reduce_field(
          tables[i].handle, small.base, bytes.baseAddress, plaintext.low, plaintext.high, m.count)
        if m.count > 1 { unsafe ring_forward(fibreTable(limb: i, degree: m.count).handle, small.base) }
        let target = unsafe out.mutableLimb(i)
        for t in 0..<m.count {
          unsafe (target + t * repeats).update(repeating: small.base[t], count: repeats)
        }
      }
    }
    return Poly(taking: out)
  }
}
