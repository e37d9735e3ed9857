import MPCCore
import Testing
import Transport

@Suite("TCP and TLS", .timeLimit(.minutes(2)))
struct TCPTests {
  @Test("The same program sends the same bytes in process, over TCP and over TLS", arguments: [2, 3])
  func digests(partyCount: Int) async throws {
    let program: PartyBody<[UInt64]> = { channel throws(ProtocolAbort) in
      var sums: [UInt64] = []
      for round in 0..<50 {
        let all = try await channel.exchange(Words((0..<(1 + round * 7)).map { UInt64($0 + channel.me.index) }))
        sums.append(all.reduce(0) { $0 &+ $1.values.reduce(0, &+) })
      }
      let fork = try channel.fork()
      let all = try await fork.exchange(Blob([UInt8](repeating: UInt8(fork.me.index), count: 3_000_000)))
      sums.append(UInt64(all.reduce(0) { $0 + Int($1.bytes.last ?? 0) }))
      return sums
    }
    let options = RunOptions(session: .test, recordsDigests: true)
    let local = await runInProcess(partyCount: partyCount, options: options, program)
    let plain = try await runOverTCP(partyCount: partyCount, security: .insecurePlaintext, options: options, program)
    let tls = try await runOverTCP(partyCount: partyCount, security: .mutualTLS, options: options, program)
    let simulated = runSimulated(partyCount: partyCount, seed: 1, options: options, program)
    let expected = try local.values()
    #expect(try plain.values() == expected)
    #expect(try tls.values() == expected)
    #expect(local.linkDigests.count == partyCount && local.linkDigests[0].count == partyCount)
    #expect(plain.linkDigests == local.linkDigests)
    #expect(tls.linkDigests == local.linkDigests)
    #expect(simulated.run.linkDigests == local.linkDigests)
    for report in [local, plain, tls, simulated.run] {
      #expect(ChannelStatistics.imbalance(between: report.statistics) == nil)
    }
  }
}
