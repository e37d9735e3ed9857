internal import Cryptography
public import MPCCore

/// The first message of a commit-then-open: a hash, and what must agree before anything is opened.
public protocol CommitmentMessage: Message where Shape == Int {
  /// The commitment, 32 bytes.
  var digest: [UInt8] { get set }
  /// The broadcast transcript T as this party saw it, 32 bytes.
  var transcript: [UInt8] { get set }
  /// Puts the two together.
  init(digest: [UInt8], transcript: [UInt8])
}

/// The second message of a commit-then-open: value and randomness.
public protocol CommitmentOpening: Message where Shape == Int {
  /// The committed value.
  var value: [UInt8] { get set }
  /// The commitment's randomness, 32 bytes.
  var randomness: [UInt8] { get set }
  /// Puts the two together.
  init(value: [UInt8], randomness: [UInt8])
}

extension CommitmentMessage {
  /// Nothing varies.
  public var shape: Int { 0 }
  /// 32 bytes hash, 32 bytes transcript.
  public static func encodedByteCount(_ shape: Int) -> Int { 64 }
  /// Hash, then transcript.
  public func encode(into writer: inout WireWriter) {
    writer.append(digest)
    writer.append(transcript)
  }
  /// Hash, then transcript.
  public init(from reader: inout WireReader, shape: Int) throws(WireError) {
    let digest = try reader.bytes(32)
    let transcript = try reader.bytes(32)
    self.init(digest: digest, transcript: transcript)
  }
}

extension CommitmentOpening {
  /// Length of the value.
  public var shape: Int { value.count }
  /// Value, then 32 bytes of randomness.
  public static func encodedByteCount(_ shape: Int) -> Int { shape + 32 }
  /// Value, then randomness.
  public func encode(into writer: inout WireWriter) {
    writer.append(value)
    writer.append(randomness)
  }
  /// Value, then randomness.
  public init(from reader: inout WireReader, shape: Int) throws(WireError) {
    let value = try reader.bytes(shape)
    let randomness = try reader.bytes(32)
    self.init(value: value, randomness: randomness)
  }
}

extension ProtocolContext {
  /// Every party commits to a value of the same length; when all commitments are in, all open.
  ///
  /// `Papers/MODEL.md`, "Commitment". Two rounds. With three or more parties the commitments carry the transcript T,
  /// which is compared before anything is opened.
  /// - Returns: all values in party order.
  /// - Throws: `transcriptMismatch`, `commitmentMismatch`, and what the channel throws.
  package func commitThenOpen<Commit: CommitmentMessage, Open: CommitmentOpening>(
    _ value: [UInt8], counter: UInt64, _ commit: Commit.Type, _ open: Open.Type
  ) async throws(ProtocolAbort) -> [[UInt8]] {
    let randomness = random.seed(label: "commitment", context: [counter])
    let transcript = channel.transcriptDigest()
    let mine = Commitment.commit(
      value: value, session: channel.sessionID, party: channel.me, counter: counter, randomness: randomness)
    let commitments = try await channel.exchange(Commit(digest: mine, transcript: transcript))  // 1: all commit
    for party in channel.peers {
      guard SecurityCheck.transcriptBeforeOpening.holds(commitments[party.index].transcript == transcript) else {
        throw .transcriptMismatch(step: Commit.step, from: party)
      }
    }
    let openings = try await channel.exchange(Open(value: value, randomness: randomness))  // 2: all open
    for party in channel.peers {
      let opening = openings[party.index]
      let valid = Commitment.verify(
        commitments[party.index].digest, value: opening.value, session: channel.sessionID, party: party,
        counter: counter, randomness: opening.randomness)
      guard SecurityCheck.commitmentOpening.holds(valid) else {
        throw .commitmentMismatch(step: Open.step, from: party)
      }
    }
    return openings.map(\.value)
  }
}
