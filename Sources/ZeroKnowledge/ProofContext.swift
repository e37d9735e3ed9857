internal import Cryptography
internal import LatticeEncryption
public import MPCCore

/// What a proof is bound to besides its statement: a proof made in one context is rejected in every other one.
public struct ProofContext: Hashable, Sendable {
  /// The session.
  public let session: SessionID
  /// Number of the key epoch; 0 for keys that live as long as the session.
  public let epoch: Int
  /// Number of the batch within the epoch; 0 for proofs made once.
  public let batch: Int
  /// The party that proves.
  public let prover: PartyID

  /// Assembles a context; numbers are not negative.
  public init(session: SessionID, epoch: Int, batch: Int, prover: PartyID) {
    precondition(epoch >= 0 && batch >= 0, "epochs and batches are counted from 0")
    self.session = session
    self.epoch = epoch
    self.batch = batch
    self.prover = prover
  }

  /// The transcript that every proof named `name` under a key of role `Role` starts from: session, prover, every number
  /// of the parameter set, role, epoch, batch.
  func transcript<Role: KeyRole>(_ name: String, role: Role.Type, _ parameters: Parameters) -> FiatShamirTranscript {
    let set = parameters.literal
    let p = set.plaintextModulus
    var numbers = [UInt64(truncatingIfNeeded: p), UInt64(truncatingIfNeeded: p >> 64)]
    let counts = [
      set.ringDegree, set.replyPrimeCount, set.statisticalSecurity, set.replyLifetimeBits, set.innerDimension,
      set.ciphertextsPerProof, set.rejectionParameter, set.proofSoundness, set.keyProofRepetitions, set.errorParameter,
      parameters.budget.proofRowCount, parameters.primeCount,
    ]
    numbers += counts.map { UInt64($0) }
    for modulus in parameters.basis.moduli { numbers += [modulus.value, modulus.root] }
    var transcript = FiatShamirTranscript(
      protocolName: name, session: session, party: prover, parameters: numbers)
    transcript.absorb("set", Array("\(set.name)/\(set.adversary.rawValue)/\(set.productBound.rawValue)".utf8))
    if SecurityCheck.proofRole.isKept { transcript.absorb("role", Array(Role.name.utf8)) }
    if SecurityCheck.proofEpochAndBatch.isKept {
      transcript.absorb("epoch, batch", integers: [UInt64(epoch), UInt64(batch)])
    }
    return transcript
  }
}

extension FiatShamirTranscript {
  /// Absorbs all residues, limb by limb.
  mutating func absorb(_ label: String, _ f: Poly<Evaluations>) {
    // Words hold any bit pattern and have no padding: their bytes may be read.
    for i in 0..<f.limbCount { f.withLimb(i) { unsafe absorbInterleaved(label, $0.bytes) } }
  }
}
