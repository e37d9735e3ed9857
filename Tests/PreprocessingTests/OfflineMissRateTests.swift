import FieldArithmetic
import Foundation
import InsecureToyField
import InsecureToyParameters
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing

@testable import CheatingParties

/// Over p = 257 forgeries escape often enough to be counted; measured escapes are compared with the bounds.
@Suite("Miss rates of checks on material over p = 257")
struct OfflineMissRateTests {
  private typealias Toy = AuthenticatedSharing<InsecureP257>

  static let isSlow = ProcessInfo.processInfo.environment["SPDZ_SLOW"] != nil

  /// N = 16; the set-up is not what is attacked, so its proofs are as short as they get.
  static func suite() throws -> OfflineSuite {
    var literal = InsecureToy257.literal(ringDegree: 16)
    literal.keyProofRepetitions = 4
    literal.proofSoundness = 16
    literal.ciphertextsPerProof = 1
    literal.replyLifetimeBits = 4
    return OfflineSuite(try BGV(try Parameters(insecure: literal)))
  }

  /// Escapes of one attack with fresh randomness each time. Every run that does not escape must end as `caught` says.
  private func escapes(
    _ trials: Int, parties: Int = 2, suite: OfflineSuite, program: any OfflineProgram,
    caught: ProtocolAbort = .sacrificeFailed(step: MaskedSum<P61>.step),
    arm: @Sendable (OfflineStage) -> OfflineArmament
  ) -> Int {
    var escapes = 0
    for trial in 0..<trials {
      let setting = AttackSetting(partyCount: parties, cheater: PartyID(parties - 1), seed: UInt64(trial))
      let (outcome, _) = OfflineRun<Toy>(
        setting: setting, suite: suite, program: program,
        armament: arm(OfflineStage(setting: setting, suite: suite))
      ).simulated()
      switch outcome.aborts[0] {
      case nil: escapes += 1
      case caught: break
      case let other: Issue.record("trial \(trial): \(String(describing: other))")
      }
    }
    return escapes
  }

  private func expect(_ escapes: Int, of trials: Int, atMost bound: Double, _ name: String) {
    let deviation = (bound * (1 - bound) * Double(trials)).squareRoot()
    #expect(Double(escapes) <= bound * Double(trials) + 4 * deviation, "\(name): \(escapes) of \(trials)")
    if Self.isSlow {
      print("\(name): \(escapes) of \(trials) escaped, \(Double(escapes) / Double(trials)), bound \(bound)")
    }
  }

  /// A way to forge, and the bound on its escapes in multiples of 1/p.
  struct Forgery: Sendable, CustomTestStringConvertible {
    let name: String
    var parties = 2
    var program: any OfflineProgram = MadeTriples()
    var step = MaskedSum<P61>.step
    /// One more than the check's error where the factor of the error, a slot of a or α_0, is 0 with probability 1/p: then
    /// the batch is right and there is nothing to notice.
    var bound = 4.0
    let arm: @Sendable (OfflineStage) -> OfflineArmament

    var testDescription: String { name }

    /// A shift of what some replies multiply by.
    static func shift(
      _ name: String, role: any KeyRole.Type = EpochKey.self, slot: Int? = 3, parties: Int = 2,
      program: any OfflineProgram = MadeTriples(), step: StepLabel = MaskedSum<P61>.step,
      _ shift: @escaping @Sendable (Int) -> UInt128?
    ) -> Forgery {
      Forgery(name: name, parties: parties, program: program, step: step) { stage in
        let plan = AttackPlan()
        return OfflineArmament(
          plan: plan,
          dishonesty: ShiftedMultiplicand(
            scheme: stage.suite.scheme, plan: plan, role: role, slot: slot, shift: { job, _ in shift(job) }))
      }
    }

    static let all: [Forgery] = [
      shift("b + d in c") { $0 % 3 == 1 ? 5 : nil },
      shift("alpha + d in one slot") { $0 % 3 == 0 ? 5 : nil },
      shift("alpha + d in all slots", slot: nil) { $0 % 3 == 0 ? 5 : nil },
      shift("b + d authenticated", role: SessionKey.self) { _ in 5 },
      shift("b + d in c, three parties", parties: 3) { $0 % 3 == 1 ? 5 : nil },
      shift("squares, a + d in c", program: MadeSquares()) { $0 == 1 ? 5 : nil },
      shift("classic, guessed t", program: MadeTriples.classic, step: SacrificeOpening<P61>.step) {
        $0 % 2 == 0 ? 5 : 35
      },
      // No harmless case here: a right guess is a forgery with a valid tag.
      Forgery(name: "c + e, guessed alpha", bound: 3) { _ in
        let plan = AttackPlan()
        return OfflineArmament(plan: plan, dishonesty: GuessedKey(plan: plan, guess: 77))
      },
      Forgery(name: "alpha + d in squares and sigma", program: MadeSquares()) { _ in
        let plan = AttackPlan()
        return OfflineArmament(plan: plan, dishonesty: ShiftedKeyShare(plan: plan, d: 9))
      },
      Forgery(name: "packed, error in one entry", program: MadeConvolutions(), bound: 3) { stage in
        OfflineArmament(plan: Attack.shiftedPackedReply(stage, isEntry: true))
      },
      Forgery(name: "packed, stray coefficient", program: MadeConvolutions()) { stage in
        let plan = AttackPlan()
        return OfflineArmament(
          plan: plan, dishonesty: StrayCoefficient(plan: plan, suite: stage.suite, isLast: true))
      },
    ]
  }

  @Test(arguments: Forgery.all)
  func forgedTuplesEscapeAsSeldomAsTheBoundSays(_ forgery: Forgery) throws {
    let trials = Self.isSlow ? 20_000 : 100
    let count = escapes(
      trials, parties: forgery.parties, suite: try Self.suite(), program: forgery.program,
      caught: .sacrificeFailed(step: forgery.step), arm: forgery.arm)
    expect(count, of: trials, atMost: forgery.bound / 257, forgery.name)
  }

  // MARK: Selective failure (B17)

  /// A product with a triple of an attacked batch, if the batch was not noticed.
  private struct UsedTriple: OfflineProgram {
    let secret: UInt64

    func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
      try await party.inputMasks(batches: 1, for: PartyID(0))
      try await MadeTriples().run(&party)
      let mine = party.session.me == PartyID(0) ? [S.F(secret)] : nil
      let x = try await party.session.input(mine, count: 1, from: PartyID(0))
      let triple = try party.stock.withdraw(.triples, count: 1).multiplicationTriples()
      let square = try await party.session.multiply(x, x, spending: triple)
      _ = try await party.session.reveal(square)
    }
  }

  /// d·a_0 joins c in slot 0: right if the honest a_0 is 0 there, which is how a cheater may learn that; but only before
  /// the slot masks anything, so its escapes do not depend on what is computed.
  @Test func whetherASelectiveErrorIsNoticedDoesNotDependOnTheHonestSecret() throws {
    let suite = try Self.suite()
    let trials = Self.isSlow ? 20_000 : 250
    var unnoticed = 0
    for trial in 0..<trials {
      let setting = AttackSetting(partyCount: 2, cheater: PartyID(1), seed: UInt64(trial))
      let aborts = [UInt64(0), 1].map { secret in
        let plan = AttackPlan()
        let (outcome, _) = OfflineRun<Toy>(
          setting: setting, suite: suite, program: UsedTriple(secret: secret),
          armament: OfflineArmament(
            plan: plan,
            dishonesty: ShiftedMultiplicand(
              scheme: suite.scheme, plan: plan, role: EpochKey.self, slot: 0,
              shift: { job, _ in job % 3 == 1 ? 1 : nil }))
        ).simulated()
        #expect(plan.fired > 0)
        return outcome.aborts[0]
      }
      #expect(aborts[0] == aborts[1], "trial \(trial)")
      if aborts[0] == nil { unnoticed += 1 }
    }
    #expect(unnoticed > 0, "both outcomes are seen")
    expect(unnoticed, of: trials, atMost: 4.0 / 257, "selective failure")
  }
}
