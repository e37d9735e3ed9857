import Cryptography
import Foundation
import InsecureToyParameters
import LatticeEncryption
import MPCCore

/// Everything a test of the scheme needs under one seed.
struct SchemeFixture: ~Copyable {
  let bgv: BGV
  var sampler: SecretSampler
  let key: SecretKey<EpochKey>

  init(_ parameters: Parameters, seed: UInt64, ring: (any RingBackend)? = nil) throws {
    bgv = if let ring { BGV(parameters, ring: ring) } else { try BGV(parameters) }
    sampler = SecretSampler(PRG(seed: PRG.deriveSeed([], label: "scheme-test", context: [seed])))
    let coin = PRG.deriveSeed([], label: "scheme-test-coin", context: [seed])
    let a = bgv.keyElement(seed: coin, role: EpochKey.self, owner: PartyID(0), epoch: 0)
    key = bgv.generateKey(a: a, from: &sampler)
  }

  mutating func plaintext() -> SecretBuffer<UInt128> {
    sampler.plaintext(count: bgv.ringDegree, modulus: bgv.plaintextModulus)
  }

  mutating func encrypt(_ m: borrowing SecretBuffer<UInt128>) -> Ciphertext<EpochKey> {
    let coins = EncryptionCoins(bgv.parameters, from: &sampler)
    return bgv.encrypt(m, coins: coins, under: key.publicKey)
  }
}

/// Sets small enough for quick tests, with the shapes of all real ones.
func toySets() throws -> [Parameters] {
  [
    try InsecureToy64.parameters(),
    try InsecureToy257.parameters(ringDegree: 16),
    try InsecureToy64.shrinking(.a, toRingDegree: 64),
    try InsecureToy64.shrinking(.b, toRingDegree: 256),
    try InsecureToy64.shrinking(.p, toRingDegree: 128),
    try InsecureToy64.shrinking(.p61Passive, toRingDegree: 64),
  ]
}

func multiplyMod(_ a: UInt128, _ b: UInt128, _ p: UInt128) -> UInt128 {
  p.dividingFullWidth(a.multipliedFullWidth(by: b)).remainder
}

func addMod(_ a: UInt128, _ b: UInt128, _ p: UInt128) -> UInt128 {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow || sum >= p ? sum &- p : sum
}
