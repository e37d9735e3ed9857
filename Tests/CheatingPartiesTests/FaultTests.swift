import CheatingParties
import FieldArithmetic
import Foundation
import InsecureDealer
import MPCCore
import SecretSharing
import Testing
import Transport

/// A simulated run in a network in which things go wrong, all of it decided by one number.
private struct FaultyRun: Sendable {
  typealias S = AuthenticatedSharing<P61>

  /// What may go wrong.
  enum Mode: String, Sendable, CaseIterable {
    /// Delays: everybody must finish.
    case delays
    /// Delays, and one party dies: everybody must end, and nobody may be accused.
    case deaths
    /// Everything: frames lost, repeated, swapped, altered, parties dead. No output may be wrong, and everybody must end.
    case everything
  }

  let mode: Mode
  let seed: UInt64

  var partyCount: Int { 2 + Int(seed % 2) }

  /// Inputs, a product, two forks whose MAC checks compete, outputs.
  static let right = [P61(UInt64(42)), P61(UInt64(1764)), P61(UInt64(252))]

  /// Rounds of the program, with room.
  private static let roundCount = 60

  private var faults: SimulatedFaults {
    var dice = SeededDice(state: seed)
    var faults = SimulatedFaults(seed: seed, maximumDelay: .milliseconds(Int64(dice.below(2000))))
    if mode == .deaths || mode == .everything && dice.below(4) == 0 {
      faults.deaths = [PartyID(dice.below(partyCount)): dice.below(70)]
    }
    if mode == .everything {
      // Most runs see one or two faults: with many, all end in the first round.
      let perMille = UInt64(1 + dice.below(30))
      switch dice.below(4) {
      case 0: faults.lostPerMille = perMille
      case 1: faults.repeatedPerMille = perMille
      case 2: faults.swappedPerMille = perMille
      default: faults.alteredPerMille = perMille
      }
    }
    return faults
  }

  func run() -> SimulationReport<[P61]> {
    let n = partyCount
    return runSimulated(partyCount: n, seed: seed, faults: faults) { channel throws(ProtocolAbort) -> [P61] in
      let dealer = InsecureDealer<S>(run: 1, me: channel.me, partyCount: n)
      var session: Session<S, WireChannel>
      do throws(SessionError) {
        session = try Session(
          over: channel, preprocessing: dealer, random: InsecureSeededRandom(seed: 1, party: channel.me))
      } catch {
        throw .localFailure(step: StepLabel("Test", 1), detail: error.description)
      }
      let x = try await session.input(session.me.index == 0 ? [P61(UInt64(6))] : nil, count: 1, from: PartyID(0))
      let y = try await session.input(session.me.index == 1 ? [P61(UInt64(7))] : nil, count: 1, from: PartyID(1))
      let z = try await session.multiply(x, y)
      let forked = try await session.concurrently([dealer.fork(1), dealer.fork(2)]) {
        (index, fork: inout Session<S, WireChannel>) throws(ProtocolAbort) in
        try await fork.reveal(fork.multiply(z, index == 0 ? z : x))
      }
      return try await session.reveal(z) + forked[0] + forked[1]
    }
  }

  /// What is wrong with a run; `nil` if nothing is.
  func complaint(_ report: SimulationReport<[P61]>) -> String? {
    let dead = Set(report.events.filter { $0.fate == .senderDied }.map(\.from.index))
    for (party, result) in report.run.results.enumerated() {
      switch result {
      case .success(let values):
        if values != Self.right { return "P\(party) outputs \(values)" }
      case .failure(let abort):
        if mode == .delays { return "P\(party) ends with \(abort)" }
        if mode == .deaths && abort.group == .cheating { return "P\(party) accuses: \(abort)" }
        if mode == .deaths && dead.isEmpty { return "P\(party) ends with \(abort) although nobody died" }
      }
    }
    let limits = TransportLimits()
    let rounds = Self.roundCount * Int(faults.maximumDelay / .nanoseconds(1))
    let latest =
      Duration.nanoseconds(rounds)
      + (mode == .delays ? .zero : limits.receiveDeadline + limits.totalReceiveDeadline + limits.abortGrace)
    if report.elapsed > latest { return "it lasts \(report.elapsed), allowed are \(latest)" }
    return nil
  }
}

/// A small generator for the choice of faults.
private struct SeededDice {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }
}

@Suite("A network in which things go wrong")
struct FaultTests {
  /// `SPDZ_SIMULATION_SEED` repeats one run.
  static let only = ProcessInfo.processInfo.environment["SPDZ_SIMULATION_SEED"].flatMap { UInt64($0) }

  private func explore(_ mode: FaultyRun.Mode, seeds: ClosedRange<UInt64>) {
    var finished = 0
    var aborted = 0
    for seed in Self.only.map({ $0...$0 }) ?? seeds {
      let run = FaultyRun(mode: mode, seed: seed)
      let report = run.run()
      let complaint = run.complaint(report)
      #expect(complaint == nil, "\(mode), SPDZ_SIMULATION_SEED=\(seed): \(complaint ?? ""), trace \(report.trace)")
      for result in report.run.results {
        if case .success = result { finished += 1 } else { aborted += 1 }
      }
    }
    print("\(mode): \(seeds.count) seeds, \(finished) parties finished rightly, \(aborted) aborted, none wrong")
    if Self.only == nil {
      #expect(finished > 0)
      #expect((aborted > 0) == (mode != .delays))
    }
  }

  @Test("Liveness: whatever the delays, everybody finishes in time, with the right output")
  func delays() { explore(.delays, seeds: 1...500) }

  @Test("Liveness: when a party dies the others end in time and accuse nobody")
  func deaths() { explore(.deaths, seeds: 1...500) }

  @Test("Safety: whatever is lost, repeated, swapped, altered, and whoever dies, no output is wrong and everybody ends")
  func everything() { explore(.everything, seeds: 1...1200) }

  @Test("One hundred thousand seeds", .tags(.slow), .enabled(if: isSlowTier))
  func manySeeds() {
    explore(.delays, seeds: 10_001...30_000)
    explore(.deaths, seeds: 10_001...40_000)
    explore(.everything, seeds: 10_001...60_000)
  }

  @Test(
    "A seed repeats its run: the same events, the same trace, the same ends",
    arguments: FaultyRun.Mode.allCases.map(\.rawValue))
  func replay(_ name: String) throws {
    let mode = try #require(FaultyRun.Mode(rawValue: name))
    var traces: Set<UInt64> = []
    for seed in UInt64(1)...25 {
      let (first, second) = (FaultyRun(mode: mode, seed: seed).run(), FaultyRun(mode: mode, seed: seed).run())
      #expect(first.events == second.events)
      #expect(first.trace == second.trace)
      #expect(first.stepCount == second.stepCount && first.elapsed == second.elapsed)
      #expect(first.run.results == second.run.results)
      #expect(!first.events.isEmpty)
      traces.insert(first.trace)
    }
    #expect(traces.count == 25)
  }
}
