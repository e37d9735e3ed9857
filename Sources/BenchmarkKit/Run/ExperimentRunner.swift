internal import MPCCore
internal import Preprocessing
public import SecretSharing

/// Runs the configurations of an experiment: warm-ups, then the repeats with configurations and modes interleaved, so that
/// a drift of the machine meets all of them; hands on a row for each party, layer and phase as soon as it is known, and
/// keeps what the summary needs.
public struct ExperimentRunner<Inference: SecureInference> {
  private let configurations: [PreparedExperiment]
  private let inference: Inference
  private let manifest: Manifest
  private let progress: ProgressLine
  private let interruption: Interruption?
  private let receive: (ResultRow) throws -> Void

  /// Creates a runner for one configuration.
  /// - Parameters:
  ///   - manifest: identifies the run in every row.
  ///   - receive: takes each row, for example to write it.
  public init(
    _ prepared: PreparedExperiment, inference: Inference, manifest: Manifest, progress: ProgressLine,
    receive: @escaping (ResultRow) throws -> Void
  ) {
    self.init(
      configurations: [prepared], inference: inference, manifest: manifest, progress: progress, interruption: nil,
      receive: receive)
  }

  /// Creates a runner for the configurations of a sweep.
  init(
    configurations: [PreparedExperiment], inference: Inference, manifest: Manifest, progress: ProgressLine,
    interruption: Interruption?, receive: @escaping (ResultRow) throws -> Void
  ) {
    self.configurations = configurations
    self.inference = inference
    self.manifest = manifest
    self.progress = progress
    self.interruption = interruption
    self.receive = receive
  }

  /// How many secure inferences the experiment takes.
  public static func runCount(_ experiment: Experiment) -> Int {
    (experiment.warmup + experiment.repeats) * experiment.modes.count * experiment.workloads.count
  }

  /// Runs everything.
  /// - Returns: the outcomes of the measured repeats, warm-ups left out.
  /// - Throws: what the inference throws, or `cancelled` if the user interrupted; rows of finished repeats have been
  ///   delivered by then.
  public func run() async throws -> [MeasuredRun] {
    var runs: [MeasuredRun] = []
    let first = -(configurations.map(\.experiment.warmup).max() ?? 0)
    let end = configurations.map(\.experiment.repeats).max() ?? 0
    for repetition in first..<end {
      for (index, prepared) in configurations.enumerated() {
        let experiment = prepared.experiment
        guard repetition >= -experiment.warmup, repetition < experiment.repeats else { continue }
        for workload in prepared.workloads.indices {
          for mode in experiment.modes {
            if let run = try await runOnce(index, workload, mode, repetition) { runs.append(run) }
          }
        }
      }
    }
    progress.clear()
    return runs
  }

  /// One secure inference; nil if it was a warm-up.
  private func runOnce(_ configuration: Int, _ index: Int, _ mode: SecurityMode, _ repetition: Int) async throws
    -> MeasuredRun?
  {
    try interruption?.check(StepLabel("Experiment", 0))
    let prepared = configurations[configuration]
    let workload = prepared.workloads[index]
    let experiment = prepared.experiment.applying(workload.workload)
    let kind = repetition < 0 ? "warm-up" : "repeat \(repetition + 1) of \(experiment.repeats)"
    let place = prepared.label.isEmpty ? "" : "\(prepared.label): "
    let text = "\(place)\(workload.workload.name), \(mode.rawValue), \(kind)"
    progress.announce(text)
    let seed = experiment.seed &+ UInt64(repetition + experiment.warmup) &* 0x9E37_79B9_7F4A_7C15
    let outcome = try await inference.run(workload, experiment: experiment, mode: mode, seed: seed) {
      [progress] in progress.announce("\(text): \($0)")
    }
    progress.advance(text)
    if repetition < 0 { return nil }
    for row in rows(outcome, configuration, workload, mode, repetition) { try receive(row) }
    return MeasuredRun(
      configuration: configuration, workloadIndex: index, mode: mode, repetition: repetition, outcome: outcome)
  }

  private func rows(
    _ outcome: InferenceOutcome, _ configuration: Int, _ workload: PreparedWorkload, _ mode: SecurityMode,
    _ repetition: Int
  ) -> [ResultRow] {
    let experiment = configurations[configuration].experiment.applying(workload.workload)
    var common = ResultRow(manifest, configuration: configuration)
    (common.f, common.k) = (experiment.fixedPoint.f, experiment.fixedPoint.k)
    common.protocolName = inference.protocolName
    common.mode = mode.rawValue
    common.op = workload.workload.name
    common.size = workload.test.rowCount
    common.batch = workload.workload.batch
    common.repetition = repetition
    common.peakResidentBytes = HostDescription.peakResidentBytes()
    common.checkResult = outcome.checkResult
    common.deterministic = inference.isDeterministic
    common.trustModel = experiment.trustModel(mode) + (inference.usesStores ? "; material from stores" : "")
    common.kappa = SecurityParameters().computationalSecurity
    common.securityBits = outcome.securityBits
    if !experiment.insecureDealer {
      common.triplesProtocol = experiment.offline.triples.rawValue
      common.masksProtocol = experiment.offline.masks.rawValue
    }
    var rows: [ResultRow] = []
    for (party, cost) in outcome.setUp.sorted(by: { $0.key < $1.key }) {
      var row = common
      row.party = party
      row.setCost(cost, phase: "setup")
      rows.append(row)
    }
    for layer in outcome.layers {
      for phase in Phase.allCases {
        var row = common
        row.party = layer.party
        row.layerIndex = layer.layerIndex
        row.layerKind = layer.layerKind
        row.setCost(layer.cost(phase), phase: phase.rawValue)
        rows.append(row)
      }
    }
    for party in Set(outcome.layers.map(\.party)).sorted() {
      var row = common
      row.party = party
      let own = outcome.layers.filter { $0.party == party }
      row.setCost(own.reduce(PhaseCost()) { $0 + $1.offline + $1.online + $1.check }, phase: "total")
      row.preprocessingBytes = own.reduce(0) { $0 + $1.offline.bytesSent }
      rows.append(row)
    }
    for (party, wire) in outcome.wire.sorted(by: { $0.key < $1.key }) {
      var row = common
      row.party = party
      row.setWire(wire)
      rows.append(row)
    }
    for (kind, used) in outcome.preprocessingUsed.sorted(by: { $0.key < $1.key }) {
      var row = common
      row.phase = "offline"
      row.preprocessingKind = kind
      row.preprocessingUsed = used
      rows.append(row)
    }
    if repetition == 0, let prediction = outcome.prediction {
      rows += predictionRows(prediction, outcome, common, experiment)
    }
    // One party of several processes may not see the results, or not the model they are compared with.
    var figures = [("accuracy", workload.test.labels), ("agreement with clear", workload.clearPredictions)]
      .filter { !outcome.predictions.isEmpty && !$0.1.isEmpty }
      .map { ($0.0, PreparedWorkload.agreement(outcome.predictions, $0.1)) }
    if !workload.clearPredictions.isEmpty, let error = workload.largestError(ofOutputs: outcome.outputs) {
      figures.append(("largest output error", error))
    }
    if let ulps = outcome.weightDifference {
      figures.append(("accuracy in clear", PreparedWorkload.agreement(workload.clearPredictions, workload.test.labels)))
      if !outcome.referencePredictions.isEmpty {
        figures.append(
          (
            "accuracy of the same steps in clear",
            PreparedWorkload.agreement(outcome.referencePredictions, workload.test.labels)
          ))
      }
      figures.append(("largest weight difference in ulps", ulps))
      if let most = outcome.roundingDifferences.max() {
        figures.append(("largest weight difference of clear fixed point in ulps", most))
      }
    }
    for (unit, value) in figures {
      var row = common
      row.phase = "result"
      row.value = value
      row.unit = unit
      rows.append(row)
    }
    return rows
  }
}

extension ExperimentRunner {
  /// What was predicted, with the verdict on what has to be exact.
  private func predictionRows(
    _ prediction: RunPrediction, _ outcome: InferenceOutcome, _ common: ResultRow, _ experiment: Experiment
  ) -> [ResultRow] {
    let parties = Set(outcome.layers.map(\.party))
    let verdict = prediction.differences(from: outcome.layers, parties: parties).isEmpty ? "exact" : "differs"
    return parties.sorted().flatMap { party -> [ResultRow] in
      var online = common
      online.party = party
      online.setCost(prediction.online(party: party), phase: "predicted-online")
      online.wallNanoseconds = Int(prediction.onlineSeconds * 1e9)
      (online.blockedNanoseconds, online.cpuNanoseconds) = (nil, nil)
      online.checkResult = verdict
      // The insecure dealer and material from stores.
      guard prediction.batchSize > 0 else { return [online] }
      var offline = common
      offline.party = party
      offline.phase = "predicted-offline"
      offline.bytesSent = prediction.offlineBytes
      offline.wallNanoseconds = Int(prediction.offlineSeconds * 1e9)
      offline.cpuNanoseconds = Int(prediction.offlineCoreSeconds * 1e9)
      offline.checkResult = "estimate"
      var setUp = offline
      setUp.phase = "predicted-setup"
      setUp.bytesSent = prediction.setUpBytes
      setUp.wallNanoseconds = Int(prediction.setUpSeconds * 1e9)
      setUp.cpuNanoseconds = Int(prediction.setUpCoreSeconds * 1e9)
      return [online, offline, setUp]
    }
  }
}

/// The outcome of one measured repeat.
public struct MeasuredRun: Sendable {
  /// Which configuration of a sweep.
  public var configuration = 0
  /// Which workload.
  public var workloadIndex: Int
  /// Which mode.
  public var mode: SecurityMode
  /// Which repeat, from 0.
  public var repetition: Int
  /// What it gave.
  public var outcome: InferenceOutcome
}

extension ResultRow {
  /// A row with the columns that are the same for a whole configuration.
  public init(_ manifest: Manifest, configuration index: Int = 0) {
    self.init()
    let configuration = manifest.configurations[index]
    let experiment = configuration.experiment
    runID = manifest.runID
    preset = experiment.name
    configurationSHA256 = configuration.configurationSHA256
    self.configuration = configuration.label.isEmpty ? nil : configuration.label
    threads = experiment.offline.threads
    codeVersion = manifest.code.commit
    gitDirty = manifest.code.dirty
    timestamp = Manifest.timestamp()
    hostID = manifest.host.id
    seed = experiment.seed
    deterministic = false
    partyCount = experiment.parties
    fieldBits = experiment.field.bits
    f = experiment.fixedPoint.f
    k = experiment.fixedPoint.k
    sigma = experiment.fixedPoint.s
    fakeOffline = experiment.insecureDealer
    trustModel = configuration.trustModel
    tls = experiment.transport == .tls
    transport = experiment.transport.rawValue
    linkProfile = experiment.link.profile.rawValue
    if experiment.link.profile != .none {
      roundTripMilliseconds = 2 * experiment.link.latencyMilliseconds
      if experiment.link.bandwidthMbit > 0 { bandwidthMbit = experiment.link.bandwidthMbit }
    }
  }

  /// Sets the columns of a cost.
  public mutating func setCost(_ cost: PhaseCost, phase: String) {
    self.phase = phase
    wallNanoseconds = cost.wallNanoseconds
    blockedNanoseconds = cost.blockedNanoseconds
    cpuNanoseconds = cost.cpuNanoseconds
    bytesSent = cost.bytesSent
    bytesReceived = cost.bytesReceived
    messages = cost.messages
    rounds = cost.rounds
  }
}
