import Cryptography
import FieldArithmetic
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

/// Everything a run of the scheme sends and keeps.
private struct Run: Equatable {
  var publicKey: PublicKey<EpochKey>
  var ciphertext: Ciphertext<EpochKey>
  var seeded: SeededCiphertext<EpochKey>
  var expanded: Ciphertext<EpochKey>
  var reply: Reply<EpochKey>
  var share: [UInt128]
  var plain: [UInt128]

  init(_ parameters: Parameters, ring: any RingBackend, seed: UInt64) throws {
    var f = try SchemeFixture(parameters, seed: seed, ring: ring)
    let a = f.plaintext()
    let x = f.plaintext()
    let r = f.plaintext()
    publicKey = f.key.publicKey
    ciphertext = f.encrypt(f.bgv.coefficients(fromSlots: a))
    seeded = f.bgv.encryptSeeded(a, seed: [UInt8](repeating: 1, count: 32), with: f.key, from: &f.sampler)
    expanded = f.bgv.expand(seeded)
    let constant = f.bgv.multiply(f.bgv.doubled(ciphertext), by: f.bgv.multiplicand(constant: values(x)[0]))
    reply = f.bgv.reply(
      [(f.bgv.add(ciphertext, expanded), f.bgv.multiplicand(slots: x))], mask: r, under: publicKey, from: &f.sampler)
    share = values(f.bgv.slots(fromCoefficients: f.bgv.decrypt(reply, with: f.key)))
    plain = values(f.bgv.decrypt(constant, with: f.key))
  }
}

@Suite struct BackendEqualityTests {
  @Test func theWholeSchemeGivesTheSameBitsOnNTLAndOnEveryKernelLevel() throws {
    for parameters in try toySets() {
      let reference = try Run(
        parameters, ring: try NTLRing(basis: parameters.basis, plaintext: parameters.plaintext), seed: 40)
      for level in SIMDLevel.supported {
        let ring = try NativeRing(basis: parameters.basis, plaintext: parameters.plaintext, level: level)
        #expect(try Run(parameters, ring: ring, seed: 40) == reference, "\(parameters.literal.name), \(level.name)")
      }
    }
  }

  @Test func setAGivesTheSameBitsOnNTL() throws {
    let parameters = try Parameters(validating: .a)
    let reference = try Run(
      parameters, ring: try NTLRing(basis: parameters.basis, plaintext: parameters.plaintext), seed: 41)
    for level in SIMDLevel.supported {
      let ring = try NativeRing(basis: parameters.basis, plaintext: parameters.plaintext, level: level)
      #expect(try Run(parameters, ring: ring, seed: 41) == reference, "\(level.name)")
    }
  }
}
