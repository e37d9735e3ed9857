internal import Cryptography
package import FieldArithmetic
public import MPCCore
public import SecretSharing

/// Sizes of the range proof of bounded values, for one run of T values of l bits a party.
///
/// L repetitions; masks m_j uniform in [0, T·2^(l+z)); an accepted v_j lies in [T·2^l, T·2^(l+z)) and is uniform there
/// whatever the values are; a value that survives is below T·2^(l+z) in absolute value.
/// Source: `Papers/MODEL.md`, "Bounded masks" (own derivation).
public struct BoundedValueProof: Sendable, Hashable {
  /// T ≤ 2^14.
  public let count: Int
  /// l: bits of an honest value.
  public let bits: Int
  /// L = s + 4: error 16·2^−L = 2^−s over at most 16 attempts.
  public let repetitions: Int
  /// z = ⌈log2 L⌉ + 3: an attempt is restarted with probability 1 − (1 − 2^−z)^L < 1/8.
  public let slackBits: Int

  /// The sizes for `count` values of `bits` bits at statistical security s.
  public init(count: Int, bits: Int, statisticalSecurity s: Int) {
    precondition((1...Self.largestRun).contains(count) && bits >= 0, "a run has 1 … \(Self.largestRun) values")
    self.count = count
    self.bits = bits
    repetitions = s + 4
    slackBits = (Int.bitWidth - (s + 3).leadingZeroBitCount) + 3
  }

  /// The largest T at all.
  static var largestRun: Int { 1 << 14 }

  /// The largest T for which masks with `lowBits` more bits below do not wrap modulo p; nil if not even one value fits.
  static func runLength<F: PrimeField>(
    lowBits: Int, bits: Int, parties n: Int, statisticalSecurity s: Int, _: F.Type
  ) -> Int? {
    let single = BoundedValueProof(count: 1, bits: bits, statisticalSecurity: s)
    let room = F.modulusBits - 2 - lowBits - single.sumBits(parties: n)
    return room < 0 ? nil : 1 << min(room, largestRun.trailingZeroBitCount)
  }
  /// Attempts after which an honest prover gives up: it happens with probability below 2^−48.
  static var attemptLimit: Int { 16 }

  /// log2 of the bound on |value| that is proven: ⌈log2 T⌉ + l + z.
  public var provenBits: Int { Self.bitsOfCount(count) + bits + slackBits }

  /// Σ over n parties of values, plus n·2^provenBits, is in [0, 2^sumBits).
  public func sumBits(parties n: Int) -> Int { provenBits + 1 + Self.bitsOfCount(n) }

  private static func bitsOfCount(_ n: Int) -> Int { n <= 1 ? 0 : Int.bitWidth - (n - 1).leadingZeroBitCount }
}

extension LowGear {
  /// [r] for r = Σ_i ρ_i + n·2^provenBits with ρ_i of `bits` bits from every party, proven bounded: never negative, and at
  /// most 2^(second result) whatever cheaters input. Costs one input a value and party, and the proof.
  /// - Parameter lowBits: how many bits of a mask will stand below the values; limits how many are proven at once.
  mutating func boundedValues(_ count: Int, bits: Int, lowBits: Int)
    async throws(ProtocolAbort) -> (SharedVector<S>, highBoundBits: Int)
  {
    let s = options.security.statisticalSecurity
    guard
      let run = BoundedValueProof.runLength(
        lowBits: lowBits, bits: bits, parties: session.parties.count, statisticalSecurity: s, S.F.self)
    else {
      throw session.end(
        .localFailure(
          step: BoundedValueProtocol.range,
          detail:
            "masks of \(lowBits) + \(bits) bits with the slack of a range proof do not fit into \(S.F.name); make "
            + "masks from bits (--masks bits), or choose smaller values or a smaller s"))
    }
    var parts: [SharedVector<S>] = []
    var bound = 0
    for start in stride(from: 0, to: count, by: run) {
      let length = min(run, count - start)
      let proof = BoundedValueProof(count: length, bits: bits, statisticalSecurity: s)
      var inputs: [SharedVector<S>] = []
      var clear: [S.F] = []
      for party in session.parties {
        var mine: [S.F]?
        if party == session.me {
          let seed = session.context.random.seed(label: "bounded", context: [UInt64(bits)])
          clear = UniformIntegers(seed: seed).below(powerOfTwo: bits, count: length)
          mine = clear
        }
        inputs.append(try await session.input(mine, count: length, from: party))
      }
      try await S.proveBounded(inputs, clear: clear, proof, in: &session)
      var sum = inputs[0]
      for more in inputs.dropFirst() { sum += more }
      let offset = S.F.powerOfTwo(proof.provenBits) * S.F(UInt64(inputs.count))
      parts.append(session.add(offset, to: sum))
      bound = max(bound, proof.sumBits(parties: inputs.count))
    }
    return (SharedVector.concatenate(parts), bound)
  }
}

extension AdditiveSharing {
  /// Proves nothing.
  public static func proveBounded<C: Channel>(
    _ values: [SharedVector<Self>], clear: [F], _ proof: BoundedValueProof, in session: inout Session<Self, C>
  ) async throws(ProtocolAbort) {}
}

extension AuthenticatedSharing {
  /// The range proof of all parties' values at once.
  ///
  /// An attempt: 1 every party that still has to prove inputs L masks; 2 coin, after all of them: bits e_(j,t); 3 each
  /// computes its v_j = m_j + Σ_t e_(j,t)·ρ_t and says whether all are in the interval; 4 the v_j of those who said yes are
  /// opened *from their shares* after a check of everything before, MAC-checked, and must be in it.
  /// - Throws: `rangeCheckFailed` naming the party whose values are not, except with probability 2^−s.
  public static func proveBounded<C: Channel>(
    _ values: [SharedVector<Self>], clear: [F], _ proof: BoundedValueProof, in session: inout Session<Self, C>
  ) async throws(ProtocolAbort) {
    try await BoundedValueProtocol.prove(values, proof, in: &session) { attempt, masks, coefficients in
      zip(masks, coefficients).map { $0 + F.dot($1.span, clear.span) }
    }
  }
}

/// The range proof with the prover's claim as a closure, so that cheaters of tests can lie.
package enum BoundedValueProtocol {
  /// Says whether all v_j of an attempt are in the interval.
  struct Verdict: Message {
    static let step = StepLabel("BoundedValues", 3)
    static let kind = MessageKind(library: 0x150)
    var accepted: Bool
    var shape: Int { 0 }
    static func encodedByteCount(_ shape: Int) -> Int { 1 }
    init(accepted: Bool) { self.accepted = accepted }
    func encode(into writer: inout WireWriter) { writer.append(UInt8(accepted ? 1 : 0)) }
    init(from reader: inout WireReader, shape: Int) throws(WireError) {
      let byte: UInt8 = try reader.integer()
      guard byte <= 1 else { throw .nonCanonical }
      accepted = byte == 1
    }
  }

  static var range: StepLabel { StepLabel("BoundedValues", 4) }

  /// - Parameter combined: from attempt, own masks and coefficients: the own v_j.
  package static func prove<F: PrimeField, C: Channel>(
    _ values: [SharedVector<AuthenticatedSharing<F>>], _ proof: BoundedValueProof,
    in session: inout Session<AuthenticatedSharing<F>, C>,
    combined: (_ attempt: Int, _ masks: [F], _ coefficients: [[F]]) -> [F]
  ) async throws(ProtocolAbort) {
    let interval = Interval<F>(proof)
    var pending = session.parties
    for attempt in 0..<BoundedValueProof.attemptLimit where !pending.isEmpty {
      var masks: [PartyID: SharedVector<AuthenticatedSharing<F>>] = [:]
      var mine: [F] = []
      for party in pending {  // 1
        var clear: [F]?
        if party == session.me {
          mine = interval.masks(
            proof.repetitions, seed: session.context.random.seed(label: "bounded-mask", context: [UInt64(attempt)]))
          clear = mine
        }
        masks[party] = try await session.input(clear, count: proof.repetitions, from: party)
      }
      let seed = try await session.coin()  // 2
      let bits = PRG(seed: seed)
      let rows = (0..<proof.repetitions).map { _ in bits.bitVector(proof.count, F.self) }
      var accepted = false
      if pending.contains(session.me) { accepted = interval.containsAll(combined(attempt, mine, rows)) }
      let verdicts = try await session.exchange(Verdict(accepted: accepted))  // 3
      let proving = pending.filter { verdicts[$0.index].accepted }
      pending = pending.filter { !verdicts[$0.index].accepted }
      guard !proving.isEmpty else { continue }
      var combinations: [SharedVector<AuthenticatedSharing<F>>] = []
      for party in proving {  // 4
        guard var sum = masks[party] else { preconditionFailure("every pending party has masks") }
        sum += values[party.index].combined(rows)
        combinations.append(sum)
      }
      let opened = try await session.verified(
        session.open(StatisticallyMasked(SharedVector.concatenate(combinations))))
      for (index, party) in proving.enumerated() {
        let part = Array(opened[(index * proof.repetitions)..<((index + 1) * proof.repetitions)])
        guard SecurityCheck.boundedValueInterval.holds(interval.containsAll(part)) else {
          throw session.end(.rangeCheckFailed(step: range, from: party))
        }
      }
    }
    guard let party = pending.first, SecurityCheck.boundedValueAttempts.isKept else { return }
    throw session.end(.rangeCheckFailed(step: range, from: party))
  }
}

/// [T·2^l, T·2^(l+z)) and the masks that hide in it.
struct Interval<F: PrimeField> {
  let lower, upper: UInt128

  init(_ proof: BoundedValueProof) {
    lower = UInt128(proof.count) << UInt128(proof.bits)
    upper = lower << UInt128(proof.slackBits)
  }

  func containsAll(_ x: [F]) -> Bool {
    F.canonicalValues(x.span).reduce(true) { $1 >= lower && $1 < upper && $0 }
  }

  /// Uniform in [0, upper).
  func masks(_ count: Int, seed: [UInt8]) -> [F] { UniformIntegers(seed: seed).below(upper, count: count) }
}

/// Uniform integers from a secret seed, as field elements. Rejection looks only at candidates that are thrown away.
struct UniformIntegers {
  let generator: PRG
  init(seed: [UInt8]) { generator = PRG(seed: seed) }

  func below<F: PrimeField>(powerOfTwo bits: Int, count: Int) -> [F] {
    precondition((0...127).contains(bits), "at most 127 bits")
    let words = generator.words(2 * count)
    let mask: UInt128 = (1 << UInt128(bits)) - 1
    return (0..<count).map { F(reducing: (UInt128(words[2 * $0]) | UInt128(words[2 * $0 + 1]) << 64) & mask) }
  }

  func below<F: PrimeField>(_ bound: UInt128, count: Int) -> [F] {
    let mask = UInt128.max >> UInt128((bound - 1).leadingZeroBitCount)
    var result: [F] = []
    result.reserveCapacity(count)
    while result.count < count {
      let words = generator.words(2)
      let candidate = (UInt128(words[0]) | UInt128(words[1]) << 64) & mask
      if candidate < bound { result.append(F(reducing: candidate)) }
    }
    return result
  }
}

extension PRG {
  /// `count` public bits as field elements 0 and 1.
  func bitVector<F: PrimeField>(_ count: Int, _: F.Type) -> [F] {
    let words = words((count + 63) / 64)
    return (0..<count).map { words[$0 / 64] >> UInt64($0 % 64) & 1 == 1 ? .one : .zero }
  }
}

extension SharedVector {
  /// The inner products with public vectors, one value a vector.
  func combined(_ rows: [[S.F]]) -> SharedVector {
    mapLinear { values in rows.map { S.F.dot($0.span, values.span) } }
  }
}
