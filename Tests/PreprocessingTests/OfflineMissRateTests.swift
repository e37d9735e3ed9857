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

  /// A shift of what some replies multiply by.
  struct Forgery: Sendable, CustomTestStringConvertible {
    let name: String
    var role: any KeyRole.Type = EpochKey.self
    var slot: Int? = 3
    var parties = 2
    var program: any OfflineProgram = MadeTriples()
    var step = MaskedSum<P61>.step
    /// In multiples of 1/p. One more than the check's error: the factor of the error, a slot of a or α_0, is 0 with
    /// probability 1/p; then the batch is right and there is nothing to notice.
    var bound = 4.0
    let shift: @Sendable (Int) -> UInt128?

    var testDescription: String { name }

    static let all: [Forgery] = [
      Forgery(name: "b + d in c") { $0 % 3 == 1 ? 5 : nil },
      Forgery(name: "alpha + d in one slot") { $0 % 3 == 0 ? 5 : nil },
      Forgery(name: "alpha + d in all slots", slot: nil) { $0 % 3 == 0 ? 5 : nil },
      Forgery(name: "b + d authenticated", role: SessionKey.self) { _ in 5 },
      Forgery(name: "b + d in c, three parties", parties: 3) { $0 % 3 == 1 ? 5 : nil },
      Forgery(name: "squares, a + d in c", program: MadeSquares()) { $0 == 1 ? 5 : nil },
      Forgery(
        name: "classic, guessed t", program: MadeTriples.classic, step: SacrificeOpening<P61>.step
      ) { $0 % 2 == 0 ? 5 : 35 },
    ]
  }

  @Test(arguments: Forgery.all)
  func forgedTuplesEscapeAsSeldomAsTheBoundSays(_ forgery: Forgery) throws {
    let suite = try Self.suite()
    let trials = Self.isSlow ? 20_000 : 100
    let count = escapes(
      trials, parties: forgery.parties, suite: suite, program: forgery.program,
      caught: .sacrificeFailed(step: forgery.step)
    ) { _ in
      let plan = AttackPlan()
      return OfflineArmament(
        plan: plan,
        dishonesty: ShiftedMultiplicand(
          scheme: suite.scheme, plan: plan, role: forgery.role, slot: forgery.slot,
          shift: { job, _ in forgery.shift(job) }))
    }
    expect(count, of: trials, atMost: forgery.bound / 257, forgery.name)
  }
}
