internal import Cryptography
internal import FieldArithmetic
internal import InsecureDealer
public import MPCCore
public import Online
public import SecretSharing
public import Transport

/// One `spdz-bench micro` measurement: an operation, its size, and where it runs.
public struct MicroBenchmark: Sendable {
  /// The operation.
  public var operation: MicroOperation
  /// Items, or the dimension of a matrix product.
  public var size: Int
  /// Passive or active.
  public var mode: SecurityMode
  /// 2…8.
  public var partyCount: Int
  /// How the parties are connected.
  public var transport: TransportKind
  /// "p127" or "p61".
  public var field: String
  /// f and k.
  public var format: FixedPointFormat
  /// s.
  public var statisticalSecurity: Int
  /// w of comparisons.
  public var digitWidth: Int
  /// Runs that count.
  public var repeats: Int
  /// Runs before them that do not.
  public var warmup: Int

  /// A measurement with defaults: 2 parties in process, active, p127, 5 runs after 1.
  public init(
    operation: MicroOperation, size: Int, mode: SecurityMode = .active, partyCount: Int = 2,
    transport: TransportKind = .inproc, field: String = "p127", format: FixedPointFormat = FixedPointFormat(),
    statisticalSecurity: Int = 40, digitWidth: Int = 2, repeats: Int = 5, warmup: Int = 1
  ) {
    self.operation = operation
    self.size = size
    self.mode = mode
    self.partyCount = partyCount
    self.transport = transport
    self.field = field
    self.format = format
    self.statisticalSecurity = statisticalSecurity
    self.digitWidth = digitWidth
    self.repeats = repeats
    self.warmup = warmup
  }
}

/// The result of a ``MicroBenchmark``. Times are of the slowest party, medians over the runs; bytes and rounds are exact.
public struct MicroResult: Sendable, Codable {
  /// Operation, size, mode and transport, as asked.
  public var op: String, size: Int, mode: String, transport: String
  /// Parties, field, f, k, s, w.
  public var partyCount: Int, field: String, f: Int, k: Int, sigma: Int, digitWidth: Int
  /// Median, smallest and largest wall time of one run, in nanoseconds.
  public var wallNanoseconds: UInt64, wallNanosecondsMin: UInt64, wallNanosecondsMax: UInt64
  /// Median CPU time of one party and run, in nanoseconds: that of the process divided by the parties.
  public var cpuNanoseconds: UInt64
  /// Bytes one party sends in a run (the largest of the parties; frame headers included, TLS records not), and messages.
  public var bytesSent: Int, messages: Int
  /// Communication rounds of a run, checks included.
  public var rounds: Int
  /// Items per second of median wall time.
  public var perSecond: Double
  /// Runs that count.
  public var repeats: Int
  /// What was consumed in a run.
  public var material: [String: Int]
  /// Who has to be trusted.
  public var trustModel: String
  /// Kernels in use.
  public var simd: String

  private enum CodingKeys: String, CodingKey {
    case op, size, mode, transport, field, f, k, sigma, messages, rounds, repeats, material, simd
    case partyCount = "n_parties"
    case digitWidth = "digit_width"
    case wallNanosecondsMin = "wall_ns_min"
    case wallNanosecondsMax = "wall_ns_max"
    case wallNanoseconds = "wall_ns"
    case cpuNanoseconds = "cpu_ns"
    case bytesSent = "bytes_sent"
    case perSecond = "per_second"
    case trustModel = "trust_model"
  }
}

extension MicroBenchmark {
  /// Measures. Material is dealt before each run, by the insecure dealer.
  /// - Throws: ``MicroError``.
  public func run() async throws(MicroError) -> MicroResult {
    guard (2...SecurityParameters.maximumPartyCount).contains(partyCount) else {
      throw .usage("--parties \(partyCount): a session has 2 to \(SecurityParameters.maximumPartyCount) parties")
    }
    guard size > 0, repeats > 0, warmup >= 0 else { throw .usage("sizes and repeats are positive") }
    guard (1...4).contains(digitWidth) else { throw .usage("--digit-width is 1, 2, 3 or 4") }
    switch (field, mode) {
    case ("p127", .active): return try await run(AuthenticatedSharing<P127>.self)
    case ("p127", .passive): return try await run(AdditiveSharing<P127>.self)
    case ("p61", .active): return try await run(AuthenticatedSharing<P61>.self)
    case ("p61", .passive): return try await run(AdditiveSharing<P61>.self)
    default: throw .usage("--field \(field): known fields are p127 and p61")
    }
  }

  private func run<S: SharingScheme>(_ scheme: S.Type) async throws(MicroError) -> MicroResult {
    let parameters = SecurityParameters(statisticalSecurity: statisticalSecurity)
    if operation.usesFixedPoint {
      do {
        try format.validate(S.F.self, parameters: parameters, partyCount: partyCount)
      } catch {
        throw .usage(error.description)
      }
    }
    let random = SystemRandom()
    let dealerSeed = random.seed(label: "insecure-dealer", context: [])
    let sessionID = SessionID(bytes: random.seed(label: "session", context: []))
    let benchmark = self
    let body: PartyBody<[Measured]> = { (channel) async throws(ProtocolAbort) -> [Measured] in
      try await benchmark.party(scheme, over: channel, dealerSeed: dealerSeed, parameters: parameters)
    }
    let report: RunReport<[Measured]>
    do {
      report = try await runLocally(
        transport, partyCount: partyCount, options: RunOptions(session: sessionID), body)
    } catch {
      throw .transport(error)
    }
    let parties: [[Measured]]
    do {
      parties = try report.values()
    } catch {
      throw .aborted(error)
    }
    ChannelStatistics.requireBalance(between: report.statistics)
    return summarise(parties)
  }

  struct Measured: Sendable {
    var measurement: PartyMeasurement
    var processCPU: UInt64
    var material: [String: Int]
  }

  /// One party: a first run learns the demand, then every run gets its material before the clock starts.
  private func party<S: SharingScheme>(
    _ scheme: S.Type, over channel: WireChannel, dealerSeed: [UInt8], parameters: SecurityParameters
  ) async throws(ProtocolAbort) -> [Measured] {
    let dealer = InsecureDealer<S>(seed: dealerSeed, me: channel.me, partyCount: channel.partyCount)
    let source = PreparedSource<S>(dealer)
    var session: Session<S, WireChannel>
    do {
      session = try Session(over: channel, preprocessing: source, random: SystemRandom(), parameters: parameters)
    } catch {
      throw .localFailure(step: StepLabel("Session", 0), detail: error.description)
    }
    let operands: MicroOperands<S> = try await operation.operands(size, in: &session)
    _ = source.takeDemands()
    try await operation.run(operands, size: size, format: format, digitWidth: digitWidth, in: &session)
    let demands = source.takeDemands()
    var measured: [Measured] = []
    for run in 0..<(warmup + repeats) {
      let before = source.consumption
      try await source.prepare(demands)
      _ = try await session.exchange(Barrier())
      let cpu = PartyClock.processCPU()
      let (_, measurement) = try await session.measured { (session) async throws(ProtocolAbort) in
        try await operation.run(operands, size: size, format: format, digitWidth: digitWidth, in: &session)
      }
      let used = Measured(
        measurement: measurement, processCPU: PartyClock.processCPU() - cpu,
        material: source.consumption.since(before).amounts)
      if run >= warmup { measured.append(used) }
    }
    return measured
  }

  private func summarise(_ parties: [[Measured]]) -> MicroResult {
    let runs = (0..<repeats).map { run in parties.map { $0[run] } }
    let walls = runs.map { run in run.map(\.measurement.wallNanoseconds).max() ?? 0 }.sorted()
    let cpus = runs.map { run in (run.map(\.processCPU).max() ?? 0) / UInt64(partyCount) }.sorted()
    let statistics = runs[repeats - 1].map(\.measurement.statistics)
    let wall = walls[walls.count / 2]
    return MicroResult(
      op: operation.rawValue, size: size, mode: mode.rawValue, transport: transport.rawValue, partyCount: partyCount,
      field: field, f: format.fractionBits, k: format.valueBits, sigma: statisticalSecurity, digitWidth: digitWidth,
      wallNanoseconds: wall, wallNanosecondsMin: walls[0], wallNanosecondsMax: walls[walls.count - 1],
      cpuNanoseconds: cpus[cpus.count / 2],
      bytesSent: statistics.map(\.totalSent.frameByteCount).max() ?? 0,
      messages: statistics.map(\.totalSent.messageCount).max() ?? 0,
      rounds: statistics.map(\.roundCount).max() ?? 0,
      perSecond: wall == 0 ? 0 : Double(operation.itemCount(size)) * 1e9 / Double(wall), repeats: repeats,
      material: runs[repeats - 1][0].material, trustModel: TrustModel.insecureDealer.description,
      simd: SIMDLevel.current.name)
  }
}

/// Why a measurement gave no result.
public enum MicroError: Error, Sendable, CustomStringConvertible {
  /// The request makes no sense.
  case usage(String)
  /// The parties could not be connected.
  case transport(TransportError)
  /// The protocol ended early.
  case aborted(ProtocolAbort)

  /// One line.
  public var description: String {
    switch self {
    case .usage(let text): text
    case .transport(let error): error.description
    case .aborted(let abort): abort.description
    }
  }
}
