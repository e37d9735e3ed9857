package import FieldArithmetic
package import LatticeEncryption
package import MPCCore
package import SecretSharing
package import ZeroKnowledge

/// What a cheating party does in its own head while it makes material: the door for attacks on the offline phase. Honest
/// parties have none. What it does to messages is an `AttackPlan`'s business.
///
/// Every requirement has an honest default.
package protocol OfflineDishonesty: Sendable {
  /// The products that reply `job` of this round to `peer` really sums.
  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)]

  /// The plaintext coefficients that ciphertext `number` of a packed operand really encrypts.
  func packedOperand(_ coefficients: inout SecretBuffer<UInt128>, number: Int)

  /// The plaintexts and coins that it really encrypts as uniform operands.
  func operands(_ honest: [PlaintextWitness]) -> [PlaintextWitness]

  /// Ciphertexts and proof that it sends instead of those of `witnesses`; nil for the honest ones.
  func provenOperands(
    _ witnesses: [PlaintextWitness], _ scheme: PlaintextProofScheme, under key: PublicKey<EpochKey>,
    in context: ProofContext, from sampler: inout SecretSampler
  ) -> (ciphertexts: [Ciphertext<EpochKey>], proof: PlaintextProof)?

  /// Whether its secret keys are (0, 0).
  var hasZeroKeys: Bool { get }

  /// What it adds to its MAC key share wherever it multiplies its operands by it and in the checks of batches, but not in
  /// step 3.
  func keyShareError<F: PrimeField>(_: F.Type) -> F

  /// Its own shares of a batch before the batch is checked: the columns of the material and what is sacrificed.
  func alterShares<S: OfflineSharing>(_ columns: inout [SharedVector<S>], key: S.Key)

  #if KILL_MATRIX
  /// Its tag shares of τ after τ was opened, where the rule that forbids this is disabled.
  func alterTags<S: OfflineSharing>(ofOpenedTau tau: inout SharedVector<S>, t: S.F, key: S.Key)
  #endif
}

extension OfflineDishonesty {
  /// The honest products.
  package func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] { honest }

  /// The honest plaintext.
  package func packedOperand(_ coefficients: inout SecretBuffer<UInt128>, number: Int) {}

  /// The honest operands.
  package func operands(_ honest: [PlaintextWitness]) -> [PlaintextWitness] { honest }

  /// The honest proof.
  package func provenOperands(
    _ witnesses: [PlaintextWitness], _ scheme: PlaintextProofScheme, under key: PublicKey<EpochKey>,
    in context: ProofContext, from sampler: inout SecretSampler
  ) -> (ciphertexts: [Ciphertext<EpochKey>], proof: PlaintextProof)? { nil }

  /// Sampled keys.
  package var hasZeroKeys: Bool { false }

  /// None.
  package func keyShareError<F: PrimeField>(_: F.Type) -> F { .zero }

  /// Nothing.
  package func alterShares<S: OfflineSharing>(_ columns: inout [SharedVector<S>], key: S.Key) {}

  #if KILL_MATRIX
  /// Nothing.
  package func alterTags<S: OfflineSharing>(ofOpenedTau tau: inout SharedVector<S>, t: S.F, key: S.Key) {}
  #endif
}

extension OfflineSuite {
  /// The suite of a party that cheats.
  package func cheating(_ dishonesty: any OfflineDishonesty) -> OfflineSuite {
    var suite = self
    suite.dishonesty = dishonesty
    return suite
  }

  /// The shares that a cheater goes on with; the same for everybody else.
  func altered<S: OfflineSharing>(_ columns: [SharedVector<S>], key: S.Key) -> [SharedVector<S>] {
    guard let dishonesty else { return columns }
    var columns = columns
    dishonesty.alterShares(&columns, key: key)
    return columns
  }

  /// The key that a cheater checks batches with; the same for everybody else.
  func checkingKey<S: OfflineSharing>(_ key: S.Key, _: S.Type) -> S.Key {
    guard let dishonesty, let active = key as? MACKey<S.F> else { return key }
    let error = dishonesty.keyShareError(S.F.self)
    guard error != .zero, !active.isDestroyed else { return key }
    return MACKey(share: active.withShare { $0 + error }) as? S.Key ?? key
  }
}
