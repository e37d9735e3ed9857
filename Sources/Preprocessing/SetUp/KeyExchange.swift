internal import Cryptography
internal import LatticeEncryption
internal import MPCCore
internal import SecretSharing
internal import ZeroKnowledge

/// Key pairs of one role for all parties: a from a fresh coin, b broadcast, in active sets proven to be short.
///
/// With `a` chosen by its owner a reply would expose the responder's multiplicand; with an unproven b the drowning noise
/// would not hide it. Source: `Papers/LowGear.md`, "Set-up".
enum KeyExchange<Role: ReplyingRole> {
  /// Two rounds; returns when every key is verified.
  /// - Parameter coin: step 1, fresh for this exchange: the a of all keys.
  /// - Throws: `proofRejected` naming the owner.
  static func run<C: Channel>(
    epoch: Int, coin: [UInt8], suite: OfflineSuite, proven: Bool, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> KeyRing<Role> {
    let (scheme, channel) = (suite.scheme, context.channel)
    let elements = channel.parties.map { scheme.keyElement(seed: coin, role: Role.self, owner: $0, epoch: epoch) }
    var sampler = SecretSampler(context.random, label: "key/\(Role.name)", context: [UInt64(epoch)])
    let secret = key(elements[channel.me.index], suite: suite, owner: channel.me, from: &sampler)
    channel.beginRound()
    try channel.broadcast(PublicKeyMessage(secret.publicKey, suite.parameters))  // 2: b_i, then its proof
    func label(_ party: PartyID) -> ProofContext {
      ProofContext(session: channel.sessionID, epoch: epoch, batch: 0, prover: party)
    }
    if proven {
      let proof = suite.keyProof.prove(secret, in: label(channel.me), from: &sampler)
      try channel.broadcast(KeyProofMessage<Role>(bytes: proof.bytes))
    }
    var publicKeys: [PublicKey<Role>] = []
    var provenKeys: [ProvenKey<Role>] = []
    for party in channel.parties {
      if party == channel.me {
        publicKeys.append(secret.publicKey)
        if proven { provenKeys.append(ProvenKey(own: secret, in: label(party))) }
        continue
      }
      let key = try await channel.receiveBroadcast(
        PublicKeyMessage<Role>.self,
        shape: PublicKeyMessage.Shape(parameters: suite.parameters, a: elements[party.index]), from: party
      ).key
      if proven {
        let proof = try await channel.receiveBroadcast(
          KeyProofMessage<Role>.self, shape: suite.keyProof.encodedByteCount, from: party)
        do throws(ProofRejection) {
          provenKeys.append(
            try suite.keyProof.verify(KeyProof(bytes: proof.bytes), of: key, coin: coin, in: label(party)))
        } catch {
          throw error.abort(step: Role.keyProofStep, from: party)
        }
      }
      publicKeys.append(key)
    }
    let lifetime = suite.parameters.literal.replyLifetimeBits
    return KeyRing(secret: secret, publicKeys: publicKeys, provenKeys: provenKeys, replyLimit: 1 << lifetime)
  }

  /// A fresh key pair.
  private static func key(
    _ a: Poly<Evaluations>, suite: OfflineSuite, owner: PartyID, from sampler: inout SecretSampler
  ) -> SecretKey<Role> {
    if let dishonesty = suite.dishonesty, dishonesty.hasZeroKeys {
      let zeros = [Int8](repeating: 0, count: suite.ringDegree)
      return suite.scheme.generateKey(
        Role.self, a: a, secret: SecretBuffer(copying: zeros), error: SecretBuffer(copying: zeros))
    }
    #if KILL_MATRIX
    if SecurityCheck.usesOneKey {
      var one = SecretSampler(PRG(seed: PRG.deriveSeed([], label: "one key", context: [UInt64(owner.index)])))
      return suite.scheme.generateKey(Role.self, a: a, from: &one)
    }
    #endif
    return suite.scheme.generateKey(Role.self, a: a, from: &sampler)
  }
}
