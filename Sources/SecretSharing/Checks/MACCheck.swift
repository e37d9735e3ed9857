internal import Cryptography
package import FieldArithmetic
public import MPCCore

/// The batched MAC check: α·A = γ(A) for a random linear combination A of everything opened since the last check.
///
/// Paper: [DKLPSS13, Fig. 10, MACCheck]. Cost: 4 rounds (coin 2, commit, open), O(n) bytes, 2t products per party.
/// Soundness error 2/p per call. Departs from the paper: the coefficients are expanded from one jointly tossed seed;
/// the commitments carry the broadcast transcript; a gate per key keeps checks of different channels apart [RS25].
public enum MACCheck {
  /// Step 4: the commitment to (σ_i, T).
  public struct Commitment: CommitmentMessage {
    public static let step = StepLabel("MACCheck", 4)
    public static let kind = MessageKind(library: 0x102)
    public var digest: [UInt8]
    public var transcript: [UInt8]
    public init(digest: [UInt8], transcript: [UInt8]) {
      self.digest = digest
      self.transcript = transcript
    }
  }

  /// Step 5: (σ_i, T).
  public struct Opening: CommitmentOpening {
    public static let step = StepLabel("MACCheck", 5)
    public static let kind = MessageKind(library: 0x103)
    public var value: [UInt8]
    public var randomness: [UInt8]
    public init(value: [UInt8], randomness: [UInt8]) {
      self.value = value
      self.randomness = randomness
    }
  }

  /// Coefficients are expanded and used in blocks of this many, so that they stay in the first-level cache.
  static let blockCount = 1024

  /// Checks `opened`; the caller holds the key's gate until this returned, and for ever if it threw.
  /// - Throws: `macCheckFailed` (nobody named), and what ``ProtocolContext/commitThenOpen(_:counter:_:_:)`` throws.
  package static func run<F: PrimeField, C: Channel>(
    opened: OpenedValues<F>, key: MACKey<F>, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) {
    let seed = try await context.coinToss()  // 1: joint χ, after all openings
    let (value, macShare) = combine(opened, seed: seed)  // 2, 3: A = Σ χ_j A_j, γ_i = Σ χ_j γ(A_j)_i
    let sigma = key.withShare { alpha in macShare - alpha * value }  //    σ_i = γ_i − α_i A
    // Another channel may have ended the session meanwhile; with the wiped share σ_i would be γ_i and show α.
    if SecurityCheck.noSigmaAfterAbort.isKept, let reason = key.gate.closedBecause { throw reason }
    let transcript = context.channel.transcriptDigest()
    let openings = try await context.commitThenOpen(  // 4, 5
      encode(sigma) + transcript, counter: context.nextCounter(), Commitment.self, Opening.self)
    #if KILL_MATRIX
    if !SecurityCheck.verdictInsideGate.isKept {
      key.gate.leave()
      await Task.yield()
    }
    #endif
    var sum = F.zero
    for party in context.channel.parties {
      let bytes = openings[party.index]
      guard let theirs = decode(bytes, as: F.self) else {
        throw .malformedMessage(step: Opening.step, from: party, reason: .nonCanonical)
      }
      guard SecurityCheck.transcriptInMACCheck.holds(Array(bytes.dropFirst(F.encodedByteCount)) == transcript) else {
        throw .transcriptMismatch(step: Opening.step, from: party)
      }
      sum += theirs
    }
    guard SecurityCheck.macCheckSum.holds(sum == .zero) else {  // 6: Σ σ_i = 0
      throw .macCheckFailed(openings: opened.count)
    }
    context.channel.note(.checkPassed(Opening.step, count: opened.count))
  }

  /// Σ χ_j A_j and Σ χ_j γ(A_j)_i with χ expanded from `seed` in the ledger's order.
  package static func combine<F: PrimeField>(_ opened: OpenedValues<F>, seed: [UInt8]) -> (value: F, macShare: F) {
    let prg = PRG(seed: seed)
    var chi = [F](repeating: .zero, count: blockCount)
    var value = F.zero
    var macShare = F.zero
    for batch in opened.batches {
      var offset = 0
      for segment in batch.segments {
        var start = 0
        while start < segment.macShares.count {
          let length = min(blockCount, segment.macShares.count - start)
          var chiSpan = chi.mutableSpan
          var chiUsed = chiSpan._mutatingExtracting(0..<length)
          prg.fill(&chiUsed)
          let coefficients = chi.span.extracting(0..<length)
          let range = start..<(start + length)
          value += F.dot(coefficients, batch.opened.span.extracting((offset + start)..<(offset + start + length)))
          macShare += F.dot(coefficients, segment.macShares.span.extracting(range))
          if let minus = segment.minus { macShare -= F.dot(coefficients, minus.span.extracting(range)) }
          start += length
        }
        offset += segment.macShares.count
      }
    }
    return (value, macShare)
  }

  private static func encode<F: PrimeField>(_ value: F) -> [UInt8] {
    var writer = WireWriter(byteCount: F.encodedByteCount)
    writer.append(fields: [value])
    return writer.finish()
  }

  private static func decode<F: PrimeField>(_ bytes: [UInt8], as field: F.Type) -> F? {
    var reader = WireReader(bytes)
    return (try? reader.fields(1, as: F.self))?.first
  }
}
