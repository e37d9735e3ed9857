internal import MPCCore
internal import SecureML
internal import Transport

extension PreparedExperiment {
  /// Prepares one party's part: it tells the public facts of its own data and learns those of the others.
  ///
  /// 1: P_0 broadcasts the feature counts. 2: the last party broadcasts the row counts. 3: P_0 broadcasts means and
  /// deviations of its training features, by which the others standardise their rows. 4: before a secure training every
  /// party broadcasts how many rows it puts in. Weights and rows stay.
  /// - Parameter own: what the local party reads or makes.
  /// - Throws: a `localFailure` if the own data do not fit; what receiving throws.
  static func exchange(
    _ own: OwnData, _ experiment: Experiment, folder: String, file: String, over channel: WireChannel
  ) async throws(ProtocolAbort) -> PreparedExperiment {
    let modelOwner = PartyID(0)
    let rowOwner = PartyID(channel.partyCount - 1)
    let count = experiment.workloads.count
    let features = try await channel.broadcastRound(
      channel.me == modelOwner ? FeatureCounts(own.models.map(\.model.featureCount)) : nil, shape: count,
      from: modelOwner
    ).counts.map { Int($0) }
    let rows = try await channel.broadcastRound(
      channel.me == rowOwner ? RowCounts(own.rows.map(\.rowCount)) : nil, shape: count, from: rowOwner
    ).counts.map { Int($0) }
    let clips = experiment.workloads.map { $0.dataset?.clip ?? 0 }
    let message = try await channel.broadcastRound(
      channel.me == modelOwner ? Standardizations(own.models.map(\.standardization)) : nil,
      shape: 2 * features.reduce(0, +), from: modelOwner)
    guard let standardizations = message.split(features, clips: clips) else {
      throw .malformedMessage(step: Standardizations.step, from: modelOwner, reason: .nonCanonical)
    }
    let training = try await trainingRowCounts(own, experiment, features, over: channel)
    var workloads: [PreparedWorkload] = []
    for (index, workload) in experiment.workloads.enumerated() {
      do {
        workloads.append(
          try PreparedWorkload(
            workload, experiment: experiment.applying(workload), file: file, index: index,
            featureCount: features[index],
            rowCount: rows[index], standardization: standardizations[index],
            model: index < own.models.count ? own.models[index] : nil,
            rows: index < own.rows.count ? own.rows[index] : nil,
            training: training[index].isEmpty
              ? nil
              : SharedTraining(
                known: own.training[index].map { [channel.me: $0] } ?? [:], rowCounts: training[index])))
      } catch {
        throw .localFailure(step: Standardizations.step, detail: "\(error)")
      }
    }
    return PreparedExperiment(experiment, folder: folder, workloads: workloads)
  }

  /// Step 4: by workload, the rows of each party; nothing where nothing is trained.
  private static func trainingRowCounts(
    _ own: OwnData, _ experiment: Experiment, _ features: [Int], over channel: WireChannel
  ) async throws(ProtocolAbort) -> [[Int]] {
    var counts = [[Int]](repeating: [], count: experiment.workloads.count)
    let trained = experiment.workloads.indices.filter { experiment.workloads[$0].train.secure }
    guard !trained.isEmpty else { return counts }
    for party in (0..<channel.partyCount).map({ PartyID($0) }) {
      let mine = party == channel.me ? TrainingRowCounts(trained.map { own.training[$0]?.rowCount ?? 0 }) : nil
      let told = try await channel.broadcastRound(mine, shape: trained.count, from: party).counts
      for (workload, count) in zip(trained, told) {
        // What all hold in shares: a bound, so that no peer makes us ask for more memory than there is.
        guard Int(count) <= (1 << 28) / features[workload] else {
          throw .malformedMessage(step: TrainingRowCounts.step, from: party, reason: .nonCanonical)
        }
        counts[workload].append(Int(count))
      }
    }
    return counts
  }

  init(_ experiment: Experiment, folder: String, workloads: [PreparedWorkload]) {
    self.experiment = experiment
    label = ""
    self.folder = folder
    self.workloads = workloads
  }
}

/// A secure training as one party sees it: its own rows and how many the others have.
struct SharedTraining {
  /// The rows that are known here, not yet standardised.
  let known: [PartyID: Dataset]
  let rowCounts: [Int]

  /// The rows of all parties, zeros in place of those that are not known.
  /// - Throws: ``DataError`` if the own rows do not fit features or number format.
  fileprivate func rows(
    featureCount: Int, _ standardization: Standardization, _ experiment: Experiment, classCount: Int
  ) throws(DataError) -> Dataset {
    let total = rowCounts.reduce(0, +)
    let any = known.min { $0.key.index < $1.key.index }?.value
    var rows = Dataset(
      file: any?.file ?? "", featureNames: any?.featureNames ?? (0..<featureCount).map { "x\($0 + 1)" },
      features: [Double](repeating: 0, count: total * featureCount), labels: [Int](repeating: 0, count: total),
      classCount: classCount, owners: rowCounts.enumerated().flatMap { [Int](repeating: $0, count: $1) })
    for (owner, own) in known.sorted(by: { $0.key.index < $1.key.index }) {
      guard own.featureCount == featureCount else {
        throw .wrongColumnCount(file: own.file, line: 1, expected: featureCount + 1, found: own.featureCount + 1)
      }
      let scaled = standardization.applied(to: own)
      try scaled.requireEncodable(experiment.fixedPoint)
      let start = rowCounts[..<owner.index].reduce(0, +)
      rows.features.replaceSubrange(
        (start * featureCount)..<((start + own.rowCount) * featureCount), with: scaled.features)
      rows.labels.replaceSubrange(start..<(start + own.rowCount), with: scaled.labels)
    }
    return rows
  }
}

extension PreparedWorkload {
  /// One party's view: its own model or rows, and zeros of the same shape in place of what others own.
  /// - Throws: ``ConfigurationError`` if the layers do not fit the features, ``DataError`` if the own rows do not fit
  ///   the model; if model and rows are both known, ``ConfigurationError`` for values that they make longer than k.
  init(
    _ workload: Workload, experiment: Experiment, file: String, index: Int, featureCount: Int, rowCount: Int,
    standardization: Standardization, model: OwnData.TrainedModel?, rows: Dataset?,
    training: SharedTraining?
  ) throws {
    self.workload = workload
    self.standardization = standardization
    let path = "workloads[\(index)]"
    let dataset = try workload.requiredDataset(file: file, path: path)
    let classCount = dataset.classes > 0 ? dataset.classes : nil
    let input = try dataset.inputShape(featureCount: featureCount, file: file, path: path)
    let shapes = try workload.model.layerShapes(
      input: input, classCount: classCount, isTrained: workload.model.file == nil, file: file, path: "\(path).model"
    )
    layerWidths = shapes.map(\.count)
    let classes = classCount ?? max(2, shapes.last?.count ?? 2)
    self.model = model?.model ?? ClearModel(zerosFor: workload.model, input: input, classCount: classes)
    if let rows {
      guard rows.featureCount == featureCount else {
        throw DataError.wrongColumnCount(
          file: rows.file, line: 1, expected: featureCount + 1, found: rows.featureCount + 1)
      }
      test = standardization.applied(to: rows)
      try test.requireEncodable(experiment.fixedPoint)
    } else {
      test = Dataset(
        file: "", featureNames: (0..<featureCount).map { "x\($0 + 1)" },
        features: [Double](repeating: 0, count: rowCount * featureCount), labels: [Int](repeating: 0, count: rowCount),
        classCount: classes)
    }
    self.training =
      try training?.rows(featureCount: featureCount, standardization, experiment, classCount: classes)
      ?? test.selecting(0..<0)
    // At one party weights or rows are zeros; the owner of the weights has checked them against its own rows.
    rangeWarnings = try RangeCheck(
      self.model, rows: model != nil && rows != nil && training == nil ? test.features : nil, experiment: experiment,
      name: workload.name, file: file
    ).warnings
    clearPredictions = []
    fixedPointPredictions = []
    summary = Manifest.WorkloadSummary(
      name: workload.name, trainRows: model?.trainRows ?? 0, testRows: rowCount,
      trainingSeconds: model?.trainingSeconds ?? 0)
  }
}
