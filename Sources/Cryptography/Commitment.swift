public import MPCCore

/// Hash commitment to a byte string (random-oracle model), bound to session, committer and counter.
///
/// Com(i, ctr, m) = SHA-256("commit/v1" | sid | i | ctr | len(m) | m | r), r 32 random bytes, integers 8 bytes little
/// endian, i counted from 0. Opening sends (m, r). Without session, committer and counter a rushing party could copy
/// another's commitment and later its opening; they are therefore mandatory.
public enum Commitment {
  /// Length of a commitment in bytes.
  public static var byteCount: Int { 32 }
  /// Length of the randomness r in bytes.
  public static var randomnessByteCount: Int { 32 }

  /// Commits `party` to `value`.
  /// - Parameters:
  ///   - counter: the session's commitment counter; never used twice by one party in one session.
  ///   - randomness: r, exactly 32 fresh bytes.
  /// - Returns: 32 bytes.
  public static func commit(
    value: [UInt8], session: SessionID, party: PartyID, counter: UInt64, randomness: [UInt8]
  ) -> [UInt8] {
    precondition(randomness.count == randomnessByteCount, "a commitment takes 32 random bytes")
    var hash = SHA256()
    hash.update(text: "commit/v1")
    if SecurityCheck.commitmentSession.isKept { hash.update(session.bytes) }
    if SecurityCheck.commitmentParty.isKept { hash.update(UInt64(party.index)) }
    if SecurityCheck.commitmentCounter.isKept { hash.update(counter) }
    hash.update(lengthPrefixed: value)
    hash.update(randomness)
    return hash.finalize()
  }

  /// Whether (`value`, `randomness`) opens `commitment` of `party`; the comparison takes constant time.
  ///
  /// The verifier passes the *sender's* number and its own counter, never ones taken from the message.
  public static func verify(
    _ commitment: [UInt8], value: [UInt8], session: SessionID, party: PartyID, counter: UInt64, randomness: [UInt8]
  ) -> Bool {
    guard commitment.count == byteCount, randomness.count == randomnessByteCount else { return false }
    let expected = commit(value: value, session: session, party: party, counter: counter, randomness: randomness)
    return constantTimeEqual(expected, commitment)
  }
}

/// A jointly tossed seed: uniform if one party is honest. Every S_i is committed to before any is opened.
public enum Coin {
  /// SHA-256("coin/v1" | sid | ctr | S_0 | … | S_{n−1}), counter as 8 bytes little endian. Hashed, not XORed.
  /// - Parameter seeds: one 32-byte S_i of every party, in order; each is used for one coin only.
  /// - Returns: 32 bytes, a seed for ``PRG``.
  public static func combine(session: SessionID, counter: UInt64, seeds: [[UInt8]]) -> [UInt8] {
    precondition(seeds.allSatisfy { $0.count == PRG.seedByteCount }, "every party contributes 32 bytes to a coin")
    var hash = SHA256()
    hash.update(text: "coin/v1")
    hash.update(session.bytes)
    hash.update(counter)
    for seed in seeds { hash.update(seed) }
    return hash.finalize()
  }
}
