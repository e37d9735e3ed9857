internal import Cryptography
internal import FieldArithmetic
internal import InsecureDealer
internal import MPCCore
internal import Online
public import SecretSharing
internal import SecureML
internal import Synchronization
internal import Transport

/// Secure inference with all parties in this process, over the experiment's transport, with material of the insecure
/// dealer and seeded randomness: the online phase only, reproducible bit for bit.
///
/// P_0 owns the model, the last party owns the rows and alone receives the results.
public final class LocalSecureInference: SecureInference {
  /// What each piece of a program consumes, learnt from a first run: offline and online are measured apart.
  private let demands = Mutex<[String: [[MaterialDemand]]]>([:])

  /// Creates the inference.
  public init() {}

  /// SPDZ online phase.
  public var protocolName: String { "SPDZ online" }
  /// "ifma", "avx2" or "portable".
  public var kernelDispatch: String { SIMDLevel.current.name }
  /// Dealer and parties expand the run's seed.
  public var isDeterministic: Bool { true }

  /// Runs the model on the test rows; see ``SecureInference``.
  public func run(_ workload: PreparedWorkload, experiment: Experiment, mode: SecurityMode, seed: UInt64) async throws
    -> InferenceOutcome
  {
    switch (experiment.field, mode) {
    case (.p127, .active):
      try await run(AuthenticatedSharing<P127>.self, workload, experiment, seed: seed)
    case (.p127, .passive): try await run(AdditiveSharing<P127>.self, workload, experiment, seed: seed)
    case (.p61, .active): try await run(AuthenticatedSharing<P61>.self, workload, experiment, seed: seed)
    case (.p61, .passive): try await run(AdditiveSharing<P61>.self, workload, experiment, seed: seed)
    }
  }

  private func run<S: SharingScheme>(
    _ scheme: S.Type, _ workload: PreparedWorkload, _ experiment: Experiment, seed: UInt64
  ) async throws -> InferenceOutcome {
    let program = try InferenceProgram(workload, experiment: experiment, field: S.F.self)
    let key = "\(workload.workload.name) \(S.mode.rawValue) \(experiment.parties)"
    let known = demands.withLock { $0[key] }
    if known == nil {
      let learnt = try await execute(scheme, program, experiment, seed: seed, demands: nil)
      let recorded = learnt[0].demands
      demands.withLock { $0[key] = recorded }
    }
    let parties = try await execute(
      scheme, program, experiment, seed: seed, demands: demands.withLock { $0[key] } ?? [])
    return InferenceOutcome(
      predictions: parties[experiment.parties - 1].predictions, layers: parties.flatMap(\.layers),
      preprocessingUsed: parties[0].material, checkResult: S.mode == .active ? "passed" : "none (passive)")
  }

  /// Starts the parties, waits for all.
  /// - Throws: `TransportError`, or the abort that explains most: cheating before lost peers.
  private func execute<S: SharingScheme>(
    _ scheme: S.Type, _ program: InferenceProgram, _ experiment: Experiment, seed: UInt64,
    demands: [[MaterialDemand]]?
  ) async throws -> [InferenceProgram.PartyOutcome] {
    let seedBytes = PRG.deriveSeed([UInt8](repeating: 0, count: 32), label: "experiment", context: [seed])
    let deadline = Duration.seconds(experiment.deadlineSeconds)
    let options = RunOptions(
      session: SessionID(bytes: PRG.deriveSeed(seedBytes, label: "session")),
      limits: TransportLimits(
        receiveDeadline: deadline, totalReceiveDeadline: max(deadline, .seconds(300)), connectDeadline: deadline),
      network: experiment.link.network(seed: seed))
    let body: PartyBody<InferenceProgram.PartyOutcome> = {
      (channel) async throws(ProtocolAbort) -> InferenceProgram.PartyOutcome in
      let dealer = InsecureDealer<S>(
        seed: PRG.deriveSeed(seedBytes, label: "dealer"), me: channel.me, partyCount: channel.partyCount)
      let random = InsecureSeededRandom(seed: PRG.deriveSeed(seedBytes, label: "parties"), party: channel.me)
      return try await program.run(
        scheme, over: MeasuringChannel(channel), source: PreparedSource<S>(dealer), random: random, demands: demands)
    }
    let report = try await runLocally(experiment.transport, partyCount: experiment.parties, options: options, body)
    let aborts = report.results.compactMap { result -> ProtocolAbort? in
      if case .failure(let abort) = result { abort } else { nil }
    }
    if let abort = aborts.first(where: { $0.group == .cheating }) ?? aborts.first(where: { $0.group == .local })
      ?? aborts.first
    {
      throw abort
    }
    ChannelStatistics.requireBalance(between: report.statistics)
    return try report.values()
  }
}

extension LinkProfile {
  /// The network to emulate, the same link between all parties; nil without emulation.
  func network(seed: UInt64) -> EmulatedNetwork? {
    guard profile != .none else { return nil }
    return EmulatedNetwork(
      Transport.LinkProfile(
        name: profile.rawValue, latency: .nanoseconds(Int64(latencyMilliseconds * 1e6)),
        bitsPerSecond: bandwidthMbit > 0 ? UInt64(bandwidthMbit * 1e6) : nil,
        jitter: .nanoseconds(Int64(jitterMilliseconds * 1e6))),
      seed: seed)
  }
}
