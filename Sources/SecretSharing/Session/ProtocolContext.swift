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

  /// Creates the context of a new session.
  package init(channel: C, random: any RandomSource) {
    self.channel = channel
    self.random = random
  }

  /// The next commitment counter. The channel number stands in the upper 24 bits, so that no two channels of a session
  /// ever use the same counter.
  package mutating func nextCounter() -> UInt64 {
    defer { commitments += 1 }
    return UInt64(channel.channelID.number) << 40 | commitments
  }
}
