internal import Cryptography
internal import FieldArithmetic
public import LatticeEncryption
public import MPCCore
public import SecretSharing
public import ZeroKnowledge

extension AdditiveSharing: OfflineSharing {
  /// Nothing.
  public struct NoEncryption: Sendable {}
  public typealias MACKeyEncryption = NoEncryption

  /// Passive sets.
  public static var adversary: ParameterLiteral.Adversary { .passive }
  /// Passive.
  public static func trustModel(_ options: OfflineOptions) -> TrustModel { .dishonestMajorityPassive }
  /// Honest parties multiply what was encrypted.
  public static var operandFactor: UInt64 { 1 }

  /// No MAC key.
  public static func setUpMACKey<C: Channel>(
    existing: NoKey?, suite: OfflineSuite, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> (key: NoKey, encryption: NoEncryption) { (existing ?? NoKey(), NoEncryption()) }

  /// Key pairs without proofs.
  public static func exchangeKeys<C: Channel>(
    epoch: Int, coin: [UInt8], suite: OfflineSuite, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> KeyRing<EpochKey> {
    try await KeyExchange<EpochKey>.run(epoch: epoch, coin: coin, suite: suite, proven: false, context: &context)
  }

  /// Secret-key encryptions with half of the ciphertext from a seed.
  public static func exchangeOperands<C: Channel>(
    _ plaintexts: [PlaintextWitness], keys: KeyRing<EpochKey>, label: OperandLabel, suite: OfflineSuite,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> [[Multipliable<EpochKey>]] {
    let (scheme, channel) = (suite.scheme, context.channel)
    let position = [UInt64(label.epoch), UInt64(label.batch)]
    var sampler = SecretSampler(context.random, label: "operands", context: position)
    channel.beginRound()
    for plaintext in plaintexts {
      let seed = context.random.seed(label: "operand", context: position)
      let c = scheme.encryptSeeded(plaintext.message, seed: seed, with: keys.secret, from: &sampler)
      try channel.broadcast(SeededOperandMessage(c, suite.parameters))
    }
    var result: [[Multipliable<EpochKey>]] = []
    for party in channel.parties {
      var theirs: [Multipliable<EpochKey>] = []
      if party != channel.me {
        for _ in plaintexts {
          let c = try await channel.receiveBroadcast(SeededOperandMessage.self, shape: suite.parameters, from: party)
          theirs.append(Multipliable(passive: c.ciphertext, scheme))
        }
      }
      result.append(theirs)
    }
    return result
  }

  /// No tags to make.
  public static func tagConstants(_ key: NoKey) -> [F] { [] }

  /// No tags.
  public static func authenticate<C: Channel>(
    _ values: [[F]], owner: PartyID?, keeping pairs: PairwiseTags<F>?, key: NoKey, encryption: NoEncryption,
    suite: OfflineSuite,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> [SharedVector<Self>] {
    values.map { SharedVector(values: $0, tags: NoTags()) }
  }
}
