public import MPCCore

extension SessionManifest {
  /// The first messages of a session: all parties compare their manifests before anything secret is made.
  ///
  /// 1: every party broadcasts the hash of its manifest. 2, only where hashes differ: the manifests, to name the value.
  /// Nobody gives way: a party that wants less security than its peers is refused like any other difference.
  /// - Throws: `configurationMismatch` naming field, mine and theirs; what receiving throws.
  public func negotiate<C: Channel>(over channel: C) async throws(ProtocolAbort) {
    let own = ManifestText(self)
    let mine = ManifestDigest(hash: hash, byteCount: UInt32(own.shape))
    let digests = try await channel.exchange(mine)  // 1
    guard digests.contains(where: { !SecurityCheck.manifestsAgree.holds($0.hash == mine.hash) }) else { return }
    channel.beginRound()  // 2
    try channel.broadcast(own)
    for peer in channel.peers where digests[peer.index].hash != mine.hash {
      let theirs = try await channel.receiveBroadcast(
        ManifestText.self, shape: Int(digests[peer.index].byteCount), from: peer)
      guard let difference = difference(theirs.manifest) else {
        // It announced another hash than that of what it sent.
        throw .malformedMessage(step: ManifestText.step, from: peer, reason: .nonCanonical)
      }
      throw .configurationMismatch(
        field: difference.field, mine: difference.mine, theirs: Self.printable(difference.theirs), with: peer)
    }
  }

  /// A peer's text for our terminal: no control characters, not endless.
  private static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(200) {
      result.unicodeScalars.append(scalar.properties.generalCategory == .control ? "?" : scalar)
    }
    return result
  }
}
