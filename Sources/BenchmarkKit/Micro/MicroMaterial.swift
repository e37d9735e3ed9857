internal import Cryptography
internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Transport

/// Where the material of a ``MicroBenchmark`` comes from.
public enum MicroMaterial: Sendable, Hashable {
  /// The parties make it with each other (LowGear) before the clock starts.
  case offline(OfflineSettings)
  /// **Insecure**: a trusted dealer who sees everything; figures of the online phase alone.
  case insecureDealer
}

/// What making the material of all runs of a ``MicroBenchmark`` took, set-up apart.
public struct MicroOfflineFigures: Sendable, Codable {
  /// Wall time of keys B, MAC key and their proofs, and of the generation, both of the slowest party, in nanoseconds.
  public var setUpNanoseconds: UInt64, offlineNanoseconds: UInt64
  /// CPU time of the generation: that of the process divided by the parties, in nanoseconds.
  public var offlineCPUNanoseconds: UInt64
  /// Bytes that the party that sends most sends, frame headers included: set-up, generation.
  public var setUpBytesSent: Int, offlineBytesSent: Int
  /// What all runs and the operands consume: exactly as predicted. By kind.
  public var used: [String: Int]
  /// What came out, whole batches and what masks are made of included. By kind.
  public var generated: [String: Int]

  private enum CodingKeys: String, CodingKey {
    case setUpNanoseconds = "setup_ns"
    case offlineNanoseconds = "offline_ns"
    case offlineCPUNanoseconds = "offline_cpu_ns"
    case setUpBytesSent = "setup_bytes_sent"
    case offlineBytesSent = "offline_bytes_sent"
    case used = "material_used"
    case generated = "material_generated"
  }
}

/// What a run of an operation consumes, and its operands before all runs.
struct MicroDemand: Sendable, Equatable {
  var operands: [MaterialDemand]
  var run: [MaterialDemand]

  /// All that `runs` runs consume.
  func total(runs: Int) -> [MaterialKind: Int] {
    var total = ProgramDemand.total(operands)
    for (kind, count) in ProgramDemand.total(run) { total[kind, default: 0] += runs * count }
    return total
  }
}

extension MicroBenchmark {
  /// Runs the operation once with material that is all zero, parties in this process: what it is going to consume.
  func rehearse<S: SharingScheme>(
    _ scheme: S.Type, size: Int, parameters: SecurityParameters
  ) async throws(MicroError) -> MicroDemand {
    let benchmark = self
    let body: PartyBody<MicroDemand> = { (channel) async throws(ProtocolAbort) -> MicroDemand in
      let source = PreparedSource<S>(ShapeSource<S>(me: channel.me))
      var session: Session<S, WireChannel>
      do {
        session = try Session(over: channel, preprocessing: source, random: SystemRandom(), parameters: parameters)
      } catch {
        throw .localFailure(step: StepLabel("Session", 0), detail: "\(error)")
      }
      let operands: MicroOperands<S> = try await benchmark.operation.operands(size, in: &session)
      let first = source.takeDemands()
      try await benchmark.operation.run(
        operands, size: size, format: benchmark.format, digitWidth: benchmark.digitWidth, in: &session)
      return MicroDemand(operands: first, run: source.takeDemands())
    }
    let report = await runInProcess(partyCount: partyCount, options: RunOptions(limits: .oneMachine), body)
    do {
      return try report.values()[0]
    } catch {
      throw .aborted(error)
    }
  }

  /// Refuses what does not fit into memory, before anything of that size is made.
  /// - Throws: ``MicroError/usage(_:)`` with both figures.
  func requireMemory<S: OfflineSharing>(
    _ scheme: S.Type, _ set: Parameters, _ options: OfflineOptions, parameters: SecurityParameters, limitBytes: Int
  ) async throws(MicroError) {
    // Vectors cost the same for each item; a small run tells.
    let small = operation == .matmul ? min(size, 2_048) : min(size, 1_024)
    let factor = Double(size) / Double(small)
    let demand = try await rehearse(scheme, size: small, parameters: parameters).total(runs: warmup + repeats)
      .mapValues { Int((Double($0) * factor).rounded(.up)) }
    let bytes = GenerationMemory(demand, set, parties: partyCount, of: partyCount, options: options, scheme).totalBytes
    guard bytes <= Double(limitBytes) else {
      throw .usage(
        "--op \(operation.rawValue) --size \(size): the material of \(warmup + repeats) runs needs about "
          + "\(fixed(bytes / 1e6, 0)) MB of memory for all parties, \(limitBytes / 1_000_000) MB may be used; take a "
          + "smaller --size, fewer --repeats or fewer --parties")
    }
  }
}

/// What one party measured of its offline phase: wall and CPU nanoseconds, bytes sent, items that came out.
struct MicroPartyOffline: Sendable {
  var setUpWall: UInt64, wall: UInt64, cpu: UInt64
  var setUpBytes: Int, bytes: Int
  var generated: [MaterialKind: Int]
}

/// The offline phase of one party of a ``MicroBenchmark``.
struct MicroOffline<S: OfflineSharing>: Sendable {
  let suite: OfflineSuite
  let options: OfflineOptions
  let demand: [MaterialKind: Int]
  /// Of one run, in order.
  let run: [MaterialDemand]
  let line: GenerationLine

  /// Keys, then the whole demand.
  func party(_ channel: WireChannel) async throws(ProtocolAbort) -> (any PreprocessingSource<S>, MicroPartyOffline) {
    let isFirst = channel.me.index == 0
    if isFirst { line.announce("set-up: keys and their proofs") }
    let own = try channel.fork()
    let (start, before) = (PartyClock.wall(), own.statistics())
    let party = try await LowGear<S, WireChannel>.setUp(
      over: own, suite: suite, random: SystemRandom(), options: options)
    let (middle, between, cpu) = (PartyClock.wall(), own.statistics(), PartyClock.processCPU())
    let source = LowGearSource(party)
    let line = self.line
    try await source.generate(demand) { if isFirst { line.show($0) } }
    let (end, after) = (PartyClock.wall(), own.statistics())
    if isFirst { line.clear() }
    return (
      source,
      MicroPartyOffline(
        setUpWall: middle - start, wall: end - middle, cpu: PartyClock.processCPU() - cpu,
        setUpBytes: (between - before).totalSent.frameByteCount, bytes: (after - between).totalSent.frameByteCount,
        generated: source.contents)
    )
  }
}
