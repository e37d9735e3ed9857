import FieldArithmetic
import InsecureDealer
import MPCCore
import Online
import SecretSharing
import Testing
import Transport

/// What a run of all parties left behind: the first party's result (all others have the same), rounds and material.
struct Outcome<R: Sendable & Equatable>: Sendable {
  var value: R
  var roundCount: Int
  var material: MaterialCount
}

/// Runs one session per party in this process, with dealt material.
func run<S: SharingScheme, R: Sendable & Equatable>(
  _ scheme: S.Type, parties: Int = 2, statisticalSecurity: Int = 40, seed: UInt8 = 1,
  _ body: @escaping @Sendable (inout Session<S, WireChannel>) async throws(ProtocolAbort) -> R
) async throws -> Outcome<R> {
  let report = await runInProcess(partyCount: parties) { channel throws(ProtocolAbort) -> (R, Int, MaterialCount) in
    let dealer = InsecureDealer<S>(
      seed: [UInt8](repeating: seed, count: 32), me: channel.me, partyCount: channel.partyCount)
    let random = InsecureSeededRandom(seed: UInt64(seed), party: channel.me)
    var session = try startSession(
      scheme, over: channel, dealer: dealer, random: random, statisticalSecurity: statisticalSecurity)
    let value = try await body(&session)
    return (value, channel.statistics().roundCount, dealer.consumption)
  }
  let results = try report.values()
  for result in results { #expect(result.0 == results[0].0, "all parties have the same result") }
  return Outcome(value: results[0].0, roundCount: results[0].1, material: results[0].2)
}

private func startSession<S: SharingScheme>(
  _ scheme: S.Type, over channel: WireChannel, dealer: InsecureDealer<S>, random: InsecureSeededRandom,
  statisticalSecurity: Int
) throws(ProtocolAbort) -> Session<S, WireChannel> {
  do throws(SessionError) {
    return try Session(
      over: channel, preprocessing: dealer, random: random,
      parameters: SecurityParameters(statisticalSecurity: statisticalSecurity))
  } catch {
    throw .localFailure(step: StepLabel("Test", 1), detail: error.description)
  }
}

/// What one function costs: rounds and material of `body` beyond the rounds of sharing its input and revealing its
/// result.
struct Cost: Equatable, Sendable {
  var rounds: Int
  var material: [String: Int]
}

extension Session where C == WireChannel {
  /// Shares public integers through P_0's input.
  mutating func share(_ values: [Int64]) async throws(ProtocolAbort) -> SharedVector<S> {
    let elements = values.map { S.F(signed: Int128($0)) }
    return try await input(me.index == 0 ? elements : nil, count: values.count, from: PartyID(0))
  }

  /// Shares numbers in a format.
  mutating func share(_ values: [Double], as format: FixedPointFormat) async throws(ProtocolAbort) -> SharedVector<S> {
    let encoded: [Int64]
    do throws(FixedPointError) {
      encoded = try format.encode(values)
    } catch {
      throw .localFailure(step: StepLabel("Test", 2), detail: error.description)
    }
    return try await share(encoded)
  }

  /// Reveals signed integers.
  mutating func revealSigned(_ x: SharedVector<S>) async throws(ProtocolAbort) -> [Int64] {
    try await reveal(x).map { Int64($0.signed) }
  }

  /// Reveals numbers.
  mutating func reveal(_ x: SharedVector<S>, as format: FixedPointFormat) async throws(ProtocolAbort) -> [Double] {
    try await reveal(x).map { format.decode($0) }
  }

  /// Rounds and material of one step.
  mutating func cost<R>(
    _ body: (inout Self) async throws(ProtocolAbort) -> R
  ) async throws(ProtocolAbort) -> (R, Cost) {
    let rounds = channel.statistics().roundCount
    let before = source.consumption
    let result = try await body(&self)
    return (
      result,
      Cost(rounds: channel.statistics().roundCount - rounds, material: source.consumption.since(before).amounts)
    )
  }
}

/// The largest |a_i − b_i|.
func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).map { abs($0 - $1) }.max() ?? .infinity
}

/// n + 1 equidistant numbers.
func grid(_ from: Double, _ to: Double, _ n: Int) -> [Double] {
  (0...n).map { from + (to - from) * Double($0) / Double(n) }
}

typealias Active127 = AuthenticatedSharing<P127>
typealias Passive127 = AdditiveSharing<P127>
typealias Active61 = AuthenticatedSharing<P61>
typealias Passive61 = AdditiveSharing<P61>
