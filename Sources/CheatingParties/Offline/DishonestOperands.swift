internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Synchronization
internal import ZeroKnowledge

/// Encrypts the same plaintexts with the same coins in every batch: the same ciphertexts, each time with a good proof (B18).
final class RepeatedOperands: OfflineDishonesty {
  private let plan: AttackPlan
  private let first = Mutex<[PlaintextWitness]?>(nil)

  init(_ plan: AttackPlan) { self.plan = plan }

  func operands(_ honest: [PlaintextWitness]) -> [PlaintextWitness] {
    first.withLock { first in
      guard let old = first, old.count == honest.count else {
        first = honest
        return honest
      }
      plan.countDeviation()
      return old
    }
  }
}

/// Multiplies its own m where everybody else multiplies 2m (B12).
struct UndoubledOperand: OfflineDishonesty {
  let plan: AttackPlan

  func alterShares<S: OfflineSharing>(_ columns: inout [SharedVector<S>], key: S.Key) {
    guard columns.count == 3, let half = S.F(UInt64(2)).inverseVariableTime() else { return }
    plan.countDeviation()
    let m = S.F.scale(columns[0].values, by: half)
    let b = columns[1].components
    columns[0] = SharedVector(
      components: zip(columns[0].components, [S.F.one] + S.tagConstants(key)).map {
        S.F.subtract($0, S.F.scale(m, by: $1))
      })
    columns[2] = SharedVector(
      components: zip(columns[2].components, b).map { S.F.subtract($0, S.F.multiply(m, $1)) })
  }
}

/// Encrypts with integers far above the honest bounds and shows responses without looking at theirs (B6, B7).
struct OversizedWitness: OfflineDishonesty {
  let plan: AttackPlan
  let component: WitnessComponent

  func provenOperands(
    _ witnesses: [PlaintextWitness], _ scheme: PlaintextProofScheme, under key: PublicKey<EpochKey>,
    in context: ProofContext, from sampler: inout SecretSampler
  ) -> (ciphertexts: [Ciphertext<EpochKey>], proof: PlaintextProof)? {
    plan.countDeviation()
    return scheme.proofIgnoringBounds(
      oversized: component, count: witnesses.count, under: key, in: context, from: &sampler)
  }
}

/// Proves with a hash over something else than what the verifier has (B8, B11).
struct OtherStatement: OfflineDishonesty {
  /// What is hashed instead.
  enum Difference: Sendable {
    /// Another ciphertext than the one that is sent.
    case ciphertext
    /// Another batch.
    case batch
    /// Another session.
    case session
    /// Another prover.
    case prover
  }

  let plan: AttackPlan
  let bgv: BGV
  let difference: Difference

  func provenOperands(
    _ witnesses: [PlaintextWitness], _ scheme: PlaintextProofScheme, under key: PublicKey<EpochKey>,
    in context: ProofContext, from sampler: inout SecretSampler
  ) -> (ciphertexts: [Ciphertext<EpochKey>], proof: PlaintextProof)? {
    plan.countDeviation()
    let ciphertexts = witnesses.map { scheme.encrypt($0, under: key) }
    var hashed = ciphertexts
    var other = context
    switch difference {
    case .ciphertext: hashed = ciphertexts.map { bgv.doubled($0) }
    case .batch:
      other = ProofContext(
        session: context.session, epoch: context.epoch, batch: context.batch + 1, prover: context.prover)
    case .session:
      other = ProofContext(
        session: SessionID(bytes: [UInt8](repeating: 0xE0, count: 32)), epoch: context.epoch, batch: context.batch,
        prover: context.prover)
    case .prover:
      other = ProofContext(
        session: context.session, epoch: context.epoch, batch: context.batch,
        prover: PartyID(context.prover.index == 0 ? 1 : 0))
    }
    return (ciphertexts, scheme.prove(hashed, of: witnesses, under: key, in: other, from: &sampler))
  }
}

/// Has two versions of its operands, each with a good proof: other plaintexts' for the victim (B8).
final class TwoOperands: OfflineDishonesty {
  private let bgv: BGV
  private let second = Mutex<(ciphertexts: [Ciphertext<EpochKey>], proof: PlaintextProof)?>(nil)

  init(_ bgv: BGV) { self.bgv = bgv }

  func provenOperands(
    _ witnesses: [PlaintextWitness], _ scheme: PlaintextProofScheme, under key: PublicKey<EpochKey>,
    in context: ProofContext, from sampler: inout SecretSampler
  ) -> (ciphertexts: [Ciphertext<EpochKey>], proof: PlaintextProof)? {
    let others = witnesses.map { _ in
      PlaintextWitness(
        sampler.plaintext(count: bgv.ringDegree, modulus: bgv.plaintextModulus), bgv.parameters, from: &sampler)
    }
    let ciphertexts = others.map { scheme.encrypt($0, under: key) }
    let proof = scheme.prove(ciphertexts, of: others, under: key, in: context, from: &sampler)
    second.withLock { $0 = (ciphertexts, proof) }
    return nil
  }

  /// Sends the second version to the victim.
  func plan(_ setting: AttackSetting) -> AttackPlan {
    AttackPlan()
      .tampering(OperandMessage.self) { [self] message, at in
        guard at.recipient == setting.victim, let other = second.withLock({ $0?.ciphertexts.first }) else { return }
        message.ciphertext = other
      }.tampering(OperandProofMessage.self) { [self] message, at in
        guard at.recipient == setting.victim, let other = second.withLock({ $0?.proof }) else { return }
        message.bytes = other.bytes
      }
  }
}

/// Has secret keys that are 0.
struct ZeroKeys: OfflineDishonesty {
  var hasZeroKeys: Bool { true }
}

/// Uses α_j + d wherever a batch multiplies or checks with α_j (B22).
struct ShiftedKeyShare: OfflineDishonesty {
  let plan: AttackPlan
  let d: UInt64

  func keyShareError<F: PrimeField>(_: F.Type) -> F {
    plan.countDeviation()
    return F(d)
  }
}

/// Encrypts 17 at a coefficient where the packing has no entry, and puts the stray's products with its own shares into its
/// shares of C and of C's tag: everything is consistent, but C is not f(A, B) (B23).
struct StrayCoefficient: OfflineDishonesty {
  let plan: AttackPlan
  let suite: OfflineSuite
  /// Whether the first or the last position without an entry.
  let isLast: Bool
  static var value: UInt128 { 17 }

  private var packing: ConvolutionPacking { MadeConvolutions.packing(suite) }
  private var position: Int {
    let zeros = packing.declaredZeros(ciphertext: 0)
    guard let position = isLast ? zeros.last : zeros.first else { preconditionFailure("the packing has gaps") }
    return position
  }

  func packedOperand(_ coefficients: inout SecretBuffer<UInt128>, number: Int) {
    plan.countDeviation()
    let position = position
    coefficients.withMutableSpan { $0[position] = Self.value }
  }

  func alterShares<S: OfflineSharing>(_ columns: inout [SharedVector<S>], key: S.Key) {
    guard columns.count == 3 else { return }
    let (packing, position) = (packing, position)
    let stray = S.F(reducing: Self.value * UInt128(S.operandFactor))
    let added = columns[1].components.map { component -> [S.F] in
      // stray·X^position times the multiplicand, modulo X^N + 1.
      let values = suite.scheme.integers(component.span)
      let factor = suite.scheme.elements(
        S.F.self, packing.multiplicandValues(reply: 0, ciphertext: 0, entries: values))
      let n = factor.count
      var product = [S.F](repeating: .zero, count: n)
      for i in 0..<n {
        product[(i + position) % n] = (i + position < n ? stray : -stray) * factor[i]
      }
      return packing.outputs(ofCoefficients: [product], using: suite.scheme)
    }
    columns[2] = SharedVector(components: zip(columns[2].components, added).map { S.F.add($0, $1) })
  }
}
