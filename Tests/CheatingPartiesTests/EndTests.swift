import CheatingParties
import FieldArithmetic
import InsecureDealer
import MPCCore
import SecretSharing
import Testing
import Transport

@Suite("What an abort leaves")
struct EndTests {
  typealias S = AuthenticatedSharing<P61>

  /// The session of a party whose channel outlives its aborts: whatever it sends would arrive.
  private func session(_ channel: WireChannel, _ plan: AttackPlan? = nil) throws(ProtocolAbort)
    -> Session<S, TamperingChannel<WireChannel>>
  {
    let dealer = InsecureDealer<S>(run: 1, me: channel.me, partyCount: channel.partyCount)
    do throws(SessionError) {
      return try Session(
        over: TamperingChannel(channel, plan: plan ?? AttackPlan().ignoringAborts()), preprocessing: dealer,
        random: InsecureSeededRandom(seed: 1, party: channel.me))
    } catch {
      throw .localFailure(step: StepLabel("Test", 1), detail: error.description)
    }
  }

  @Test("An ended session sends nothing more, whatever the program asks of it, and repeats its abort")
  func terminal() throws {
    let report = runSimulated(partyCount: 2, seed: 1) { channel throws(ProtocolAbort) -> Bool in
      var session = try session(channel)
      guard channel.me.index == 0 else { return true }
      session.abort()
      do throws(ProtocolAbort) {
        _ = try await session.broadcast(GateTurn(), shape: 0, from: PartyID(0))
      } catch {
        return error == session.abortReason && session.channel.log.sent.isEmpty
      }
      return false
    }
    #expect(try report.run.results[0].get())
  }

  @Test("An abort wipes the MAC key share")
  func wiped() throws {
    let report = runSimulated(partyCount: 2, seed: 1) { channel throws(ProtocolAbort) -> [P61] in
      var session = try session(channel)
      let key = session.key
      let before = key.withShare { $0 }
      session.abort()
      return [before, key.withShare { $0 }]
    }
    for shares in try report.run.values() {
      #expect(shares[0] != .zero)
      #expect(shares[1] == .zero)
    }
  }
}
