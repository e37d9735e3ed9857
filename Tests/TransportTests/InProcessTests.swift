import MPCCore
import Testing
import Transport

@Suite("In-process links")
struct InProcessTests {
  @Test("Messages keep their order between two parties, however far the sender runs ahead")
  func order() async throws {
    let report = await runInProcess(partyCount: 2) { channel throws(ProtocolAbort) -> [UInt64] in
      var received: [UInt64] = []
      for round in 0..<200 {
        channel.beginRound()
        if channel.me == PartyID(0) {
          try channel.send(Words([UInt64(round)]), to: PartyID(1))
        } else {
          received += try await channel.receive(Words.self, shape: 1, from: PartyID(0)).values
        }
      }
      return received
    }
    #expect(try report.values() == [[], (0..<200).map(UInt64.init)])
    #expect(ChannelStatistics.imbalance(between: report.statistics) == nil)
  }

  @Test("Every party gets every broadcast and all agree on the transcript", arguments: [2, 3, 5, 8])
  func exchange(partyCount: Int) async throws {
    let report = await runInProcess(partyCount: partyCount) { channel throws(ProtocolAbort) -> ([UInt64], [UInt8]) in
      var sum: [UInt64] = []
      for round in 0..<20 {
        let all = try await channel.exchange(Words([UInt64(channel.me.index * 100 + round)]))
        sum.append(all.reduce(0) { $0 + $1.values[0] })
      }
      return (sum, channel.transcriptDigest())
    }
    let values = try report.values()
    let parties = UInt64(partyCount)
    let expected = (0..<20).map { round in parties * UInt64(round) + 100 * parties * (parties - 1) / 2 }
    #expect(values.allSatisfy { $0.0 == expected && $0.1 == values[0].1 })
    #expect((values[0].1 == [UInt8](repeating: 0, count: 32)) == (partyCount == 2))
    #expect(ChannelStatistics.imbalance(between: report.statistics) == nil)
    #expect(report.statistics.allSatisfy { $0.roundCount == 20 && $0.totalSent.messageCount == 20 * (partyCount - 1) })
    #expect(report.statistics[0].totalSent.frameByteCount == 20 * (partyCount - 1) * (57 + 8))
    let none = ChannelStatistics.Traffic.zero
    #expect(
      report.statistics.reduce(none) { $0 + $1.totalSent }
        == report.statistics.reduce(none) { $0 + $1.totalReceived })
  }
}
