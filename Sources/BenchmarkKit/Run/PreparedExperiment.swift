internal import SecureML

/// An experiment with data read, split and standardised, and models trained in clear: everything before the first share.
public struct PreparedExperiment: Sendable {
  /// The validated configuration.
  public let experiment: Experiment
  /// The folder of the experiment file.
  public let folder: String
  /// What distinguishes it from other configurations of a sweep; may be empty.
  public let label: String
  /// One entry a workload, in order.
  public let workloads: [PreparedWorkload]

  /// Reads the data and trains the models.
  /// - Parameters:
  ///   - experiment: a validated experiment.
  ///   - file: the experiment file; data paths are relative to its folder.
  /// - Throws: ``ConfigurationError`` if layers do not fit the data or values not the field, ``DataError`` if data cannot
  ///   be used, `ModelFileError` if a model file cannot.
  public init(_ experiment: Experiment, file: String) throws {
    try self.init(experiment, file: file, label: "", cache: PreparationCache())
  }

  init(_ experiment: Experiment, file: String, label: String, cache: PreparationCache) throws {
    self.experiment = experiment
    self.label = label
    folder = file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
    var workloads: [PreparedWorkload] = []
    for (index, workload) in experiment.workloads.enumerated() {
      workloads.append(
        try PreparedWorkload(
          workload, experiment: experiment.applying(workload), folder: folder, file: file, index: index, cache: cache))
    }
    self.workloads = workloads
  }

  /// All configurations of a sweep; data are read and models trained once.
  static func all(_ sweep: ExperimentSweep, file: String, cache: PreparationCache) throws -> [PreparedExperiment] {
    try sweep.points.map { try PreparedExperiment($0.experiment, file: file, label: $0.label, cache: cache) }
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
  /// The rows the model is trained on, standardised.
  public let training: Dataset
  /// The map fitted on the training rows.
  public let standardization: Standardization
  /// Classes of the rows of `test` by the model in `Double`.
  public let clearPredictions: [Int]
  /// Classes by the fixed-point reference, which rounds to nearest.
  public let fixedPointPredictions: [Int]
  /// What is weak about the lengths of values; see the page "Experiment files".
  public let rangeWarnings: [String]
  /// Figures for the manifest.
  public let summary: Manifest.WorkloadSummary

  init(
    _ workload: Workload, experiment: Experiment, folder: String, file: String, index: Int, cache: PreparationCache
  ) throws {
    self.workload = workload
    let trained = try cache.trained(
      workload, seed: experiment.seed, fixedPoint: experiment.fixedPoint, folder: folder, file: file, index: index)
    layerWidths = trained.widths
    standardization = trained.standardization
    training = trained.training
    if workload.train.secure { try training.requireEncodable(experiment.fixedPoint) }
    let heldOut = trained.heldOut
    let count = workload.testRows == 0 ? heldOut.rowCount : min(workload.testRows, heldOut.rowCount)
    test = heldOut.selecting(0..<count)
    try test.requireEncodable(experiment.fixedPoint)
    model = trained.model
    if let value = model.notFinite {
      throw ConfigurationError(
        file: file, origin: nil, path: "workloads[\(index)].train",
        cause: .conflict(
          "the training of \"\(workload.name)\" diverged (a weight is \(value))", remedy: "lower train.learningRate"))
    }
    let check = try RangeCheck(
      model, rows: cache.isUntrained ? nil : test.features, experiment: experiment, name: workload.name, file: file)
    rangeWarnings = check.warnings
    if cache.isUntrained {
      (clearPredictions, fixedPointPredictions) = (test.labels, test.labels)
    } else {
      clearPredictions = model.predictions(test)
      fixedPointPredictions = model.classes(check.outputs, rowCount: count, settings: experiment.fixedPoint)
    }
    summary = Manifest.WorkloadSummary(
      name: workload.name, trainRows: trained.trainRows, testRows: count, trainingSeconds: trained.trainingSeconds,
      heldOutAccuracy: trained.heldOutAccuracy, clearAccuracy: Self.agreement(clearPredictions, test.labels),
      fixedPointAccuracy: Self.agreement(fixedPointPredictions, test.labels), longestBits: check.longestBits,
      rangeWarnings: check.warnings)
  }

  /// The largest difference between revealed outputs and those of the model in `Double`; nil if there are none.
  func largestError(ofOutputs outputs: [Double]) -> Double? {
    guard !outputs.isEmpty, outputs.count % max(1, test.rowCount) == 0 else { return nil }
    let width = test.featureCount
    var clear: [Double] = []
    for row in 0..<test.rowCount {
      clear += model.activations(test.features[row * width..<(row + 1) * width]).last ?? []
    }
    guard clear.count == outputs.count else { return nil }
    return zip(outputs, clear).map { abs($0 - $1) }.max()
  }

  /// The part of the entries that agree, 0 … 1.
  public static func agreement(_ left: [Int], _ right: [Int]) -> Double {
    Double(zip(left, right).count { $0 == $1 }) / Double(max(1, right.count))
  }
}

extension ClearModel {
  /// A weight or bias that is NaN, infinite or so large that only a training that diverged makes it; nil if there is none.
  fileprivate var notFinite: Double? {
    for own in parameters {
      if let value = (own.weights + own.bias).first(where: { !($0.magnitude < 1e9) }) { return value }
    }
    return nil
  }

  /// The class of each row, from outputs with f fraction bits.
  fileprivate func classes(_ outputs: [Int64], rowCount: Int, settings: FixedPointSettings) -> [Int] {
    let width = outputs.count / max(1, rowCount)
    let one = layers.last == .argmax ? 1 : Double(UInt64(1) << UInt64(settings.f))
    return (0..<rowCount).map { row in
      predictedClass(fromOutputs: outputs[row * width..<(row + 1) * width].map { Double($0) / one })
    }
  }
}
