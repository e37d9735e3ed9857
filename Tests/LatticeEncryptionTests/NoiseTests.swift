import Cryptography
import Foundation
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Testing

private let slow = ProcessInfo.processInfo.environment["SPDZ_SLOW"] == "1"

/// The largest phase an honest fresh ciphertext can have: p/2 + p(η + 2Nη).
private func honestBound(_ parameters: Parameters) -> NaturalNumber {
  let p = NaturalNumber(parameters.literal.plaintextModulus)
  let eta = NaturalNumber(parameters.literal.errorParameter)
  return (p >> 1) + p * (eta + NaturalNumber(2 * parameters.ringDegree) * eta)
}

/// The phases of one ciphertext and of one reply to it.
private func measure(
  _ f: inout SchemeFixture, undrowned: Bool = true
) -> (fresh: NaturalNumber, linear: NaturalNumber?, switched: NaturalNumber) {
  let parameters = f.bgv.parameters
  let m = f.plaintext()
  let x = f.plaintext()
  let r = f.plaintext()
  let c = f.encrypt(m)
  let fresh = f.bgv.magnitude(f.bgv.phase(of: c, with: f.key))
  let multiplicand = f.bgv.multiplicand(coefficients: x)
  let coins = EncryptionCoins(parameters, from: &f.sampler)
  var linear: NaturalNumber?
  if undrowned {
    let none = WideIntegers(zeros: parameters.ringDegree, wordCount: 5)
    let (c0, c1) = f.bgv.drowned([(c, multiplicand)], mask: r, coins: coins, drowning: none, under: f.key.publicKey)
    let reply: Reply<EpochKey> = f.bgv.switched(c0, c1, dropping: 0)
    linear = f.bgv.magnitude(f.bgv.phase(of: reply, with: f.key))
  }
  let noise = f.bgv.drowningNoise(from: &f.sampler)
  let reply = f.bgv.reply([(c, multiplicand)], mask: r, coins: coins, drowning: noise, under: f.key.publicKey)
  return (fresh, linear, f.bgv.magnitude(f.bgv.phase(of: reply, with: f.key)))
}

@Suite(.serialized) struct NoiseTests {
  @Test func honestPhasesStayWithinTheirBounds() throws {
    for parameters in try toySets() {
      var f = try SchemeFixture(parameters, seed: 30)
      for _ in 0..<30 {
        let (fresh, linear, switched) = measure(&f)
        #expect(fresh <= honestBound(parameters) && fresh <= parameters.budget.freshPhase)
        #expect(try #require(linear) <= parameters.budget.linearPhase)
        #expect(switched <= parameters.budget.switchedPhase)
        #expect(fresh.log2 > 3, "a ciphertext without noise hides nothing")
      }
    }
  }

  /// Witness and key at the limits of what their proofs let pass, with the signs that make one coefficient collect all
  /// terms.
  @Test func provenExtremesStayWithinTheBudget() throws {
    for parameters in [
      try InsecureToy64.parameters(ringDegree: 64), try InsecureToy64.parameters(ringDegree: 1024),
      try InsecureToy257.parameters(ringDegree: 128), try InsecureToy64.shrinking(.a, toRingDegree: 256),
    ] {
      try checkProvenExtremes(parameters)
    }
  }

  @Test(
    .enabled(if: slow, "SPDZ_SLOW=1 runs the extremes at full size"),
    arguments: [ParameterLiteral.a, ParameterLiteral.b])
  func fullSizeProvenExtremesStayWithinTheBudget(_ literal: ParameterLiteral) throws {
    try checkProvenExtremes(Parameters(validating: literal))
  }

  private func checkProvenExtremes(_ parameters: Parameters) throws {
    let bgv = try BGV(parameters)
    let ring = bgv.ring
    let (n, k) = (parameters.ringDegree, parameters.primeCount)
    let budget = parameters.budget
    let p = parameters.plaintext.value
    func constant(_ value: NaturalNumber, negative: Bool = false) -> Poly<Coefficients> {
      var wide = WideIntegers(zeros: n, wordCount: 8)
      let magnitude = value.words + [UInt64](repeating: 0, count: 8 - value.words.count)
      for i in 0..<n { wide[i] = magnitude }
      var f = ring.reduce(wide, limbCount: k, secret: false)
      if negative { ring.negate(&f) }
      return f
    }
    let a = parameters.basis.uniform(seed: PRG.deriveSeed([], label: "extreme"), label: "a")
    let s = ring.forwardTransform(constant(budget.provenKeyBounds[0]))
    var e = constant(budget.provenKeyBounds[1])
    ring.scale(&e, by: p, adding: nil)
    let pk = PublicKey<EpochKey>(a: a, b: ring.sumOfProducts([(a, s)], adding: ring.forwardTransform(e)))
    let c = bgv.encrypt(
      message: constant(budget.provenBounds[0]), u: constant(budget.provenBounds[1]),
      v: constant(budget.provenBounds[2], negative: true), w: constant(budget.provenBounds[3]), under: pk)
    func phase(_ c0: Poly<Coefficients>, _ c1: Poly<Coefficients>) -> Poly<Coefficients> {
      var out = ring.inverseTransform(ring.multiply(ring.forwardTransform(c1), s))
      ring.subtract(c0, from: &out)
      ring.negate(&out)
      return out
    }
    let fresh = phase(ring.inverseTransform(c.c0), ring.inverseTransform(c.c1))
    let freshMagnitude = bgv.magnitude(fresh)
    #expect(freshMagnitude <= budget.freshPhase + NaturalNumber(1))
    #expect(budget.freshPhase.log2 - freshMagnitude.log2 < 0.01, "the extreme meets the bound")

    // Multiplicand ±(p−1)/2 with the signs of the phase, reversed: coefficient N−1 of the product adds all of it up.
    // The phase of the extreme grows with the index from negative to positive around the middle.
    var x = [UInt128](repeating: p / 2, count: n)
    for i in 0..<n where i > n / 2 { x[i] = p - p / 2 }
    let multiplicand = bgv.multiplicand(coefficients: SecretBuffer(copying: x))
    let products = Array(
      repeating: (ciphertext: c, multiplicand: multiplicand), count: parameters.literal.innerDimension)
    let d = budget.drowningBound
    var drowning = WideIntegers(zeros: n, wordCount: 8)
    let coins = EncryptionCoins(
      u: [Int8](repeating: 1, count: n), v: [Int8](repeating: -21, count: n), w: [Int8](repeating: 21, count: n))
    let mask = SecretBuffer<UInt128>(count: n, repeating: p / 2)
    let undrowned = bgv.drowned(products, mask: mask, coins: coins, drowning: drowning, under: pk)
    let linear = bgv.magnitude(phase(undrowned.c0, undrowned.c1))
    #expect(linear <= budget.linearPhase + NaturalNumber(p))
    #expect(budget.linearPhase.log2 - linear.log2 < 1.5, "within a factor 3 of the worst case")
    for i in 0..<n { drowning[i] = d.words + [UInt64](repeating: 0, count: 8 - d.words.count) }
    let drowned = bgv.drowned(products, mask: mask, coins: coins, drowning: drowning, under: pk)
    let full = bgv.magnitude(phase(drowned.c0, drowned.c1))
    #expect(full <= budget.replyPhase)
    #expect(full + full < parameters.modulus())
    print(
      "noise, \(parameters.literal.name) N=\(n): proven extreme uses 2^\(freshMagnitude.log2 - budget.freshPhase.log2)",
      "of the fresh bound, 2^\(linear.log2 - budget.linearPhase.log2) of the undrowned reply bound,",
      "2^\(full.log2 - budget.replyPhase.log2) of the drowned one")
  }

  /// Honest keys at their limits with everything else at its limit still decrypt right after switching.
  @Test func extremeRepliesDecryptAfterSwitching() throws {
    for parameters in try toySets() { try checkHonestExtremes(parameters) }
  }

  @Test(
    .enabled(if: slow, "SPDZ_SLOW=1 runs the extremes at full size"), arguments: ParameterLiteral.secureSets)
  func fullSizeExtremeRepliesDecryptAfterSwitching(_ literal: ParameterLiteral) throws {
    try checkHonestExtremes(Parameters(validating: literal))
  }

  private func checkHonestExtremes(_ parameters: Parameters) throws {
    let bgv = try BGV(parameters)
    let n = parameters.ringDegree
    let p = parameters.plaintext.value
    for sign: Int8 in [1, -1] {
      let key: SecretKey<EpochKey> = bgv.generateKey(
        a: parameters.basis.uniform(seed: PRG.deriveSeed([], label: "extreme"), label: "a"),
        secret: SecretBuffer(copying: [Int8](repeating: sign, count: n)),
        error: SecretBuffer(copying: [Int8](repeating: 21, count: n)))
      let coins = EncryptionCoins(
        u: [Int8](repeating: 1, count: n), v: [Int8](repeating: -21 * sign, count: n),
        w: [Int8](repeating: 21, count: n))
      let m = SecretBuffer<UInt128>(count: n, repeating: p / 2)
      let r = SecretBuffer<UInt128>(count: n, repeating: p / 2)
      let c = bgv.encrypt(m, coins: coins, under: key.publicKey)
      let d = parameters.budget.drowningBound
      let wordCount = d.bitWidth / 64 + 1
      var drowning = WideIntegers(zeros: n, wordCount: wordCount)
      for i in 0..<n { drowning[i] = d.words + [UInt64](repeating: 0, count: wordCount - d.words.count) }
      let reply = bgv.reply(
        [(c, bgv.multiplicand(constant: p / 2))], mask: r, coins: coins, drowning: drowning, under: key.publicKey)
      let magnitude = bgv.magnitude(bgv.phase(of: reply, with: key))
      #expect(magnitude <= parameters.budget.switchedPhase)
      print(
        "noise, \(parameters.literal.name) N=\(n), honest extreme, sign \(sign): switched reply uses",
        "2^\(magnitude.log2 - parameters.budget.switchedPhase.log2) of its bound")
      let expected = addMod(multiplyMod(p / 2, p / 2, p), p / 2, p)
      #expect(values(bgv.decrypt(reply, with: key)) == [UInt128](repeating: expected, count: n))
    }
  }

  @Test(.enabled(if: slow, "SPDZ_SLOW=1 runs 10^4 ciphertexts at full size"), arguments: ParameterLiteral.secureSets)
  func fullSizeNoiseStaysWithinItsBounds(_ literal: ParameterLiteral) throws {
    let parameters = try Parameters(validating: literal)
    var f = try SchemeFixture(parameters, seed: 31)
    let rounds = 10_000
    var (fresh, linear, switched) = (NaturalNumber(0), NaturalNumber(0), NaturalNumber(0))
    for i in 0..<rounds {
      let result = measure(&f, undrowned: i % 10 == 0)
      fresh = max(fresh, result.fresh)
      if let phase = result.linear { linear = max(linear, phase) }
      switched = max(switched, result.switched)
      #expect(result.fresh <= honestBound(parameters) && result.switched <= parameters.budget.switchedPhase)
    }
    let budget = parameters.budget
    #expect(fresh <= budget.freshPhase && linear <= budget.linearPhase)
    let reply = parameters.modulus(primeCount: parameters.replyPrimeCount)
    print(
      "noise, set \(literal.name), \(rounds) ciphertexts: fresh 2^\(fresh.log2), honest worst case",
      "2^\(honestBound(parameters).log2), proven bound 2^\(budget.freshPhase.log2); undrowned reply 2^\(linear.log2) of",
      "2^\(budget.linearPhase.log2); switched reply 2^\(switched.log2) of 2^\(budget.switchedPhase.log2), q'/2 =",
      "2^\(reply.log2 - 1)")
  }
}
