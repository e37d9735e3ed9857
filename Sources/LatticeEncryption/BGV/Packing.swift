public import FieldArithmetic
internal import Glibc
public import MPCCore

// Plaintexts: slots are the evaluations modulo p at the odd powers of ψ, in bit-reversed order; products of ring
// elements multiply slots. Lifts are always centred: m and m + p have the same slots but different noise.
extension BGV {
  /// Slots → plaintext coefficients in [0, p): one inverse packing transform.
  public func coefficients(fromSlots slots: borrowing SecretBuffer<UInt128>) -> SecretBuffer<UInt128> {
    transformed(slots) { ring.coefficients(fromSlots: &$0, layers: ring.logDegree) }
  }

  /// Plaintext coefficients → slots.
  public func slots(fromCoefficients m: borrowing SecretBuffer<UInt128>) -> SecretBuffer<UInt128> {
    transformed(m) { ring.slots(fromCoefficients: &$0, layers: ring.logDegree) }
  }

  /// The evaluations of the centred lift of plaintext coefficients: what ciphertexts are multiplied by. Secret memory.
  public func multiplicand(coefficients m: borrowing SecretBuffer<UInt128>) -> Poly<Evaluations> {
    precondition(m.count == ringDegree, "N coefficients")
    return ring.forwardTransform(m.withSpan { ring.message($0, error: nil, noise: nil, limbCount: limbCount) })
  }

  /// The multiplicand with given slots.
  public func multiplicand(slots: borrowing SecretBuffer<UInt128>) -> Poly<Evaluations> {
    let m = coefficients(fromSlots: slots)
    return multiplicand(coefficients: m)
  }

  /// The multiplicand with the same value in [0, p) in all slots, a constant polynomial: no transforms.
  public func multiplicand(constant value: UInt128) -> Poly<Evaluations> {
    var values = [UInt128](repeating: 0, count: ringDegree)
    values[0] = value
    let lifted = ring.reduceCentred(values.span, limbCount: limbCount, secret: true)
    wipe(&values)
    var result = Poly<Evaluations>(zeroOfDegree: ringDegree, limbCount: limbCount, secret: true)
    for i in 0..<limbCount {
      let residue = lifted.withLimb(i) { $0[0] }
      result.withMutableLimb(i) { for k in 0..<$0.count { $0[k] = residue } }
    }
    return result
  }

  func transformed(
    _ x: borrowing SecretBuffer<UInt128>, _ body: (inout MutableSpan<UInt128>) -> Void
  ) -> SecretBuffer<UInt128> {
    precondition(x.count == ringDegree, "one value per slot or coefficient")
    return SecretBuffer(uninitializedCount: ringDegree) { values in
      x.withSpan { source in
        unsafe source.withUnsafeBytes { bytes in
          unsafe values.withUnsafeMutableBytes { unsafe $0.copyMemory(from: bytes) }
        }
      }
      body(&values)
    }
  }

  /// Field elements as integers in [0, p). The field must be the set's plaintext field.
  public func integers<F: PrimeField>(_ x: Span<F>) -> SecretBuffer<UInt128> {
    precondition(F.modulus == plaintextModulus, "the field is not the plaintext field of the set")
    return SecretBuffer(uninitializedCount: x.count) { F.storeCanonical(x, into: &$0) }
  }

  /// Integers in [0, p) as field elements. The result is an ordinary array: shares are the caller's to keep.
  public func elements<F: PrimeField>(_: F.Type = F.self, _ x: borrowing SecretBuffer<UInt128>) -> [F] {
    precondition(F.modulus == plaintextModulus, "the field is not the plaintext field of the set")
    var canonical = false
    let result = x.withSpan { source in
      F.uninitialized(source.count) { canonical = F.loadCanonical(source, into: &$0) }
    }
    precondition(canonical, "values in [0, p)")
    return result
  }
}

/// Overwrites an array that held secrets; other copies of it are the caller's concern.
func wipe(_ values: inout [UInt128]) {
  unsafe values.withUnsafeMutableBytes { bytes in
    if let base = bytes.baseAddress { unsafe explicit_bzero(base, bytes.count) }
  }
}
