import Cryptography
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

@testable import ZeroKnowledge

/// A key A and everything a proof of plaintext knowledge needs, under one seed.
struct OperandProofFixture: ~Copyable {
  let bgv: BGV
  let scheme: PlaintextProofScheme
  let key: SecretKey<EpochKey>
  let context = ProofContext(session: session(1), epoch: 2, batch: 5, prover: PartyID(1))
  var sampler: SecretSampler

  init(_ parameters: Parameters, seed: UInt64 = 0) throws {
    bgv = try BGV(parameters)
    scheme = PlaintextProofScheme(bgv)
    sampler = SecretSampler(PRG(seed: PRG.deriveSeed([], label: "operand-proof-test", context: [seed])))
    let coin = PRG.deriveSeed([], label: "plaintext-proof-coin")
    let a = bgv.keyElement(seed: coin, role: EpochKey.self, owner: PartyID(1), epoch: 2)
    key = bgv.generateKey(a: a, from: &sampler)
  }

  var provenKey: ProvenKey<EpochKey> { ProvenKey(own: key, in: context) }
  var n: Int { bgv.ringDegree }
  var bounds: [NaturalNumber] { scheme.responses.map(\.bound) }

  /// Fresh witnesses of uniform plaintexts.
  mutating func witnesses(_ count: Int) -> [PlaintextWitness] {
    (0..<count).map { _ in
      PlaintextWitness(
        sampler.plaintext(count: n, modulus: bgv.plaintextModulus), bgv.parameters, from: &sampler)
    }
  }

  /// The witness with one plaintext value and one value for each coin, everywhere.
  func constantWitness(_ m: UInt128, u: Int8, v: Int8, w: Int8) -> PlaintextWitness {
    func filled(_ x: Int8) -> [Int8] { [Int8](repeating: x, count: n) }
    return PlaintextWitness(
      SecretBuffer(copying: [UInt128](repeating: m, count: n)),
      coins: EncryptionCoins(u: filled(u), v: filled(v), w: filled(w)))
  }

  func encrypt(_ witnesses: [PlaintextWitness]) -> [Ciphertext<EpochKey>] {
    witnesses.map { scheme.encrypt($0, under: key.publicKey) }
  }

  /// The ciphertext of the integers in one witness's lanes, however large they are.
  func encrypt(_ lanes: borrowing WitnessLanes) -> Ciphertext<EpochKey> {
    scheme.encrypt(
      lanes.combined([.monomial(0)], scheme.responses), under: key.publicKey, secret: true)
  }

  mutating func proof(_ witnesses: [PlaintextWitness]) -> (ciphertexts: [Ciphertext<EpochKey>], proof: PlaintextProof) {
    let ciphertexts = encrypt(witnesses)
    return (
      ciphertexts, scheme.prove(ciphertexts, of: witnesses, under: key.publicKey, in: context, from: &sampler)
    )
  }

  mutating func proof(count: Int) -> (ciphertexts: [Ciphertext<EpochKey>], proof: PlaintextProof) {
    proof(witnesses(count))
  }

  /// What a prover sends that ignores the bounds.
  mutating func claim(_ lanes: borrowing WitnessLanes, of ciphertexts: [Ciphertext<EpochKey>]) -> PlaintextProof? {
    scheme.attempt(
      lanes, statement: scheme.transcript(ciphertexts, key.publicKey, context), under: key.publicKey,
      from: &sampler, enforcingBounds: false)
  }

  /// Nil if accepted; then the doubled ciphertexts are what they have to be.
  func rejection(
    _ proof: PlaintextProof, of ciphertexts: [Ciphertext<EpochKey>], under other: ProvenKey<EpochKey>? = nil,
    in context: ProofContext? = nil
  ) -> ProofRejection? {
    do {
      let proven = try scheme.verify(
        proof, of: ciphertexts, under: other ?? provenKey, in: context ?? self.context)
      #expect(proven.map(\.doubled) == ciphertexts.map { bgv.add($0, $0) })
      return nil
    } catch { return error }
  }

  func rejection(bytes: [UInt8], of ciphertexts: [Ciphertext<EpochKey>]) -> ProofRejection? {
    rejection(PlaintextProof(bytes: bytes), of: ciphertexts)
  }
}

/// The sets whose arithmetic paths differ: one, two and three words for responses to m; 48 and 40 bit primes; U to 18.
func operandProofToys() throws -> [Parameters] {
  var large = ParameterLiteral.a
  large.ringDegree = 64
  large.ringPrimes = [.init(bits: 61, count: 7)]  // lazy sums are reduced every seventh summand
  large.ciphertextsPerProof = 40
  large.name = "61-bit primes (insecure)"
  return [
    try InsecureToy64.parameters(), try InsecureToy257.parameters(),
    try InsecureToy64.shrinking(.a, toRingDegree: 64), try InsecureToy64.shrinking(.b, toRingDegree: 64),
    try Parameters(insecure: large),
  ]
}
