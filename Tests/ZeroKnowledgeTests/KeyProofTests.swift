import Cryptography
import Foundation
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

@testable import ZeroKnowledge

/// A key, its proof's scheme and context under one seed.
private struct KeyFixture: ~Copyable {
  let bgv: BGV
  let scheme: KeyProofScheme
  let key: SecretKey<EpochKey>
  let coin = PRG.deriveSeed([], label: "key-proof-coin")
  let context = ProofContext(session: session(1), epoch: 3, batch: 0, prover: PartyID(1))
  var sampler: SecretSampler

  init(_ parameters: Parameters, seed: UInt64 = 0) throws {
    bgv = try BGV(parameters)
    scheme = KeyProofScheme(bgv)
    sampler = SecretSampler(PRG(seed: PRG.deriveSeed([], label: "key-proof-test", context: [seed])))
    let a = bgv.keyElement(seed: coin, role: EpochKey.self, owner: PartyID(1), epoch: 3)
    key = bgv.generateKey(a: a, from: &sampler)
  }

  mutating func proof() -> KeyProof { scheme.prove(key, in: context, from: &sampler) }

  func rejection(_ proof: KeyProof, key other: PublicKey<EpochKey>? = nil, in context: ProofContext? = nil)
    -> ProofRejection?
  {
    do {
      try scheme.verify(proof, of: other ?? key.publicKey, coin: coin, in: context ?? self.context)
      return nil
    } catch { return error }
  }
}

extension KeyProofScheme {
  /// One attempt on chosen secrets: cheating provers ignore the bounds, measurements count the failures.
  fileprivate func attempt(
    _ secrets: [WideIntegers], _ key: PublicKey<EpochKey>, in context: ProofContext, from sampler: inout SecretSampler,
    enforcingBounds: Bool
  ) -> KeyProof? {
    rows.attempt(
      secrets, transcript: transcript(key, context), from: &sampler, enforcingBounds: enforcingBounds,
      map: { combination($0, key, secret: true) }
    ).map(KeyProof.init(bytes:))
  }
}

@Suite struct KeyProofTests {
  static var toys: [Parameters] {
    get throws { [try InsecureToy64.parameters(), try InsecureToy257.parameters()] }
  }

  @Test func honestKeyProofsVerify() throws {
    for parameters in try Self.toys {
      var fixture = try KeyFixture(parameters)
      let proof = fixture.proof()
      #expect(proof.bytes.count == fixture.scheme.encodedByteCount)
      #expect(fixture.rejection(proof) == nil)
    }
  }

  @Test func aChangedResponseIsRejectedInEveryPosition() throws {
    var fixture = try KeyFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    for index in stride(from: 0, to: proof.bytes.count, by: 97) {
      var bytes = proof.bytes
      bytes[index] ^= 1
      #expect(fixture.rejection(KeyProof(bytes: bytes)) != nil, "byte \(index)")
    }
  }

  @Test func aCoefficientAboveTheBoundIsRejectedBeforeUse() throws {
    var fixture = try KeyFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    let width = fixture.scheme.rows.parts[0].response.bitWidth
    let bound = Int64(fixture.scheme.rows.parts[0].response.bound.words[0])
    for (value, outside) in [(bound, false), (bound + 1, true), (-bound, false), (-bound - 1, true)] {
      var bytes = proof.bytes
      write([UInt64(bitPattern: value)], bitWidth: width, at: 32, in: &bytes)
      let expected: ProofRejection = outside ? .responseOutOfRange(row: 0) : .challengeMismatch
      #expect(fixture.rejection(KeyProof(bytes: bytes)) == expected)
    }
  }

  @Test func proofsOfAnotherLengthAreRejected() throws {
    var fixture = try KeyFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    let row = (proof.bytes.count - 32) / fixture.scheme.rows.rowCount
    let expected = proof.bytes.count
    for bytes in [
      [], Array(proof.bytes.prefix(32)), proof.bytes.dropLast(), proof.bytes + [0], proof.bytes.dropLast(row),
      proof.bytes + proof.bytes.suffix(row),
    ] as [[UInt8]] {
      #expect(
        fixture.rejection(KeyProof(bytes: bytes)) == .wrongLength(expected: expected, received: bytes.count))
    }
  }

  @Test func replaysInAnotherContextAreRejected() throws {
    var fixture = try KeyFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    let here = fixture.context
    let otherSession = ProofContext(session: session(2), epoch: 3, batch: 0, prover: here.prover)
    let otherBatch = ProofContext(session: here.session, epoch: 3, batch: 1, prover: here.prover)
    #expect(fixture.rejection(proof, in: otherSession) == .challengeMismatch)
    #expect(fixture.rejection(proof, in: otherBatch) == .challengeMismatch)
    // Epoch and prover also decide a, so give each replay the key element it claims.
    for other in [
      ProofContext(session: here.session, epoch: 4, batch: 0, prover: here.prover),
      ProofContext(session: here.session, epoch: 3, batch: 0, prover: PartyID(0)),
    ] {
      #expect(fixture.rejection(proof, in: other) == .wrongKeyElement)
      let a = fixture.bgv.keyElement(
        seed: fixture.coin, role: EpochKey.self, owner: other.prover, epoch: other.epoch)
      let key = PublicKey<EpochKey>(a: a, b: fixture.key.publicKey.b)
      #expect(fixture.rejection(proof, key: key, in: other) == .challengeMismatch)
    }
  }

  @Test func proofsUnderAnotherParameterSetAreRejected() throws {
    var fixture = try KeyFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    var literal = InsecureToy257.literal()
    literal.ciphertextsPerProof += 1
    let other = KeyProofScheme(try BGV(try Parameters(insecure: literal)))
    #expect(other.encodedByteCount == proof.bytes.count)
    let (key, coin, context) = (fixture.key.publicKey, fixture.coin, fixture.context)
    #expect(throws: ProofRejection.challengeMismatch) { try other.verify(proof, of: key, coin: coin, in: context) }
  }

  @Test func keysWithAnotherElementOrAnotherBAreRejected() throws {
    var fixture = try KeyFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    let pk = fixture.key.publicKey
    #expect(fixture.rejection(proof, key: PublicKey(a: pk.b, b: pk.b)) == .wrongKeyElement)
    #expect(fixture.rejection(proof, key: PublicKey(a: pk.a, b: pk.a)) == .challengeMismatch)
  }

  @Test func aKeyWithALargeSecretOrErrorIsRejectedWhenItsProverIgnoresTheBounds() throws {
    var fixture = try KeyFixture(try InsecureToy64.parameters())
    let (ring, n) = (fixture.bgv.ring, fixture.bgv.ringDegree)
    let limbCount = fixture.bgv.parameters.primeCount
    let bounds = fixture.scheme.rows.parts.map { Int64($0.response.bound.words[0]) }
    for (s, e) in [(0, 3 * bounds[1]), (3 * bounds[0], 0)] {
      var secret = WideIntegers(zeros: n, wordCount: 1)
      var error = WideIntegers(zeros: n, wordCount: 1)
      secret[0] = [UInt64(bitPattern: s)]
      error[0] = [UInt64(bitPattern: e)]
      var noise = ring.reduce(error, limbCount: limbCount, secret: false)
      ring.scale(&noise, by: fixture.bgv.plaintextModulus, adding: nil)
      let a = fixture.key.publicKey.a
      let b = ring.sumOfProducts(
        [(a, ring.forwardTransform(ring.reduce(secret, limbCount: limbCount, secret: false)))],
        adding: ring.forwardTransform(noise))
      let key = PublicKey<EpochKey>(a: a, b: b)
      let proof = try #require(
        fixture.scheme.attempt(
          [secret, error], key, in: fixture.context, from: &fixture.sampler, enforcingBounds: false))
      // What does not fit into the width of the encoding is cut off: then the hash is wrong.
      switch fixture.rejection(proof, key: key) {
      case .responseOutOfRange, .challengeMismatch: break
      default: Issue.record("accepted or rejected for another reason")
      }
    }
  }

  @Test func attemptsSucceedWithTheRateOfTheRejectionParameter() throws {
    var fixture = try KeyFixture(try InsecureToy257.parameters())
    let n = fixture.bgv.ringDegree
    // Both witnesses: the rate does not depend on the secret.
    for value in [Int64(0), 1] {
      var secret = WideIntegers(zeros: n, wordCount: 1)
      var error = WideIntegers(zeros: n, wordCount: 1)
      for i in 0..<n {
        secret[i] = [UInt64(bitPattern: value)]
        error[i] = [UInt64(bitPattern: 21 * value)]
      }
      var accepted = 0
      let attempts = 400
      for _ in 0..<attempts {
        let proof = fixture.scheme.attempt(
          [secret, error], fixture.key.publicKey, in: fixture.context, from: &fixture.sampler, enforcingBounds: true)
        accepted += proof == nil ? 0 : 1
      }
      let rate = Double(accepted) / Double(attempts)
      // e^(−1/4) = 0.7788, standard deviation 0.0208: five deviations.
      #expect(abs(rate - exp(-0.25)) < 0.104, "rate \(rate)")
    }
  }

  @Test func aRejectionBecomesAnAbortThatNamesTheProver() {
    let step = StepLabel("key-proof", 0)
    #expect(
      ProofRejection.challengeMismatch.abort(step: step, from: PartyID(2))
        == .proofRejected(step: step, from: PartyID(2)))
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["SPDZ_SLOW"] == "1"))
  func theKeyProofOfSetAVerifies() throws {
    var fixture = try KeyFixture(try Parameters(validating: .a))
    let clock = ContinuousClock()
    var proof = KeyProof(bytes: [])
    let proving = clock.measure { proof = fixture.proof() }
    var rejection: ProofRejection?
    let verifying = clock.measure { rejection = fixture.rejection(proof) }
    #expect(rejection == nil)
    print("key proof, set A: prover \(proving), verifier \(verifying), \(proof.bytes.count) bytes")
  }
}
