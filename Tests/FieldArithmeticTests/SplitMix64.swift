import FieldArithmetic

/// Reproducible pseudo-random numbers for property tests; the seed goes into every failure message.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A field element; one in four is an edge value.
  mutating func element<F: PrimeField>(_: F.Type) -> F {
    let edges: [F] = edgeValues()
    let choice = next()
    if choice % 4 == 0 { return edges[Int(choice >> 32) % edges.count] }
    return F(reducing: UInt128(next()) << 64 | UInt128(next()))
  }

  mutating func vector<F: PrimeField>(_ n: Int) -> [F] { (0..<n).map { _ in element(F.self) } }
}

/// 0, 1, p − 1, the middle, and both sides of limb and word boundaries.
func edgeValues<F: PrimeField>() -> [F] {
  let p = F.modulus
  var values: [UInt128] = [0, 1, 2, p - 1, p - 2, (p - 1) / 2, (p + 1) / 2]
  for k in [8, 23, 26, 29, 32, 43, 52, 60, 61, 63, 64, 65, 86, 104, 116, 126, 127] {
    let power = UInt128(1) << UInt128(k)
    values += [power - 1, power, power + 1, 0 &- power]
  }
  return values.map { F(reducing: $0) }
}

/// The lengths at which vector kernels change their path.
let lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 1023, 2049, 4100]
