import Cryptography
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

@testable import ZeroKnowledge

@Suite struct StatementTests {
  /// B11: if the ciphertext were not in the hash, a prover would choose it last. With one row: A arbitrary, W from the
  /// hash, any z in range, and C = W^-1·(Enc(z) − A) is a ciphertext of nothing at all that the equations accept.
  @Test func aCiphertextChosenAfterTheChallengeIsRejected() throws {
    var literal = InsecureToy257.literal()
    literal.proofSoundness = 3
    literal.keyProofRepetitions = 1
    var fixture = try OperandProofFixture(try Parameters(insecure: literal))
    try #require(fixture.scheme.rowCount == 1)
    let (scheme, publicKey, ring) = (fixture.scheme, fixture.key.publicKey, fixture.bgv.ring)
    let commitment = Ciphertext<EpochKey>(c0: publicKey.b, c1: publicKey.b)
    for attempt in 0..<40 {
      var z: [WideIntegers] = []
      for response in scheme.responses {
        z.append(
          fixture.sampler.symmetric(count: fixture.n, bound: response.bound, wordCount: response.wordCount))
      }
      // Its own C is not known yet: the hash gets another.
      var transcript = scheme.transcript([fixture.encrypt(fixture.witnesses(1))[0]], publicKey, fixture.context)
      transcript.absorb(commitment)
      let challenge = transcript.challengeSeed("challenge")
      guard
        case .monomial(let exponent) = MonomialChallenge.expand(
          seed: challenge, rows: 1, count: 1, ringDegree: fixture.n)[0][0]
      else { continue }
      let encrypted = scheme.encrypt(z, under: publicKey, secret: false)
      var (c0, c1) = (encrypted.c0, encrypted.c1)
      ring.subtract(commitment.c0, from: &c0)
      ring.subtract(commitment.c1, from: &c1)
      let inverse = monomial((2 * fixture.n - exponent) % (2 * fixture.n), ring)
      let chosen = Ciphertext<EpochKey>(c0: ring.multiply(c0, inverse), c1: ring.multiply(c1, inverse))
      var writer = WireWriter(byteCount: scheme.encodedByteCount)
      writer.append(challenge)
      for (response, part) in zip(scheme.responses, z) { response.encode(part, into: &writer) }
      #expect(fixture.rejection(bytes: writer.finish(), of: [chosen]) == .challengeMismatch, "attempt \(attempt)")
    }
  }

  /// ±X^exponent, 0 ≤ exponent < 2N.
  private func monomial(_ exponent: Int, _ ring: any RingBackend) -> Poly<Evaluations> {
    let (n, limbCount) = (ring.basis.ringDegree, ring.basis.moduli.count)
    var x = WideIntegers(zeros: n, wordCount: 1)
    x[exponent % n] = [exponent < n ? 1 : .max]
    return ring.forwardTransform(ring.reduce(x, limbCount: limbCount, secret: false))
  }
}
