import MPCCore
import Testing

@testable import Transport

@Suite("Simulation and emulated links")
struct SimulationTests {
  /// A few rounds among all parties; every party sums what it hears.
  static let program: PartyBody<UInt64> = { channel throws(ProtocolAbort) in
    var sum: UInt64 = 0
    for round in 0..<10 {
      let all = try await channel.exchange(Words([UInt64(channel.me.index + round)]))
      for message in all { sum = sum &* 31 &+ message.values[0] }
    }
    return sum
  }

  @Test("The same seed gives the same order of events, another seed another order, and never another result")
  func replay() throws {
    var options = RunOptions()
    options.recordsDigests = true
    let first = runSimulated(partyCount: 3, seed: 7, options: options, Self.program)
    let again = runSimulated(partyCount: 3, seed: 7, options: options, Self.program)
    #expect(first.trace == again.trace && first.stepCount == again.stepCount)
    #expect(first.run.linkDigests == again.run.linkDigests && first.run.linkDigests[0].count == 3)
    var traces: Set<UInt64> = []
    let expected = try first.run.values()
    for seed in 0..<50 {
      let report = runSimulated(partyCount: 3, seed: UInt64(seed), options: options, Self.program)
      traces.insert(report.trace)
      #expect(try report.run.values() == expected, "seed \(seed)")
      #expect(report.run.linkDigests == first.run.linkDigests, "seed \(seed)")
      #expect(ChannelStatistics.imbalance(between: report.run.statistics) == nil, "seed \(seed)")
    }
    #expect(traces.count > 40)
  }

  @Test("A silent peer runs into the deadline in virtual time, and everybody ends")
  func deadline() {
    let report = runSimulated(partyCount: 2, seed: 1) { channel throws(ProtocolAbort) -> Int in
      channel.beginRound()
      if channel.me == PartyID(0) {
        _ = try await channel.receive(Words.self, shape: 1, from: PartyID(1))
      } else {
        _ = try await channel.receive(Bit.self, shape: Bit.EmptyShape(), from: PartyID(0))
      }
      return 0
    }
    // Both wait; whoever is swept first times out, the other sees that or its own deadline.
    #expect(
      report.run.results.contains(.failure(.timedOut(waitingFor: PartyID(1), during: Words.step)))
        || report.run.results.contains(.failure(.timedOut(waitingFor: PartyID(0), during: Bit.step))))
    #expect(report.run.results.allSatisfy { (try? $0.get()) == nil })
    #expect(report.elapsed >= .seconds(30) && report.elapsed < .seconds(32))
  }

  @Test("On the virtual clock an emulated link takes exactly transmission plus latency")
  func linkTiming() throws {
    let profile = LinkProfile(name: "exact", latency: .milliseconds(20), bitsPerSecond: 1_000_000)
    let options = RunOptions(network: EmulatedNetwork(profile))
    let report = runSimulated(partyCount: 2, seed: 3, options: options) { channel throws(ProtocolAbort) -> Duration in
      channel.beginRound()
      if channel.me == PartyID(0) {
        try channel.send(Blob([UInt8](repeating: 1, count: 943)), to: PartyID(1))
        channel.beginRound()
        try channel.send(Blob([UInt8](repeating: 2, count: 443)), to: PartyID(1))
      } else {
        _ = try await channel.receive(Blob.self, shape: 943, from: PartyID(0))
        channel.beginRound()
        _ = try await channel.receive(Blob.self, shape: 443, from: PartyID(0))
      }
      return channel.statistics().waiting
    }
    // Frames of 1000 and 500 bytes at 1 Mbit/s: 8 ms and 4 ms one after the other, then 20 ms of latency.
    #expect(try report.run.values()[1] == .milliseconds(32))
  }

  @Test("A new connection doubles its window every round trip, and begins again after a rest")
  func slowStart() throws {
    let rules = SlowStart(initialSegmentCount: 10, segmentByteCount: 1000, headerByteCount: 0, rest: .milliseconds(160))
    let profile = LinkProfile(
      name: "window", latency: .milliseconds(20), bitsPerSecond: nil, slowStart: rules)
    var link = EmulatedLink(profile, seed: 1)
    func milliseconds(_ time: UInt64) -> Double { Double(time) / 1e6 }
    // 10 + 20 + 40 segments in three round trips; the rest of the 100 goes with the fourth window.
    #expect(milliseconds(link.send(byteCount: 10_000, at: 0)) == 20)
    link = EmulatedLink(profile, seed: 1)
    #expect(milliseconds(link.send(byteCount: 30_000, at: 0)) == 60)
    #expect(milliseconds(link.send(byteCount: 70_000, at: 0)) == 140)
    // It stands at 80 then: still after 150 ms of rest; grown to 160 and halved once after 260 ms; ten after long.
    #expect(milliseconds(link.send(byteCount: 80_000, at: 270_000_000)) == 290)
    #expect(milliseconds(link.send(byteCount: 100_000, at: 530_000_000)) == 590)
    #expect(milliseconds(link.send(byteCount: 30_000, at: 9_000_000_000)) == 9060)
  }

  @Test("Headers are sent too: a full segment carries 1448 of 1514 bytes")
  func headers() throws {
    let profile = LinkProfile(
      name: "headers", latency: .zero, bitsPerSecond: 8_000_000, slowStart: SlowStart(initialSegmentCount: 1000))
    var link = EmulatedLink(profile, seed: 1)
    #expect(link.send(byteCount: 144_800, at: 0) == 151_400_000)
    #expect(link.send(byteCount: 1, at: 0) == 151_467_000)
  }

  @Test("Jitter delays within its bound, keeps the order and repeats under its seed")
  func jitter() throws {
    let profile = LinkProfile(name: "jitter", latency: .milliseconds(1), bitsPerSecond: nil, jitter: .milliseconds(5))
    func run(_ seed: UInt64) -> SimulationReport<[UInt64]> {
      let options = RunOptions(network: EmulatedNetwork(profile, seed: seed))
      return runSimulated(partyCount: 2, seed: 5, options: options) { channel throws(ProtocolAbort) -> [UInt64] in
        var received: [UInt64] = []
        for round in 0..<50 {
          channel.beginRound()
          if channel.me == PartyID(0) {
            try channel.send(Words([UInt64(round)]), to: PartyID(1))
          } else {
            received += try await channel.receive(Words.self, shape: 1, from: PartyID(0)).values
          }
        }
        return received
      }
    }
    let (one, same, other) = (run(1), run(1), run(2))
    #expect(try one.run.values()[1] == (0..<50).map(UInt64.init))
    #expect(one.elapsed == same.elapsed && one.elapsed != other.elapsed)
    #expect(one.elapsed >= .milliseconds(1) && one.elapsed <= .milliseconds(13))
  }

  @Test("A round over the wide-area preset takes its round trip in real time too")
  func realTime() async throws {
    let profile = LinkProfile(name: "5ms", latency: .milliseconds(5), bitsPerSecond: nil)
    let report = await runInProcess(partyCount: 2, options: RunOptions(network: EmulatedNetwork(profile))) {
      channel throws(ProtocolAbort) -> Duration in
      for _ in 0..<3 { _ = try await channel.exchange(Words([1])) }
      return channel.statistics().waiting
    }
    #expect(try report.values().allSatisfy { $0 >= .milliseconds(14) })
  }
}
