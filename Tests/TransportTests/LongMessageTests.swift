import MPCCore
import Testing

@testable import Transport

/// Messages long enough to be read straight into their payload.
@Suite("Long messages", .timeLimit(.minutes(2)))
struct LongMessageTests {
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

  /// P_1 sends a long message and a short one; `alter` changes the long frame, and what follows if it says so.
  private static func run(
    _ carrier: Carrier, size: Int = 1 << 20, alter: @escaping @Sendable ([UInt8]) -> (bytes: [[UInt8]], isLast: Bool)
  ) async throws -> RunReport<Int> {
    let isSilent = Guarded(false)
    let tap = FrameTap { bytes, from, _ in
      guard from == PartyID(1) else { return [bytes] }
      return isSilent.withLock { isSilent in
        if isSilent { return [] }
        guard bytes.count > size else { return [bytes] }
        let altered = alter(bytes)
        isSilent = altered.isLast
        return altered.bytes
      }
    }
    return try await carrier.run(partyCount: 2, options: MisbehaviourTests.options(tap)) {
      channel throws(ProtocolAbort) -> Int in
      channel.beginRound()
      var sum = 0
      if channel.me == PartyID(1) {
        try channel.send(Blob([UInt8](repeating: 9, count: size)), to: PartyID(0))
      } else {
        let blob = try await channel.receive(Blob.self, shape: size, from: PartyID(1))
        sum = blob.bytes.count { $0 == 9 }
      }
      _ = try await channel.exchange(Bit(true))
      return sum
    }
  }

  @Test("A long message whose rest never comes ends at the deadline", arguments: Carrier.allCases)
  func truncated(_ carrier: Carrier) async throws {
    let report = try await Self.run(carrier) { ([Array($0.prefix($0.count / 2))], true) }
    // Over TCP the peer's own deadline may pass first and close the link.
    #expect(
      report.results[0] == .failure(.timedOut(waitingFor: PartyID(1), during: Blob.step))
        || carrier != .simulated && report.results[0] == .failure(.peerLost(from: PartyID(1), during: Blob.step)))
  }

  @Test("Bytes behind a long message belong to the next frame", arguments: Carrier.allCases)
  func overlong(_ carrier: Carrier) async throws {
    let report = try await Self.run(carrier) { ([$0 + [1, 2, 3]], false) }
    #expect(
      report.results[0]
        == .failure(.malformedMessage(step: Bit.step, from: PartyID(1), reason: .notAFrame)))
  }

  @Test("A long message of another length is refused at its header", arguments: Carrier.allCases)
  func otherLength(_ carrier: Carrier) async throws {
    let size = 1 << 20
    for change in [-1, 1] {
      let report = try await Self.run(carrier) { bytes in
        let declared = UInt32(size + change)
        var altered = bytes
        for byte in 0..<4 { altered[53 + byte] = UInt8(truncatingIfNeeded: declared >> (8 * UInt32(byte))) }
        return ([altered], false)
      }
      #expect(
        report.results[0]
          == .failure(
            .malformedMessage(
              step: Blob.step, from: PartyID(1), reason: .wrongLength(expected: size, received: size + change))))
    }
  }
}
