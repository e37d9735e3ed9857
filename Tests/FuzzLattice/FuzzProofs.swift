internal import Cryptography
internal import InsecureToyParameters
internal import LatticeEncryption
internal import MPCCore
internal import ZeroKnowledge

/// A key proof, a constant proof of two rows and a proof of plaintext knowledge, which no other bytes may replace.
struct ProofTargets {
  /// Which verifier.
  enum Proof {
    case key, constant, plaintext
  }

  private let keys: KeyProofScheme
  private let constants: ConstantProofScheme
  private let publicKey: PublicKey<SessionKey>
  private let keyProof: KeyProof
  private let ciphertext: ProvenMACKeyCiphertext
  private let constantProof: ConstantProof
  private let operands: PlaintextProofScheme
  private let operandCiphertexts: [Ciphertext<SessionKey>]
  private let operandProof: PlaintextProof
  private let coin = [UInt8](repeating: 1, count: 32)
  private let context = ProofContext(
    session: SessionID(bytes: [UInt8](repeating: 2, count: 32)), epoch: 0, batch: 0, prover: PartyID(0))

  init?() {
    var literal = InsecureToy257.literal(ringDegree: 16)
    literal.keyProofRepetitions = 2
    guard let parameters = try? Parameters(insecure: literal), let bgv = try? BGV(parameters) else { return nil }
    keys = KeyProofScheme(bgv)
    constants = ConstantProofScheme(bgv)
    var sampler = SecretSampler(PRG(seed: [UInt8](repeating: 3, count: 32)))
    let a = bgv.keyElement(seed: coin, role: SessionKey.self, owner: context.prover, epoch: 0)
    let key: SecretKey<SessionKey> = bgv.generateKey(a: a, from: &sampler)
    publicKey = key.publicKey
    keyProof = keys.prove(key, in: context, from: &sampler)
    (ciphertext, constantProof) = constants.encryptAndProve(77, with: key, in: context, from: &sampler)
    operands = PlaintextProofScheme(bgv)
    let witnesses = (0..<2).map { _ in
      PlaintextWitness(sampler.plaintext(count: 16, modulus: 257), parameters, from: &sampler)
    }
    let (operands, publicKey) = (operands, publicKey)
    operandCiphertexts = witnesses.map { operands.encrypt($0, under: publicKey) }
    operandProof = operands.prove(operandCiphertexts, of: witnesses, under: publicKey, in: context, from: &sampler)
  }

  /// Verifies the payload, or the honest proof changed by it, filled up to the honest length. Only the honest proof passes.
  func check(_ payload: [UInt8], _ proof: Proof, asDifference: Bool) {
    let honest =
      switch proof {
      case .key: keyProof.bytes
      case .constant: constantProof.bytes
      case .plaintext: operandProof.bytes
      }
    var bytes = payload
    if asDifference {
      bytes = honest
      for (i, byte) in payload.prefix(honest.count).enumerated() { bytes[i] ^= byte }
    }
    let accepted = isAccepted(bytes, proof)
    precondition(accepted == (bytes == honest), "a proof other than the honest one was accepted, or the honest one not")
  }

  private func isAccepted(_ bytes: [UInt8], _ proof: Proof) -> Bool {
    switch proof {
    case .key:
      (try? keys.verify(KeyProof(bytes: bytes), of: publicKey, coin: coin, in: context)) != nil
    case .constant:
      (try? constants.verify(
        ConstantProof(bytes: bytes), of: ciphertext.ciphertext, under: ciphertext.key, in: context)) != nil
    case .plaintext:
      (try? operands.verify(
        PlaintextProof(bytes: bytes), of: operandCiphertexts, under: ciphertext.key, in: context)) != nil
    }
  }
}

/// Made once.
let proofTargets = ProofTargets()
