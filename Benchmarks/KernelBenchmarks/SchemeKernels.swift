internal import Cryptography
internal import FieldArithmetic
public import LatticeEncryption
internal import MPCCore

/// Measures the operations of the encryption scheme for each set on one core: `n` is the ring degree, `ns` the time of
/// one whole operation, `level` the arithmetic. Rows are "A.encrypt", "A.multiply", ….
///
/// `reply` is a complete pairwise product (multiply, fresh encryption of zero, mask, drown, switch); `multiply`, `drown`
/// and `switch` are its parts.
/// - Parameters:
///   - sets: literals of secure sets.
///   - includingNTL: adds the reference backend, some hundred times slower.
///   - name: measures only rows whose name contains this.
/// - Throws: `ParameterError` or `RingError` if a set cannot be made.
public func measureSchemeKernels(
  sets: [ParameterLiteral] = ParameterLiteral.secureSets, includingNTL: Bool = false, runs: Int = 5,
  matching name: String = ""
) throws -> [KernelMeasurement] {
  precondition(runs > 0, "at least one run")
  var rows: [KernelMeasurement] = []
  for literal in sets {
    let parameters = try Parameters(validating: literal)
    var schemes = [try BGV(parameters)]
    if includingNTL {
      schemes.append(
        BGV(parameters, ring: try NTLRing(basis: parameters.basis, plaintext: parameters.plaintext)))
    }
    let cases = schemes.flatMap { schemeCases($0) }.filter { name.isEmpty || $0.kernel.contains(name) }
    rows += measure(cases, runs: runs, sampleNanoseconds: 2e7).map { row in
      let call = row.ns * Double(row.n)
      return KernelMeasurement(kernel: row.kernel, level: row.level, n: row.n, ns: call, perSecond: 1e9 / call)
    }
  }
  return rows
}

/// Owner of the noncopyable state that the measured closures share; one thread.
private final class SchemeState {
  let bgv: BGV
  var sampler: SecretSampler
  let key: SecretKey<EpochKey>
  let message: SecretBuffer<UInt128>
  let mask: SecretBuffer<UInt128>
  let drowning: WideIntegers
  let coins: EncryptionCoins
  let ciphertext: Ciphertext<EpochKey>
  let multiplicand: Poly<Evaluations>
  let reply: Reply<EpochKey>
  let switchable: Poly<Coefficients>
  let wire: [UInt8]
  let wide: [P127]
  let word: [P61]
  let seed = PRG.deriveSeed([], label: "scheme-benchmark")

  init(_ bgv: BGV) {
    var sampler = SecretSampler(PRG(seed: seed))
    let key: SecretKey<EpochKey> = bgv.generateKey(
      a: bgv.parameters.basis.uniform(seed: seed, label: "benchmark"), from: &sampler)
    let message = sampler.plaintext(count: bgv.ringDegree, modulus: bgv.plaintextModulus)
    let mask = sampler.plaintext(count: bgv.ringDegree, modulus: bgv.plaintextModulus)
    let coins = EncryptionCoins(bgv.parameters, from: &sampler)
    ciphertext = bgv.encrypt(message, coins: coins, under: key.publicKey)
    multiplicand = bgv.multiplicand(slots: message)
    reply = bgv.reply([(ciphertext, multiplicand)], mask: mask, under: key.publicKey, from: &sampler)
    drowning = bgv.drowningNoise(from: &sampler)
    switchable = bgv.ring.inverseTransform(ciphertext.c0)
    var writer = WireWriter(byteCount: Ciphertext<EpochKey>.encodedByteCount(bgv.parameters))
    ciphertext.encode(into: &writer, bgv.parameters)
    wire = writer.finish()
    wide = bgv.plaintextModulus == P127.modulus ? bgv.elements(P127.self, message) : []
    word = bgv.plaintextModulus == P61.modulus ? bgv.elements(P61.self, message) : []
    self.bgv = bgv
    self.sampler = sampler
    self.key = key
    self.message = message
    self.mask = mask
    self.coins = coins
  }

  func integersFromField() {
    let (wide, word) = (wide, word)  // a span of a class's field would have to outlive the access
    if wide.isEmpty { _ = bgv.integers(word.span) } else { _ = bgv.integers(wide.span) }
  }

  func fieldFromIntegers() {
    if wide.isEmpty { _ = bgv.elements(P61.self, message) } else { _ = bgv.elements(P127.self, message) }
  }
}

private func schemeCases(_ bgv: BGV) -> [KernelCase] {
  let s = SchemeState(bgv)
  let set = bgv.parameters.literal.name
  let n = bgv.ringDegree
  let parameters = bgv.parameters
  let dropped = parameters.primeCount - parameters.replyPrimeCount
  func operation(_ name: String, _ body: @escaping () -> Void) -> KernelCase {
    KernelCase("\(set).\(name)", level: bgv.ring.name, n: n, repeating: body)
  }
  return [
    operation("sample-coins") { _ = EncryptionCoins(parameters, from: &s.sampler) },
    operation("sample-plaintext") { _ = s.sampler.plaintext(count: n, modulus: bgv.plaintextModulus) },
    operation("sample-drowning") { _ = bgv.drowningNoise(from: &s.sampler) },
    operation("expand-uniform") { _ = parameters.basis.uniform(seed: s.seed, label: "benchmark") },
    operation("integers-from-field") { s.integersFromField() },
    operation("field-from-integers") { s.fieldFromIntegers() },
    operation("coefficients-from-slots") { _ = bgv.coefficients(fromSlots: s.message) },
    operation("slots-from-coefficients") { _ = bgv.slots(fromCoefficients: s.message) },
    operation("multiplicand") { _ = bgv.multiplicand(coefficients: s.message) },
    operation("pack-multiplicand") { _ = bgv.multiplicand(slots: s.message) },
    operation("encrypt") {
      let coins = EncryptionCoins(parameters, from: &s.sampler)
      _ = bgv.encrypt(s.message, coins: coins, under: s.key.publicKey)
    },
    operation("encrypt-seeded") { _ = bgv.encryptSeeded(s.message, seed: s.seed, with: s.key, from: &s.sampler) },
    operation("multiply") { _ = bgv.multiply(s.ciphertext, by: s.multiplicand) },
    operation("drown") {
      _ = bgv.drowned([], mask: s.mask, coins: s.coins, drowning: s.drowning, under: s.key.publicKey)
    },
    operation("switch") {
      var copy = s.switchable
      bgv.ring.negate(&copy)  // forces a copy of its own, as a fresh reply has
      _ = bgv.ring.switchModulus(copy, dropping: dropped)
      var other = s.switchable
      bgv.ring.negate(&other)
      _ = bgv.ring.switchModulus(other, dropping: dropped)
    },
    operation("reply") {
      _ = bgv.reply([(s.ciphertext, s.multiplicand)], mask: s.mask, under: s.key.publicKey, from: &s.sampler)
    },
    operation("decrypt") { _ = bgv.decrypt(s.reply, with: s.key) },
    operation("encode-ciphertext") {
      var writer = WireWriter(byteCount: s.wire.count)
      s.ciphertext.encode(into: &writer, parameters)
      _ = writer.finish()
    },
    operation("decode-ciphertext") {
      var reader = WireReader(s.wire)
      _ = try? Ciphertext<EpochKey>(from: &reader, parameters)
    },
  ]
}
