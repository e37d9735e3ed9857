internal import Cryptography
internal import LatticeEncryption
internal import MPCCore

/// What a Σ-protocol with bit challenges needs to know about one part of the witness, a vector of integers.
struct WitnessPart: Sendable {
  /// How many integers.
  let count: Int
  /// Masks are uniform in [−mask, mask].
  let mask: NaturalNumber
  /// Responses that may be shown: mask minus the honest bound.
  let response: BoundedIntegers

  init(count: Int, mask: NaturalNumber, honest: NaturalNumber) {
    (self.count, self.mask, response) = (count, mask, BoundedIntegers(mask - honest))
  }

  var byteCount: Int { response.byteCount(count) }
}

/// The Σ-protocol for "I know a short x with f(x) = t", f linear over the integers into R_q^k, with bit challenges, in many
/// rows at once, made non-interactive by Fiat–Shamir with rejection. The key proof and the constant proof are two f.
///
/// Row: mask y, commitment f(y), response z = y + bit·x; the verifier hashes f(z) − bit·t. An attempt is thrown away unless
/// all responses are within the mask's bound minus the witness's; per integer this happens with probability
/// (2Z+1)/(2M+1) whatever the witness is, and conditioned on it z is uniform. Two accepting transcripts with the same
/// commitments differ in a bit by ±1, so their responses differ by ±x exactly: |x| ≤ 2Z. Source: Lyubashevsky,
/// ASIACRYPT 2009, with the binary challenges of [DPSZ12, appendix A].
///
/// On the wire: challenge of 32 bytes, then the rows, each with its parts in order.
struct BitChallengeProof: Sendable {
  let ring: any RingBackend
  let rowCount: Int
  let parts: [WitnessPart]

  static var challengeByteCount: Int { 32 }

  /// The length of every proof.
  var encodedByteCount: Int { Self.challengeByteCount + rowCount * parts.reduce(0) { $0 + $1.byteCount } }

  /// f, into R_q^k.
  typealias Map = ([WideIntegers]) -> [Poly<Evaluations>]

  // MARK: Prover

  /// Repeats with fresh masks until an attempt may be shown.
  func prove(
    _ witness: [WideIntegers], transcript: FiatShamirTranscript, from sampler: inout SecretSampler, map: Map
  ) -> [UInt8] {
    while true {
      if let proof = attempt(witness, transcript: transcript, from: &sampler, enforcingBounds: true, map: map) {
        return proof
      }
    }
  }

  /// One attempt; nil if a response left its box. Rejected attempts are wiped. Cheating provers in tests do not enforce
  /// the bounds. In memory are the masks of all rows.
  func attempt(
    _ witness: [WideIntegers], transcript: FiatShamirTranscript, from sampler: inout SecretSampler,
    enforcingBounds: Bool, map: Map
  ) -> [UInt8]? {
    var transcript = transcript
    var rows: [[WideIntegers]] = []  // masks first; every vector is wiped on release
    rows.reserveCapacity(rowCount)
    for _ in 0..<rowCount {
      var masks: [WideIntegers] = []
      for part in parts {
        masks.append(
          sampler.symmetric(count: part.count, bound: part.mask, wordCount: part.response.wordCount))
      }
      absorbCommitment(map(masks), into: &transcript)
      rows.append(masks)
    }
    let challenge = transcript.challengeSeed("challenge")
    let bits = challengeBits(challenge)
    var accepted = true
    for row in 0..<rowCount {
      for k in parts.indices {
        if bits[row] { rows[row][k].add(witness[k]) }
        let inside = parts[k].response.contains(rows[row][k])
        accepted = inside && accepted
      }
    }
    guard accepted || !enforcingBounds else { return nil }
    return encode(challenge: challenge, rows: rows)
  }

  func encode(challenge: [UInt8], rows: [[WideIntegers]]) -> [UInt8] {
    var writer = WireWriter(byteCount: encodedByteCount)
    writer.append(challenge)
    for responses in rows {
      for (part, z) in zip(parts, responses) { part.response.encode(z, into: &writer) }
    }
    return writer.finish()
  }

  // MARK: Verifier

  /// Accepts or throws. One row is in memory at a time.
  /// - Parameters: statement: t; transcript: holds the context and the statement already.
  func verify(
    _ proof: [UInt8], statement: [Poly<Evaluations>], transcript: FiatShamirTranscript, map: Map
  ) throws(ProofRejection) {
    let wrongLength = ProofRejection.wrongLength(expected: encodedByteCount, received: proof.count)
    guard SecurityCheck.proofLength.holds(proof.count == encodedByteCount) else { throw wrongLength }
    var transcript = transcript
    var reader = WireReader(proof)
    let challenge: [UInt8]
    do { challenge = try reader.bytes(Self.challengeByteCount) } catch { throw wrongLength }
    for (row, bit) in challengeBits(challenge).enumerated() {
      var responses: [WideIntegers] = []
      for part in parts {
        let z: WideIntegers?
        do {
          z = try part.response.decode(count: part.count, from: &reader, check: .exactResponseBound)
        } catch {
          throw error == .truncated ? wrongLength : .nonCanonicalResponse(row: row)
        }
        guard let z else { throw .responseOutOfRange(row: row) }
        responses.append(z)
      }
      var commitment = map(responses)
      if bit {
        for k in commitment.indices { ring.subtract(statement[k], from: &commitment[k]) }
      }
      absorbCommitment(commitment, into: &transcript)
    }
    let isRight = constantTimeEqual(transcript.challengeSeed("challenge"), challenge)
    guard SecurityCheck.exactProofChallenge.holds(isRight) else { throw .challengeMismatch }
  }

  // MARK: Common

  func absorbCommitment(_ commitment: [Poly<Evaluations>], into transcript: inout FiatShamirTranscript) {
    for f in commitment { transcript.absorb("commitment", f) }
  }

  func challengeBits(_ challenge: [UInt8]) -> [Bool] {
    let seed = PRG.deriveSeed(challenge, label: "challenge-bits")
    let bytes = PRG(seed: seed).bytes((rowCount + 7) / 8)
    return (0..<rowCount).map { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
  }
}

extension WideIntegers {
  /// x ← x + y modulo 2^(64·wordCount), in two's complement; equal counts and word counts.
  mutating func add(_ y: WideIntegers) {
    precondition(y.count == count && y.wordCount == wordCount, "vectors of one shape")
    let (count, wordCount) = (count, wordCount)
    y.withWords { summand in
      withMutableWords { words in
        for i in 0..<count {
          var carry: UInt128 = 0
          for k in stride(from: i, to: wordCount &* count, by: count) {
            carry &+= UInt128(words[k]) &+ UInt128(summand[k])
            words[k] = UInt64(truncatingIfNeeded: carry)
            carry >>= 64
          }
        }
      }
    }
  }

  /// Small secret integers as `wordCount` words; wiped on release.
  init(_ x: Span<Int8>, wordCount: Int) {
    self.init(zeros: x.count, wordCount: wordCount, secret: true)
    let count = x.count
    withMutableWords { words in
      for i in 0..<count {
        for k in 0..<wordCount { words[k &* count &+ i] = UInt64(bitPattern: Int64(x[i]) >> (k == 0 ? 0 : 63)) }
      }
    }
  }
}
