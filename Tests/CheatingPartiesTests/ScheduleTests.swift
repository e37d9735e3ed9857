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
}
