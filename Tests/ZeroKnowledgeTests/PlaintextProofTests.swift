import Cryptography
import Foundation
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

@testable import ZeroKnowledge

/// A key A, U ciphertexts under it with their witnesses, and everything a proof needs, under one seed.
private struct PlaintextFixture: ~Copyable {
  let bgv: BGV
  let scheme: PlaintextProofScheme
  let key: SecretKey<EpochKey>
  let context = ProofContext(session: session(1), epoch: 3, batch: 5, prover: PartyID(1))
  let witnesses: [PlaintextWitness]
  let ciphertexts: [Ciphertext<EpochKey>]
  var sampler: SecretSampler

  init(_ parameters: Parameters, count: Int? = nil, seed: UInt64 = 0) throws {
    bgv = try BGV(parameters)
    scheme = PlaintextProofScheme(bgv)
    sampler = SecretSampler(PRG(seed: PRG.deriveSeed([], label: "plaintext-proof-test", context: [seed])))
    let coin = PRG.deriveSeed([], label: "plaintext-proof-coin")
    let a = bgv.keyElement(seed: coin, role: EpochKey.self, owner: PartyID(1), epoch: 3)
    key = bgv.generateKey(a: a, from: &sampler)
    var witnesses: [PlaintextWitness] = []
    for _ in 0..<(count ?? scheme.ciphertextLimit) {
      let m = sampler.plaintext(count: bgv.ringDegree, modulus: bgv.plaintextModulus)
      witnesses.append(PlaintextWitness(m, parameters, from: &sampler))
    }
    self.witnesses = witnesses
    let (scheme, publicKey) = (scheme, key.publicKey)
    ciphertexts = witnesses.map { scheme.encrypt($0, under: publicKey) }
  }

  var provenKey: ProvenKey<EpochKey> { ProvenKey(own: key, in: context) }

  mutating func proof() -> PlaintextProof {
    scheme.prove(ciphertexts, of: witnesses, under: key.publicKey, in: context, from: &sampler)
  }

  /// A prover that ignores the bounds and claims `lanes` for `ciphertexts`.
  mutating func claim(_ lanes: borrowing WitnessLanes, of ciphertexts: [Ciphertext<EpochKey>]) throws -> PlaintextProof
  {
    let statement = scheme.transcript(ciphertexts, key.publicKey, context)
    return try #require(
      scheme.attempt(lanes, statement: statement, under: key.publicKey, from: &sampler, enforcingBounds: false))
  }

  func rejection(
    _ proof: PlaintextProof, of other: [Ciphertext<EpochKey>]? = nil, under key: ProvenKey<EpochKey>? = nil,
    in context: ProofContext? = nil
  ) -> ProofRejection? {
    do {
      _ = try scheme.verify(
        proof, of: other ?? ciphertexts, under: key ?? provenKey, in: context ?? self.context)
      return nil
    } catch { return error }
  }

  /// First byte of part `part` of row 0.
  func start(ofPart part: Int) -> Int {
    32 + scheme.responses[..<part].reduce(0) { $0 + $1.byteCount(bgv.ringDegree) }
  }
}

/// x + delta for x ≥ 0, as `wordCount` words.
private func words(_ x: NaturalNumber, plus delta: UInt64 = 0, negated: Bool = false, wordCount: Int) -> [UInt64] {
  var carry = delta
  var result: [UInt64] = []
  for k in 0..<wordCount {
    let (sum, overflow) = (k < x.words.count ? x.words[k] : 0).addingReportingOverflow(carry)
    result.append(sum)
    carry = overflow ? 1 : 0
  }
  guard negated else { return result }
  carry = 1
  for k in 0..<wordCount {
    let (sum, overflow) = (~result[k]).addingReportingOverflow(carry)
    result[k] = sum
    carry = overflow ? 1 : 0
  }
  return result
}

@Suite struct PlaintextProofTests {
  @Test func honestProofsOfEveryCountVerifyAndYieldTwiceTheCiphertexts() throws {
    for parameters in try KeyProofTests.toys {
      for count in 1...parameters.literal.ciphertextsPerProof {
        var fixture = try PlaintextFixture(parameters, count: count)
        let proof = fixture.proof()
        #expect(proof.bytes.count == fixture.scheme.encodedByteCount)
        let proven = try fixture.scheme.verify(
          proof, of: fixture.ciphertexts, under: fixture.provenKey, in: fixture.context)
        #expect(proven.count == count)
        let p = fixture.bgv.plaintextModulus
        for (witness, ciphertext) in zip(fixture.witnesses, proven) {
          let expected = witness.message.withSpan { m in (0..<m.count).map { (m[$0] + m[$0]) % p } }
          let values = fixture.bgv.decrypt(ciphertext.doubled, with: fixture.key)
          #expect(values.withSpan { m in (0..<m.count).map { m[$0] } } == expected)
        }
      }
    }
  }

  @Test func messagesOfSeveralWordsVerifyWithTheShapeOfSetA() throws {
    var fixture = try PlaintextFixture(try InsecureToy64.shrinking(.a, toRingDegree: 64))
    #expect(fixture.scheme.responses[0].wordCount > 1)
    let proof = fixture.proof()
    #expect(fixture.rejection(proof) == nil)
  }

  @Test func extremePlaintextsVerify() throws {
    // The centred lifts at both ends and around the digits of 43 bits.
    let parameters = try InsecureToy64.shrinking(.a, toRingDegree: 64)
    var fixture = try PlaintextFixture(parameters, count: 1)
    let p = fixture.bgv.plaintextModulus
    let values: [UInt128] = [
      0, 1, p - 1, p / 2, p / 2 + 1, 1 << 43, 1 << 86, (1 << 86) - 1, p - (1 << 43), p - (1 << 86),
    ]
    let message = (0..<64).map { values[$0 % values.count] }
    let witness = PlaintextWitness(SecretBuffer(copying: message), parameters, from: &fixture.sampler)
    let ciphertext = fixture.scheme.encrypt(witness, under: fixture.key.publicKey)
    let proof = fixture.scheme.prove(
      [ciphertext], of: [witness], under: fixture.key.publicKey, in: fixture.context, from: &fixture.sampler)
    #expect(fixture.rejection(proof, of: [ciphertext]) == nil)
  }

  @Test func aChangedByteIsRejectedInEveryPosition() throws {
    // B9: every response altered, also by 1.
    var fixture = try PlaintextFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    for index in stride(from: 0, to: proof.bytes.count, by: 7) {
      var bytes = proof.bytes
      bytes[index] ^= 1
      #expect(fixture.rejection(PlaintextProof(bytes: bytes)) != nil, "byte \(index)")
    }
  }

  @Test func responsesAtTheBoundAreInRangeAndAboveItRejected() throws {
    // B6, B7: exactly Z_l passes the range check (and then fails the hash), Z_l + 1 does not.
    for parameters in [try InsecureToy257.parameters(), try InsecureToy64.shrinking(.a, toRingDegree: 64)] {
      var fixture = try PlaintextFixture(parameters)
      let proof = fixture.proof()
      for (part, response) in fixture.scheme.responses.enumerated() {
        for (delta, expected) in [
          (UInt64(0), ProofRejection.challengeMismatch), (1, .responseOutOfRange(row: 0)),
        ] {
          for isNegated in [false, true] {
            var bytes = proof.bytes
            let value = words(response.bound, plus: delta, negated: isNegated, wordCount: response.wordCount)
            write(value, bitWidth: response.bitWidth, at: fixture.start(ofPart: part), in: &bytes)
            #expect(fixture.rejection(PlaintextProof(bytes: bytes)) == expected, "part \(part), Z + \(delta)")
          }
        }
      }
    }
  }

  @Test func acceptanceBoundsAreMasksMinusUHonestWitnesses() throws {
    for parameters in try KeyProofTests.toys {
      let scheme = PlaintextProofScheme(try BGV(parameters))
      let limit = NaturalNumber(scheme.ciphertextLimit)
      for (part, honest) in parameters.budget.honestBounds.enumerated() {
        #expect(scheme.responses[part].bound == scheme.masks[part] - honest * limit)
      }
    }
  }

  @Test func anOversizedPlaintextOrCoinIsRejectedWhenItsProverIgnoresTheBounds() throws {
    // B6 (u, v, w) and B7 (m): a real, consistent witness, but one coefficient is far above the proven bound.
    var fixture = try PlaintextFixture(try InsecureToy257.parameters(), count: 1)
    let (bgv, n) = (fixture.bgv, fixture.bgv.ringDegree)
    for part in 0..<4 {
      let tooLarge = Int64(2 * fixture.scheme.masks[part].words[0] + 1)
      var lanes = WitnessLanes(count: 1, ringDegree: n)
      var integers = fixture.scheme.responses.map { WideIntegers(zeros: n, wordCount: $0.wordCount) }
      integers[part][3] = words(NaturalNumber(Int(tooLarge)), wordCount: integers[part].wordCount)
      lanes.set(tooLarge, lane: part == 0 ? 0 : part + 2, at: 3, ofCiphertext: 0)
      let ciphertext = fixture.scheme.encrypt(integers, under: fixture.key.publicKey, secret: false)
      // Cheating succeeds only if every challenge is 0: all rows, probability (2N+1)^−V.
      var isRejected = false
      switch fixture.rejection(try fixture.claim(lanes, of: [ciphertext]), of: [ciphertext]) {
      case .responseOutOfRange, .challengeMismatch: isRejected = true  // cut off by the encoding: the hash is wrong
      default: break
      }
      #expect(isRejected, "part \(part) of a ring of degree \(bgv.ringDegree)")
    }
  }

  @Test func aWitnessOfAnotherCiphertextIsRejected() throws {
    // B8: the proof is for C, the verifier holds C'; and the order of ciphertexts matters.
    var fixture = try PlaintextFixture(try InsecureToy257.parameters())
    let other = try PlaintextFixture(try InsecureToy257.parameters(), seed: 1)
    let proof = fixture.proof()
    #expect(fixture.rejection(proof, of: other.ciphertexts) == .challengeMismatch)
    #expect(fixture.rejection(proof, of: fixture.ciphertexts.reversed()) == .challengeMismatch)
    for k in fixture.ciphertexts.indices {
      var ciphertexts = fixture.ciphertexts
      ciphertexts[k] = other.ciphertexts[k]
      #expect(fixture.rejection(proof, of: ciphertexts) == .challengeMismatch)
    }
    let claimed = fixture.scheme.prove(
      other.ciphertexts, of: fixture.witnesses, under: fixture.key.publicKey, in: fixture.context,
      from: &fixture.sampler)
    #expect(fixture.rejection(claimed, of: other.ciphertexts) == .challengeMismatch)
  }

  @Test func aProofOfFewerCiphertextsDoesNotCoverMore() throws {
    var fixture = try PlaintextFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    let first = [fixture.ciphertexts[0]]
    #expect(fixture.rejection(proof, of: first) == .challengeMismatch)
    let single = fixture.scheme.prove(
      first, of: [fixture.witnesses[0]], under: fixture.key.publicKey, in: fixture.context, from: &fixture.sampler)
    #expect(fixture.rejection(single, of: first) == nil)
    #expect(fixture.rejection(single) == .challengeMismatch)
  }

  @Test func proofsOfAnotherLengthAreRejected() throws {
    // B9: empty, without rows, one row less or more, a byte less or more.
    var fixture = try PlaintextFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    let (expected, row) = (proof.bytes.count, (proof.bytes.count - 32) / fixture.scheme.rowCount)
    for bytes in [
      [], Array(proof.bytes.prefix(32)), proof.bytes.dropLast(), proof.bytes + [0], proof.bytes.dropLast(row),
      proof.bytes + proof.bytes.suffix(row),
    ] as [[UInt8]] {
      #expect(
        fixture.rejection(PlaintextProof(bytes: bytes)) == .wrongLength(expected: expected, received: bytes.count))
    }
  }

  @Test func replaysInAnotherContextAreRejected() throws {
    // B10. The key is given to each replay as proven in the context it claims, so that only the hash is left to notice.
    var fixture = try PlaintextFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    for other in [
      ProofContext(session: session(2), epoch: 3, batch: 5, prover: PartyID(1)),
      ProofContext(session: session(1), epoch: 4, batch: 5, prover: PartyID(1)),
      ProofContext(session: session(1), epoch: 3, batch: 6, prover: PartyID(1)),
      ProofContext(session: session(1), epoch: 3, batch: 5, prover: PartyID(0)),
    ] {
      let key = ProvenKey<EpochKey>(own: fixture.key, in: other)
      #expect(fixture.rejection(proof, under: key, in: other) == .challengeMismatch)
      let isOtherKey = other.epoch != 3 || other.prover != PartyID(1)
      #expect(fixture.rejection(proof, in: other) == (isOtherKey ? .wrongKeyElement : .challengeMismatch))
    }
  }

  @Test func proofsUnderAnotherKeyRoleOrParameterSetAreRejected() throws {
    var fixture = try PlaintextFixture(try InsecureToy257.parameters())
    let proof = fixture.proof()
    let context = fixture.context
    // Another role with the same numbers.
    let pk = fixture.key.publicKey
    let sessionKey = ProvenKey<SessionKey>(PublicKey(a: pk.a, b: pk.b), of: context)
    let ciphertexts = fixture.ciphertexts.map { Ciphertext<SessionKey>(c0: $0.c0, c1: $0.c1) }
    #expect(throws: ProofRejection.challengeMismatch) {
      try fixture.scheme.verify(proof, of: ciphertexts, under: sessionKey, in: context)
    }
    // Another key of the same owner and epoch.
    let swapped = ProvenKey<EpochKey>(PublicKey(a: pk.b, b: pk.a), of: context)
    #expect(fixture.rejection(proof, under: swapped) == .challengeMismatch)
    // A parameter set that differs in nothing that the proof's shape shows.
    var literal = InsecureToy257.literal()
    literal.keyProofRepetitions += 1
    let other = PlaintextProofScheme(try BGV(try Parameters(insecure: literal)))
    #expect(other.encodedByteCount == proof.bytes.count)
    let (mine, key) = (fixture.ciphertexts, fixture.provenKey)
    #expect(throws: ProofRejection.challengeMismatch) { try other.verify(proof, of: mine, under: key, in: context) }
  }

  @Test func attemptsSucceedWithTheRateOfTheRejectionParameterWhateverTheWitness() throws {
    var fixture = try PlaintextFixture(try InsecureToy257.parameters())
    let n = fixture.bgv.ringDegree
    let statement = fixture.scheme.transcript(fixture.ciphertexts, fixture.key.publicKey, fixture.context)
    for bounds in [[Int64(0), 0, 0, 0], [128, 1, 21, 21]] {
      var lanes = WitnessLanes(count: 2, ringDegree: n)
      for (part, lane) in [0, 3, 4, 5].enumerated() {
        for k in 0..<2 { for i in 0..<n { lanes.set(bounds[part], lane: lane, at: i, ofCiphertext: k) } }
      }
      var accepted = 0
      let attempts = 400
      for _ in 0..<attempts {
        let proof = fixture.scheme.attempt(
          lanes, statement: statement, under: fixture.key.publicKey, from: &fixture.sampler, enforcingBounds: true)
        accepted += proof == nil ? 0 : 1
      }
      let rate = Double(accepted) / Double(attempts)
      // e^(−1/4) = 0.7788, standard deviation 0.0208: five deviations.
      #expect(abs(rate - exp(-0.25)) < 0.104, "rate \(rate)")
    }
  }

  @Test func attemptsThatLeaveTheBoxAreNeverReturned() throws {
    // The plaintext's mask plus 4 times its bound leaves the box in nearly all attempts; nil is all a caller gets.
    var fixture = try PlaintextFixture(try InsecureToy257.parameters(), count: 1)
    let statement = fixture.scheme.transcript(fixture.ciphertexts, fixture.key.publicKey, fixture.context)
    var lanes = WitnessLanes(count: 1, ringDegree: fixture.bgv.ringDegree)
    for i in 0..<fixture.bgv.ringDegree {
      lanes.set(Int64(4 * fixture.scheme.masks[0].words[0]), lane: 0, at: i, ofCiphertext: 0)
    }
    for _ in 0..<20 {
      let proof = fixture.scheme.attempt(
        lanes, statement: statement, under: fixture.key.publicKey, from: &fixture.sampler, enforcingBounds: true)
      #expect(proof == nil)
    }
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["SPDZ_SLOW"] == "1"), arguments: ["A", "B"])
  func theProofOfAFullSetVerifies(_ name: String) throws {
    let literal = try #require([ParameterLiteral.a, .b].first { $0.name == name })
    var fixture = try PlaintextFixture(try Parameters(validating: literal))
    let clock = ContinuousClock()
    var proof = PlaintextProof(bytes: [])
    let proving = clock.measure { proof = fixture.proof() }
    var rejection: ProofRejection?
    let verifying = clock.measure { rejection = fixture.rejection(proof) }
    #expect(rejection == nil)
    print(
      "plaintext proof, set \(name), U = \(fixture.ciphertexts.count): prover \(proving), verifier \(verifying), "
        + "\(proof.bytes.count) bytes")
  }
}
