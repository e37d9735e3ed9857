import Cryptography
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

@testable import ZeroKnowledge

@Suite struct PlaintextProofSoundnessTests {
  @Test func proofsOfOneToUCiphertextsVerify() throws {
    for parameters in try operandProofToys() {
      var fixture = try OperandProofFixture(parameters)
      let limit = parameters.literal.ciphertextsPerProof
      for count in limit <= 2 ? Array(1...limit) : [1, 2, limit - 1, limit] {
        let (ciphertexts, proof) = fixture.proof(count: count)
        #expect(proof.bytes.count == fixture.scheme.encodedByteCount)
        #expect(fixture.rejection(proof, of: ciphertexts) == nil, "\(parameters.literal.name), \(count)")
      }
    }
  }

  @Test func everyCountUpToUVerifiesInShrunkSetA() throws {
    var fixture = try OperandProofFixture(try InsecureToy64.shrinking(.a, toRingDegree: 64))
    for count in 1...18 {
      let (ciphertexts, proof) = fixture.proof(count: count)
      #expect(fixture.rejection(proof, of: ciphertexts) == nil, "\(count)")
    }
  }

  @Test func extremeWitnessesVerify() throws {
    for parameters in try operandProofToys() {
      var fixture = try OperandProofFixture(parameters)
      let p = parameters.plaintext.value
      let limit = parameters.literal.ciphertextsPerProof
      for m in [0, 1, p / 2, p / 2 + 1, p - 1] {
        for sign in [Int8(1), -1] {
          let witness = fixture.constantWitness(m, u: sign, v: 21 * sign, w: -21 * sign)
          let (ciphertexts, proof) = fixture.proof([PlaintextWitness](repeating: witness, count: limit))
          #expect(fixture.rejection(proof, of: ciphertexts) == nil, "\(parameters.literal.name), \(m)")
        }
      }
    }
  }

  @Test func verifiedCiphertextsAreTwiceTheOriginalAndDecryptToTwiceThePlaintext() throws {
    // B12: a prover that goes on with m while all others use 2C computes with other values.
    for parameters in try operandProofToys() {
      var fixture = try OperandProofFixture(parameters)
      let p = parameters.plaintext.value
      let witnesses = fixture.witnesses(2)
      let (ciphertexts, proof) = fixture.proof(witnesses)
      let proven = try fixture.scheme.verify(proof, of: ciphertexts, under: fixture.provenKey, in: fixture.context)
      for (k, ciphertext) in proven.enumerated() {
        #expect(ciphertext.doubled != ciphertexts[k])
        let plaintext = fixture.bgv.decrypt(ciphertext.doubled, with: fixture.key)
        let values = plaintext.withSpan { x in x.indices.map { x[$0] } }
        #expect(values == witnesses[k].message.withSpan { m in m.indices.map { (m[$0] << 1) % p } })
      }
    }
  }

  @Test func oversizedWitnessesAreRejectedInEveryPart() throws {
    // B6, B7: the prover knows everything about its ciphertext, but one coefficient is too large, and it ignores the
    // bounds. Lanes 1 and 2 are the parts of m at 2^43 and 2^86, of which the bounds allow 2^76 and 2^145.
    let small = [(lane: 1, exponent: 36), (2, 30), (3, 30), (4, 30), (5, 30)]
    let large = [(lane: 2, exponent: 61), (3, 30), (4, 30), (5, 30)]
    for (parameters, cases) in [
      (try InsecureToy64.parameters(), small), (try InsecureToy64.shrinking(.a, toRingDegree: 64), large),
    ] {
      var fixture = try OperandProofFixture(parameters)
      for (lane, exponent) in cases {
        let value = Int64(1) << exponent
        for signed in [value, -value] {
          var lanes = WitnessLanes(fixture.witnesses(1), fixture.bgv)
          lanes.set(signed, lane: lane, at: 3, ofCiphertext: 0)
          let ciphertext = fixture.encrypt(lanes)
          let claim = fixture.claim(lanes, of: [ciphertext])
          let proof = try #require(claim)
          // What does not fit into the width of the encoding is cut off: then the hash is wrong.
          switch fixture.rejection(proof, of: [ciphertext]) {
          case .responseOutOfRange, .challengeMismatch: break
          default: Issue.record("lane \(lane): accepted or rejected for another reason")
          }
        }
      }
    }
  }

  @Test func theSameProverWithAWitnessInRangeIsAccepted() throws {
    // So what stops it above is the size of the witness.
    var fixture = try OperandProofFixture(try InsecureToy64.parameters())
    var lanes = WitnessLanes(fixture.witnesses(1), fixture.bgv)
    lanes.set(21, lane: 4, at: 3, ofCiphertext: 0)
    let ciphertext = fixture.encrypt(lanes)
    var accepted = 0
    for _ in 0..<20 {
      let claim = fixture.claim(lanes, of: [ciphertext])
      let proof = try #require(claim)
      switch fixture.rejection(proof, of: [ciphertext]) {
      case nil: accepted += 1
      case .responseOutOfRange: break
      default: Issue.record("rejected for another reason")
      }
    }
    #expect(accepted > 5)
  }

  @Test func guessingTheChallengeOfABadCiphertextSucceedsOnceIn2NPlus1() throws {
    // The best a prover can do: commit to Enc(z) − W·C for a guess W. With one row and N = 16 it wins one time in 33.
    var literal = InsecureToy257.literal()
    literal.proofSoundness = 3
    literal.keyProofRepetitions = 1
    var fixture = try OperandProofFixture(try Parameters(insecure: literal))
    try #require(fixture.scheme.rowCount == 1)
    let (scheme, publicKey, ring) = (fixture.scheme, fixture.key.publicKey, fixture.bgv.ring)
    // A ciphertext of nothing at all.
    let junk = Ciphertext<EpochKey>(c0: publicKey.b, c1: publicKey.b)
    var accepted = 0
    let attempts = 3300
    for attempt in 0..<attempts {
      let guess = attempt % 33
      var z: [WideIntegers] = []
      for response in scheme.responses {
        z.append(
          fixture.sampler.symmetric(
            count: fixture.n, bound: response.bound, wordCount: response.wordCount))
      }
      let commitment = scheme.encrypt(z, under: publicKey, secret: false)
      var (c0, c1) = (commitment.c0, commitment.c1)
      if guess > 0 {
        let shifted = ring.multiply(publicKey.b, monomial(guess - 1, ring))
        ring.subtract(shifted, from: &c0)
        ring.subtract(shifted, from: &c1)
      }
      var transcript = scheme.transcript([junk], publicKey, fixture.context)
      transcript.absorb(Ciphertext<EpochKey>(c0: c0, c1: c1))
      var writer = WireWriter(byteCount: scheme.encodedByteCount)
      writer.append(transcript.challengeSeed("challenge"))
      for (response, part) in zip(scheme.responses, z) { response.encode(part, into: &writer) }
      accepted += fixture.rejection(bytes: writer.finish(), of: [junk]) == nil ? 1 : 0
    }
    // 100 expected, standard deviation 9.8: five deviations.
    #expect((51...149).contains(accepted), "\(accepted) of \(attempts)")
  }

  /// ±X^exponent, 0 ≤ exponent < 2N.
  private func monomial(_ exponent: Int, _ ring: any RingBackend) -> Poly<Evaluations> {
    let (n, limbCount) = (ring.basis.ringDegree, ring.basis.moduli.count)
    var x = WideIntegers(zeros: n, wordCount: 1)
    x[exponent % n] = [exponent < n ? 1 : .max]
    return ring.forwardTransform(ring.reduce(x, limbCount: limbCount, secret: false))
  }

  @Test func responsesAtTheBoundAreAcceptedAndBeyondItRejected() throws {
    // The witnesses are zero, so the responses are the masks.
    for parameters in try operandProofToys() {
      let fixture = try OperandProofFixture(parameters)
      let (scheme, n) = (fixture.scheme, fixture.n)
      let lanes = WitnessLanes(count: 1, ringDegree: n)
      let ciphertext = fixture.encrypt(lanes)
      for part in 0..<4 {
        for (excess, isNegative) in [(UInt64(0), false), (0, true), (1, false), (1, true)] {
          let bound = scheme.responses[part].bound + NaturalNumber(excess)
          var transcript = scheme.transcript([ciphertext], fixture.key.publicKey, fixture.context)
          var rows: [[WideIntegers]] = []
          for row in 0..<scheme.rowCount {
            var masks = scheme.responses.map { WideIntegers(zeros: n, wordCount: $0.wordCount) }
            if row == scheme.rowCount - 1 { masks[part][n - 1] = words(bound, masks[part].wordCount, isNegative) }
            transcript.absorb(scheme.encrypt(masks, under: fixture.key.publicKey, secret: true))
            rows.append(masks)
          }
          let shown = scheme.respond(masks: rows, after: transcript, lanes, enforcingBounds: true)
          #expect((shown == nil) == (excess > 0), "the honest prover")
          let claim = scheme.respond(masks: rows, after: transcript, lanes, enforcingBounds: false)
          let proof = try #require(claim)
          // A bound of 2^k − 1 plus one may not fit the encoding; then it is cut off.
          let rejection = fixture.rejection(proof, of: [ciphertext])
          if excess == 0 {
            #expect(rejection == nil)
          } else {
            #expect(rejection == .responseOutOfRange(row: scheme.rowCount - 1) || rejection == .challengeMismatch)
          }
        }
      }
    }
  }

  private func words(_ x: NaturalNumber, _ wordCount: Int, _ isNegative: Bool) -> [UInt64] {
    let words = x.words + [UInt64](repeating: 0, count: wordCount - x.words.count)
    guard isNegative else { return words }
    var carry = true
    return words.map { word in
      let sum = (~word).addingReportingOverflow(carry ? 1 : 0)
      carry = sum.overflow
      return sum.partialValue
    }
  }

  @Test func otherCiphertextsThanTheProvenOnesAreRejected() throws {
    // B8, B9: another ciphertext, another order, another number.
    var fixture = try OperandProofFixture(try InsecureToy257.parameters())
    let (c, proof) = fixture.proof(count: 2)
    let other = fixture.encrypt(fixture.witnesses(1))[0]
    for ciphertexts in [
      [other, c[1]], [c[0], other], [c[1], c[0]], [c[0]], [c[1]], [c[0], c[0]],
      [Ciphertext(c0: c[0].c1, c1: c[0].c0), c[1]], [fixture.bgv.doubled(c[0]), c[1]],
    ] {
      #expect(fixture.rejection(proof, of: ciphertexts) == .challengeMismatch)
    }
    let (single, singleProof) = fixture.proof(count: 1)
    #expect(fixture.rejection(singleProof, of: single) == nil)
    #expect(fixture.rejection(singleProof, of: single + single) == .challengeMismatch)
  }

  @Test func rowsAndPartsInAnotherOrderAreRejected() throws {
    var fixture = try OperandProofFixture(try InsecureToy257.parameters())
    let (ciphertexts, proof) = fixture.proof(count: 2)
    let row = (proof.bytes.count - 32) / fixture.scheme.rowCount
    let (first, second) = (proof.bytes[32..<(32 + row)], proof.bytes[(32 + row)..<(32 + 2 * row)])
    let swapped = proof.bytes[..<32] + second + first + proof.bytes[(32 + 2 * row)...]
    #expect(fixture.rejection(bytes: Array(swapped), of: ciphertexts) == .challengeMismatch)
  }

  @Test func provingWithoutOrWithTooManyCiphertextsStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      var fixture = try OperandProofFixture(try InsecureToy257.parameters())
      _ = fixture.proof(count: 0)
    }
    await #expect(processExitsWith: .failure) {
      var fixture = try OperandProofFixture(try InsecureToy257.parameters())
      _ = fixture.proof(count: 3)
    }
  }
}
