internal import Cryptography
internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing
internal import Transport

/// How a cheater forges commitments and openings of the checks, knowing the public counters.
enum CommitmentForgery {
  /// The counter of the `check`-th MAC check's coin on a channel of which nothing but MAC checks commits.
  static func coinCounter(check: Int, on channel: ChannelID) -> UInt64 {
    UInt64(channel.number) << 32 | UInt64(2 * check)
  }

  /// The counter of the `check`-th MAC check's σ.
  static func sigmaCounter(check: Int, on channel: ChannelID) -> UInt64 { coinCounter(check: check, on: channel) + 1 }

  /// A forged pair of commitment and opening.
  struct Pair: Sendable {
    var digest: [UInt8]
    var value: [UInt8]
    var randomness: [UInt8]

    init(_ value: [UInt8], counter: UInt64, by party: PartyID, in session: SessionID = .demonstration) {
      self.value = value
      randomness = [UInt8](repeating: 0x5A, count: Commitment.randomnessByteCount)
      digest = Commitment.commit(
        value: value, session: session, party: party, counter: counter, randomness: randomness)
    }
  }

  /// The bytes a party commits to in step 4 of the MAC check: σ and its transcript.
  static func sigmaValue(_ sigma: P127, transcript: [UInt8]) -> [UInt8] {
    var writer = WireWriter(byteCount: P127.encodedByteCount)
    writer.append(fields: [sigma])
    return writer.finish() + transcript
  }

  /// σ in an opening of step 5.
  static func sigma(in opening: MACCheck.Opening) -> P127 {
    var reader = WireReader(opening.value)
    return (try? reader.fields(1, as: P127.self))?.first ?? .zero
  }
}

extension CommitmentForgery {
  /// χ_1 … χ_count of the check whose coin came from `seeds`.
  static func coefficients(_ count: Int, seeds: [PartyID: [UInt8]], counter: UInt64) -> [P127] {
    let ordered = seeds.sorted { $0.key < $1.key }.map(\.value)
    return P127.uniform(
      count, seed: Coin.combine(session: .demonstration, counter: counter, seeds: ordered))
  }
}
