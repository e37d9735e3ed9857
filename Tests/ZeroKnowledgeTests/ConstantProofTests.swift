import Cryptography
import Foundation
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

@testable import ZeroKnowledge

/// A key B, its owner's MAC key share and everything a proof needs, under one seed.
struct MACKeyFixture: ~Copyable {
  let bgv: BGV
  let scheme: ConstantProofScheme
  let key: SecretKey<SessionKey>
  let context = ProofContext(session: session(1), epoch: 0, batch: 0, prover: PartyID(1))
  let share: UInt128
  var sampler: SecretSampler

  init(_ parameters: Parameters, seed: UInt64 = 0) throws {
    bgv = try BGV(parameters)
    scheme = ConstantProofScheme(bgv)
    sampler = SecretSampler(PRG(seed: PRG.deriveSeed([], label: "constant-proof-test", context: [seed])))
    let coin = PRG.deriveSeed([], label: "constant-proof-coin")
    let a = bgv.keyElement(seed: coin, role: SessionKey.self, owner: PartyID(1), epoch: 0)
    key = bgv.generateKey(a: a, from: &sampler)
    share = sampler.plaintext(count: 1, modulus: bgv.plaintextModulus).withSpan { $0[0] }
  }

  var provenKey: ProvenKey<SessionKey> { ProvenKey(own: key, in: context) }

  mutating func proven() -> (ciphertext: ProvenMACKeyCiphertext, proof: ConstantProof) {
    scheme.encryptAndProve(share, with: key, in: context, from: &sampler)
  }

  /// The witness m, u, v, w of a fresh encryption.
  mutating func witness() -> [WideIntegers] {
    scheme.witness(share, EncryptionCoins(bgv.parameters, from: &sampler))
  }

  /// Enc with N message coefficients instead of one.
  func encrypt(message: WideIntegers, _ x: [WideIntegers]) -> Ciphertext<SessionKey> {
    let (ring, limbCount) = (bgv.ring, bgv.parameters.primeCount)
    func residues(_ x: WideIntegers) -> Poly<Coefficients> { ring.reduce(x, limbCount: limbCount, secret: false) }
    return bgv.encrypt(
      message: residues(message), u: residues(x[1]), v: residues(x[2]), w: residues(x[3]), under: key.publicKey)
  }

  /// N coefficients: the constant m plus `value` at X^index.
  func polynomial(_ m: WideIntegers, adding value: Int64, at index: Int) -> WideIntegers {
    var result = WideIntegers(zeros: bgv.ringDegree, wordCount: m.wordCount)
    result[0] = m[0]
    let sign: UInt64 = value < 0 ? .max : 0
    result[index] = [UInt64(bitPattern: value)] + [UInt64](repeating: sign, count: m.wordCount - 1)
    return result
  }

  /// The proof of a prover that claims `ciphertext` has the given witness: honest otherwise, or ignoring the bounds too.
  mutating func claim(
    _ witness: [WideIntegers], of ciphertext: Ciphertext<SessionKey>, enforcingBounds: Bool
  ) -> ConstantProof {
    let (scheme, publicKey) = (scheme, key.publicKey)
    while true {
      let bytes = scheme.rows.attempt(
        witness, transcript: scheme.transcript(ciphertext, publicKey, context), from: &sampler,
        enforcingBounds: enforcingBounds,
        map: { scheme.parts(of: scheme.encrypt($0, under: publicKey, secret: true)) })
      if let bytes { return ConstantProof(bytes: bytes) }
    }
  }

  func rejection(
    _ proof: ConstantProof, of ciphertext: Ciphertext<SessionKey>, under other: ProvenKey<SessionKey>? = nil,
    in context: ProofContext? = nil
  ) -> ProofRejection? {
    do {
      let proven = try scheme.verify(proof, of: ciphertext, under: other ?? provenKey, in: context ?? self.context)
      #expect(proven.ciphertext == ciphertext)
      return nil
    } catch { return error }
  }
}

@Suite struct ConstantProofTests {
  @Test func honestProofsVerifyAndTheCiphertextDecryptsToTheConstant() throws {
    for parameters in try KeyProofTests.toys {
      for seed in 0..<3 as Range<UInt64> {
        var fixture = try MACKeyFixture(parameters, seed: seed)
        let (ciphertext, proof) = fixture.proven()
        #expect(proof.bytes.count == fixture.scheme.encodedByteCount)
        #expect(fixture.rejection(proof, of: ciphertext.ciphertext) == nil)
        let plaintext = fixture.bgv.decrypt(ciphertext.ciphertext, with: fixture.key)
        let values = plaintext.withSpan { span in (0..<span.count).map { span[$0] } }
        #expect(values == [fixture.share] + [UInt128](repeating: 0, count: values.count - 1))
      }
    }
  }

  @Test func extremeSharesVerify() throws {
    for share in [0, 1, 128, 129, 256] as [UInt128] {
      var fixture = try MACKeyFixture(try InsecureToy257.parameters())
      let (ciphertext, proof) = fixture.scheme.encryptAndProve(
        share, with: fixture.key, in: fixture.context, from: &fixture.sampler)
      #expect(fixture.rejection(proof, of: ciphertext.ciphertext) == nil)
      #expect(fixture.bgv.decrypt(ciphertext.ciphertext, with: fixture.key).withSpan { $0[0] } == share)
    }
  }

  @Test func aNonConstantPlaintextIsRejectedWhateverTheCoefficient() throws {
    // B14: the prover knows everything about its ciphertext, but one coefficient of the plaintext is not zero.
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    for index in 1..<fixture.bgv.ringDegree {
      for value in [Int64(1), -1, 257] {
        let witness = fixture.witness()
        let message = fixture.polynomial(witness[0], adding: value, at: index)
        let ciphertext = fixture.encrypt(message: message, witness)
        let proof = fixture.claim(witness, of: ciphertext, enforcingBounds: true)
        #expect(fixture.rejection(proof, of: ciphertext) == .challengeMismatch, "coefficient \(index)")
      }
    }
  }

  @Test func nonConstantMasksDoNotHelp() throws {
    // Commitments to y + y·X^j: whatever the challenge, the verifier computes with the constant.
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    let (scheme, publicKey) = (fixture.scheme, fixture.key.publicKey)
    let witness = fixture.witness()
    let message = fixture.polynomial(witness[0], adding: 1, at: 5)
    let ciphertext = fixture.encrypt(message: message, witness)
    let (ring, limbCount) = (fixture.bgv.ring, fixture.bgv.parameters.primeCount)
    let shift = ring.monomial(5, limbCount: limbCount)
    let bytes = try #require(
      scheme.rows.attempt(
        witness, transcript: scheme.transcript(ciphertext, publicKey, fixture.context), from: &fixture.sampler,
        enforcingBounds: false,
        map: { masks in
          var c = scheme.parts(of: scheme.encrypt(masks, under: publicKey, secret: true))
          ring.add(shift, to: &c[0])
          return c
        }))
    #expect(fixture.rejection(ConstantProof(bytes: bytes), of: ciphertext) == .challengeMismatch)
  }

  @Test func guessingTheBitsOfANonConstantCiphertextSucceedsWithOneHalfPerRow() throws {
    // The best a prover can do: commit to f(z) − g·t for a guess g of all bits. With 4 rows it wins one time in 16.
    var literal = InsecureToy257.literal()
    literal.keyProofRepetitions = 4
    var fixture = try MACKeyFixture(try Parameters(insecure: literal))
    let (scheme, publicKey) = (fixture.scheme, fixture.key.publicKey)
    let witness = fixture.witness()
    let message = fixture.polynomial(witness[0], adding: 1, at: 3)
    let ciphertext = fixture.encrypt(message: message, witness)
    let statement = scheme.parts(of: ciphertext)
    var accepted = 0
    let attempts = 800
    for attempt in 0..<attempts {
      var transcript = scheme.transcript(ciphertext, publicKey, fixture.context)
      var rows: [[WideIntegers]] = []
      for row in 0..<scheme.rows.rowCount {
        var responses: [WideIntegers] = []
        for part in scheme.rows.parts {
          responses.append(
            fixture.sampler.symmetric(
              count: part.count, bound: part.response.bound, wordCount: part.response.wordCount))
        }
        var commitment = scheme.parts(of: scheme.encrypt(responses, under: publicKey, secret: false))
        if attempt >> row & 1 == 1 {
          for k in commitment.indices { fixture.bgv.ring.subtract(statement[k], from: &commitment[k]) }
        }
        scheme.rows.absorbCommitment(commitment, into: &transcript)
        rows.append(responses)
      }
      let bytes = scheme.rows.encode(challenge: transcript.challengeSeed("challenge"), rows: rows)
      accepted += fixture.rejection(ConstantProof(bytes: bytes), of: ciphertext) == nil ? 1 : 0
    }
    // 50 expected, standard deviation 6.8: five deviations.
    #expect((16...84).contains(accepted), "\(accepted) of \(attempts)")
  }

  @Test func oversizedWitnessesAreRejected() throws {
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    for part in 0..<4 {
      var witness = fixture.witness()
      let bound = fixture.scheme.rows.parts[part].response.bound
      let large = bound + bound + NaturalNumber(1)
      witness[part][0] = large.words + [UInt64](repeating: 0, count: witness[part].wordCount - large.words.count)
      let ciphertext = fixture.scheme.encrypt(witness, under: fixture.key.publicKey, secret: false)
      let proof = fixture.claim(witness, of: ciphertext, enforcingBounds: false)
      // What does not fit into the width of the encoding is cut off: then the hash is wrong.
      switch fixture.rejection(proof, of: ciphertext) {
      case .responseOutOfRange, .challengeMismatch: break
      default: Issue.record("part \(part): accepted or rejected for another reason")
      }
    }
  }

  @Test func aCoefficientHiddenInTheNoiseIsRejected() throws {
    // X^2 = p·(X^2/p mod q): with w of the size of q the ciphertext would be one of a constant.
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    let q = fixture.bgv.parameters.modulus()
    let p = NaturalNumber(fixture.bgv.plaintextModulus)
    // The inverse of p modulo q is (1 + k·q)/p for the k < p that makes it an integer.
    let k = try #require(
      (0..<257).first {
        ((NaturalNumber($0) * q + NaturalNumber(1)).quotientAndRemainder(dividingBy: p).remainder).words.isEmpty
      })
    let inverse = (NaturalNumber(k) * q + NaturalNumber(1)) / p
    let witness = fixture.witness()
    let ciphertext = fixture.encrypt(message: fixture.polynomial(witness[0], adding: 1, at: 2), witness)
    // Same ciphertext, constant message, w + p⁻¹·X^2.
    var w = WideIntegers(zeros: fixture.bgv.ringDegree, wordCount: 4)
    for i in 0..<fixture.bgv.ringDegree {
      let low = witness[3][i][0]
      w[i] = [low] + [UInt64](repeating: low >> 63 == 1 ? .max : 0, count: 3)
    }
    var shift = WideIntegers(zeros: fixture.bgv.ringDegree, wordCount: 4)
    shift[2] = inverse.words + [UInt64](repeating: 0, count: 4 - inverse.words.count)
    w.add(shift)
    #expect(
      fixture.scheme.encrypt([witness[0], witness[1], witness[2], w], under: fixture.key.publicKey, secret: false)
        == ciphertext)
    // The part of w that a response can carry.
    var cut = witness
    for i in 0..<fixture.bgv.ringDegree { cut[3][i] = [w[i][0]] }
    #expect(fixture.rejection(fixture.claim(cut, of: ciphertext, enforcingBounds: false), of: ciphertext) != nil)
  }

  @Test func changedProofsAreRejectedInEveryPosition() throws {
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    let (ciphertext, proof) = fixture.proven()
    for index in stride(from: 0, to: proof.bytes.count, by: 101) {
      var bytes = proof.bytes
      bytes[index] ^= 1
      #expect(fixture.rejection(ConstantProof(bytes: bytes), of: ciphertext.ciphertext) != nil, "byte \(index)")
    }
  }

  @Test func boundsAreExactForEveryPart() throws {
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    let (ciphertext, proof) = fixture.proven()
    var start = 32
    for part in fixture.scheme.rows.parts {
      let bound = Int64(part.response.bound.words[0])
      for (value, outside) in [(bound, false), (bound + 1, true), (-bound, false), (-bound - 1, true)] {
        var bytes = proof.bytes
        write([UInt64(bitPattern: value)], bitWidth: part.response.bitWidth, at: start, in: &bytes)
        let expected: ProofRejection = outside ? .responseOutOfRange(row: 0) : .challengeMismatch
        #expect(fixture.rejection(ConstantProof(bytes: bytes), of: ciphertext.ciphertext) == expected)
      }
      start += part.byteCount
    }
  }

  @Test func aSetFillingBitIsRejected() throws {
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    let (ciphertext, proof) = fixture.proven()
    let width = fixture.scheme.rows.parts[0].response.bitWidth
    try #require(width % 8 != 0)
    var bytes = proof.bytes
    bytes[32 + width / 8] |= 0x80
    #expect(fixture.rejection(ConstantProof(bytes: bytes), of: ciphertext.ciphertext) == .nonCanonicalResponse(row: 0))
  }

  @Test func proofsOfAnotherLengthAreRejected() throws {
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    let (ciphertext, proof) = fixture.proven()
    let expected = proof.bytes.count
    let row = (expected - 32) / fixture.scheme.rows.rowCount
    for bytes in [
      [], Array(proof.bytes.prefix(32)), proof.bytes.dropLast(), proof.bytes + [0], proof.bytes.dropLast(row),
      proof.bytes + proof.bytes.suffix(row),
    ] as [[UInt8]] {
      #expect(
        fixture.rejection(ConstantProof(bytes: bytes), of: ciphertext.ciphertext)
          == .wrongLength(expected: expected, received: bytes.count))
    }
  }

  @Test func proofsForAnotherContextKeyOrCiphertextAreRejected() throws {
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    let (ciphertext, proof) = fixture.proven()
    let here = fixture.context
    func rejection(in context: ProofContext) -> ProofRejection? {
      fixture.rejection(
        proof, of: ciphertext.ciphertext, under: ProvenKey(own: fixture.key, in: context), in: context)
    }
    #expect(rejection(in: here) == nil)
    for other in [
      ProofContext(session: session(2), epoch: 0, batch: 0, prover: here.prover),
      ProofContext(session: here.session, epoch: 1, batch: 0, prover: here.prover),
      ProofContext(session: here.session, epoch: 0, batch: 1, prover: here.prover),
      ProofContext(session: here.session, epoch: 0, batch: 0, prover: PartyID(0)),
    ] { #expect(rejection(in: other) == .challengeMismatch) }
    // A key that was proven for somebody else.
    let foreign = ProofContext(session: here.session, epoch: 0, batch: 0, prover: PartyID(0))
    #expect(fixture.rejection(proof, of: ciphertext.ciphertext, in: foreign) == .wrongKeyElement)
    let otherKey: SecretKey<SessionKey> = fixture.bgv.generateKey(a: fixture.key.publicKey.a, from: &fixture.sampler)
    #expect(
      fixture.rejection(proof, of: ciphertext.ciphertext, under: ProvenKey(own: otherKey, in: here))
        == .challengeMismatch)
    let second = fixture.proven()
    #expect(fixture.rejection(proof, of: second.ciphertext.ciphertext) == .challengeMismatch)
    #expect(fixture.rejection(second.proof, of: second.ciphertext.ciphertext) == nil)
    let swapped = Ciphertext<SessionKey>(c0: ciphertext.ciphertext.c1, c1: ciphertext.ciphertext.c0)
    #expect(fixture.rejection(proof, of: swapped) == .challengeMismatch)
  }

  @Test func attemptsSucceedWithTheRateOfTheRejectionParameter() throws {
    var fixture = try MACKeyFixture(try InsecureToy257.parameters())
    let (scheme, publicKey, n) = (fixture.scheme, fixture.key.publicKey, fixture.bgv.ringDegree)
    // Both extremes: the rate does not depend on the witness.
    for (share, u, error) in [(0 as UInt128, 0 as Int8, 0 as Int8), (128, 1, 21)] {
      let errors = [Int8](repeating: error, count: n)
      let witness = scheme.witness(share, EncryptionCoins(u: [Int8](repeating: u, count: n), v: errors, w: errors))
      let ciphertext = scheme.encrypt(witness, under: publicKey, secret: true)
      var accepted = 0
      let attempts = 400
      for _ in 0..<attempts {
        let proof = scheme.rows.attempt(
          witness, transcript: scheme.transcript(ciphertext, publicKey, fixture.context), from: &fixture.sampler,
          enforcingBounds: true, map: { scheme.parts(of: scheme.encrypt($0, under: publicKey, secret: true)) })
        accepted += proof == nil ? 0 : 1
      }
      // e^(−1/4) = 0.7788, standard deviation 0.0208: five deviations.
      let rate = Double(accepted) / Double(attempts)
      #expect(abs(rate - exp(-0.25)) < 0.104, "rate \(rate)")
    }
  }

  @Test(arguments: ParameterLiteral.secureSets.filter { $0.adversary == .active })
  func theExactSuccessProbabilityIsThatOfTheRejectionParameter(_ literal: ParameterLiteral) throws {
    // Π (2Z+1)/(2M+1) over all integers of all rows, from the bounds in use.
    let scheme = ConstantProofScheme(try BGV(try Parameters(validating: literal)))
    var logarithm = 0.0
    for part in scheme.rows.parts {
      // log(1 − 2(M−Z)/(2M+1)); the difference is the honest bound.
      let lost = (part.mask - part.response.bound).log2 + 1 - (part.mask + part.mask).log2
      logarithm += Double(part.count * scheme.rows.rowCount) * log1p(-exp2(lost))
    }
    #expect(abs(logarithm + 1 / Double(literal.rejectionParameter)) < 1e-6)
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["SPDZ_SLOW"] == "1"))
  func theConstantProofOfSetAVerifies() throws {
    var fixture = try MACKeyFixture(try Parameters(validating: .a))
    let clock = ContinuousClock()
    var made: (ciphertext: ProvenMACKeyCiphertext, proof: ConstantProof)?
    let proving = clock.measure { made = fixture.proven() }
    let (ciphertext, proof) = try #require(made)
    var rejection: ProofRejection?
    let verifying = clock.measure { rejection = fixture.rejection(proof, of: ciphertext.ciphertext) }
    #expect(rejection == nil)
    print("constant proof, set A: prover \(proving), verifier \(verifying), \(proof.bytes.count) bytes")
  }
}
