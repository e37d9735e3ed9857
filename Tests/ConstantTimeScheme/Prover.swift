internal import CMemcheck
internal import Cryptography
internal import LatticeEncryption
internal import MPCCore
internal import ZeroKnowledge

/// The prover of the plaintext proof on secret witnesses and masks: commitments A_j, responses, their range check, their
/// encoding. The challenge is public, and so is, once all of it is known, whether an attempt may be shown.
extension ConstantTimeScheme {
  static func checkProver(_ bgv: BGV) {
    let prover = PlaintextProofScheme(bgv)
    let (n, count) = (bgv.ringDegree, min(2, bgv.parameters.literal.ciphertextsPerProof))
    var sampler = SecretSampler(PRG(seed: [UInt8](repeating: 6, count: 32)))
    let a = bgv.parameters.basis.uniform(seed: [UInt8](repeating: 4, count: 32), label: "a")
    let key: SecretKey<EpochKey> = bgv.generateKey(a: a, from: &sampler)
    for round in 0..<2 {
      let marks = round == 1
      let witnesses = (0..<count).map { _ in
        var m = sampler.plaintext(count: n, modulus: bgv.plaintextModulus)
        if marks { secret(&m) }
        let coins = EncryptionCoins(
          u: small(sampler.ternary(count: n), marks), v: small(sampler.centredBinomial(count: n, parameter: 21), marks),
          w: small(sampler.centredBinomial(count: n, parameter: 21), marks))
        return PlaintextWitness(m, coins: coins)
      }
      var rows = (0..<prover.rowCount).map { _ in prover.maskRow(from: &sampler) }
      if marks {
        for row in rows.indices {
          for part in rows[row].indices { secret(&rows[row][part]) }
        }
      }
      for row in rows {
        withExtendedLifetime(prover.encrypt(row, under: key.publicKey, secret: true)) {}
      }
      let challenge = [UInt8](repeating: UInt8(round), count: 32)
      let accepted = prover.respond(to: challenge, masks: &rows, WitnessLanes(witnesses, bgv))
      withExtendedLifetime((accepted, prover.encode(rows, challenge: challenge))) {}
    }
  }

  private static func small(_ buffer: consuming SecretBuffer<Int8>, _ marks: Bool) -> [Int8] {
    let values = buffer.withSpan { s in s.indices.map { s[$0] } }
    if marks { unsafe values.withUnsafeBytes { unsafe memcheck_mark_secret($0.baseAddress, $0.count) } }
    return values
  }

  static func secret(_ x: inout WideIntegers) {
    for k in 0..<x.wordCount {
      x.withMutablePlane(k) { plane in
        unsafe plane.withUnsafeBytes { unsafe memcheck_mark_secret($0.baseAddress, $0.count) }
      }
    }
  }
}
