import FieldArithmetic
import InsecureToyField
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing

/// A toy scheme and seeded random numbers.
struct PackingFixture {
  let bgv: BGV
  var state: UInt64

  init(_ parameters: Parameters, seed: UInt64 = 1) throws {
    bgv = try BGV(parameters)
    state = seed
  }

  var p: UInt128 { bgv.plaintextModulus }
  var ringDegree: Int { bgv.ringDegree }
  var maximumWeight: Int { bgv.parameters.maximumReplyWeight }

  /// SplitMix64.
  mutating func word() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func elements(_ count: Int) -> [UInt128] {
    (0..<count).map { _ in (UInt128(word()) << 64 | UInt128(word())) % p }
  }
}

/// f(A_t, B_t) of every map of a batch, by the clear reference.
func clearOutputs<F: PrimeField>(
  _: F.Type, _ packing: any BilinearPacking, encrypted: [UInt128], multiplied: [UInt128]
) -> [UInt128] {
  let a = encrypted.map { F(reducing: $0) }
  return packing.evaluate(encrypted: a, multiplied: multiplied.map { F(reducing: $0) }).map { $0.canonical }
}

/// A value put at a position of a ciphertext that has no entry.
struct Stray {
  var ciphertext: Int
  var position: Int
}

/// The packing's C computed on plaintext polynomials, products by the definition of the ring.
func simulate<F: PrimeField>(
  _: F.Type, _ packing: any BilinearPacking, encrypted: [UInt128], multiplied: [UInt128],
  stray: Stray? = nil, _ bgv: BGV
) -> [UInt128] {
  let p = bgv.plaintextModulus
  let a = SecretBuffer(copying: encrypted)
  let b = SecretBuffer(copying: multiplied)
  let plaintexts = (0..<packing.ciphertextCount).map { k in
    var positions = values(
      packing.positions(ofCoefficients: packing.plaintext(ciphertext: k, entries: a, using: bgv), using: bgv))
    if let stray, stray.ciphertext == k { positions[stray.position] = 1 }
    return values(packing.coefficients(ofPositions: SecretBuffer(copying: positions), using: bgv))
  }
  var c = SecretBuffer<UInt128>(count: packing.outputEntryCount, repeating: 0)
  for j in 0..<packing.replyCount {
    var sum = [F](repeating: .zero, count: bgv.ringDegree)
    for k in packing.terms(reply: j) {
      let x = values(packing.multiplicandValues(reply: j, ciphertext: k, entries: b))
      let multiplicand = multiplicandCoefficients(packing, x, bgv).map { F(reducing: $0) }
      sum = F.add(sum, negacyclicProduct(plaintexts[k].map { F(reducing: $0) }, multiplicand))
    }
    let positions = packing.positions(ofCoefficients: SecretBuffer(copying: sum.map { $0.canonical }), using: bgv)
    packing.accumulate(reply: j, positions: positions, into: &c, modulus: p)
  }
  return values(c)
}

/// The plaintext polynomial that multiplicand values stand for, by a transform of full size.
func multiplicandCoefficients(_ packing: any BilinearPacking, _ x: [UInt128], _ bgv: BGV) -> [UInt128] {
  switch packing.multiplicandLayout {
  case .positions: return values(packing.coefficients(ofPositions: SecretBuffer(copying: x), using: bgv))
  case .blocks(let count):
    let slots = x.flatMap { [UInt128](repeating: $0, count: bgv.ringDegree / count) }
    return values(bgv.coefficients(fromSlots: SecretBuffer(copying: slots)))
  }
}

/// a·b mod (X^N + 1, p) by the definition, on the field's vector kernels.
func negacyclicProduct<F: PrimeField>(_ a: [F], _ b: [F]) -> [F] {
  let n = a.count
  var full = [F](repeating: .zero, count: 2 * n)
  var span = full.mutableSpan
  for i in 0..<n where a[i] != .zero {
    var target = span._mutatingExtracting(i..<i + n)
    F.multiplyAccumulate(&target, a[i], b.span)
  }
  return F.subtract(Array(full[..<n]), Array(full[n...]))
}

func values(_ x: borrowing SecretBuffer<UInt128>) -> [UInt128] {
  x.withSpan { span in (0..<span.count).map { span[$0] } }
}
