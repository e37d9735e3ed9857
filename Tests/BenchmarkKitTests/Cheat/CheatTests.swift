import CheatingParties
import Testing

@testable import BenchmarkKit

@Suite("Attacks from the command line")
struct CheatTests {
  @Test("Attacks are found by number, catalogue id and name; unknown ones name the nearest")
  func selection() throws {
    #expect(try AttackSelection(names: ["A8-coin-value"]).attacks.map(\.id) == ["A8-coin-value"])
    #expect(try AttackSelection(names: ["a8"]).attacks.count == 4)
    #expect(try AttackSelection(names: ["thread-stall", "A12"]).attacks.map(\.id) == ["A12-stall", "A12-forge"])
    #expect(throws: CheatError.unknownAttack("threadstal", nearest: "thread-stall")) {
      _ = try AttackSelection(names: ["threadstal"])
    }
    #expect(throws: CheatError.nothingToRun) { _ = try AttackSelection(names: []) }
    #expect(throws: CheatError.nothingToRun) { _ = try AttackSelection(names: ["A1"], phase: .transport) }
  }

  @Test("A row has the verdict of the active scheme and what the same attack does in the passive one")
  func row() async throws {
    let request = CheatRequest(try AttackSelection(names: ["A1"]), partyCount: 3, position: 1, repeats: 4)
    let rows = try await request.run(skipsUnsuitable: false)
    let row = try #require(rows.first)
    #expect(rows.count == 1)
    #expect(row.asExpected && row.escapes == 0 && row.repeats == 4 && row.fired == 4)
    #expect(row.detected == ["macCheckFailed(2)": 8])
    #expect(row.messagesAfter == 0 && row.outputsWithheld == true && row.keysDestroyed == true)
    #expect(row.passive == "unnoticed, wrong result")
  }

  @Test("What is no breach is not counted as an escape")
  func legal() async throws {
    let rows = try await CheatRequest(try AttackSelection(names: ["A14"])).run(skipsUnsuitable: false)
    #expect(rows.count == 2)
    #expect(rows.allSatisfy { $0.asExpected && $0.escapes == 0 && $0.outputsWithheld == nil })
  }

  @Test("An attack that tells parties different things is refused with two, unless all are run")
  func parties() async throws {
    let request = CheatRequest(try AttackSelection(names: ["A6-opening"]), partyCount: 2)
    #expect(throws: CheatError.tooFewParties(attack: "A6-opening", needed: 3, given: 2)) {
      _ = try request.places(skipsUnsuitable: false)
    }
    #expect(try request.places(skipsUnsuitable: true).isEmpty)
    let far = CheatRequest(try AttackSelection(names: ["A1"]), position: 2)
    #expect(throws: CheatError.noSuchPosition(2, parties: 2)) { _ = try far.places(skipsUnsuitable: false) }
  }

  @Test("Clopper–Pearson intervals agree with their closed forms and with a table")
  func interval() {
    let none = BinomialInterval(successes: 0, trials: 300, confidence: 0.95)
    #expect(none.lower == 0)
    #expect(abs(none.upper - 0.012_220_8) < 1e-6)  // 1 − 0.025^(1/300)
    let all = BinomialInterval(successes: 10, trials: 10, confidence: 0.95)
    #expect(all.upper == 1)
    #expect(abs(all.lower - 0.691_502_9) < 1e-6)  // 0.025^(1/10)
    let some = BinomialInterval(successes: 3, trials: 20, confidence: 0.95)
    #expect(abs(some.lower - 0.032_070_9) < 1e-6 && abs(some.upper - 0.378_927) < 1e-5)
  }
}
