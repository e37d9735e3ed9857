internal import COpenSSLShim
public import MPCCore

/// The public coin of a non-interactive proof: a SHA-256 over everything the verifier would have seen.
///
/// Every item carries its label and length, so that no two different sequences of items encode alike. The context
/// (protocol, session, prover, parameters) comes first; a challenge depends on all of it and is itself absorbed, so
/// that later challenges depend on earlier ones. Source: Fiat, Shamir, CRYPTO 1986; strong form, statement included.
public struct FiatShamirTranscript: Sendable {
  private enum Tag {
    static let bytes: UInt64 = 1
    static let integers: UInt64 = 2
    static let challenge: UInt64 = 3
    static let interleaved: UInt64 = 4
  }

  private var state: SHA256

  /// Starts a transcript.
  /// - Parameters:
  ///   - protocolName: names the proof and its version, for example "plaintext-knowledge/v1".
  ///   - session: the session the proof belongs to.
  ///   - party: the prover.
  ///   - parameters: everything both sides must agree on (moduli, dimensions, security), as integers.
  public init(protocolName: String, session: SessionID, party: PartyID, parameters: [UInt64]) {
    state = SHA256()
    state.update(text: "fiat-shamir/v1")
    state.update(lengthPrefixed: protocolName)
    if SecurityCheck.proofSession.isKept { state.update(session.bytes) }
    if SecurityCheck.proofProver.isKept { state.update(UInt64(party.index)) }
    if SecurityCheck.proofParameters.isKept {
      state.update(count: parameters.count)
      for parameter in parameters { state.update(parameter) }
    }
  }

  /// Absorbs `bytes` under `label`.
  public mutating func absorb(_ label: String, _ bytes: [UInt8]) {
    state.update(Tag.bytes)
    state.update(lengthPrefixed: label)
    state.update(lengthPrefixed: bytes)
  }

  /// Absorbs `bytes` under `label` without copying them.
  public mutating func absorb(_ label: String, _ bytes: RawSpan) {
    state.update(Tag.bytes)
    state.update(lengthPrefixed: label)
    state.update(count: bytes.byteCount)
    state.update(bytes)
  }

  /// Absorbs a long vector under `label`, several times faster where AVX-512 is there: the 4-byte words are dealt out to 16
  /// messages, word i to message i mod 16, and the digests of the messages are absorbed instead of the bytes.
  ///
  /// Length and kind are absorbed first, so that the bytes are the only ones with these digests unless SHA-256 collides.
  /// Bytes after the last whole KiB are absorbed as they are.
  public mutating func absorbInterleaved(_ label: String, _ bytes: RawSpan) { absorb(label, bytes, vectors: true) }

  /// The same, with the choice that tests compare.
  mutating func absorb(_ label: String, _ bytes: RawSpan, vectors: Bool) {
    state.update(Tag.interleaved)
    state.update(lengthPrefixed: label)
    state.update(count: bytes.byteCount)
    let blocks = bytes.byteCount / 1024
    let digests = unsafe [UInt8](unsafeUninitializedCapacity: 512) { digests, count in
      unsafe bytes.withUnsafeBytes { buffer in
        _ = unsafe spdz_sha256_lanes(buffer.baseAddress, blocks, vectors ? 1 : 0, digests.baseAddress)
      }
      count = 512
    }
    state.update(digests)
    state.update(bytes.extracting(droppingFirst: 1024 * blocks))
  }

  /// Absorbs integers under `label`.
  public mutating func absorb(_ label: String, integers: [UInt64]) {
    state.update(Tag.integers)
    state.update(lengthPrefixed: label)
    state.update(count: integers.count)
    for value in integers { state.update(value) }
  }

  /// A challenge of `byteCount` uniform bytes: the AES-256-CTR stream under the hash of everything absorbed so far.
  public mutating func challenge(_ label: String, byteCount: Int) -> [UInt8] {
    PRG(seed: challengeSeed(label, byteCount: byteCount)).bytes(byteCount)
  }

  /// The seed from which the verifier's random choices are expanded with ``PRG``; 32 bytes.
  public mutating func challengeSeed(_ label: String) -> [UInt8] { challengeSeed(label, byteCount: 0) }

  private mutating func challengeSeed(_ label: String, byteCount: Int) -> [UInt8] {
    state.update(Tag.challenge)
    state.update(lengthPrefixed: label)
    state.update(count: byteCount)
    let seed = state.finalize()
    state.update(seed)
    return seed
  }
}
