internal import MPCCore
internal import Preprocessing
public import SecretSharing

/// Runs a prepared experiment: warm-ups, then the repeats with modes interleaved; writes a row for each party, layer and
/// phase as soon as it is known, and keeps what the summary needs.
public struct ExperimentRunner<Inference: SecureInference> {
  private let prepared: PreparedExperiment
  private let inference: Inference
  private let manifest: Manifest
  private let progress: ProgressLine
  private let receive: (ResultRow) throws -> Void

  /// Creates a runner.
  /// - Parameters:
  ///   - manifest: identifies the run in every row.
  ///   - receive: takes each row, for example to write it.
  public init(
    _ prepared: PreparedExperiment, inference: Inference, manifest: Manifest, progress: ProgressLine,
    receive: @escaping (ResultRow) throws -> Void
  ) {
    self.prepared = prepared
    self.inference = inference
    self.manifest = manifest
    self.progress = progress
    self.receive = receive
  }

  /// How many secure inferences the experiment takes.
  public static func runCount(_ experiment: Experiment) -> Int {
    (experiment.warmup + experiment.repeats) * experiment.modes.count * experiment.workloads.count
  }

  /// Runs everything.
  /// - Returns: the outcomes of the measured repeats, warm-ups left out.
  /// - Throws: what the inference throws; rows of finished repeats have been delivered by then.
  public func run() async throws -> [MeasuredRun] {
    let experiment = prepared.experiment
    var runs: [MeasuredRun] = []
    for repetition in -experiment.warmup..<experiment.repeats {
      for (index, workload) in prepared.workloads.enumerated() {
        for mode in experiment.modes {
          let kind = repetition < 0 ? "warm-up" : "repeat \(repetition + 1) of \(experiment.repeats)"
          progress.announce("\(workload.workload.name), \(mode.rawValue), \(kind)")
          let seed = experiment.seed &+ UInt64(repetition + experiment.warmup) &* 0x9E37_79B9_7F4A_7C15
          let name = workload.workload.name
          let outcome = try await inference.run(workload, experiment: experiment, mode: mode, seed: seed) {
            [progress] in progress.announce("\(name), \(mode.rawValue), \(kind): \($0)")
          }
          progress.advance("\(workload.workload.name), \(mode.rawValue), \(kind)")
          if repetition < 0 { continue }
          for row in rows(outcome, workload, mode, repetition) { try receive(row) }
          runs.append(MeasuredRun(workloadIndex: index, mode: mode, repetition: repetition, outcome: outcome))
        }
      }
    }
    progress.clear()
    return runs
  }

  private func rows(
    _ outcome: InferenceOutcome, _ workload: PreparedWorkload, _ mode: SecurityMode, _ repetition: Int
  ) -> [ResultRow] {
    var common = ResultRow(manifest)
    common.protocolName = inference.protocolName
    common.mode = mode.rawValue
    common.op = workload.workload.name
    common.size = workload.test.rowCount
    common.batch = workload.workload.batch
    common.repetition = repetition
    common.peakResidentBytes = HostDescription.peakResidentBytes()
    common.checkResult = outcome.checkResult
    common.deterministic = inference.isDeterministic
    let experiment = prepared.experiment
    common.trustModel = experiment.trustModel(mode)
    common.kappa = SecurityParameters().computationalSecurity
    common.securityBits = outcome.securityBits
    if !experiment.insecureDealer {
      common.triplesProtocol = experiment.offline.triples.rawValue
      common.masksProtocol = experiment.offline.masks.rawValue
    }
    var rows: [ResultRow] = []
    for (party, cost) in outcome.setUp.enumerated() {
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
    for (kind, used) in outcome.preprocessingUsed.sorted(by: { $0.key < $1.key }) {
      var row = common
      row.phase = "offline"
      row.preprocessingKind = kind
      row.preprocessingUsed = used
      rows.append(row)
    }
    let figures = [
      ("accuracy", PreparedWorkload.agreement(outcome.predictions, workload.test.labels)),
      ("agreement with clear", PreparedWorkload.agreement(outcome.predictions, workload.clearPredictions)),
    ]
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

/// The outcome of one measured repeat.
public struct MeasuredRun: Sendable {
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
  /// A row with the columns that are the same for a whole run.
  public init(_ manifest: Manifest) {
    self.init()
    let experiment = manifest.experiment
    runID = manifest.runID
    preset = experiment.name
    configurationSHA256 = manifest.configurationSHA256
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
    trustModel = manifest.trustModel
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
