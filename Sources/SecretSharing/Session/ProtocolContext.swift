public import Cryptography
public import MPCCore

/// What a sub-protocol may touch: the channel, fresh randomness, and the counter that keeps commitments apart.
public struct ProtocolContext<C: Channel>: Sendable {
  /// The channel of the session.
  public let channel: C
  /// Where fresh secrets come from; tests pass a seeded one of the product `InsecureDealer`.
  public let random: any RandomSource
  /// Whether checks of this session wait for P_0's turn, because other channels share the key.
  package var ordersChecks = false
  private var commitments: UInt64 = 0
  #if KILL_MATRIX
  var firstCoin: [UInt8]?
  #endif
  /// T when a check last confirmed it.
  private var confirmedTranscript: [UInt8]

  /// Creates the context of a new session.
  package init(channel: C, random: any RandomSource) {
    self.channel = channel
    self.random = random
    confirmedTranscript = channel.transcriptDigest()
  }

  /// The next commitment counter. The whole channel number stands in the upper half, so that no two channels of a
  /// session ever use the same counter.
  package mutating func nextCounter() -> UInt64 {
    precondition(commitments <= UInt64(UInt32.max), "a channel makes fewer than 2^32 commitments; start a new session")
    defer { commitments += 1 }
    return UInt64(channel.channelID.number) << 32 | commitments
  }
}

extension ProtocolContext {
  /// Whether broadcasts were sent that no check has confirmed yet; never with two parties.
  package var hasUnconfirmedBroadcasts: Bool { channel.transcriptDigest() != confirmedTranscript }

  /// Remembers that everything broadcast so far is confirmed.
  package mutating func markConfirmed() { confirmedTranscript = channel.transcriptDigest() }

  /// One round in which the parties compare T, if anything was broadcast since it was last confirmed.
  /// - Throws: `transcriptMismatch` naming the party that saw other broadcasts.
  package func confirmBroadcasts() async throws(ProtocolAbort) {
    guard hasUnconfirmedBroadcasts else { return }
    let mine = channel.transcriptDigest()
    let all = try await channel.exchange(TranscriptDigest(digest: mine))
    for party in channel.peers {
      guard SecurityCheck.transcriptWithoutOpenings.holds(all[party.index].digest == mine) else {
        throw .transcriptMismatch(step: TranscriptDigest.step, from: party)
      }
    }
  }
}

/// T, compared when there is nothing else to check.
public struct TranscriptDigest: Message {
  public static let step = StepLabel("Broadcast", 2)
  public static let kind = MessageKind(library: 0x105)
  /// 32 bytes.
  public var digest: [UInt8]
  public init(digest: [UInt8]) { self.digest = digest }
  public var shape: Int { 0 }
  public static func encodedByteCount(_ shape: Int) -> Int { 32 }
  public func encode(into writer: inout WireWriter) { writer.append(digest) }
  public init(from reader: inout WireReader, shape: Int) throws(WireError) { digest = try reader.bytes(32) }
}
