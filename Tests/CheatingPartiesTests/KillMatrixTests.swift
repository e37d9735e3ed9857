import CheatingParties
import Foundation
import MPCCore
import Testing

@Suite("Which fixture stops without which check")
struct KillMatrixTests {
  @Test("Every check has fixtures, or the reason why it has none; every attack named is in the catalogue")
  func mapping() throws {
    for check in SecurityCheck.allCases {
      #expect(check.fixtures.isEmpty == (check.redundancy != nil), "\(check)")
      if let id = check.brokenBy { #expect(check.fixtures.contains(.attack(id)), "\(check)") }
      for case .attack(let id) in check.fixtures { #expect(AttackCatalogue.attack(id)?.id == id, "\(check): \(id)") }
    }
    // For Scripts/kill-matrix: check, tab, fixtures.
    guard let path = ProcessInfo.processInfo.environment["SPDZ_KILL_MATRIX_TABLE"] else { return }
    let lines = SecurityCheck.allCases.map { check in
      let fixtures = check.fixtures.map { fixture in
        switch fixture {
        case .attack(let id): "attack:\(id)"
        case .test(let name): "test:\(name)"
        }
      }
      let breaking = check.brokenBy.map { ["breaking:\($0)"] } ?? []
      return ([check.rawValue, check.redundancy ?? ""] + fixtures + breaking).joined(separator: "\t")
    }
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// The attacks that the script asks for.
  static let attacks = ProcessInfo.processInfo.environment["SPDZ_ATTACKS"]?.split(separator: ",").map(String.init) ?? []

  @Test("Attacks end as they must, at every position and in several orders of events", arguments: attacks)
  func attack(id: String) async throws {
    let attack = try #require(AttackCatalogue.attack(id))
    // Attacks on overlapping checks depend on the order of events.
    let seeds: ClosedRange<UInt64> = id.hasPrefix("A12") ? 1...20 : 1...2
    for n in [2, 3] where n >= attack.minimumPartyCount {
      for cheater in 0..<n {
        for seed in seeds {
          let verdict = await attack.run(AttackSetting(partyCount: n, cheater: PartyID(cheater), seed: seed))
          #expect(verdict.fired > 0)
          #expect(verdict.isAsExpected, "n = \(n), cheater \(cheater), seed \(seed): \(verdict.detected)")
          #expect(verdict.leak == nil)
        }
      }
    }
  }

  /// The attacks that must succeed because the rule that stops them is disabled.
  static let breaking =
    ProcessInfo.processInfo.environment["SPDZ_BREAKING"]?.split(separator: ",").map(String.init) ?? []

  @Test("Without its rule an attack succeeds at every position: wrong material or a leaked secret", arguments: breaking)
  func success(id: String) async throws {
    let attack = try #require(AttackCatalogue.attack(id))
    for n in [2, 3] {
      for cheater in 0..<n {
        let verdict = await attack.run(AttackSetting(partyCount: n, cheater: PartyID(cheater)))
        #expect(verdict.fired > 0)
        let isWrong =
          verdict.detected.allSatisfy { $0 == nil } && verdict.revealed.allSatisfy { $0 != verdict.honestResult }
        #expect(verdict.leak != nil || isWrong, "n = \(n), cheater \(cheater): \(verdict.detected)")
      }
    }
  }
}
