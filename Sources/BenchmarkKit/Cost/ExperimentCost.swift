internal import FieldArithmetic
internal import Preprocessing
internal import SecretSharing

/// What the configurations of an experiment are going to cost, computed before anything runs: `spdz-bench cost` and
/// `run --dry-run`.
public struct ExperimentCost: Sendable, Codable {
  /// One workload in one mode of one configuration.
  public struct Entry: Sendable, Codable {
    /// What distinguishes the configuration; empty without a sweep.
    public var configuration: String
    /// Workload and mode.
    public var workload: String, mode: String
    /// The emulated link.
    public var link: String
    /// Exactly what the program consumes, by kind and shape.
    public var demand: [String: Int]
    /// Raw tuples it is made from: triples, squares, randoms, inputs of each party; before batches are rounded up.
    public var rawTuples: [String: Int]
    /// N: values are made in vectors of this length.
    public var batchSize: Int
    /// Estimates, whole batches: bytes one party sends offline, seconds of one core of a party.
    public var estimatedBytes: Int, estimatedSeconds: Double
    /// The same for the set-up of keys.
    public var setUpBytes: Int, setUpSeconds: Double
    /// Key epochs, and proofs of plaintext knowledge of a party, that the estimates count.
    public var epochs: Int, proofs: Int
    /// Exactly what the party that sends most sends online, checks included, and its rounds.
    public var onlineBytes: Int, onlineRounds: Int
    /// Estimates over the link, all parties on this machine.
    public var setUpSecondsOnLink: Double, offlineSecondsOnLink: Double, onlineSecondsOnLink: Double
    /// How often it runs, warm-ups included.
    public var runs: Int
    /// Rows of a training that was **not** rehearsed: everything here is extrapolated from the experiment's own rows; nil
    /// if nothing is.
    public var extrapolatedRows: Int?
    /// What the estimates of times were multiplied with, from a finished run; nil without one.
    public var offlineCalibration: Double?, onlineCalibration: Double?

    /// Estimate for all its runs, set-ups of keys included.
    public var totalSeconds: Double { Double(runs) * (setUpSecondsOnLink + offlineSecondsOnLink + onlineSecondsOnLink) }

    private enum CodingKeys: String, CodingKey {
      case configuration, workload, mode, link, demand, runs, epochs, proofs
      case rawTuples = "raw_tuples"
      case batchSize = "batch_size"
      case estimatedBytes = "estimated_bytes_per_party"
      case estimatedSeconds = "estimated_core_seconds_per_party"
      case setUpBytes = "estimated_setup_bytes_per_party"
      case setUpSeconds = "estimated_setup_core_seconds_per_party"
      case setUpSecondsOnLink = "estimated_setup_s"
      case onlineBytes = "online_bytes_per_party"
      case onlineRounds = "online_rounds"
      case offlineSecondsOnLink = "estimated_offline_s"
      case onlineSecondsOnLink = "estimated_online_s"
      case extrapolatedRows = "extrapolated_rows"
      case offlineCalibration = "offline_calibration"
      case onlineCalibration = "online_calibration"
    }
  }

  /// By configuration, workload and mode.
  public private(set) var entries: [Entry] = []
  /// Who has to be trusted for the material.
  public let trustModel: String

  /// Computes the cost of every configuration: reads the data, does not train, runs every program on zeros, makes no
  /// material.
  /// - Parameters:
  ///   - extrapolatedRows: of secure trainings, also the cost on so many rows, extrapolated.
  ///   - calibration: corrects times of offline and online phase by those of a finished run.
  ///   - measuresRates: false: times by a rule of thumb, the same everywhere, instead of half a second of measurement.
  /// - Throws: as `spdz-bench run` does for a wrong experiment; `conflict` if nothing can be extrapolated.
  public init(
    file: String, overrides: [String], extrapolatedRows: Int? = nil, calibration: CostCalibration? = nil,
    measuresRates: Bool = true
  ) async throws {
    guard try OperationsFile.load(path: file, overrides: overrides) == nil else {
      throw OperationsFile.onlyForExperiments(file, "cost")
    }
    let sweep = try ExperimentSweep.load(path: file, overrides: overrides)
    trustModel = sweep.points[0].experiment.trustModel
    let cache = PreparationCache(trains: false)
    let rates = OfflineCalibration(measures: measuresRates)
    for point in sweep.points {
      let experiment = point.experiment
      if extrapolatedRows != nil, !experiment.workloads.contains(where: \.train.secure) {
        throw ConfigurationError(
          file: file, origin: nil, path: "workloads",
          cause: .conflict(
            "only secure trainings are extrapolated, and no workload has train.secure",
            remedy: "leave --extrapolate-rows out, or raise testRows"))
      }
      let prepared = try PreparedExperiment(experiment, file: file, label: point.label, cache: cache)
      for workload in prepared.workloads {
        for mode in experiment.modes {
          let (own, larger) = try await RunPrediction.predictions(
            workload, experiment: experiment.applying(workload.workload), mode: mode,
            extrapolatedRows: extrapolatedRows, rates: rates)
          var entry = Self.entry(own, point.label, workload.workload, mode, experiment)
          entry.calibrate(calibration, parties: experiment.parties)
          entries.append(entry)
          guard let larger else { continue }
          entry = Self.entry(larger, point.label, workload.workload, mode, experiment)
          entry.extrapolatedRows = extrapolatedRows
          entry.runs = 1
          entry.calibrate(calibration, parties: experiment.parties)
          entries.append(entry)
        }
      }
    }
  }

  private static func entry(
    _ prediction: RunPrediction, _ label: String, _ workload: Workload, _ mode: SecurityMode, _ experiment: Experiment
  ) -> Entry {
    let parties = (0..<experiment.parties).map { prediction.online(party: $0) }
    return Entry(
      configuration: label, workload: workload.name, mode: mode.rawValue, link: experiment.link.profile.rawValue,
      demand: prediction.demand, rawTuples: prediction.rawTuples, batchSize: prediction.batchSize,
      estimatedBytes: prediction.offlineBytes, estimatedSeconds: prediction.offlineCoreSeconds,
      setUpBytes: prediction.setUpBytes, setUpSeconds: prediction.setUpCoreSeconds, epochs: prediction.epochs,
      proofs: prediction.proofs,
      onlineBytes: parties.map(\.bytesSent).max() ?? 0, onlineRounds: parties.map(\.rounds).max() ?? 0,
      setUpSecondsOnLink: prediction.setUpSeconds, offlineSecondsOnLink: prediction.offlineSeconds,
      onlineSecondsOnLink: prediction.onlineSeconds,
      runs: experiment.warmup + experiment.repeats)
  }

  /// Estimate for everything that `run` runs, in seconds.
  public var totalSeconds: Double { entries.reduce(0) { $0 + ($1.extrapolatedRows == nil ? $1.totalSeconds : 0) } }

  /// One line a configuration, workload and mode: what `run --dry-run` prints.
  public func overview() -> String {
    var table = TextTable([
      ("configuration", .left), ("workload", .left), ("mode", .left), ("runs", .right), ("set-up s", .right),
      ("offline s", .right),
      ("online s", .right), ("offline MB", .right), ("online MB", .right), ("rounds", .right), ("triples", .right),
    ])
    for entry in entries {
      table.append([
        entry.configuration, entry.workload, entry.mode, "\(entry.runs)", fixed(entry.setUpSecondsOnLink, 2),
        fixed(entry.offlineSecondsOnLink, 2),
        fixed(entry.onlineSecondsOnLink, 2), fixed(Double(entry.estimatedBytes) / 1e6, 1),
        fixed(Double(entry.onlineBytes) / 1e6, 2), "\(entry.onlineRounds)", "\(entry.rawTuples["triples"] ?? 0)",
      ])
    }
    let configurations = Set(entries.map(\.configuration)).count
    return table.rendered()
      + "\n\(configurations) configurations, \(entries.reduce(0) { $0 + $1.runs }) runs, about \(duration(totalSeconds)), "
      + "set-ups of keys included; bytes are those one party sends; online bytes, rounds and triples are exact, the rest "
      + "is estimated\ntrust model: \(trustModel)\n"
  }

  /// As tables for people, one for each configuration, workload and mode.
  public func rendered() -> String {
    var text = "trust model: \(trustModel)\n"
    for entry in entries {
      let place = entry.configuration.isEmpty ? "" : "\(entry.configuration): "
      text += "\n\(place)\(entry.workload), \(entry.mode), link \(entry.link)\n" + entry.extrapolationLine
      text +=
        "  online, \(entry.extrapolatedRows == nil ? "exact" : "extrapolated"): \(fixed(Double(entry.onlineBytes) / 1e6, 3)) MB sent per party, \(entry.onlineRounds) "
      text += "rounds; about \(fixed(entry.onlineSecondsOnLink, 3)) s\n"
      if entry.batchSize > 0 {
        text += "  offline, estimated: \(fixed(Double(entry.estimatedBytes) / 1e6, 1)) MB sent per party, "
        text += "\(fixed(entry.estimatedSeconds, 2)) core seconds per party, about "
        text += "\(fixed(entry.offlineSecondsOnLink, 2)) s (batches of \(entry.batchSize), \(entry.epochs) key epochs, "
        text += "\(entry.proofs) proofs per party)\n  set-up of keys, apart: "
        text += "\(fixed(Double(entry.setUpBytes) / 1e6, 1)) MB, \(fixed(entry.setUpSeconds, 2)) core seconds, about "
        text += "\(fixed(entry.setUpSecondsOnLink, 2)) s\n"
      }
      var table = TextTable([("kind", .left), ("needed", .right)])
      for (kind, count) in entry.demand.sorted(by: { $0.key < $1.key }) { table.append([kind, "\(count)"]) }
      text += table.rendered()
      text +=
        "made from: "
        + entry.rawTuples.sorted(by: { $0.key < $1.key }).map { "\($0.value) \($0.key)" }.joined(separator: ", ") + "\n"
    }
    return text
  }
}

extension ExperimentCost.Entry {
  /// Says that, and from what, the figures are extrapolated or corrected; empty if they are not.
  fileprivate var extrapolationLine: String {
    var text = extrapolatedRows.map { "  EXTRAPOLATED to \($0) training rows, not measured" } ?? ""
    if let offlineCalibration, let onlineCalibration {
      text +=
        "\(text.isEmpty ? "  " : "; ")times of the cost model × \(fixed(offlineCalibration, 2)) offline, × \(fixed(onlineCalibration, 2)) "
      text += "online, as a finished run took longer or shorter"
    }
    return text.isEmpty ? "" : text + "\n"
  }

  fileprivate mutating func calibrate(_ calibration: CostCalibration?, parties: Int) {
    guard
      let offline = calibration?.factor(
        workload: workload, mode: mode, parties: parties, [.offline], predicted: "predicted-offline"),
      let online = calibration?.factor(
        workload: workload, mode: mode, parties: parties, [.online, .check], predicted: "predicted-online")
    else { return }
    (offlineCalibration, onlineCalibration) = (offline, online)
    offlineSecondsOnLink *= offline
    onlineSecondsOnLink *= online
  }
}

extension RunPrediction {
  /// Runs the program of a workload on zeros.
  /// - Parameter rates: by default a rule of thumb.
  init(
    _ workload: PreparedWorkload, experiment: Experiment, mode: SecurityMode,
    rates: OfflineCalibration = OfflineCalibration(measures: false)
  ) async throws {
    self = try await Self.predictions(
      workload, experiment: experiment, mode: mode, extrapolatedRows: nil, rates: rates
    ).own
  }

  /// Runs the program of a workload on zeros; `larger` is a secure training extrapolated to `extrapolatedRows`.
  static func predictions(
    _ workload: PreparedWorkload, experiment: Experiment, mode: SecurityMode, extrapolatedRows rows: Int?,
    rates: OfflineCalibration
  ) async throws -> (own: RunPrediction, larger: RunPrediction?) {
    switch (experiment.field, mode) {
    case (.p127, .active): try await predictions(workload, experiment, rows, rates, AuthenticatedSharing<P127>.self)
    case (.p127, .passive): try await predictions(workload, experiment, rows, rates, AdditiveSharing<P127>.self)
    case (.p61, .active): try await predictions(workload, experiment, rows, rates, AuthenticatedSharing<P61>.self)
    case (.p61, .passive): try await predictions(workload, experiment, rows, rates, AdditiveSharing<P61>.self)
    }
  }

  private static func predictions<S: OfflineSharing>(
    _ workload: PreparedWorkload, _ experiment: Experiment, _ rows: Int?, _ calibration: OfflineCalibration,
    _ scheme: S.Type
  ) async throws -> (own: RunPrediction, larger: RunPrediction?) {
    let rates =
      experiment.insecureDealer
      ? try OfflineRates(ruleOfThumb: experiment.offline.parameters(scheme))
      : try await calibration.rates(for: experiment, partiesHere: experiment.parties, scheme)
    guard workload.workload.train.secure else {
      let program = try InferenceProgram(workload, experiment: experiment, field: S.F.self)
      let rehearsal = try await program.rehearse(scheme, partyCount: experiment.parties)
      return (try RunPrediction(rehearsal, experiment: experiment, rates: rates, scheme), nil)
    }
    let program = try TrainingProgram(workload, experiment: experiment, field: S.F.self)
    let rehearsal = try await program.rehearse(scheme, partyCount: experiment.parties)
    let own = try RunPrediction(rehearsal, experiment: experiment, rates: rates, scheme)
    guard let rows else { return (own, nil) }
    let (demand, layers) = program.extrapolated(
      rehearsal, from: workload.training.rowCount, to: rows, train: workload.workload.train)
    let larger = try RunPrediction(
      demand: demand, layers: layers, chunks: nil, experiment: experiment, rates: rates, scheme)
    return (own, larger)
  }
}
