import CheatingParties
import FieldArithmetic
import InsecureDealer
import MPCCore
import SecretSharing
import Testing
import Transport

@Suite("Orders of events")
struct ScheduleTests {
  typealias S = AuthenticatedSharing<P61>

  @Test("Checks of honest forks under one key never wait for each other for ever")
  func honestForks() async {
    for seed in UInt64(1)...100 {
      let n = 2 + Int(seed % 2)
      let outcome = await runParties(n, S.self, over: .simulated(seed: seed)) { session throws(ProtocolAbort) in
        let dealer = InsecureDealer<S>(run: 1, me: session.me, partyCount: n)
        let x = try await session.input(session.me.index == 0 ? [P61(UInt64(6))] : nil, count: 1, from: PartyID(0))
        return try await session.concurrently([dealer.fork(1), dealer.fork(2)]) {
          (_, fork: inout Session<S, TamperingChannel<WireChannel>>) throws(ProtocolAbort) in
          try await fork.reveal(fork.multiply(x, x))
        }
      }
      #expect(outcome.revealed == Array(repeating: [[P61(UInt64(36))], [P61(UInt64(36))]], count: n), "seed \(seed)")
    }
  }

  @Test("An explorer goes through all orders once, and a schedule repeats its run")
  func explorer() throws {
    func run(_ order: SimulationOrder) throws -> (trace: UInt64, order: [Int]) {
      let log = AttackMemory<[Int]>([])
      let report = runSimulated(partyCount: 3, order: order) { channel throws(ProtocolAbort) -> Int in
        log { $0.append(channel.me.index) }
        return channel.me.index
      }
      #expect(try report.run.values() == [0, 1, 2])
      return (report.trace, log.current)
    }
    let explorer = ScheduleExplorer(depth: 2)
    var orders: [[Int]] = []
    repeat {
      let (trace, order) = try run(.explored(explorer))
      orders.append(order)
      #expect(try run(.explored(ScheduleExplorer(repeating: explorer.schedule))).trace == trace)
    } while explorer.advance()
    #expect(Set(orders).count == 6)
    #expect(explorer.runCount == orders.count)
  }

  /// α is learnt from the first check's σ in some orders; in none is anything of the second one opened.
  @Test(
    "Two overlapping MAC checks under attack, in all orders of their first events: 7, or 12 with SPDZ_SLOW=1",
    arguments: ["A12-stall", "A12-forge"])
  func overlappingChecks(id: String) async throws {
    let attack = try #require(AttackCatalogue.attack(id))
    for cheater in 0..<2 {
      let explorer = ScheduleExplorer(depth: isSlowTier ? 12 : 7)
      var learnt = 0
      repeat {
        let verdict = await attack.run(
          AttackSetting(partyCount: 2, cheater: PartyID(cheater), transport: .explored(explorer)))
        #expect(
          verdict.isAsExpected,
          "cheater \(cheater), schedule \(explorer.schedule): \(verdict.detected), \(verdict.forbiddenCount)")
        if !verdict.remark.isEmpty { learnt += 1 }
      } while explorer.advance()
      print(
        "\(id), cheater P\(cheater): \(explorer.runCount) orders of \(explorer.choiceCount) choices, α learnt in \(learnt)"
      )
    }
  }
}
