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

  @Test("A 2 passes for a bit with probability 1 − (1 − 2/p)(1 − 1/p)², below 4/p")
  func bitProof() throws {
    try measureBitProof(trials: 5_000)
  }

  @Test("200,000 forged bits", .tags(.slow), .enabled(if: isSlowTier))
  func bitProofSlow() throws {
    try measureBitProof(trials: 200_000)
  }

  private func measureBitProof(trials: Int) throws {
    let report = runSimulated(partyCount: 2, seed: 1) { channel throws(ProtocolAbort) in
      try await Self.forgeBits(channel, trials: trials)
    }
    let escaped = try report.run.values()
    #expect(escaped[0] == escaped[1])
    let p = 257.0
    expectTheory(
      escaped[0], of: trials, probability: 1 - (1 - 2 / p) * pow(1 - 1 / p, 2), bound: 4 / p, "bit proof")
  }

  /// P_1 inputs b = 2 with s and t such that e²·b + e·s + t − v² = c(e − e_1)(e − e_2), hoping for a coin e_1 or e_2; if
  /// it is another, it shifts its MAC share for a guess of α.
  private static func forgeBits(_ channel: WireChannel, trials: Int) async throws(ProtocolAbort) -> Int {
    let cheats = channel.me.index == 1
    let cheater = PartyID(1)
    let own = InsecureSeededRandom(seed: 11, party: cheater)
    var session: Session<S, WireChannel>
    do {
      session = try Session(
        over: channel, preprocessing: InsecureDealer<S>(run: 5, me: channel.me, partyCount: 2),
        random: InsecureSeededRandom(seed: 5, party: channel.me))
    } catch {
      throw .localFailure(step: StepLabel("Session", 1), detail: "\(error)")
    }
    let b = F(UInt64(2))
    let c = b - b * b
    var escaped = 0
    for _ in 0..<trials {
      let n = F.uniform(4, seed: own.seed(label: "trial"))  // r, e_1, offset of e_2, guess of α
      let (r, first, guess) = (n[0], n[1], n[3])
      let second = first + (n[2] == .zero ? .one : n[2])
      let witness = [r, b * r + b * r - c * (first + second), r * r + c * first * second]
      let bits = try await session.input(cheats ? [b] : nil, count: 1, from: cheater)
      try await BitProof.check(bits, witness: cheats ? witness : nil, from: cheater, in: &session)
      var pending = session.ledger
      session.ledger.removeAll()
      if cheats, let v = pending.batches.first?.opened.first {
        // v = e·b + r shows e to the prover.
        let e = (v - r) * (b.inverse() ?? .zero)
        let error = c * (e - first) * (e - second)
        var forged = OpenedValues<F>()
        let tags = pending.batches.map { $0.segments[0].macShares }
        forged.record(opened: [v], tags: tags[0])
        forged.record(opened: [.zero], tags: [tags[1][0] - guess * error])
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
