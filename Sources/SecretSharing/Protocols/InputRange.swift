internal import Cryptography
package import FieldArithmetic
public import MPCCore

extension Session {
  /// Inputs of one party that are *proven* to lie in [−2^(bits−1), 2^(bits−1)): signed integers, bit by bit.
  ///
  /// Every MAC check passes for an out-of-range input, and where it meets a truncation or comparison the opened, bounded
  /// mask shows the other operand; so what a possibly corrupt party inputs there comes this way (`Papers/MODEL.md`,
  /// "Inputs"). Cost: 4 inputs and 1 opening a bit in the active scheme, 1 input a bit in the passive one.
  /// - Parameters:
  ///   - values: the inputs at `party`, `nil` everywhere else.
  ///   - count: how many values.
  ///   - bits: length of the range, 1…63.
  /// - Throws: `rangeCheckFailed` or `macCheckFailed` when an element is not a bit, except with probability 4/p.
  public mutating func inputRange(_ values: [Int64]?, count: Int, bits: Int, from party: PartyID)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    precondition((1...63).contains(bits), "ranges of 1…63 bits")
    precondition((values != nil) == (party == me), "the party whose input it is passes the values, and only it")
    var clear: [S.F]?
    if let values {
      precondition(values.count == count, "as many values as announced")
      let offset = Int64(1) << (bits - 1)
      clear = []
      for bit in 0..<bits {
        for value in values {
          precondition(value >= -offset && value < offset, "an honest input lies in its range")
          clear?.append(S.F(UInt64(bitPattern: value &+ offset) >> UInt64(bit) & 1))
        }
      }
    }
    return try await inputProvenBits(clear, count: count, bits: bits, from: party)
  }

  /// The protocol of ``inputRange(_:count:bits:from:)`` on field elements that should be bits: block after block, least
  /// significant first. A cheater passes what it likes.
  package mutating func inputProvenBits(_ clear: [S.F]?, count: Int, bits: Int, from party: PartyID)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    let shared = try await input(clear, count: count * bits, from: party)
    try await S.proveBits(shared, clear: clear, from: party, in: &self)
    var result = SharedVector<S>(zeros: count)
    for bit in 0..<bits {
      result.multiplyAccumulate(S.F.powerOfTwo(bit), shared[(bit * count)..<((bit + 1) * count)])
    }
    return add(-S.F.powerOfTwo(bits - 1), to: result)
  }
}

/// The proof that input values are bits.
///
/// The prover also inputs a uniform r, s = 2rb and t = r²; then a coin gives e; v = e·b + r is opened; and
/// e²·b + e·s + t − v² = 0 goes to the MAC check. As a polynomial in e the entry is e²(b − b²) + e(s − 2rb) + (t − r²),
/// so a b that is no bit passes with probability at most 2/p, plus the MAC check's 2/p.
/// Source: `Papers/MODEL.md`, "Inputs" (own derivation).
public enum BitProof {
  static func run<S: SharingScheme, C: Channel>(
    _ bits: SharedVector<S>, clear: [S.F]?, from party: PartyID, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) {
    var witness: [S.F]?
    if let clear {
      let seed = session.context.random.seed(label: "bit-proof", context: [])
      let r = S.F.uniform(clear.count, seed: seed)
      let rb = S.F.multiply(r, clear)
      witness = r + S.F.add(rb, rb) + S.F.multiply(r, r)
    }
    try await check(bits, witness: witness, from: party, in: &session)
  }

  /// The proof with a witness (r, s, t), block after block; a cheater passes what it likes.
  package static func check<S: SharingScheme, C: Channel>(
    _ bits: SharedVector<S>, witness: [S.F]?, from party: PartyID, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) {
    let count = bits.count
    let inputs = try await session.input(witness, count: 3 * count, from: party)  // 1: r, s = 2rb, t = r²
    let seed = try await session.coin()  // 2: e, after all inputs
    let e = S.F.uniform(count, seed: seed)
    var masked = inputs[0..<count]  // 3: v = e·b + r
    masked.multiplyAccumulate(e, bits)
    let v = try await session.open(UniformlyMasked(masked)).unverified
    var zero = inputs[(2 * count)..<(3 * count)]  // 4: e²b + e·s + t − v²
    zero.multiplyAccumulate(S.F.multiply(e, e), bits)
    zero.multiplyAccumulate(e, inputs[count..<(2 * count)])
    var minusSquares = S.F.multiply(v, v)
    var span = minusSquares.mutableSpan
    S.F.negate(&span)
    zero = session.add(minusSquares, to: zero)
    if SecurityCheck.bitProofZero.isKept {
      _ = session.record((), opened: S.F.filled(count, with: .zero), tags: zero.tags)
    }
  }
}

extension PrimeField {
  /// `count` uniform elements expanded from a 32-byte seed: AES-256-CTR, twice the words an element needs, mod p.
  package static func uniform(_ count: Int, seed: [UInt8]) -> [Self] {
    var values = filled(count, with: .zero)
    let prg = PRG(seed: seed)
    var span = values.mutableSpan
    prg.fill(&span)
    return values
  }
}
