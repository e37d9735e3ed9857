import FieldArithmetic
import MPCCore
import SecretSharing

// Three small protocols that the library does not have, from its public parts: shares, masks, unchecked openings, coins,
// commit-then-open, and messages of their own.

/// How a protocol of this package fails beyond ``ProtocolAbort``.
public enum InverseError: Error, Equatable {
  /// A masked value was zero; retry with fresh masks (probability 1/p), or the secret is zero.
  case notInvertible
}

extension Session {
  /// [1/x] for x ≠ 0, by Bar-Ilan and Beaver: reveal x·r for a random r, then r/(x·r) is linear.
  ///
  /// The product decides control flow (is it zero?), so it is an output: checked before it is opened and before it is read.
  public mutating func inverse(of x: SharedVector<S>) async throws -> SharedVector<S> {
    let r = try await randomValues(x.count)
    let opened = try await reveal(multiply(x, r))
    let inverses = opened.compactMap { $0.inverse() }
    guard inverses.count == opened.count else { throw InverseError.notInvertible }
    return r.scaled(by: inverses)
  }

  /// [2x] by opening x − r under a one-use mask, unread: [r] + (x − r) + [x].
  public mutating func doubled(_ x: SharedVector<S>) async throws(ProtocolAbort) -> SharedVector<S> {
    let (masked, r) = x.masked(by: try await uniformMasks(x.count))
    let difference = try await open(masked)
    return add(difference, to: r) + x
  }
}

/// A bid in a sealed-bid auction: committed before anybody sees another bid.
public struct BidCommitment: CommitmentMessage {
  public static let step = StepLabel("Auction", 1)
  public static let kind = MessageKind(user: 1)
  public var digest: [UInt8]
  public var transcript: [UInt8]
  public init(digest: [UInt8], transcript: [UInt8]) {
    self.digest = digest
    self.transcript = transcript
  }
}

/// The bid itself.
public struct BidOpening: CommitmentOpening {
  public static let step = StepLabel("Auction", 2)
  public static let kind = MessageKind(user: 2)
  public var value: [UInt8]
  public var randomness: [UInt8]
  public init(value: [UInt8], randomness: [UInt8]) {
    self.value = value
    self.randomness = randomness
  }
}

/// What a party says about the winner; typed, with a shape known beforehand.
public struct Verdict: Message {
  public static let step = StepLabel("Auction", 3)
  public static let kind = MessageKind(user: 3)
  public var winner: UInt16
  public init(winner: UInt16) { self.winner = winner }
  public var shape: Int { 1 }
  public static func encodedByteCount(_ shape: Int) -> Int { 2 * shape }
  public func encode(into writer: inout WireWriter) { writer.append(winner) }
  public init(from reader: inout WireReader, shape: Int) throws(WireError) { winner = try reader.integer() }
}

extension Session {
  /// A sealed-bid auction in clear: the highest bid wins, ties are broken by a joint coin.
  public mutating func auction(bid: UInt8) async throws(ProtocolAbort) -> PartyID {
    let bids = try await commitThenOpen([bid], BidCommitment.self, BidOpening.self)
    let best = bids.map { $0[0] }.max() ?? 0
    let leaders = parties.filter { bids[$0.index] == [best] }
    let coin = try await coin()
    let winner = leaders[Int(coin[0]) % leaders.count]
    let verdicts = try await exchange(Verdict(winner: UInt16(winner.index)))
    for party in parties where verdicts[party.index].winner != UInt16(winner.index) {
      throw ProtocolAbort.proofRejected(step: Verdict.step, from: party)
    }
    try await verify()
    return winner
  }
}
