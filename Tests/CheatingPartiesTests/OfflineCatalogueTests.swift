import CheatingParties
import FieldArithmetic
import Foundation
import MPCCore
import SecretSharing
import Testing

/// One run of an attack on the offline phase.
struct OfflineCase: Sendable, CustomTestStringConvertible {
  let attack: Attack
  let setting: AttackSetting

  var testDescription: String { "\(attack.id), n = \(setting.partyCount), cheater \(setting.cheater)" }

  static let all: [OfflineCase] = AttackCatalogue.offline.flatMap { attack in
    [2, 3].filter { $0 >= attack.minimumPartyCount }.flatMap { n in
      (0..<n).map { OfflineCase(attack: attack, setting: AttackSetting(partyCount: n, cheater: PartyID($0))) }
    }
  }

  /// One position for each attack: what honest code does in a control does not depend on who might cheat.
  static let controls: [OfflineCase] = AttackCatalogue.offline.map { attack in
    OfflineCase(attack: attack, setting: AttackSetting(partyCount: attack.minimumPartyCount, cheater: PartyID(1)))
  }
}

@Suite("The catalogue of attacks on the offline phase")
struct OfflineCatalogueTests {
  @Test(
    "Every attack at every position ends as it must, nothing is left, and what must not be sent is not sent",
    arguments: OfflineCase.all)
  func attack(_ run: OfflineCase) async {
    let verdict = await run.attack.run(run.setting)
    #expect(verdict.fired > 0)
    #expect(verdict.expected.count == verdict.detected.count)
    for (expected, detected) in zip(verdict.expected, verdict.detected) {
      #expect(expected.contains(detected), "\(String(describing: detected))")
    }
    #expect(verdict.forbiddenCount == 0)
    #expect(verdict.abortsAreClean)
    #expect(verdict.leak == nil)
    if run.attack.caughtBy.hasPrefix("nothing") {
      #expect(verdict.isHonestRun, "what is no attack leaves the material right")
    } else {
      #expect(verdict.revealed.isEmpty)
    }
  }

  @Test("The control run with an idle cheater makes right material, in both schemes", arguments: OfflineCase.controls)
  func control(_ run: OfflineCase) async {
    for mode in SecurityMode.allCases {
      var setting = run.setting
      setting.isArmed = false
      setting.mode = mode
      let verdict = await run.attack.run(setting)
      #expect(verdict.fired == 0)
      #expect(verdict.isHonestRun, "\(mode): \(verdict.revealed), \(verdict.detected)")
    }
  }

  @Test(
    "The passive scheme makes wrong material and does not notice",
    arguments: OfflineCase.all.filter { $0.attack.foolsPassive })
  func passive(_ run: OfflineCase) async {
    var setting = run.setting
    setting.mode = .passive
    let verdict = await run.attack.run(setting)
    #expect(verdict.fired > 0)
    #expect(verdict.detected.allSatisfy { $0 == nil })
    #expect(!verdict.isHonestRun)
  }

  @Test("Every number of the catalogue of attacks on the offline phase has a row")
  func numbers() {
    let ids = AttackCatalogue.offline.map(\.id)
    #expect(Set(ids).count == ids.count)
    for number in 1...28 {
      let id = "B\(number)"
      #expect(ids.contains { $0 == id || $0.hasPrefix(id + "-") }, "\(id)")
    }
  }

  @Test("No attack on the offline phase stops the process in the passive scheme", arguments: AttackCatalogue.offline)
  func passiveRuns(_ attack: Attack) async {
    let setting = AttackSetting(partyCount: attack.minimumPartyCount, cheater: PartyID(0), mode: .passive)
    let verdict = await attack.run(setting)
    #expect(verdict.detected.count == attack.minimumPartyCount - 1)
  }

  @Test("Attacks run over tasks in real time as well", arguments: ["B1", "B8", "B23", "B27"])
  func inProcess(id: String) async throws {
    let attack = try #require(AttackCatalogue.attack(id))
    let verdict = await attack.run(AttackSetting(partyCount: 2, cheater: PartyID(0), transport: .inProcess))
    #expect(verdict.fired > 0 && verdict.isAsExpected, "\(verdict.detected)")
  }

  @Test("The page about these attacks names every one")
  func page() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appendingPathComponent("Sources/CheatingParties/CheatingParties.docc/OfflineAttacks.md"),
      encoding: .utf8)
    for attack in AttackCatalogue.offline { #expect(page.contains("`\(attack.id)`"), "\(attack.id)") }
  }
}
