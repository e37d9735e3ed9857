internal import Online

/// An experiment with data read, split and standardised, and models trained in clear: everything before the first share.
public struct PreparedExperiment: Sendable {
  /// The validated configuration.
  public let experiment: Experiment
  /// The folder of the experiment file.
  public let folder: String
  /// One entry a workload, in order.
  public let workloads: [PreparedWorkload]

  /// Reads the data and trains the models.
  /// - Parameters:
  ///   - experiment: a validated experiment.
  ///   - file: the experiment file; data paths are relative to its folder.
  /// - Throws: ``ConfigurationError`` if layers do not fit the data, ``DataError`` if data cannot be used.
  public init(_ experiment: Experiment, file: String) throws {
    self.experiment = experiment
    folder = file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
    var workloads: [PreparedWorkload] = []
    for (index, workload) in experiment.workloads.enumerated() {
      workloads.append(
        try PreparedWorkload(workload, experiment: experiment, folder: folder, file: file, index: index))
    }
    self.workloads = workloads
  }
}

/// A workload with its data and its trained model.
public struct PreparedWorkload: Sendable {
  /// What was asked for.
  public let workload: Workload
  /// The trained model: what the model owner puts in.
  public let model: ClearModel
  /// Output width of each layer.
  public let layerWidths: [Int]
  /// The held-out rows to classify, standardised: what the data owner puts in.
  public let test: Dataset
  /// The map fitted on the training rows.
  public let standardization: Standardization
  /// Classes of the rows of `test` by the model in `Double`.
  public let clearPredictions: [Int]
  /// Classes by the fixed-point reference with ⌊·⌋.
  public let fixedPointPredictions: [Int]
  /// Figures for the manifest.
  public let summary: Manifest.WorkloadSummary

  init(_ workload: Workload, experiment: Experiment, folder: String, file: String, index: Int) throws {
    self.workload = workload
    let data = try Dataset.load(workload.dataset, relativeTo: folder)
    layerWidths = try workload.model.layerWidths(
      featureCount: data.featureCount, classCount: data.classCount, file: file, path: "workloads[\(index)].model")
    let (trainPart, heldOutPart) = try data.split(testFraction: workload.dataset.testFraction, seed: experiment.seed)
    standardization = Standardization(fitting: trainPart, clip: workload.dataset.clip)
    let heldOut = standardization.applied(to: heldOutPart)
    let count = workload.testRows == 0 ? heldOut.rowCount : min(workload.testRows, heldOut.rowCount)
    test = heldOut.selecting(0..<count)
    try test.requireEncodable(experiment.fixedPoint)

    let clock = ContinuousClock()
    let trainer = Trainer(workload.model, settings: workload.train, seed: experiment.seed)
    let start = clock.now
    model = trainer.train(on: standardization.applied(to: trainPart))
    let elapsed = (clock.now - start).components
    clearPredictions = model.predictions(test)
    fixedPointPredictions = try Self.fixedPointPredictions(model, test, experiment, file: file, index: index)
    summary = Manifest.WorkloadSummary(
      name: workload.name, trainRows: trainPart.rowCount, testRows: count,
      trainingSeconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18,
      heldOutAccuracy: model.accuracy(on: heldOut),
      clearAccuracy: Self.agreement(clearPredictions, test.labels),
      fixedPointAccuracy: Self.agreement(fixedPointPredictions, test.labels))
  }

  /// Classes by the fixed-point reference.
  /// - Throws: `conflict` if training diverged or a value is longer than k bits, which truncation would not hide.
  private static func fixedPointPredictions(
    _ model: ClearModel, _ test: Dataset, _ experiment: Experiment, file: String, index: Int
  ) throws -> [Int] {
    func conflict(_ path: String, _ what: String, remedy: String) -> ConfigurationError {
      ConfigurationError(file: file, origin: nil, path: path, cause: .conflict(what, remedy: remedy))
    }
    let k = experiment.fixedPoint.k
    let name = experiment.workloads[index].name
    do {
      let reference = try FixedPointReference(model, settings: experiment.fixedPoint)
      let (classes, largestBits) = try reference.predictions(test)
      guard largestBits <= k else {
        throw conflict(
          "fixedPoint.k", "\"\(name)\" has values of \(largestBits) bits before truncation, more than k = \(k)",
          remedy: "raise fixedPoint.k or lower fixedPoint.f")
      }
      return classes
    } catch let error as FixedPointError {
      throw conflict(
        "workloads[\(index)].train", "the training of \"\(name)\" diverged (a weight is \(error.valueText))",
        remedy: "lower train.learningRate")
    }
  }

  /// The part of the entries that agree, 0 … 1.
  public static func agreement(_ left: [Int], _ right: [Int]) -> Double {
    Double(zip(left, right).count { $0 == $1 }) / Double(max(1, right.count))
  }
}

extension FixedPointError {
  /// The value that has no encoding.
  fileprivate var valueText: String {
    if case .outOfRange(let value, _) = self { "\(value)" } else { "too large" }
  }
}
