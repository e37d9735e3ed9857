import LatticeEncryption

let p61: UInt128 = 2_305_843_009_211_662_337
let p127 = PlaintextModulus.p127

/// SplitMix64, so that a failing seed can be repeated.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// How test inputs are filled.
enum Fill: CaseIterable {
  case random, zero, one, largest, mixedExtremes

  func residue(below q: UInt64, _ generator: inout SplitMix) -> UInt64 {
    switch self {
    case .random: generator.next() % q
    case .zero: 0
    case .one: 1
    case .largest: q - 1
    case .mixedExtremes: [0, 1, q - 1, q / 2, q / 2 + 1, q - 2][Int(generator.next() % 6)]
    }
  }

  func residue(below p: UInt128, _ generator: inout SplitMix) -> UInt128 {
    let wide = UInt128(generator.next()) << 64 | UInt128(generator.next())
    return switch self {
    case .random: wide % p
    case .zero: 0
    case .one: 1
    case .largest: p - 1
    case .mixedExtremes: [0, 1, p - 1, p / 2, p / 2 + 1, p - 2][Int(generator.next() % 6)]
    }
  }
}

/// A polynomial with every limb filled alike.
func polynomial<R>(
  _: R.Type, in basis: RNSBasis, limbs: Int? = nil, _ fill: Fill = .random, seed: UInt64
) -> Poly<R> {
  var generator = SplitMix(seed: seed)
  var f = Poly<R>(zeroOfDegree: basis.ringDegree, limbCount: limbs ?? basis.moduli.count)
  for i in 0..<f.limbCount {
    let q = basis.moduli[i].value
    f.withMutableLimb(i) { limb in
      for k in 0..<limb.count { limb[k] = fill.residue(below: q, &generator) }
    }
  }
  return f
}

func plaintext(_ ring: any RingBackend, count: Int? = nil, _ fill: Fill = .random, seed: UInt64) -> [UInt128] {
  var generator = SplitMix(seed: seed)
  return (0..<(count ?? ring.basis.ringDegree)).map { _ in fill.residue(below: ring.plaintext.value, &generator) }
}

extension Poly {
  func values(limb i: Int) -> [UInt64] { withLimb(i) { span in (0..<span.count).map { span[$0] } } }
}

func multiply(_ a: UInt64, _ b: UInt64, modulo q: UInt64) -> UInt64 {
  q.dividingFullWidth(a.multipliedFullWidth(by: b)).remainder
}

func power(_ a: UInt64, _ e: Int, modulo q: UInt64) -> UInt64 {
  var result: UInt64 = 1
  var base = a
  var e = e
  while e > 0 {
    if e & 1 == 1 { result = multiply(result, base, modulo: q) }
    base = multiply(base, base, modulo: q)
    e >>= 1
  }
  return result
}

/// Schoolbook product modulo X^N + 1 and q.
func negacyclicProduct(_ f: [UInt64], _ g: [UInt64], modulo q: UInt64) -> [UInt64] {
  var out = [UInt64](repeating: 0, count: f.count)
  for i in 0..<f.count {
    for j in 0..<g.count {
      let t = multiply(f[i], g[j], modulo: q)
      let k = (i + j) % f.count
      out[k] = (i + j < f.count ? out[k] + t : out[k] + q - t) % q
    }
  }
  return out
}
