internal import Cryptography
internal import FieldArithmetic
internal import InsecureDealer
internal import LatticeEncryption
public import MPCCore
public import Online
internal import Preprocessing
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
  /// Where material comes from.
  public var material: MicroMaterial
  /// No progress on stderr.
  public var quiet = false

  /// A measurement with defaults: 2 parties in process, active, p127, 5 runs after 1.
  public init(
    operation: MicroOperation, size: Int, mode: SecurityMode = .active, partyCount: Int = 2,
    transport: TransportKind = .inproc, field: String = "p127", format: FixedPointFormat = FixedPointFormat(),
    statisticalSecurity: Int = 40, digitWidth: Int = 2, repeats: Int = 5, warmup: Int = 1,
    material: MicroMaterial = .offline(OfflineSettings())
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
    self.material = material
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
  /// Whether the insecure dealer made the material.
  public var fakeOffline: Bool
  /// What making the material took; nil with the insecure dealer.
  public var offline: MicroOfflineFigures?
  /// Kernels in use.
  public var simd: String

  private enum CodingKeys: String, CodingKey {
    case op, size, mode, transport, field, f, k, sigma, messages, rounds, repeats, material, offline, simd
    case fakeOffline = "fake_offline"
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
  /// Measures. All material is made before the clock starts.
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

  private func run<S: OfflineSharing>(_ scheme: S.Type) async throws(MicroError) -> MicroResult {
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
    let offline = try await offline(scheme, parameters: parameters)
    let body: PartyBody<PartyRuns> = { (channel) async throws(ProtocolAbort) -> PartyRuns in
      guard let offline else {
        let dealer = InsecureDealer<S>(seed: dealerSeed, me: channel.me, partyCount: channel.partyCount)
        return try await benchmark.party(scheme, over: channel, source: dealer, parameters: parameters)
      }
      let (source, figures) = try await offline.party(channel)
      var runs = try await benchmark.party(
        scheme, over: channel, source: source, demands: offline.run, parameters: parameters)
      runs.offline = figures
      return runs
    }
    let report: RunReport<PartyRuns>
    do {
      report = try await runLocally(
        transport, partyCount: partyCount, options: RunOptions(session: sessionID, limits: .oneMachine), body)
    } catch {
      throw .transport(error)
    }
    let parties: [PartyRuns]
    do {
      parties = try report.values()
    } catch {
      throw .aborted(error)
    }
    ChannelStatistics.requireBalance(between: report.statistics)
    var result = summarise(parties.map(\.runs))
    guard let offline, case .offline(let settings) = material else { return result }
    for party in parties { try Self.requireEqual(predicted: offline.demand, used: party.used) }
    result.fakeOffline = false
    let toy =
      settings.insecureRingDegree > 0 ? "INSECURE TOY RING of degree \(settings.insecureRingDegree): " : ""
    result.trustModel =
      "\(toy)\(S.trustModel(offline.options)); triples \(settings.triples.rawValue), masks \(settings.masks.rawValue)"
    let figures = parties.compactMap(\.offline)
    func named(_ counts: [MaterialKind: Int]) -> [String: Int] {
      Dictionary(uniqueKeysWithValues: counts.map { ($0.key.description, $0.value) })
    }
    result.offline = MicroOfflineFigures(
      setUpNanoseconds: figures.map(\.setUpWall).max() ?? 0, offlineNanoseconds: figures.map(\.wall).max() ?? 0,
      offlineCPUNanoseconds: (figures.map(\.cpu).max() ?? 0) / UInt64(partyCount),
      setUpBytesSent: figures.map(\.setUpBytes).max() ?? 0, offlineBytesSent: figures.map(\.bytes).max() ?? 0,
      used: parties[0].used.amounts, generated: named(figures.first?.generated ?? [:]))
    return result
  }

  /// The offline phase, its demand computed by a run on zeros; nil with the insecure dealer.
  private func offline<S: OfflineSharing>(
    _ scheme: S.Type, parameters: SecurityParameters
  ) async throws(MicroError) -> MicroOffline<S>? {
    guard case .offline(let settings) = material else { return nil }
    let options = settings.options(statisticalSecurity: statisticalSecurity)
    let set: Parameters
    let suite: OfflineSuite
    do {
      set = try settings.parameters(scheme)
      suite = OfflineSuite(try BGV(set), threadCount: settings.threads)
    } catch {
      throw .usage("parameter set: \(error)")
    }
    try await requireMemory(
      scheme, set, options, parameters: parameters, limitBytes: HostDescription.availableMemoryBytes() / 4 * 3)
    let demand = try await rehearse(scheme, size: size, parameters: parameters)
    return MicroOffline(
      suite: suite, options: options, demand: demand.total(runs: warmup + repeats), run: demand.run,
      line: GenerationLine(quiet: quiet))
  }

  /// - Throws: ``MicroError/accounting(_:)`` naming the first kind that differs.
  static func requireEqual(predicted: [MaterialKind: Int], used: MaterialCount) throws(MicroError) {
    let predicted = predicted.reduce(into: [String: Int]()) { $0[$1.key.description] = $1.value }
    for kind in Set(predicted.keys).union(used.amounts.keys).sorted()
    where predicted[kind, default: 0] != used.amounts[kind, default: 0] {
      throw .accounting(
        AccountingError(kind: kind, predicted: predicted[kind] ?? 0, used: used.amounts[kind] ?? 0))
    }
  }

  /// What one party measured.
  struct PartyRuns: Sendable {
    var runs: [Measured]
    /// By operands and all runs.
    var used: MaterialCount
    var offline: MicroPartyOffline?
  }

  struct Measured: Sendable {
    var measurement: PartyMeasurement
    var processCPU: UInt64
    var material: [String: Int]
  }

  /// One party: every run gets its material before the clock starts. With the dealer, whose material is free, a first
  /// run learns the demand; otherwise it is known.
  private func party<S: SharingScheme>(
    _ scheme: S.Type, over channel: WireChannel, source base: any PreprocessingSource<S>,
    demands runDemand: [MaterialDemand] = [], parameters: SecurityParameters
  ) async throws(ProtocolAbort) -> PartyRuns {
    let source = PreparedSource<S>(base)
    // Generation takes from its own stock: what masks were made of is no use.
    let beforeUse = source.consumption
    var session: Session<S, WireChannel>
    do {
      session = try Session(over: channel, preprocessing: source, random: SystemRandom(), parameters: parameters)
    } catch {
      throw .localFailure(step: StepLabel("Session", 0), detail: error.description)
    }
    let operands: MicroOperands<S> = try await operation.operands(size, in: &session)
    _ = source.takeDemands()
    var demands = runDemand
    if demands.isEmpty {
      try await operation.run(operands, size: size, format: format, digitWidth: digitWidth, in: &session)
      demands = source.takeDemands()
    }
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
    return PartyRuns(runs: measured, used: source.consumption.since(beforeUse), offline: nil)
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
      fakeOffline: true, offline: nil, simd: SIMDLevel.current.name)
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
  /// Something else was consumed than predicted.
  case accounting(AccountingError)

  /// One line.
  public var description: String {
    switch self {
    case .usage(let text): text
    case .transport(let error): error.description
    case .aborted(let abort): abort.description
    case .accounting(let error): error.description
    }
  }
}
