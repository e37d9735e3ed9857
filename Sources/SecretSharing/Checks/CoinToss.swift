internal import Cryptography
public import MPCCore

/// Joint coins: `Coin(ctr)` of `Papers/MODEL.md`. Each party commits to 32 random bytes; when all have committed and
/// the transcripts agree, all open; the coin is the hash of the seeds. Two rounds, each coin used once.
public enum CoinToss {
  /// Step 1: H(S_i) and T.
  public struct Commitment: CommitmentMessage {
    public static let step = StepLabel("CoinToss", 1)
    public static let kind = MessageKind(library: 0x100)
    public var digest: [UInt8]
    public var transcript: [UInt8]
    public init(digest: [UInt8], transcript: [UInt8]) {
      self.digest = digest
      self.transcript = transcript
    }
  }

  /// Step 2: S_i.
  public struct Opening: CommitmentOpening {
    public static let step = StepLabel("CoinToss", 2)
    public static let kind = MessageKind(library: 0x101)
    public var value: [UInt8]
    public var randomness: [UInt8]
    public init(value: [UInt8], randomness: [UInt8]) {
      self.value = value
      self.randomness = randomness
    }
  }
}

extension ProtocolContext {
  /// A fresh joint seed of 32 bytes that no party could predict or bias.
  /// - Throws: as ``commitThenOpen(_:counter:_:_:)``; a party that does not open ends the session, never a coin of n−1 seeds.
  package mutating func coinToss() async throws(ProtocolAbort) -> [UInt8] {
    let coin = try await tossedCoin()
    #if KILL_MATRIX
    return replaced(coin)
    #else
    return coin
    #endif
  }

  private mutating func tossedCoin() async throws(ProtocolAbort) -> [UInt8] {
    let counter = nextCounter()
    let seed = random.seed(label: "coin", context: [counter])
    let seeds = try await commitThenOpen(seed, counter: counter, CoinToss.Commitment.self, CoinToss.Opening.self)
    return Coin.combine(session: channel.sessionID, counter: counter, seeds: seeds)
  }
}

#if KILL_MATRIX
extension ProtocolContext {
  /// What a session computes with that breaks a rule about coins.
  private mutating func replaced(_ coin: [UInt8]) -> [UInt8] {
    if !SecurityCheck.unpredictableCoin.isKept { return [UInt8](repeating: 0, count: coin.count) }
    if SecurityCheck.freshCoin.isKept { return coin }
    firstCoin = firstCoin ?? coin
    return firstCoin ?? coin
  }
}
#endif
