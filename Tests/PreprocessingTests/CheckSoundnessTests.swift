import CheatingParties
import Cryptography
import FieldArithmetic
import Foundation
import InsecureDealer
import InsecureToyField
import MPCCore
import SecretSharing
import Synchronization
import Testing
import Transport

@testable import Preprocessing

/// What a cheater can do about the checks themselves, whatever it did to the replies before: a fresh key and fresh shares
/// for each forgery, no encryption. ``OfflineMissRateTests`` measures whole batches, with it.
@Suite("Soundness of the checks on material, measured over p = 257")
struct CheckSoundnessTests {
  typealias F = InsecureP257
  typealias S = AuthenticatedSharing<F>

  static let p = 257.0
  static let isSlow = ProcessInfo.processInfo.environment["SPDZ_SLOW"] != nil
  static let trials = isSlow ? 200_000 : 10_000

  /// A forgery: runs the check at both parties; the numbers of the trial are known to both.
  typealias Forgery =
    @Sendable (
      _ numbers: ArraySlice<F>, _ guess: F, _ d: F, _ alpha: F, _ keyShare: F, inout ProtocolContext<WireChannel>
    )
    async throws(ProtocolAbort) -> Void

  private func measure(_ what: String, probability: Double, bound: Double, _ forge: @escaping Forgery) throws {
    let trials = Self.trials
    let report = runSimulated(partyCount: 2, seed: 1) { channel throws(ProtocolAbort) -> Int in
      var context = ProtocolContext(channel: channel, random: InsecureSeededRandom(seed: 3, party: channel.me))
      let everybody = InsecureSeededRandom(seed: 7, party: PartyID(0))
      var escaped = 0
      for _ in 0..<trials {
        let n = F.uniform(24, seed: everybody.seed(label: "trial"))
        do throws(ProtocolAbort) {
          try await forge(
            n[4...], n[2], n[3] == .zero ? .one : n[3], n[0] + n[1], n[channel.me.index], &context)
          escaped += 1
        } catch {
          guard case .sacrificeFailed = error else { throw error }
        }
      }
      return escaped
    }
    let escaped = try report.run.values()
    #expect(escaped[0] == escaped[1])
    expectTheory(escaped[0], of: trials, probability: probability, bound: bound, what)
  }

  /// Party `me`'s share of x with its tag; P_1 adds errors to its own.
  private static func share(
    _ x: F, _ masks: ArraySlice<F>, at index: Int, alpha: F, me: PartyID, valueError: F = .zero, tagError: F = .zero
  ) -> SharedVector<S> {
    let (value, tag) = (masks[masks.startIndex + 2 * index], masks[masks.startIndex + 2 * index + 1])
    return me.index == 0
      ? SharedVector(values: [x - value], tags: [alpha * x - tag])
      : SharedVector(values: [value + valueError], tags: [tag + tagError])
  }

  /// B1, B3: a product that is wrong by d, and a tag corrected for a guess of α. Escapes if the guess is right, or the
  /// coefficient of the value or that of z is 0.
  @Test func aWrongValueInABatchEscapesAsOftenAsTheoryAndBelowThreeOverP() throws {
    try measure("batch check", probability: 1 - pow(1 - 1 / Self.p, 3), bound: 3 / Self.p) {
      (n, guess, d, alpha, keyShare, context) throws(ProtocolAbort) in
      let (x, masks, me) = (n.prefix(4), n.dropFirst(4), context.channel.me)
      let i = x.startIndex
      let values = [
        Self.share(x[i], masks, at: 0, alpha: alpha, me: me),
        Self.share(x[i + 1], masks, at: 1, alpha: alpha, me: me),
        Self.share(x[i + 2], masks, at: 2, alpha: alpha, me: me, valueError: d, tagError: guess * d),
      ]
      let mask = Self.share(x[i + 3], masks, at: 3, alpha: alpha, me: me)
      try await S.checkBatch(
        BatchCheck(values: values, mask: CheckMask(stepThree: mask)), key: MACKey(share: keyShare), context: &context)
    }
  }

  /// A16: the owner of input masks changes its tag shares. Escapes if the coefficient of the value or that of z is 0.
  @Test func aWrongTagOfAnInputMaskEscapesAsOftenAsTheoryAndBelowThreeOverP() throws {
    try measure("input check", probability: 1 - pow(1 - 1 / Self.p, 2), bound: 3 / Self.p) {
      (n, _, d, alpha, keyShare, context) throws(ProtocolAbort) in
      let (x, masks, me) = (n.prefix(3), n.dropFirst(4), context.channel.me)
      let i = x.startIndex
      let values = [
        Self.share(x[i], masks, at: 0, alpha: alpha, me: me, tagError: d),
        Self.share(x[i + 1], masks, at: 1, alpha: alpha, me: me),
      ]
      let mask = Self.share(x[i + 2], masks, at: 2, alpha: alpha, me: me)
      try await S.checkBatch(
        BatchCheck(values: values, mask: CheckMask(stepThree: mask)), key: MACKey(share: keyShare), context: &context)
    }
  }

  /// A value that must be zero and is d, with a tag corrected for a guess of α.
  @Test func aWrongZeroEscapesAsOftenAsTheoryAndBelowThreeOverP() throws {
    try measure("declared zero", probability: 1 - pow(1 - 1 / Self.p, 2), bound: 3 / Self.p) {
      (n, guess, d, alpha, keyShare, context) throws(ProtocolAbort) in
      let (x, masks, me) = (n.prefix(3), n.dropFirst(4), context.channel.me)
      let i = x.startIndex
      let mask = Self.share(x[i + 2], masks, at: 2, alpha: alpha, me: me)
      // The value is d, its tag α·d; P_1 takes off what it guesses.
      let zero = Self.share(d, masks, at: 0, alpha: alpha, me: me, tagError: -guess * d)
      let value = Self.share(x[i], masks, at: 1, alpha: alpha, me: me)
      try await S.checkBatch(
        BatchCheck(values: [value], zeros: [zero], mask: CheckMask(stepThree: mask)), key: MACKey(share: keyShare),
        context: &context)
    }
  }

  /// B5: c is wrong by d and the sacrificed c′ by t_0·d for a guess t_0 of the coin; τ = (t − t_0)·d, whose tag is corrected
  /// for a guess of α. Escapes if one of the guesses is right or the coefficient of τ is 0.
  @Test func aWrongProductSurvivesTheSacrificeAsOftenAsTheoryAndBelowThreeOverP() throws {
    try measure("sacrifice", probability: 1 - pow(1 - 1 / Self.p, 3), bound: 3 / Self.p) {
      (n, guess, d, alpha, keyShare, context) throws(ProtocolAbort) in
      let (x, masks, me) = (Array(n.prefix(4)), n.dropFirst(4), context.channel.me)
      let (a, b, spareB, guessedCoin) = (x[0], x[1], x[2], x[3])
      let factors = [
        Self.share(a, masks, at: 0, alpha: alpha, me: me), Self.share(b, masks, at: 1, alpha: alpha, me: me),
        Self.share(spareB, masks, at: 2, alpha: alpha, me: me),
      ]
      // Tags are made on the wrong values: nothing is noticed before.
      let c = Self.share(a * b + d, masks, at: 3, alpha: alpha, me: me)
      let spareC = Self.share(a * spareB + guessedCoin * d, masks, at: 4, alpha: alpha, me: me)
      let t = F.uniform(1, seed: try await context.coinToss())[0]
      let rhoShares = factors[1].scaled(by: t) - factors[2]
      let rho = try await context.openShares(SacrificeOpening<F>.self, rhoShares.values)
      var tau = c.scaled(by: t) - spareC - factors[0].scaled(by: rho)
      if me.index == 1 { tau = SharedVector(values: tau.values, tags: [tau.tags[0] - guess * (t - guessedCoin) * d]) }
      try await S.checkSacrifice(
        opened: rho, rhoShares, zero: tau, key: MACKey(share: keyShare), context: &context)
    }
  }

  /// The range proof of bounded values: a prover whose value is out of range and who shows a combination when the coin
  /// multiplies that value by 0 everywhere, L = s + 4 times; its masks, which are then all there is to see, are in the
  /// interval with probability 1 − 2^−z each.
  @Test func claimsAboutAnUnboundedValueEscapeAsOftenAsTheory() async {
    let s = 3
    let proof = BoundedValueProof(count: 1, bits: 8, statisticalSecurity: s)
    let wanted = Self.isSlow ? 200_000 : 2_000
    let claims = Mutex(0)
    var escapes = 0
    var trial: UInt64 = 1_000_000
    while claims.withLock({ $0 }) < wanted {
      trial += 1
      let outcome = await BoundedValueAttackTests.run(P127.powerOfTwo(90), statisticalSecurity: s, seed: trial) {
        _, _, coefficients, proof in
        claims.withLock { $0 += 1 }
        let isFavourable = coefficients.allSatisfy { $0[0] == .zero }
        let inside = P127(UInt64(proof.count)) * P127.powerOfTwo(proof.bits)
        return coefficients.map { _ in isFavourable ? inside : .zero }
      }
      switch outcome.aborts[0] {
      case nil: escapes += 1
      case .rangeCheckFailed(_, PartyID(1)): break
      case let other: Issue.record("trial \(trial): \(String(describing: other))")
      }
    }
    let repetitions = Double(proof.repetitions)
    let bound = pow(2, -repetitions)
    expectTheory(
      escapes, of: claims.withLock { $0 }, probability: bound * pow(1 - pow(2, -Double(proof.slackBits)), repetitions),
      bound: bound, "range proof, a claim")
  }

  /// Within 3.5 standard deviations.
  private func expectTheory(_ escaped: Int, of trials: Int, probability: Double, bound: Double, _ what: String) {
    let mean = Double(trials) * probability
    let tolerance = 3.5 * (mean * (1 - probability)).squareRoot()
    print("\(what): \(escaped) of \(trials) escaped; theory \(mean) ± \(tolerance), bound \(Double(trials) * bound)")
    #expect(abs(Double(escaped) - mean) <= tolerance)
    #expect(probability <= bound)
  }
}
