internal import Cryptography
public import LatticeEncryption
internal import MPCCore
internal import ZeroKnowledge

/// Measures the proofs of each active set on one core: `n` is the ring degree, `ns` the time of one whole proof, for
/// "plaintext" divided by the U ciphertexts it covers. Rows are "A.key-prove", "A.key-verify", "A.constant-prove",
/// "A.constant-verify", "A.plaintext-prove", "A.plaintext-verify"; provers restart at random.
///
/// - Parameters:
///   - sets: literals of secure sets; passive ones are left out.
///   - name: measures only rows whose name contains this.
/// - Throws: `ParameterError` or `RingError` if a set cannot be made, `ProofRejection` if a proof fails.
public func measureProofKernels(
  sets: [ParameterLiteral] = ParameterLiteral.secureSets, runs: Int = 3, matching name: String = ""
) throws -> [KernelMeasurement] {
  precondition(runs > 0, "at least one run")
  var rows: [KernelMeasurement] = []
  for literal in sets where literal.adversary == .active {
    let proofs = ["key-prove", "key-verify", "constant-prove", "constant-verify"].map { "\(literal.name).\($0)" }
    let operands = ["plaintext-prove", "plaintext-verify"].map { "\(literal.name).\($0)" }
    func isWanted(_ kernel: String) -> Bool { name.isEmpty || kernel.contains(name) }
    guard (proofs + operands).contains(where: isWanted) else { continue }
    let bgv = try BGV(try Parameters(validating: literal))
    let cases =
      (proofs.contains(where: isWanted) ? try proofCases(bgv, proofs) : [])
      + (operands.contains(where: isWanted) ? try operandProofCases(bgv, operands) : [])
    rows += measure(cases.filter { isWanted($0.kernel) }, runs: runs).map { row in
      let covered = operands.contains(row.kernel) ? literal.ciphertextsPerProof : 1
      let call = row.ns * Double(row.n) / Double(covered)
      return KernelMeasurement(kernel: row.kernel, level: row.level, n: row.n, ns: call, perSecond: 1e9 / call)
    }
  }
  return rows
}

/// Owner of the noncopyable state that the measured closures share; one thread.
private final class ProofState {
  var sampler: SecretSampler
  let key: SecretKey<SessionKey>

  init(sampler: consuming SecretSampler, key: consuming SecretKey<SessionKey>) {
    self.sampler = sampler
    self.key = key
  }
}

private func proofCases(_ bgv: BGV, _ names: [String]) throws -> [KernelCase] {
  let (keys, constants) = (KeyProofScheme(bgv), ConstantProofScheme(bgv))
  let coin = PRG.deriveSeed([], label: "proof-benchmark")
  let context = ProofContext(
    session: SessionID(bytes: coin), epoch: 0, batch: 0, prover: PartyID(0))
  var sampler = SecretSampler(PRG(seed: PRG.deriveSeed(coin, label: "secrets")))
  let a = bgv.keyElement(seed: coin, role: SessionKey.self, owner: context.prover, epoch: 0)
  let key: SecretKey<SessionKey> = bgv.generateKey(a: a, from: &sampler)
  let publicKey = key.publicKey
  let keyProof = keys.prove(key, in: context, from: &sampler)
  let (ciphertext, proof) = constants.encryptAndProve(5, with: key, in: context, from: &sampler)
  let proven = try keys.verify(keyProof, of: publicKey, coin: coin, in: context)
  _ = try constants.verify(proof, of: ciphertext.ciphertext, under: proven, in: context)
  let s = ProofState(sampler: sampler, key: key)
  func operation(_ name: String, _ body: @escaping () -> Void) -> KernelCase {
    KernelCase(name, level: bgv.ring.name, n: bgv.ringDegree, repeating: body)
  }
  return [
    operation(names[0]) { _ = keys.prove(s.key, in: context, from: &s.sampler) },
    operation(names[1]) { _ = try? keys.verify(keyProof, of: publicKey, coin: coin, in: context) },
    operation(names[2]) { _ = constants.encryptAndProve(5, with: s.key, in: context, from: &s.sampler) },
    operation(names[3]) { _ = try? constants.verify(proof, of: ciphertext.ciphertext, under: proven, in: context) },
  ]
}

private func operandProofCases(_ bgv: BGV, _ names: [String]) throws -> [KernelCase] {
  let scheme = PlaintextProofScheme(bgv)
  let coin = PRG.deriveSeed([], label: "operand-proof-benchmark")
  let context = ProofContext(session: SessionID(bytes: coin), epoch: 1, batch: 1, prover: PartyID(0))
  var sampler = SecretSampler(PRG(seed: PRG.deriveSeed(coin, label: "secrets")))
  let a = bgv.keyElement(seed: coin, role: SessionKey.self, owner: context.prover, epoch: 1)
  let key: SecretKey<SessionKey> = bgv.generateKey(a: a, from: &sampler)
  let publicKey = key.publicKey
  let proven = ProvenKey(own: key, in: context)
  let witnesses = (0..<bgv.parameters.literal.ciphertextsPerProof).map { _ in
    PlaintextWitness(
      sampler.plaintext(count: bgv.ringDegree, modulus: bgv.plaintextModulus), bgv.parameters, from: &sampler)
  }
  let ciphertexts = witnesses.map { scheme.encrypt($0, under: publicKey) }
  let proof = scheme.prove(ciphertexts, of: witnesses, under: publicKey, in: context, from: &sampler)
  _ = try scheme.verify(proof, of: ciphertexts, under: proven, in: context)
  let s = ProofState(sampler: sampler, key: key)
  func operation(_ name: String, _ body: @escaping () -> Void) -> KernelCase {
    KernelCase(name, level: bgv.ring.name, n: bgv.ringDegree, repeating: body)
  }
  return [
    operation(names[0]) {
      _ = scheme.prove(ciphertexts, of: witnesses, under: publicKey, in: context, from: &s.sampler)
    },
    operation(names[1]) { _ = try? scheme.verify(proof, of: ciphertexts, under: proven, in: context) },
  ]
}
