import CheatingParties
import FieldArithmetic
import MPCCore
import SecretSharing
import Testing

/// One run: an attack at a position.
struct CatalogueCase: Sendable, CustomTestStringConvertible {
  let attack: Attack
  let setting: AttackSetting

  var testDescription: String { "\(attack.id), n = \(setting.partyCount), cheater \(setting.cheater)" }

  /// Online attacks, and attacks on frames: everything that needs no time of its own.
  static let all = cases(AttackCatalogue.online + AttackCatalogue.transport.filter { !isConnection($0) })
  /// Attacks while links are set up: real connections, real deadlines.
  static let connections = cases(AttackCatalogue.transport.filter(isConnection)).filter {
    $0.setting.partyCount == 2 || $0.setting.cheater.index == 1
  }

  private static func isConnection(_ attack: Attack) -> Bool { attack.step == "Connect.1" || attack.id == "C4-deaf" }

  private static func cases(_ attacks: [Attack]) -> [CatalogueCase] {
    attacks.flatMap { attack in
      [2, 3, 4].filter { $0 >= attack.minimumPartyCount && ($0 < 4 || attack.name == "coalition") }.flatMap { n in
        (0..<n).map { CatalogueCase(attack: attack, setting: AttackSetting(partyCount: n, cheater: PartyID($0))) }
      }
    }
  }
}

@Suite("The catalogue of attacks on the online phase and on frames")
struct CatalogueTests {
  @Test(
    "Every attack at every position ends as it must, and what must not be sent is not sent",
    arguments: CatalogueCase.all)
  func attack(_ run: CatalogueCase) async {
    Self.expect(await run.attack.run(run.setting), of: run.attack)
  }

  /// What every run of an attack must show.
  static func expect(_ verdict: AttackVerdict, of attack: Attack) {
    #expect(verdict.fired > 0)
    #expect(verdict.expected.count == verdict.detected.count)
    for (expected, detected) in zip(verdict.expected, verdict.detected) { #expect(expected.contains(detected)) }
    #expect(verdict.forbiddenCount == 0)
    #expect(verdict.abortsAreClean)
    #expect(verdict.isAsExpected)
    if attack.caughtBy.hasPrefix("nothing") {
      #expect(verdict.revealed.count == verdict.detected.count)
    } else {
      #expect(verdict.revealed.isEmpty)
      #expect(verdict.leak == nil)
    }
  }

  @Test("The control run with an idle plan is honest", arguments: CatalogueCase.all)
  func control(_ run: CatalogueCase) async {
    for mode in SecurityMode.allCases {
      var setting = run.setting
      setting.isArmed = false
      setting.mode = mode
      let verdict = await run.attack.run(setting)
      #expect(verdict.fired == 0)
      #expect(verdict.isHonestRun, "\(mode): \(verdict.revealed), \(verdict.detected)")
    }
  }

  @Test("The passive scheme is fooled without noticing", arguments: CatalogueCase.all.filter { $0.attack.foolsPassive })
  func passive(_ run: CatalogueCase) async {
    var setting = run.setting
    setting.mode = .passive
    let verdict = await run.attack.run(setting)
    #expect(verdict.fired > 0)
    #expect(verdict.detected.allSatisfy { $0 == nil })
    #expect(!verdict.isHonestRun)
  }

  @Test(
    "Attacks on a bounded mask read the secret wherever no check stops them", arguments: ["A2", "A22", "A22-plain"])
  func leaks(id: String) async throws {
    let attack = try #require(AttackCatalogue.attack(id))
    for cheater in 0..<3 {
      var setting = AttackSetting(partyCount: 3, cheater: PartyID(cheater), mode: .passive)
      #expect(await attack.run(setting).leak == "782071")
      setting.mode = .active
      #expect(await attack.run(setting).leak == (id == "A22-plain" ? "782071" : nil))
    }
  }

  @Test("An error in a Beaver opening is worth d·y in the passive scheme")
  func passiveOffset() async throws {
    let attack = try #require(AttackCatalogue.attack("A1"))
    let verdict = await attack.run(AttackSetting(partyCount: 3, cheater: PartyID(1), mode: .passive))
    #expect(verdict.revealed == [[P127(UInt64(77))], [P127(UInt64(77))]])
  }

  @Test(
    "Overlapping checks: α is learnt in some orders of events, and nothing more is opened in any",
    arguments: ["A12-stall", "A12-forge"])
  func overlap(id: String) async throws {
    let attack = try #require(AttackCatalogue.attack(id))
    var learnt = 0
    for seed in UInt64(1)...100 {
      for n in [2, 3] {
        let setting = AttackSetting(partyCount: n, cheater: PartyID(Int(seed) % n), seed: seed)
        let verdict = await attack.run(setting)
        #expect(verdict.isAsExpected, "seed \(seed), n = \(n), \(verdict.detected), \(verdict.forbiddenCount)")
        if verdict.remark == "learnt α after 1 check" { learnt += 1 }
      }
    }
    #expect(learnt > 50)
  }

  @Test("Names and numbers of attacks are unique enough to be called by")
  func names() {
    #expect(Set(AttackCatalogue.all.map(\.id)).count == AttackCatalogue.all.count)
    for number in 1...8 {
      #expect(AttackCatalogue.transport.contains { $0.id == "C\(number)" || $0.id.hasPrefix("C\(number)-") })
    }
    for number in 1...22 where number != 7 {  // A7 is about a party that sums shares up for others: there is none
      let id = "A\(number)"
      #expect(AttackCatalogue.online.contains { $0.id == id || $0.id.hasPrefix(id + "-") }, "\(id)")
    }
  }
}

@Suite("The catalogue of attacks on connections", .serialized)
struct ConnectionCatalogueTests {
  @Test("Nobody gets in who is not the party it should be", arguments: CatalogueCase.connections)
  func attack(_ run: CatalogueCase) async {
    CatalogueTests.expect(await run.attack.run(run.setting), of: run.attack)
  }

  @Test("Honest parties connect", arguments: CatalogueCase.connections.filter { $0.attack.id == "C6-stranger" })
  func control(_ run: CatalogueCase) async {
    var setting = run.setting
    setting.isArmed = false
    #expect(await run.attack.run(setting).isHonestRun)
  }
}
