import Cryptography
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

@Suite struct BGVTests {
  @Test func decryptionUndoesEncryption() throws {
    for parameters in try toySets() {
      var f = try SchemeFixture(parameters, seed: 1)
      let m = f.plaintext()
      let c = f.encrypt(m)
      let d = f.bgv.decrypt(c, with: f.key)
      #expect(values(d) == values(m), "\(parameters.literal.name)")
      // Another key does not decrypt.
      let other = try SchemeFixture(parameters, seed: 2)
      let wrong = f.bgv.decrypt(c, with: other.key)
      #expect(values(wrong) != values(m))
    }
  }

  @Test func sumsAndPlaintextSumsDecryptToSums() throws {
    for parameters in try toySets() {
      var f = try SchemeFixture(parameters, seed: 3)
      let p = f.bgv.plaintextModulus
      let x = f.plaintext()
      let y = f.plaintext()
      let z = f.plaintext()
      let sum = f.bgv.add(
        f.bgv.add(f.encrypt(x), f.encrypt(y)), plaintext: f.bgv.multiplicand(coefficients: z))
      let d = values(f.bgv.decrypt(sum, with: f.key))
      let (xs, ys, zs) = (values(x), values(y), values(z))
      #expect(d == xs.indices.map { addMod(addMod(xs[$0], ys[$0], p), zs[$0], p) })
      let two = values(f.bgv.decrypt(f.bgv.doubled(f.encrypt(x)), with: f.key))
      #expect(two == xs.map { addMod($0, $0, p) })
    }
  }

  @Test func repliesMultiplySlotsAndAddTheMask() throws {
    for parameters in try toySets() {
      var f = try SchemeFixture(parameters, seed: 4)
      let p = f.bgv.plaintextModulus
      let a = f.plaintext()
      let x = f.plaintext()
      let r = f.plaintext()
      let ciphertext = f.encrypt(f.bgv.coefficients(fromSlots: a))
      let reply = f.bgv.reply(
        [(ciphertext, f.bgv.multiplicand(slots: x))], mask: f.bgv.coefficients(fromSlots: r), under: f.key.publicKey,
        from: &f.sampler)
      #expect(reply.c0.limbCount == parameters.replyPrimeCount)
      let share = values(f.bgv.slots(fromCoefficients: f.bgv.decrypt(reply, with: f.key)))
      let (av, xv, rv) = (values(a), values(x), values(r))
      #expect(
        share == av.indices.map { addMod(multiplyMod(av[$0], xv[$0], p), rv[$0], p) }, "\(parameters.literal.name)")
    }
  }

  @Test func repliesSumProducts() throws {
    // More products than one pass of the ring takes.
    let parameters = try InsecureToy64.shrinking(.b, toRingDegree: 64)
    var f = try SchemeFixture(parameters, seed: 5)
    let p = f.bgv.plaintextModulus
    let r = f.plaintext()
    var expected = values(r)
    var products: [(ciphertext: Ciphertext<EpochKey>, multiplicand: Poly<Evaluations>)] = []
    for _ in 0..<40 {
      let a = f.plaintext()
      let x = f.plaintext()
      products.append((f.encrypt(f.bgv.coefficients(fromSlots: a)), f.bgv.multiplicand(slots: x)))
      let (av, xv) = (values(a), values(x))
      for k in expected.indices { expected[k] = addMod(expected[k], multiplyMod(av[k], xv[k], p), p) }
    }
    let reply = f.bgv.reply(
      products, mask: f.bgv.coefficients(fromSlots: r), under: f.key.publicKey, from: &f.sampler)
    #expect(values(f.bgv.slots(fromCoefficients: f.bgv.decrypt(reply, with: f.key))) == expected)
  }

  @Test func constantMultiplicandsAreConstantInEverySlot() throws {
    for parameters in try toySets() {
      let f = try SchemeFixture(parameters, seed: 6)
      let p = f.bgv.plaintextModulus
      for value in [0, 1, p / 2, p / 2 + 1, p - 1] {
        let slots = SecretBuffer<UInt128>(count: f.bgv.ringDegree, repeating: value)
        #expect(f.bgv.multiplicand(constant: value) == f.bgv.multiplicand(slots: slots))
      }
    }
  }

  @Test func seededCiphertextsExpandToTheSamePlaintext() throws {
    for parameters in try toySets() {
      var f = try SchemeFixture(parameters, seed: 7)
      let m = f.plaintext()
      let seed = PRG.deriveSeed([], label: "seeded", context: [1])
      let small = f.bgv.encryptSeeded(m, seed: seed, with: f.key, from: &f.sampler)
      let c = f.bgv.expand(small)
      #expect(values(f.bgv.decrypt(c, with: f.key)) == values(m))
      let other = f.bgv.expand(SeededCiphertext<EpochKey>(seed: PRG.deriveSeed(seed, label: "x"), c0: small.c0))
      #expect(values(f.bgv.decrypt(other, with: f.key)) != values(m))
    }
  }

  @Test func everyNumberOfDroppedPrimesDecryptsAlike() throws {
    // Dec(ModSwitch(c))·dropped = Dec(c) for 0 … 5 dropped primes, as far as the phase allows: it shrinks with q.
    for parameters in [try InsecureToy64.parameters(), try InsecureToy64.shrinking(.a, toRingDegree: 64)] {
      var f = try SchemeFixture(parameters, seed: 8)
      let m = f.plaintext()
      let x = f.plaintext()
      let r = f.plaintext()
      let ciphertext = f.encrypt(m)
      let coins = EncryptionCoins(parameters, from: &f.sampler)
      let noise = f.bgv.drowningNoise(from: &f.sampler)
      let multiplicand = f.bgv.multiplicand(coefficients: x)
      let (c0, c1) = f.bgv.drowned(
        [(ciphertext, multiplicand)], mask: r, coins: coins, drowning: noise, under: f.key.publicKey)
      let whole = values(f.bgv.decrypt(f.bgv.switched(c0, c1, dropping: 0) as Reply<EpochKey>, with: f.key))
      for count in 0...min(5, parameters.primeCount - parameters.replyPrimeCount) {
        let reply: Reply<EpochKey> = f.bgv.switched(c0, c1, dropping: count)
        #expect(reply.c0.limbCount == parameters.primeCount - count)
        #expect(values(f.bgv.decrypt(reply, with: f.key)) == whole, "\(count) dropped")
      }
    }
  }

  @Test func freshCoinsGiveFreshCiphertexts() throws {
    var f = try SchemeFixture(try InsecureToy64.parameters(), seed: 9)
    let m = f.plaintext()
    let (x, y) = (f.encrypt(m), f.encrypt(m))
    #expect(x.c0 != y.c0 && x.c1 != y.c1)
  }
}
