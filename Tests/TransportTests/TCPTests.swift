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

  @Test("Long messages of three channels at once arrive byte for byte", arguments: [false, true])
  func longMessages(usesTLS: Bool) async throws {
    let sizes = [65_536, 65_537, 300_001, 4 << 20, 5_000_003]
    let report = try await runOverTCP(
      partyCount: 2, security: usesTLS ? .mutualTLS : .insecurePlaintext
    ) { channel throws(ProtocolAbort) -> [Bool] in
      let channels = [try channel.fork(), try channel.fork(), try channel.fork()]
      return await withTaskGroup(of: Bool.self) { group in
        for (number, channel) in channels.enumerated() {
          group.addTask {
            for size in sizes {
              func blob(of party: PartyID) -> Blob {
                // A pattern of prime length, doubled.
                var bytes = (0..<251).map { UInt8(truncatingIfNeeded: $0 * 7 + number + 3 * party.index) }
                while bytes.count < size { bytes += bytes }
                return Blob(Array(bytes.prefix(size)))
              }
              let all = try? await channel.exchange(blob(of: channel.me))
              guard let all, all == [blob(of: PartyID(0)), blob(of: PartyID(1))] else { return false }
            }
            return true
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
    }
    #expect(report.results == [.success([true, true, true]), .success([true, true, true])])
  }
}
