import MPCCore
import Testing

@testable import Transport

/// What the kernel counts on the connections against what the accounting says.
@Suite("Bytes on the wire", .timeLimit(.minutes(2)))
struct WireTrafficTests {
  private static func run(_ security: LoopbackSecurity, rounds: Int, byteCount: Int) async throws -> RunReport<Bool> {
    try await runOverTCP(partyCount: 3, security: security) { channel throws(ProtocolAbort) -> Bool in
      for _ in 0..<rounds {
        let all = try await channel.exchange(Blob([UInt8](repeating: 5, count: byteCount)))
        guard all.allSatisfy({ $0.bytes.count == byteCount }) else { return false }
      }
      return true
    }
  }

  /// Bytes of a party's streams, and of its frames.
  private static func sums(_ report: RunReport<Bool>, _ party: Int) throws -> (stream: WireTraffic, frames: Int) {
    let links = report.traffic[party].compactMap { $0 }
    try #require(links.count == 2, "one connection a peer")
    return (links.reduce(WireTraffic(), +), report.statistics[party].totalSent.frameByteCount)
  }

  @Test func `over plain TCP the stream is frames, greetings and control frames, to the byte`() async throws {
    for (rounds, byteCount) in [(1, 4_000_000), (50, 100)] {
      let report = try await Self.run(.insecurePlaintext, rounds: rounds, byteCount: byteCount)
      _ = try report.values()
      for party in 0..<3 {
        let (stream, frames) = try Self.sums(report, party)
        let rest = stream.sentByteCount - frames - 2 * Hello.byteCount
        // One close to each peer, and heartbeats if the machine was slow.
        #expect(rest >= 2 * FrameHeader.byteCount && rest % FrameHeader.byteCount == 0, "\(stream), frames \(frames)")
        #expect(rest == FrameHeader.byteCount * report.controlFrameCounts[party])
      }
      for (sender, receiver) in [(0, 1), (1, 0), (0, 2), (2, 1)] {
        let sent = try #require(report.traffic[sender][receiver])
        let received = try #require(report.traffic[receiver][sender])
        // The kernel counts the end of a stream as a byte received.
        #expect((0...1).contains(received.receivedByteCount - sent.sentByteCount))
        #expect(sent.sentSegmentCount > 0 && sent.sentPacketByteCount > sent.sentByteCount)
      }
    }
  }

  @Test func `over TLS bulk data are within 2 % of the accounting, small messages cost a record each`() async throws {
    let bulk = try await Self.run(.mutualTLS, rounds: 2, byteCount: 4_000_000)
    _ = try bulk.values()
    for party in 0..<3 {
      let (stream, frames) = try Self.sums(bulk, party)
      let overhead = Double(stream.sentByteCount) / Double(frames) - 1
      #expect((0.001..<0.02).contains(overhead), "P\(party): \(stream.sentByteCount) bytes for \(frames) of frames")
    }
    let rounds = 200
    let small = try await Self.run(.mutualTLS, rounds: rounds, byteCount: 16)
    _ = try small.values()
    for party in 0..<3 {
      let (stream, frames) = try Self.sums(small, party)
      let most = 2 * (rounds * WireTraffic.tlsRecordByteCount + 4000)
      #expect(
        (1...most).contains(stream.sentByteCount - frames), "P\(party): \(stream.sentByteCount), frames \(frames)")
    }
  }

  @Test func `in process there are no connections`() async {
    let report = await runInProcess(partyCount: 2) { channel throws(ProtocolAbort) in
      _ = try await channel.exchange(Words([1]))
    }
    #expect(report.traffic == [[], []])
  }
}
