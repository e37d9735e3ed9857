public import Cryptography
public import MPCCore
internal import Synchronization

/// **Insecure**: "randomness" that anybody who knows the seed can recompute. For tests and reproducible measurements.
///
/// The k-th seed asked for under a label is a function of (seed, party, label, context, k) only.
public final class InsecureSeededRandom: RandomSource {
  private let root: [UInt8]
  private let party: PartyID
  private let counters = Mutex<[String: UInt64]>([:])

  /// Creates the source of `party` under a 64-bit seed shared by the whole experiment.
  public convenience init(seed: UInt64, party: PartyID) {
    self.init(seed: PRG.deriveSeed([], label: "insecure-seed", context: [seed]), party: party)
  }

  /// Creates the source of `party` under a 32-byte seed shared by the whole experiment.
  public init(seed: [UInt8], party: PartyID) {
    precondition(seed.count == PRG.seedByteCount, "a seed has 32 bytes")
    root = seed
    self.party = party
  }

  /// The next seed of this label; the same sequence in every run.
  public func seed(label: String, context: [UInt64]) -> [UInt8] {
    let count = counters.withLock { counters in
      let count = counters[label, default: 0]
      counters[label] = count + 1
      return count
    }
    return PRG.deriveSeed(root, label: label, context: [UInt64(party.index), count] + context)
  }
}
