import Foundation
import Glibc
import Testing

@testable import PartyRuntime

/// What becomes of the others when a party, or the way to it, fails: a typed error that names peer and step, in bounded
/// time, at every other party. Real processes over TLS.
@Suite("Faults of real processes", .serialized, .timeLimit(.minutes(10)))
struct ProcessFaultTests {
  /// What a signal does to a party: exit codes are those of the others.
  static let signals: [(name: String, number: Int32, bound: Double)] = [
    ("killed", SIGKILL, 2), ("stopped", SIGSTOP, PartyProcesses.silence + 2), ("terminated", SIGTERM, 2),
    ("interrupted", SIGINT, 2),
  ]

  @Test(arguments: signals.indices) func `a party that gets a signal is named by the others in time`(
    _ number: Int
  ) async throws {
    let fault = Self.signals[number]
    let parties = try PartyProcesses()
    defer { parties.killAll() }
    for id in 0..<3 { try parties.start(id) }
    try await parties.waitUntilRunning(2)
    let start = ContinuousClock.now
    parties.signal(2, fault.number)
    for id in 0..<2 {
      let end = try await parties.end(of: id)
      expectNamed(end, peer: "P2", since: start, bound: fault.bound, fault.name)
    }
    if fault.number == SIGTERM || fault.number == SIGINT {
      let end = try await parties.end(of: 2)
      #expect(end.code == 75, "\(end.log)")
    }
  }

  @Test(arguments: FaultyRelay.Fault.allCases) func `a way that fails is noticed at both ends in time`(
    _ fault: FaultyRelay.Fault
  ) async throws {
    let parties = try PartyProcesses()
    defer { parties.killAll() }
    let ports = parties.ports
    let relays = try (0..<2).map { try FaultyRelay(to: ports[$0], fault: fault, after: 400_000) }
    defer { for relay in relays { relay.close() } }
    try parties.start(0)
    try parties.start(1)
    try parties.start(2, peers: relays.map(\.port) + [ports[2]])
    let ends = [try await parties.end(of: 0), try await parties.end(of: 1), try await parties.end(of: 2)]
    let start = try #require(relays.compactMap(\.breaking).min())
    let bound = (fault == .garbage || fault == .cut) ? 2.0 : PartyProcesses.step + 2
    #expect(ends.contains { $0.log.contains("P2 during") || $0.log.contains("from P2") }, "\(ends.map(\.log))")
    for (id, end) in ends.enumerated() {
      let others = (0..<3).filter { $0 != id }.map { "P\($0)" }
      expectNamed(
        end, peer: others.first { end.log.contains("error: \($0) ") || end.log.contains("\($0) during") } ?? "a peer",
        since: start, bound: bound, "\(fault)")
    }
  }

  @Test func `a party that never comes is named at the connect deadline`() async throws {
    let parties = try PartyProcesses(connect: 1)
    defer { parties.killAll() }
    let start = ContinuousClock.now
    try parties.start(0)
    try parties.start(1)
    for id in 0..<2 {
      let end = try await parties.end(of: id)
      #expect(end.code == 69 && end.log.contains("P2 at 127.0.0.1"), "\(end.log)")
      #expect(end.log.contains("did not connect"), "\(end.log)")
      #expect(end.at - start < .seconds(5))
    }
  }

  private func expectNamed(
    _ end: PartyProcesses.End, peer: String, since start: ContinuousClock.Instant, bound: Double, _ fault: String
  ) {
    #expect(end.code == 69, "\(fault): \(end.log)")
    let error = end.log.split(separator: "\n").last { $0.hasPrefix("error: ") } ?? ""
    // Runs connect one after another: a fault between two of them shows as a party that does not come.
    let isBetweenRuns = error.contains("did not connect")
    #expect(error.contains(peer) && (error.contains("during ") || isBetweenRuns), "\(fault): \(end.log)")
    let limit = isBetweenRuns ? PartyProcesses.connect + 1 : bound + 1
    #expect(end.at - start < .seconds(limit), "\(fault): \(end.at - start)")
    print("fault \(fault): detected after \(end.at - start): \(error)")
  }
}
