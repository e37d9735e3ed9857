import CheatingParties
import Cryptography
import FieldArithmetic
import Foundation
import InsecureDealer
import InsecureToyField
import MPCCore
import SecretSharing
import Testing
import Transport

extension Tag {
  /// Minutes instead of seconds; runs when SPDZ_SLOW=1.
  @Tag static var slow: Self
}

/// Whether the long versions run.
let isSlowTier = ProcessInfo.processInfo.environment["SPDZ_SLOW"] == "1"

@Suite("Soundness, measured over the toy field p = 257")
struct SoundnessTests {
  typealias F = InsecureP257
  typealias S = AuthenticatedSharing<F>

  /// How many of `trials` forgeries escaped, and the theory: the mean and 3.5 standard deviations.
  private func expectTheory(_ escaped: Int, of trials: Int, probability: Double, bound: Double, _ what: String) {
    let mean = Double(trials) * probability
    let tolerance = 3.5 * (mean * (1 - probability)).squareRoot()
    print("\(what): \(escaped) of \(trials) escaped; theory \(mean) ± \(tolerance), bound \(Double(trials) * bound)")
    #expect(abs(Double(escaped) - mean) <= tolerance)
    #expect(probability <= bound)
  }

  @Test("A forged opening with a guessed α escapes the MAC check with probability 1 − (1 − 1/p)², below 2/p")
  func macCheck() throws {
    try measureMACCheck(trials: 20_000)
  }

  @Test("200,000 forged openings", .tags(.slow), .enabled(if: isSlowTier))
  func macCheckSlow() throws {
    try measureMACCheck(trials: 200_000)
  }

  private func measureMACCheck(trials: Int) throws {
    let report = runSimulated(partyCount: 2, seed: 1) { channel throws(ProtocolAbort) in
      try await Self.forgeOpenings(channel, trials: trials)
    }
    let escaped = try report.run.values()
    #expect(escaped[0] == escaped[1])
    let p = 257.0
    expectTheory(escaped[0], of: trials, probability: 1 - pow(1 - 1 / p, 2), bound: 2 / p, "MAC check")
  }

  /// P_1 shifts an opened value by d and its MAC share by g·d for a guess g of α, a fresh key each time.
  private static func forgeOpenings(_ channel: WireChannel, trials: Int) async throws(ProtocolAbort) -> Int {
    var context = ProtocolContext(channel: channel, random: InsecureSeededRandom(seed: 3, party: channel.me))
    let everybody = InsecureSeededRandom(seed: 7, party: PartyID(0))  // the trial's numbers, known to both
    var escaped = 0
    for _ in 0..<trials {
      // α_0, α_1, x, γ_1, guess, d
      let n = F.uniform(6, seed: everybody.seed(label: "trial"))
      let alpha = n[0] + n[1]
      let d = n[5] == .zero ? F.one : n[5]
      let mac = channel.me.index == 0 ? alpha * n[2] - n[3] : n[3] + n[4] * d
      var opened = OpenedValues<F>()
      opened.record(opened: [n[2] + d], tags: [mac])
      do throws(ProtocolAbort) {
        try await MACCheck.run(opened: opened, key: MACKey(share: n[channel.me.index]), context: &context)
        escaped += 1
      } catch {
        guard error == .macCheckFailed(openings: 1) else { throw error }
      }
    }
    return escaped
  }

  @Test("A 2 passes for a bit with probability 1 − (1 − 9/(p − 8))(1 − 1/p)³, below 16/(p − 8) + 3/p")
  func digitProof() throws {
    try measureDigitProof(trials: 5_000)
  }

  @Test("200,000 forged digits", .tags(.slow), .enabled(if: isSlowTier))
  func digitProofSlow() throws {
    try measureDigitProof(trials: 200_000)
  }

  private func measureDigitProof(trials: Int) throws {
    let report = runSimulated(partyCount: 2, seed: 1) { channel throws(ProtocolAbort) in
      try await Self.forgeDigits(channel, trials: trials)
    }
    let escaped = try report.run.values()
    #expect(escaped[0] == escaped[1])
    let p = 257.0
    // A root, γ = 0, the MAC check's coefficient 0, or the right guess of α.
    expectTheory(
      escaped[0], of: trials, probability: 1 - (1 - 9 / (p - 8)) * pow(1 - 1 / p, 3),
      bound: DigitProof.errorBound(DigitForm(count: 1, bits: 1), F.self), "digit proof")
  }

  /// P_1 inputs 2 as a bit. q − Z·t has degree 16 and is 0 at 1…7, where the digits are right; P_1 chooses t such that
  /// the other 9 roots are where it likes, and hopes for one of them as coin; if it is another, it shifts its MAC share
  /// for a guess of α.
  private static func forgeDigits(_ channel: WireChannel, trials: Int) async throws(ProtocolAbort) -> Int {
    let cheats = channel.me.index == 1
    let cheater = PartyID(1)
    let own = InsecureSeededRandom(seed: 11, party: cheater)
    let form = DigitForm(count: 1, bits: 1)
    var session: Session<S, WireChannel>
    do {
      session = try Session(
        over: channel, preprocessing: InsecureDealer<S>(run: 5, me: channel.me, partyCount: 2),
        random: InsecureSeededRandom(seed: 5, party: channel.me))
    } catch {
      throw .localFailure(step: StepLabel("Session", 1), detail: "\(error)")
    }
    var escaped = 0
    for _ in 0..<trials {
      let n = F.uniform(2, seed: own.seed(label: "trial"))
      let (guess, first) = (n[0], Int(n[1].canonical % 249))
      var roots: [F] = (1...7).map { F(UInt64($0)) }
      for index in 0..<9 { roots.append(F(UInt64(8 + (first + 25 * index) % 249))) }
      func unscaled(_ x: F) -> F { roots.reduce(F.one) { $0 * (x - $1) } }
      var scale = F.zero
      let rho = try await DigitProof.input(
        digits: cheats ? [F(UInt64(2))] : nil, form: form, from: cheater, in: &session
      ) { groups, gamma in
        // γ·P(2) = q(0) is what no t can change.
        scale = gamma[0][0] * F(UInt64(2)) * (unscaled(.zero).inverse() ?? .zero)
        return DigitGroups.quotient(groups, gamma, form: form).enumerated().map { index, t in
          let x = F(UInt64(8 + index))
          return t - scale * unscaled(x) * (DigitProof.vanishing(at: x).inverse() ?? .zero)
        }
      }.rho
      var pending = session.ledger
      session.ledger.removeAll()
      if cheats, pending.batches.count == 2 {
        let error = scale * unscaled(rho)
        var forged = OpenedValues<F>()
        let tags = pending.batches.map { $0.segments[0].macShares }
        forged.record(opened: pending.batches[0].opened, tags: tags[0])
        forged.record(opened: [.zero], tags: [tags[1][0] + guess * error])
        pending = forged
      }
      do throws(ProtocolAbort) {
        try await MACCheck.run(opened: pending, key: session.key, context: &session.context)
        escaped += 1
      } catch {
        guard error == .macCheckFailed(openings: 2) else { throw error }
      }
    }
    return escaped
  }
}
