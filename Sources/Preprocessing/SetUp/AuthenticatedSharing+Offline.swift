internal import Cryptography
internal import FieldArithmetic
public import LatticeEncryption
public import MPCCore
public import SecretSharing
public import ZeroKnowledge

/// E_i of all parties with the keys they are under, and α_j as what replies multiply by.
public struct EncryptedMACKeys: Sendable {
  /// Role B.
  public let keys: KeyRing<SessionKey>
  /// By party; nil for the own one, which nobody here multiplies.
  let ciphertexts: [[Multipliable<SessionKey>]]
}

extension AuthenticatedSharing: OfflineSharing {
  public typealias MACKeyEncryption = EncryptedMACKeys

  /// Active sets.
  public static var adversary: ParameterLiteral.Adversary { .active }

  /// LowGear's assumption, with what is ours said to be ours.
  public static func trustModel(_ options: OfflineOptions) -> TrustModel {
    var own = ["key epochs"]
    if options.triples == .tagProduct { own.append("tag products") }
    if options.masks == .bounded { own.append("bounded masks") }
    let list = own.count == 1 ? own[0] : own.dropLast().joined(separator: ", ") + " and " + own[own.count - 1]
    return .dishonestMajorityActive(
      assumption: "BGV with linear targeted malleability; \(list) by our own derivation")
  }

  /// Proofs of plaintext knowledge speak about 2C.
  public static var operandFactor: UInt64 { 2 }

  /// Steps 2 and 3 of the set-up: key pairs B with proofs, then E_i with the proof that its plaintext is a constant.
  public static func setUpMACKey<C: Channel>(
    existing: MACKey<F>?, suite: OfflineSuite, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> (key: MACKey<F>, encryption: EncryptedMACKeys) {
    let (scheme, channel) = (suite.scheme, context.channel)
    let coin = try await context.coinToss()
    let keys = try await KeyExchange<SessionKey>.run(
      epoch: 0, coin: coin, suite: suite, proven: true, context: &context)
    var sampler = SecretSampler(context.random, label: "mac-key")
    let key =
      existing
      ?? MACKey(
        share: scheme.elements(F.self, sampler.plaintext(count: 1, modulus: scheme.plaintextModulus))[0])
    let alpha = key.withShare { $0 }
    func label(_ party: PartyID) -> ProofContext {
      ProofContext(session: channel.sessionID, epoch: 0, batch: 0, prover: party)
    }
    let (mine, proof) = suite.constantProof.encryptAndProve(
      alpha.canonical, with: keys.secret, in: label(channel.me), from: &sampler)
    channel.beginRound()
    try channel.broadcast(MACKeyMessage(mine.ciphertext, suite.parameters))
    try channel.broadcast(MACKeyProofMessage(bytes: proof.bytes))
    var ciphertexts: [[Multipliable<SessionKey>]] = []
    for party in channel.parties {
      if party == channel.me {
        ciphertexts.append([])
        continue
      }
      let theirs = try await channel.receiveBroadcast(MACKeyMessage.self, shape: suite.parameters, from: party)
      let proof = try await channel.receiveBroadcast(
        MACKeyProofMessage.self, shape: suite.constantProof.encodedByteCount, from: party)
      do throws(ProofRejection) {
        let proven = try suite.constantProof.verify(
          ConstantProof(bytes: proof.bytes), of: theirs.ciphertext, under: keys.provenKeys[party.index],
          in: label(party))
        ciphertexts.append([Multipliable(proven)])
      } catch {
        throw error.abort(step: MACKeyProofMessage.step, from: party)
      }
    }
    return (key, EncryptedMACKeys(keys: keys, ciphertexts: ciphertexts))
  }

  /// Key pairs A with proofs.
  public static func exchangeKeys<C: Channel>(
    epoch: Int, coin: [UInt8], suite: OfflineSuite, context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> KeyRing<EpochKey> {
    try await KeyExchange<EpochKey>.run(epoch: epoch, coin: coin, suite: suite, proven: true, context: &context)
  }

  /// Step 1 of a batch: ciphertexts, then one proof for them; verified before anything is multiplied.
  public static func exchangeOperands<C: Channel>(
    _ plaintexts: [PlaintextWitness], keys: KeyRing<EpochKey>, label: OperandLabel, suite: OfflineSuite,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> [[Multipliable<EpochKey>]] {
    let channel = context.channel
    let proofs = suite.plaintextProof
    var sampler = SecretSampler(context.random, label: "operands", context: [UInt64(label.epoch), UInt64(label.batch)])
    func proofContext(_ party: PartyID) -> ProofContext {
      ProofContext(session: channel.sessionID, epoch: label.epoch, batch: label.batch, prover: party)
    }
    let key = keys.publicKeys[channel.me.index]
    channel.beginRound()
    if let dishonesty = suite.dishonesty,
      let forged = dishonesty.provenOperands(
        plaintexts, proofs, under: key, in: proofContext(channel.me), from: &sampler)
    {
      for ciphertext in forged.ciphertexts { try channel.broadcast(OperandMessage(ciphertext, suite.parameters)) }
      try channel.broadcast(OperandProofMessage(bytes: forged.proof.bytes))
    } else {
      var mine: [Ciphertext<EpochKey>] = []
      for plaintext in plaintexts {
        let ciphertext = proofs.encrypt(plaintext, under: key)
        try channel.broadcast(OperandMessage(ciphertext, suite.parameters))
        mine.append(ciphertext)
      }
      let proof = proofs.prove(mine, of: plaintexts, under: key, in: proofContext(channel.me), from: &sampler)
      try channel.broadcast(OperandProofMessage(bytes: proof.bytes))
    }
    var result: [[Multipliable<EpochKey>]] = []
    for party in channel.parties {
      if party == channel.me {
        result.append([])
        continue
      }
      var theirs: [Ciphertext<EpochKey>] = []
      for _ in plaintexts {
        theirs.append(
          try await channel.receiveBroadcast(OperandMessage.self, shape: suite.parameters, from: party).ciphertext)
      }
      let proof = try await channel.receiveBroadcast(
        OperandProofMessage.self, shape: proofs.encodedByteCount, from: party)
      let areFresh = try keys.areFresh(theirs, of: party)
      guard SecurityCheck.duplicateCiphertext.holds(areFresh) else {
        throw .proofRejected(step: OperandMessage.step, from: party)
      }
      do throws(ProofRejection) {
        result.append(
          try proofs.verify(
            PlaintextProof(bytes: proof.bytes), of: theirs, under: keys.provenKeys[party.index],
            in: proofContext(party)
          ).map { Multipliable($0) })
      } catch {
        #if KILL_MATRIX
        if !SecurityCheck.operandProof.isKept {
          result.append(theirs.map { Multipliable(unproven: $0, suite.scheme) })
          continue
        }
        #endif
        throw error.abort(step: OperandProofMessage.step, from: party)
      }
    }
    return result
  }

  /// [α_i].
  public static func tagConstants(_ key: MACKey<F>) -> [F] { [key.withShare { $0 }] }

  /// Step 3 of a batch: γ(x)_i = α_i·x_i + shares of α_j·x_k for all pairs, from replies on the E_j. The α_j are constants,
  /// so values may stand in coefficients: no packing transform.
  public static func authenticate<C: Channel>(
    _ values: [[F]], owner: PartyID?, keeping pairs: PairwiseTags<F>?, key: MACKey<F>, encryption: EncryptedMACKeys,
    suite: OfflineSuite,
    context: inout ProtocolContext<C>
  ) async throws(ProtocolAbort) -> [SharedVector<Self>] {
    let products = PairwiseProducts<SessionKey, C>(
      suite: suite, keys: encryption.keys, ciphertexts: encryption.ciphertexts)
    let cross = try await products.shares(
      values.count, as: .coefficients, responder: owner, keeping: pairs, context: &context, F.self
    ) { job in [(index: 0, multiplicand: suite.multiplicand(coefficients: values[job]))] }
    return zip(values, cross).map { x, shares in
      var tags = shares
      key.withShare { alpha in
        var span = tags.mutableSpan
        F.multiplyAccumulate(&span, alpha, x.span)
      }
      return SharedVector(values: x, tags: tags)
    }
  }
}
