internal import Cryptography
internal import MPCCore

/// T: SHA-256 over (round, sender, length, payload) of every broadcast, sorted by round and sender, never by arrival.
struct BroadcastTranscript {
  private var finished = SHA256()
  /// The broadcasts of the current round.
  private var current: [(round: UInt64, sender: PartyID, payload: [UInt8])] = []
  /// The hash including the first `count` broadcasts of the current round: payloads may be long, so they are hashed once.
  private var computed: (count: Int, hash: SHA256)?

  mutating func absorb(_ payload: [UInt8], from sender: PartyID, round: UInt64) {
    current.append((round, sender, payload))
  }

  mutating func finishRound() {
    finished = absorbingCurrent()
    current = []
    computed = nil
  }

  mutating func digest() -> [UInt8] { absorbingCurrent().finalize() }

  private mutating func absorbingCurrent() -> SHA256 {
    if let computed, computed.count == current.count { return computed.hash }
    var hash = finished
    for (round, sender, payload) in current.sorted(by: { ($0.round, $0.sender) < ($1.round, $1.sender) }) {
      hash.update(round)
      hash.update(UInt64(sender.index))
      hash.update(lengthPrefixed: payload)
    }
    computed = (current.count, hash)
    return hash
  }
}

/// Per peer, a hash of what one channel sent to it.
struct LinkDigests: Sendable {
  private var links: [SHA256]

  init(partyCount: Int) { links = [SHA256](repeating: SHA256(), count: partyCount) }

  mutating func absorb(peer: PartyID, round: UInt64, step: StepLabel, payload: [UInt8]) {
    links[peer.index].update(round)
    links[peer.index].update(lengthPrefixed: step.description)
    links[peer.index].update(lengthPrefixed: payload)
  }

  static func combine(_ channels: [(ChannelID, LinkDigests)], partyCount: Int) -> [[UInt8]] {
    (0..<partyCount).map { peer in
      var hash = SHA256()
      for (id, digests) in channels {
        hash.update(UInt64(id.number))
        hash.update(digests.links[peer].finalize())
      }
      return hash.finalize()
    }
  }
}
