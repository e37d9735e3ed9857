internal import Cryptography
internal import FieldArithmetic
internal import InsecureDealer
internal import LatticeEncryption
internal import MPCCore
internal import MaterialStore
internal import Online
internal import Preprocessing
public import SecretSharing
internal import SecureML
internal import Synchronization
internal import Transport

/// Secure inference with all parties in this process, over the experiment's transport, or as one party of several
/// processes. Material is made by the parties with each other (LowGear) before the online phase begins, exactly the
/// demand rounded up to batches; or taken from stores that they filled before; or dealt by the insecure dealer with
/// seeded randomness if the experiment says so, reproducible bit for bit.
///
/// P_0 owns the model, the last party owns the rows and alone receives the results.
public final class LocalSecureInference: SecureInference {
  /// What each program is going to cost, computed before its first run.
  private let predictions = Mutex<[String: (demand: ProgramDemand, prediction: RunPrediction)]>([:])
  private let calibration = OfflineCalibration()
  private let references = Mutex<[String: TrainingReference]>([:])
  private let suites = Mutex<[String: OfflineSuite]>([:])
  private let usesDealer: Bool
  private let interruption: Interruption?
  private let start: any PartyStart
  private let stores: StorePlaces?

  /// Creates the inference.
  /// - Parameter interruption: ends a run at the next message of a party.
  /// - Parameter stores: where all parties' stores are, if material is taken from there; an interruption then waits for
  ///   the end of a run.
  public convenience init(_ experiment: Experiment, interruption: Interruption? = nil, stores: StorePlaces? = nil) {
    self.init(experiment, interruption: stores == nil ? interruption : nil, start: AllPartiesHere(), stores: stores)
  }

  /// Creates the inference with its own way to start parties.
  init(
    _ experiment: Experiment, interruption: Interruption? = nil, start: any PartyStart, stores: StorePlaces? = nil
  ) {
    self.stores = stores
    usesDealer = experiment.insecureDealer
    self.interruption = interruption
    self.start = start
  }

  /// SPDZ, with the offline phase that is used.
  public var protocolName: String { usesDealer ? "SPDZ online" : "SPDZ LowGear" }
  /// "ifma", "avx2" or "portable".
  public var kernelDispatch: String { SIMDLevel.current.name }
  /// Dealer and parties expand the run's seed; the real offline phase uses the system's randomness.
  public var isDeterministic: Bool { usesDealer }
  /// Whether material comes from stores.
  public var usesStores: Bool { stores != nil }
  /// Where the material comes from.
  public var materialOrigin: String {
    if usesDealer { return "insecure dealer" }
    return stores.map { "\($0.text), made beforehand" } ?? "made by the parties before each run"
  }

  /// Sees to it that the stores hold enough for all runs of some configurations, before any of them.
  /// - Parameter remedy: the command that makes everything that is missing.
  /// - Throws: ``MaterialShortage`` with all that is missing; ``PrepError`` if a store cannot be used.
  func requireMaterial(_ configurations: [PreparedExperiment], remedy: String) async throws {
    guard let stores else { return }
    guard !usesDealer else {
      throw PrepError.usage("the insecure dealer has no stores: leave out --material, --store or --insecure-dealer")
    }
    for prepared in configurations {
      try await needs(prepared).require(in: stores, of: start.parties(prepared.experiment), remedy: remedy)
    }
  }

  /// What all runs of a configuration take.
  func needs(_ prepared: PreparedExperiment) async throws -> MaterialNeeds {
    try await MaterialNeeds(prepared) { workload, mode in
      let experiment = prepared.experiment.applying(workload.workload)
      guard experiment.fixedPoint.s == prepared.experiment.fixedPoint.s else {
        throw PrepError.usage(
          "\"\(workload.workload.name)\" has an s of its own, a store holds material for one; give all workloads the same"
        )
      }
      return try await self.demand(workload, experiment, mode)
    }
  }

  private func demand(_ workload: PreparedWorkload, _ experiment: Experiment, _ mode: SecurityMode) async throws
    -> [MaterialKind: Int]
  {
    switch (experiment.field, mode) {
    case (.p127, .active): try await demand(AuthenticatedSharing<P127>.self, workload, experiment)
    case (.p127, .passive): try await demand(AdditiveSharing<P127>.self, workload, experiment)
    case (.p61, .active): try await demand(AuthenticatedSharing<P61>.self, workload, experiment)
    case (.p61, .passive): try await demand(AdditiveSharing<P61>.self, workload, experiment)
    }
  }

  private func demand<S: OfflineSharing>(_ scheme: S.Type, _ workload: PreparedWorkload, _ experiment: Experiment)
    async throws -> [MaterialKind: Int]
  {
    try await programDemand(scheme, workload, experiment).total
  }

  private func programDemand<S: OfflineSharing>(
    _ scheme: S.Type, _ workload: PreparedWorkload, _ experiment: Experiment
  ) async throws -> ProgramDemand {
    if workload.workload.train.secure {
      let program = try TrainingProgram(workload, experiment: experiment, field: S.F.self)
      return try await prediction(scheme, program, workload, experiment).0
    }
    let program = try InferenceProgram(workload, experiment: experiment, field: S.F.self)
    return try await prediction(scheme, program, workload, experiment).0
  }

  /// Checks that the material of every workload fits into memory, for all parties of this machine together; nothing is
  /// made.
  /// - Parameter limitBytes: default: three quarters of what is free.
  /// - Throws: ``MaterialTooLarge`` for the first one that does not fit; ``RunInterrupted``.
  func requireMemory(_ configurations: [PreparedExperiment], limitBytes: Int? = nil) async throws {
    guard stores == nil else { return }
    let limit = limitBytes ?? HostDescription.availableMemoryBytes() / 4 * 3
    for prepared in configurations where !prepared.experiment.insecureDealer {
      for workload in prepared.workloads {
        let experiment = prepared.experiment.applying(workload.workload)
        for mode in experiment.modes {
          try interruption?.checkBeforeRuns()
          let bytes =
            switch (experiment.field, mode) {
            case (.p127, .active): try await memory(AuthenticatedSharing<P127>.self, workload, experiment)
            case (.p127, .passive): try await memory(AdditiveSharing<P127>.self, workload, experiment)
            case (.p61, .active): try await memory(AuthenticatedSharing<P61>.self, workload, experiment)
            case (.p61, .passive): try await memory(AdditiveSharing<P61>.self, workload, experiment)
            }
          guard bytes <= Double(limit) else {
            throw MaterialTooLarge(
              workload: workload.workload.name, mode: mode, neededBytes: Int(bytes), limitBytes: limit,
              partiesHere: start.partiesOnThisMachine(experiment))
          }
        }
      }
    }
  }

  /// What the largest chunk of material takes.
  private func memory<S: OfflineSharing>(_ scheme: S.Type, _ workload: PreparedWorkload, _ experiment: Experiment)
    async throws -> Double
  {
    let options = experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s)
    let schedule = MaterialSchedule(
      try await programDemand(scheme, workload, experiment), parties: experiment.parties, settings: experiment.offline,
      options: options, scheme)
    let parameters = try experiment.offline.parameters(scheme)
    return schedule.chunks.indices.map { chunk in
      GenerationMemory(
        schedule.demand(ofChunk: chunk), parameters, parties: start.partiesOnThisMachine(experiment),
        of: experiment.parties, options: options, scheme
      ).totalBytes
    }.max() ?? 0
  }

  /// Runs the model on the test rows; see ``SecureInference``.
  public func run(
    _ workload: PreparedWorkload, experiment: Experiment, mode: SecurityMode, seed: UInt64,
    onProgress: @escaping @Sendable (String) -> Void
  ) async throws -> InferenceOutcome {
    switch (experiment.field, mode) {
    case (.p127, .active):
      try await run(AuthenticatedSharing<P127>.self, workload, experiment, seed: seed, onProgress)
    case (.p127, .passive): try await run(AdditiveSharing<P127>.self, workload, experiment, seed: seed, onProgress)
    case (.p61, .active): try await run(AuthenticatedSharing<P61>.self, workload, experiment, seed: seed, onProgress)
    case (.p61, .passive): try await run(AdditiveSharing<P61>.self, workload, experiment, seed: seed, onProgress)
    }
  }

  private func run<S: OfflineSharing>(
    _ scheme: S.Type, _ workload: PreparedWorkload, _ experiment: Experiment, seed: UInt64,
    _ onProgress: @escaping @Sendable (String) -> Void
  ) async throws -> InferenceOutcome {
    if workload.workload.train.secure {
      let plan = try TrainingPlan(workload, experiment: experiment)
      let program = try TrainingProgram(plan, workload, experiment: experiment, field: S.F.self)
      let hasAllRows = start.partiesInProcess(experiment) == experiment.parties
      let reference = hasAllRows ? try reference(plan, program, workload, experiment) : nil
      var outcome = try await run(scheme, program, workload, experiment, seed: seed, onProgress)
      if let reference, !outcome.weights.isEmpty {
        outcome.weightDifference =
          TrainingReference.difference(outcome.weights, reference.weights) * Double(plan.specification.format.one)
        outcome.roundingDifferences = reference.roundingUlps
        outcome.referencePredictions = reference.predictions
      }
      return outcome
    }
    return try await run(
      scheme, try InferenceProgram(workload, experiment: experiment, field: S.F.self), workload, experiment,
      seed: seed, onProgress)
  }

  private func run<S: OfflineSharing>(
    _ scheme: S.Type, _ program: some SecureProgram, _ workload: PreparedWorkload, _ experiment: Experiment,
    seed: UInt64, _ onProgress: @escaping @Sendable (String) -> Void
  ) async throws -> InferenceOutcome {
    let (demand, prediction) = try await prediction(scheme, program, workload, experiment)
    let suite = experiment.insecureDealer || stores != nil ? nil : try suite(scheme, experiment.offline)
    let schedule = try schedule(scheme, demand, "\(workload.workload.name), \(S.mode.rawValue)", experiment, suite)
    let parties = try await execute(
      scheme, program, experiment, run: "\(workload.workload.name) \(S.mode.rawValue) \(seed)", seed: seed,
      schedule: schedule, stored: demand.total, suite: suite, onProgress)
    for party in parties { try demand.requireEqual(to: party.result.program.demands) }
    var outcome = InferenceOutcome(
      predictions: parties.flatMap(\.result.program.predictions), layers: parties.flatMap(\.result.program.layers),
      preprocessingUsed: parties.first?.result.program.material ?? [:],
      checkResult: S.mode == .active ? "passed" : "none (passive)")
    outcome.outputs = parties.flatMap(\.result.program.outputs)
    outcome.weights = parties.map(\.result.program.weights).first { !$0.isEmpty } ?? []
    for one in parties { outcome.wire[one.party] = one.wire }
    outcome.prediction = stores == nil ? prediction : prediction.withoutOffline
    if stores != nil {
      outcome.setUp = Dictionary(uniqueKeysWithValues: parties.map { ($0.party, $0.result.setUp) })
      if experiment.offline.insecureRingDegree == 0 {
        outcome.securityBits = ParameterReport(try experiment.offline.parameters(scheme)).estimatedSecurityBits
      }
    }
    if let suite {
      let split = OfflineApportionment(
        demand, program, parameters: suite.scheme.parameters, parties: experiment.parties,
        options: experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s), scheme)
      for one in parties { split.add(one.result.program.generation, party: one.party, to: &outcome.layers) }
      outcome.setUp = Dictionary(uniqueKeysWithValues: parties.map { ($0.party, $0.result.setUp) })
      if experiment.offline.insecureRingDegree == 0 {
        outcome.securityBits = ParameterReport(suite.scheme.parameters).estimatedSecurityBits
      }
    }
    return outcome
  }

  /// What a training gives in clear; computed once for each configuration.
  private func reference(
    _ plan: TrainingPlan, _ program: TrainingProgram, _ workload: PreparedWorkload, _ experiment: Experiment
  ) throws -> TrainingReference {
    let key = "\(workload.workload.name) \(try experiment.canonicalSHA256())"
    if let known = references.withLock({ $0[key] }) { return known }
    let new = try TrainingReference(plan, program) { try interruption?.check(StepLabel("Rehearsal", 1)) }
    references.withLock { $0[key] = new }
    return new
  }

  /// Demand and cost of a program, from a run on zeros; computed once for each configuration.
  private func prediction<S: OfflineSharing>(
    _ scheme: S.Type, _ program: some SecureProgram, _ workload: PreparedWorkload, _ experiment: Experiment
  ) async throws -> (ProgramDemand, RunPrediction) {
    let key = "\(workload.workload.name) \(S.mode.rawValue) \(try experiment.canonicalSHA256())"
    if let known = predictions.withLock({ $0[key] }) { return known }
    let rehearsal = try await program.rehearse(scheme, partyCount: experiment.parties)
    let rates =
      experiment.insecureDealer || stores != nil
      ? try OfflineRates(ruleOfThumb: experiment.offline.parameters(scheme))
      : try await calibration.rates(
        for: experiment, partiesHere: start.partiesInProcess(experiment), scheme)
    let new = (rehearsal.demand, try RunPrediction(rehearsal, experiment: experiment, rates: rates, scheme))
    predictions.withLock { $0[key] = new }
    return new
  }

  /// When the material is made, checked against the memory of this machine; all at once with stores and dealer.
  private func schedule<S: OfflineSharing>(
    _ scheme: S.Type, _ demand: ProgramDemand, _ name: String, _ experiment: Experiment, _ suite: OfflineSuite?
  ) throws(MaterialMemoryError) -> MaterialSchedule {
    guard let suite else { return MaterialSchedule(demand.pieces) }
    let options = experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s)
    let schedule = MaterialSchedule(
      demand, parties: experiment.parties, settings: experiment.offline, options: options, scheme)
    // Freed pages of earlier runs stay with the processes, and are used again.
    let partiesHere = start.partiesOnThisMachine(experiment)
    let processes = partiesHere / start.partiesInProcess(experiment)
    let available = HostDescription.availableMemoryBytes() + processes * HostDescription.residentBytes()
    try schedule.requireMemory(
      for: name, partiesHere: partiesHere, availableBytes: available / 10 * 9, parameters: suite.scheme.parameters,
      parties: experiment.parties, options: options, scheme)
    return schedule
  }

  /// The encryption for a scheme; made once.
  private func suite<S: OfflineSharing>(_ scheme: S.Type, _ settings: OfflineSettings) throws -> OfflineSuite {
    let key = "\(S.mode.rawValue) \(S.F.name) \(settings.insecureRingDegree) \(settings.threads)"
    if let known = suites.withLock({ $0[key] }) { return known }
    let suite = OfflineSuite(try BGV(try settings.parameters(scheme)), threadCount: settings.threads)
    suites.withLock { $0[key] = suite }
    return suite
  }

  private struct PartyResult: Sendable {
    var program: ProgramOutcome
    var setUp = PhaseCost()
  }

  /// Starts the parties, waits for all.
  /// - Parameter stored: what is taken from stores, if material is.
  /// - Throws: `TransportError`, or the abort that explains most: cheating before lost peers.
  private func execute<S: OfflineSharing>(
    _ scheme: S.Type, _ program: some SecureProgram, _ experiment: Experiment, run: String, seed: UInt64,
    schedule: MaterialSchedule, stored: [MaterialKind: Int], suite: OfflineSuite?,
    _ onProgress: @escaping @Sendable (String) -> Void
  ) async throws -> [StartedParty<PartyResult>] {
    // Opened before the parties meet: a store that cannot be used costs nobody a session.
    let places = stores
    let stores = try places.map { try $0.open(scheme, start.parties(experiment), experiment) } ?? [:]
    let seedBytes = PRG.deriveSeed([UInt8](repeating: 0, count: 32), label: "experiment", context: [seed])
    let sessionSeed =
      usesDealer ? PRG.deriveSeed(seedBytes, label: "session") : SystemRandom().seed(label: "session", context: [])
    let deadline = Duration.seconds(experiment.deadlineSeconds)
    let options = RunOptions(
      session: SessionID(bytes: sessionSeed),
      limits: TransportLimits(
        receiveDeadline: deadline, totalReceiveDeadline: max(deadline, .seconds(300)), connectDeadline: deadline),
      network: experiment.link.network(seed: seed))
    let offline = experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s)
    let partiesInProcess = start.partiesInProcess(experiment)
    let body: PartyBody<PartyResult> = {
      [interruption] (channel) async throws(ProtocolAbort) -> PartyResult in
      let channel = MeasuringChannel(channel, partiesInProcess: partiesInProcess, interruption: interruption)
      if let store = stores[channel.me] {
        return try await Self.runStored(
          scheme, program, StoredRun(store: store, demand: stored, notify: { standardError($0) }),
          MaterialSupply(schedule: schedule, generate: nil), over: channel)
      }
      let isFirst = channel.me.index == 0 || partiesInProcess == 1
      let announce: @Sendable (Int, Int) -> Void = { piece, count in
        if isFirst { onProgress("piece \(piece + 1) of \(count)") }
      }
      guard let suite else {
        let dealer = InsecureDealer<S>(
          seed: PRG.deriveSeed(seedBytes, label: "dealer"), me: channel.me, partyCount: channel.partyCount)
        let random = InsecureSeededRandom(seed: PRG.deriveSeed(seedBytes, label: "parties"), party: channel.me)
        return PartyResult(
          program: try await program.run(
            scheme, over: channel, source: PreparedSource<S>(dealer), random: random,
            supply: MaterialSupply(schedule: schedule, generate: nil, announce: announce), journal: NoJournal()))
      }
      channel.note(.phase("setup"))
      let own = try channel.fork()
      let setUpClock = PieceClock(own)
      let party = try await LowGear<S, MeasuringChannel>.setUp(
        over: own, suite: suite, random: SystemRandom(), options: offline)
      let setUp = setUpClock.stop()
      let source = LowGearSource(party)
      let chunkCount = schedule.chunks.count
      let supply = MaterialSupply(
        schedule: schedule,
        generate: { (chunk, demand) async throws(ProtocolAbort) -> PhaseCost in
          channel.note(.phase("offline"))
          let clock = PieceClock(own, countsForks: true)
          try await source.generate(demand) { step in
            let place = chunkCount > 1 ? "material \(chunk + 1) of \(chunkCount), " : ""
            if isFirst { onProgress("\(place)\(step.activity) \(step.done) of \(step.total)") }
          }
          let cost = clock.stop()
          channel.note(.phase("online"))
          return cost.online + cost.check
        }, announce: announce)
      let outcome = try await program.run(
        scheme, over: channel, source: PreparedSource<S>(source), random: SystemRandom(), supply: supply,
        journal: NoJournal())
      return PartyResult(program: outcome, setUp: setUp.online + setUp.check)
    }
    do {
      return try await start.run(run, experiment: experiment, options: options, body)
    } catch {
      guard let places else { throw error }
      for store in stores.values { store.close() }
      throw StoredRunError.explaining(
        error, directories: stores.values.map(\.directory).sorted(), root: places.directory)
    }
  }

  /// One party on its store: the agreement stands as set-up, reading the store as the offline phase of the pieces.
  private static func runStored<S: OfflineSharing>(
    _ scheme: S.Type, _ program: some SecureProgram, _ run: StoredRun<S>, _ supply: MaterialSupply,
    over channel: MeasuringChannel
  ) async throws(ProtocolAbort) -> PartyResult {
    channel.note(.phase("agreement on stores"))
    let own = try channel.fork()
    let clock = PieceClock(own)
    let source = try await run.takeUp(over: own)
    let setUp = clock.stop()
    channel.note(.phase("online"))
    let outcome = try await run.use { () async throws(ProtocolAbort) -> ProgramOutcome in
      try await program.run(
        scheme, over: channel, source: PreparedSource<S>(source), random: SystemRandom(), supply: supply,
        journal: StoreJournal(store: run.store))
    }
    return PartyResult(program: outcome, setUp: setUp.online + setUp.check)
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
        jitter: .nanoseconds(Int64(jitterMilliseconds * 1e6)), slowStart: SlowStart()),
      seed: seed)
  }
}
