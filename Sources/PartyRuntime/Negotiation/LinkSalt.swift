internal import Cryptography
internal import MPCCore

/// Step 3: 32 random bytes for one peer alone; both ends hash what they sent and got into the salt of their link.
struct LinkSalt: Message {
  static let step = StepLabel("Negotiation", 3)
  static let kind = MessageKind(library: 0x1f2)

  var bytes: [UInt8]
  var shape: ManifestDigest.Fixed { ManifestDigest.Fixed() }
  static func encodedByteCount(_ shape: ManifestDigest.Fixed) -> Int { 32 }

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  func encode(into writer: inout WireWriter) { writer.append(bytes) }
  init(from reader: inout WireReader, shape: ManifestDigest.Fixed) throws(WireError) { bytes = try reader.bytes(32) }

  /// One round.
  /// - Returns: the salt of the link to each party; empty for the local one.
  static func exchange<C: Channel>(over channel: C) async throws(ProtocolAbort) -> [[UInt8]] {
    channel.beginRound()
    let mine = channel.parties.map { _ in SystemRandom.bytes(32) }
    for peer in channel.peers { try channel.send(LinkSalt(mine[peer.index]), to: peer) }
    var salts = [[UInt8]](repeating: [], count: channel.partyCount)
    for peer in channel.peers {
      let theirs = try await channel.receive(LinkSalt.self, shape: ManifestDigest.Fixed(), from: peer)
      var hash = SHA256()
      hash.update(text: "link-salt/v1")
      hash.update(channel.me < peer ? mine[peer.index] : theirs.bytes)
      hash.update(channel.me < peer ? theirs.bytes : mine[peer.index])
      salts[peer.index] = hash.finalize()
    }
    return salts
  }
}
