import CheatingParties
import FieldArithmetic
import Foundation
import InsecureToyField
import MPCCore
import SecretSharing
import Testing
import Transport

private typealias Uniform = Opening.UniformShares<InsecureP257>

@Suite("Selective failure: whether a check fails does not tell an honest bit")
struct SelectiveFailureTests {
  typealias F = InsecureP257
  typealias S = AuthenticatedSharing<F>

  /// Where P_1 puts its error; P_0's secret is y.
  enum Error: String, CaseIterable, Sendable {
    /// On its share of x, so that x·y is wrong by d·y.
    case factor = "x + d"
    /// On its share of y.
    case secret = "y + d"
    /// On the opening of y − b, as much as P_0's share of it says: the error depends on what P_1 sees.
    case rushed = "y − b + P0's share"
  }

  enum End: Hashable, Sendable {
    case firstCheck, laterCheck, none
  }

  /// How P_0 ends: x·y for its secret bit y, with an error of P_1 and its MAC share corrected for a guess of α.
  private func end(_ error: Error, y: UInt64, seed: UInt64) async -> End {
    let n = F.uniform(2, seed: (0..<32).map { UInt8(truncatingIfNeeded: seed >> UInt64(8 * ($0 % 8)) ^ UInt64($0)) })
    let d = n[0] == .zero ? F.one : n[0]
    let guess = n[1]
    let plan = AttackPlan()
    if error == .rushed {
      _ = plan.rushing(Uniform.self) { (message, honest, _) throws(ProtocolAbort) in
        if let theirs = honest[PartyID(0)] { message.values[1] += theirs.values[1] }
      }
    }
    let outcome = await runParties(2, S.self, cheaters: [PartyID(1): plan], seed: seed, over: .simulated(seed: seed)) {
      session throws(ProtocolAbort) in
      let cheats = session.me.index == 1
      var x = try await session.input(cheats ? [F(UInt64(3))] : nil, count: 1, from: PartyID(1))
      var secret = try await session.input(cheats ? nil : [F(y)], count: 1, from: PartyID(0))
      if cheats && error == .factor { x = x.withValueError(d).withTagError(guess * d) }
      if cheats && error == .secret { secret = secret.withValueError(d).withTagError(guess * d) }
      return try await session.reveal(session.multiply(x, secret))
    }
    switch outcome.aborts[0] {
    case nil: return .none
    case .macCheckFailed(openings: 2): return .firstCheck
    case .macCheckFailed(openings: 1): return .laterCheck
    case let other:
      Issue.record("seed \(seed): \(String(describing: other))")
      return .none
    }
  }

  /// The 95 % confidence bounds of a proportion (Wilson).
  private func wilson(_ k: Int, _ n: Int) -> (Double, Double) {
    let (z, n) = (1.96, Double(n))
    let q = Double(k) / n
    let centre = q + z * z / (2 * n)
    let half = z * (q * (1 - q) / n + z * z / (4 * n * n)).squareRoot()
    return ((centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n))
  }

  private func measure(_ error: Error, trials: Int) async {
    var counts: [[End: Int]] = [[:], [:]]
    for y in 0...1 {
      for trial in 0..<trials {
        let end = await end(error, y: UInt64(y), seed: UInt64(2 * trial + y))
        counts[y][end, default: 0] += 1
      }
    }
    // The check before the output: its verdict is independent of y. χ² with one degree of freedom; 12.1 is p = 0.0005.
    let caught = counts.map { $0[.firstCheck, default: 0] }
    let pooled = Double(caught[0] + caught[1]) / Double(2 * trials)
    var chiSquare = 0.0
    for count in caught where pooled > 0 && pooled < 1 {
      let expected = Double(trials) * pooled
      chiSquare += pow(Double(count) - expected, 2) * (1 / expected + 1 / (Double(trials) - expected))
    }
    // The whole run: an error that the first check missed (probability 2/p) may meet another check that depends on y.
    let aborted = counts.map { trials - $0[.none, default: 0] }
    let rates = aborted.map { Double($0) / Double(trials) }
    let deviation = (rates.reduce(0) { $0 + $1 * (1 - $1) } / Double(trials)).squareRoot()
    let p = 257.0
    for y in 0...1 {
      let (first, all) = (wilson(caught[y], trials), wilson(aborted[y], trials))
      print(
        "\(error.rawValue), y = \(y): first check fails \(caught[y]) of \(trials), 95 % in [\(first.0), \(first.1)]; "
          + "aborts \(aborted[y]), 95 % in [\(all.0), \(all.1)]")
    }
    print(
      "\(error.rawValue): χ² = \(chiSquare) of the first check; difference of aborts \(abs(rates[0] - rates[1])), at most 2/p = \(2 / p)"
    )
    #expect(chiSquare < 12.1)
    #expect(abs(rates[0] - rates[1]) <= 2 / p + 3.5 * deviation)
    #expect(Double(caught[0]) > 0.95 * Double(trials))
  }

  @Test("The first check fails as often for y = 0 as for y = 1", arguments: Error.allCases)
  func sameDistribution(_ error: Error) async { await measure(error, trials: 500) }

  @Test("The same, twenty thousand runs each", .tags(.slow), .enabled(if: isSlowTier), arguments: Error.allCases)
  func sameDistributionSlow(_ error: Error) async { await measure(error, trials: 20_000) }
}

@Suite("Idle injectors")
struct IdleInjectorTests {
  /// A batch: a product of five values, revealed with two MAC checks.
  private func run(_ batches: Int, parties n: Int) async {
    let outcome = await runParties(n, AuthenticatedSharing<P61>.self, cheaters: [PartyID(1): AttackPlan()]) {
      session throws(ProtocolAbort) -> Int in
      let x = try await session.input(
        session.me.index == 0 ? Array(repeating: P61(UInt64(3)), count: 5) : nil, count: 5, from: PartyID(0))
      var right = 0
      for _ in 0..<batches {
        let nine = try await session.reveal(session.multiply(x, x))
        if nine.allSatisfy({ $0 == P61(UInt64(9)) }) { right += 1 }
      }
      return right
    }
    #expect(outcome.aborts == Array(repeating: nil, count: n - 1))
    #expect(outcome.revealed == Array(repeating: batches, count: n - 1))
    print("idle injector, \(n) parties: 0 aborts in \(batches) batches")
  }

  @Test("A cheater that does nothing is never accused, and nothing comes out wrong", arguments: [2, 3])
  func idle(n: Int) async { await run(500, parties: n) }

  @Test("Ten thousand batches", .tags(.slow), .enabled(if: isSlowTier), arguments: [2, 3])
  func idleSlow(n: Int) async { await run(10_000, parties: n) }
}
