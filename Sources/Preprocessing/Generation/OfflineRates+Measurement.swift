internal import Cryptography
internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import SecretSharing
public import ZeroKnowledge

extension OfflineRates {
  /// Measures the building blocks on this core, half a second with the secure sets: throw-away keys, ciphertexts and
  /// proofs of nobody's session, no message, no secret of a party.
  ///
  /// Proofs about keys are timed on a sixteenth of their rows, which are all alike; of everything the fastest of a few
  /// runs counts, so that an attempt that a proof had to repeat is not counted twice.
  /// - Parameters:
  ///   - suite: of the set that is going to be used.
  ///   - cpuSeconds: a clock of the calling thread's processor time.
  /// - Throws: if a proof just made does not verify: a fault of the machine.
  public static func measure<S: OfflineSharing>(
    _ suite: OfflineSuite, _: S.Type, cpuSeconds: () -> Double
  ) throws(ProofRejection) -> OfflineRates {
    var rates = OfflineRates()
    func fastest(of runs: Int, _ body: () throws(ProofRejection) -> Void) throws(ProofRejection) -> Double {
      var best = Double.infinity
      for _ in 0..<runs {
        let start = cpuSeconds()
        try body()
        best = min(best, cpuSeconds() - start)
      }
      return best
    }
    let (scheme, parameters) = (suite.scheme, suite.parameters)
    let coin = SystemRandom().seed(label: "coin", context: [])
    let context = ProofContext(
      session: SessionID(bytes: SystemRandom().seed(label: "session", context: [])), epoch: 0, batch: 0,
      prover: PartyID(0))
    var sampler = SecretSampler(SystemRandom(), label: "measurement")
    let element = scheme.keyElement(seed: coin, role: SessionKey.self, owner: PartyID(0), epoch: 0)
    let key: SecretKey<SessionKey> = scheme.generateKey(a: element, from: &sampler)
    let proven = ProvenKey(own: key, in: context)
    let message = sampler.plaintext(count: suite.ringDegree, modulus: scheme.plaintextModulus)
    let active = S.adversary == .active
    let making = try fastest(of: 2) {
      let _: SecretKey<SessionKey> = scheme.generateKey(a: element, from: &sampler)
    }
    rates.key = making
    let operand: Ciphertext<SessionKey>
    if active {
      let attempts = expectedAttempts(parameters)
      let rows = max(1, parameters.literal.keyProofRepetitions / 16)
      let all = Double(parameters.literal.keyProofRepetitions) / Double(rows)
      let keys = KeyProofScheme(scheme, insecureRowCount: rows)
      var keyProof = KeyProof(bytes: [])
      rates.key += attempts * all * (try fastest(of: 3) { keyProof = keys.prove(key, in: context, from: &sampler) })
      rates.keyCheck =
        all
        * (try fastest(of: 3) { () throws(ProofRejection) in
          _ = try keys.verify(keyProof, of: proven.publicKey, coin: coin, in: context)
        })
      let constants = ConstantProofScheme(scheme, insecureRowCount: rows)
      var share = constants.encryptAndProve(1, with: key, in: context, from: &sampler)
      rates.macKey =
        attempts * all
        * (try fastest(of: 3) { share = constants.encryptAndProve(1, with: key, in: context, from: &sampler) })
      rates.macKeyCheck =
        all
        * (try fastest(of: 3) { () throws(ProofRejection) in
          _ = try constants.verify(share.proof, of: share.ciphertext.ciphertext, under: proven, in: context)
        })
      operand = try rates.measureOperands(
        suite, proven, context, attempts: attempts, from: &sampler,
        timing: { (runs, body) throws(ProofRejection) in try fastest(of: runs, body) })
    } else {
      let seed = coin
      var seeded = scheme.encryptSeeded(message, seed: seed, with: key, from: &sampler)
      rates.operand = try fastest(of: 3) {
        let fresh = sampler.plaintext(count: suite.ringDegree, modulus: scheme.plaintextModulus)
        seeded = scheme.encryptSeeded(fresh, seed: seed, with: key, from: &sampler)
        var writer = WireWriter(byteCount: SeededCiphertext<SessionKey>.encodedByteCount(parameters))
        seeded.encode(into: &writer, parameters)
      }
      rates.operandCheck = try fastest(of: 3) { _ = scheme.expand(seeded) }
      operand = scheme.expand(seeded)
    }

    var factor = scheme.multiplicand(coefficients: message)
    rates.factor = try fastest(of: 3) { factor = scheme.multiplicand(coefficients: message) }
    rates.slots = try fastest(of: 3) { _ = scheme.slots(fromCoefficients: message) }
    rates.product = rates.factor + (try fastest(of: 3) { _ = scheme.multiply(operand, by: factor) })
    var reply: [UInt8] = []
    rates.reply = try fastest(of: 3) {
      let mask = sampler.plaintext(count: suite.ringDegree, modulus: scheme.plaintextModulus)
      let made = scheme.reply([(operand, factor)], mask: mask, under: proven.publicKey, from: &sampler)
      _ = scheme.elements(S.F.self, mask)
      var writer = WireWriter(byteCount: Reply<SessionKey>.encodedByteCount(parameters))
      made.encode(into: &writer, parameters)
      reply = writer.finish()
    }
    var sum = S.F.filled(suite.ringDegree, with: .one)
    rates.receipt = try fastest(of: 3) {
      var reader = WireReader(reply)
      guard let received = try? Reply<SessionKey>(from: &reader, parameters) else { return }
      sum = S.F.add(sum, scheme.elements(S.F.self, scheme.decrypt(received, with: key)))
    }
    try rates.measureField(sum, active: active) { (runs, body) throws(ProofRejection) in try fastest(of: runs, body) }
    return rates
  }

  private typealias Timing = (Int, () throws(ProofRejection) -> Void) throws(ProofRejection) -> Double

  /// Proofs of plaintext knowledge of one and of several ciphertexts: a constant part and a part for each.
  private mutating func measureOperands<Role: KeyRole>(
    _ suite: OfflineSuite, _ key: ProvenKey<Role>, _ context: ProofContext, attempts: Double,
    from sampler: inout SecretSampler, timing fastest: Timing
  ) throws(ProofRejection) -> Ciphertext<Role> {
    let (scheme, parameters, proofs) = (suite.scheme, suite.parameters, suite.plaintextProof)
    let count = min(4, parameters.literal.ciphertextsPerProof)
    var witnesses: [PlaintextWitness] = []
    var ciphertexts: [Ciphertext<Role>] = []
    operand = try fastest(1) {
      for _ in 0..<count {
        let witness = PlaintextWitness(
          sampler.plaintext(count: suite.ringDegree, modulus: scheme.plaintextModulus), parameters, from: &sampler)
        let ciphertext = proofs.encrypt(witness, under: key.publicKey)
        var writer = WireWriter(byteCount: Ciphertext<Role>.encodedByteCount(parameters))
        ciphertext.encode(into: &writer, parameters)
        var reader = WireReader(writer.finish())
        guard let copy = try? Ciphertext<Role>(from: &reader, parameters) else { continue }
        witnesses.append(witness)
        ciphertexts.append(copy)
      }
    }
    operand /= Double(count)  // The receiver's decoding is in it.
    var proof = PlaintextProof(bytes: [])
    var proven: [ProvenCiphertext<Role>] = []
    func prove(_ part: Int) throws(ProofRejection) -> Double {
      try fastest(3) {
        proof = proofs.prove(
          Array(ciphertexts[..<part]), of: Array(witnesses[..<part]), under: key.publicKey, in: context, from: &sampler)
      }
    }
    func verify(_ part: Int) throws(ProofRejection) -> Double {
      try fastest(2) { () throws(ProofRejection) in
        proven = try proofs.verify(proof, of: Array(ciphertexts[..<part]), under: key, in: context)
      }
    }
    let (one, oneCheck) = (try prove(1), try verify(1))
    let (more, moreCheck) = (try prove(count), try verify(count))
    let (slope, slopeCheck) = (
      max(0, more - one) / Double(max(1, count - 1)), max(0, moreCheck - oneCheck) / Double(max(1, count - 1))
    )
    (self.proof, proofCheck) = (max(0, one - slope) * attempts, max(0, oneCheck - slopeCheck))
    operand += slope * attempts
    operandCheck = slopeCheck
    return proven[0].doubled
  }

  /// Products, checks and roots in the field.
  private mutating func measureField<F: PrimeField>(
    _ x: [F], active: Bool, timing fastest: Timing
  ) throws(ProofRejection) {
    let y = x
    var squares: [F] = []
    value =
      try fastest(3) {
        let drawn = F.uniform(x.count, seed: [UInt8](repeating: 2, count: 32))
        squares = drawn + y  // Moved twice.
      } / Double(x.count)
    multiplication = try fastest(5) { squares = F.multiply(x, y) } / Double(x.count)
    if active {
      checkedValue =
        try fastest(5) {
          var ledger = OpenedValues<F>()
          ledger.record(opened: x, tags: y)
          _ = MACCheck.combine(ledger, seed: [UInt8](repeating: 1, count: 32))
        } / Double(x.count)
    }
    let count = min(2048, squares.count)
    bit =
      try fastest(3) {
        var roots = Array(squares[..<count])
        var span = roots.mutableSpan
        _ = F.squareRootsVariableTime(&span) && F.invertAllVariableTime(&span)
      } / Double(count)
  }

  /// e^(1/ω): how often a proof is begun on average.
  private static func expectedAttempts(_ parameters: Parameters) -> Double {
    let x = 1 / Double(parameters.literal.rejectionParameter)
    return 1 + x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4)))
  }
}
