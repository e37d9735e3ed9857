internal import Online

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
  /// - Throws: ``ConfigurationError`` if layers do not fit the data, ``DataError`` if data cannot be used.
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
          workload, experiment: experiment, folder: folder, file: file, index: index, cache: cache))
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
  /// Classes by the fixed-point reference with ⌊·⌋.
  public let fixedPointPredictions: [Int]
  /// Figures for the manifest.
  public let summary: Manifest.WorkloadSummary

  init(
    _ workload: Workload, experiment: Experiment, folder: String, file: String, index: Int, cache: PreparationCache
  ) throws {
    self.workload = workload
    let trained = try cache.trained(workload, seed: experiment.seed, folder: folder, file: file, index: index)
    layerWidths = trained.widths
    standardization = trained.standardization
    training = trained.training
    if workload.train.secure { try training.requireEncodable(experiment.fixedPoint) }
    let heldOut = trained.heldOut
    let count = workload.testRows == 0 ? heldOut.rowCount : min(workload.testRows, heldOut.rowCount)
    test = heldOut.selecting(0..<count)
    try test.requireEncodable(experiment.fixedPoint)
    model = trained.model
    if cache.isUntrained {
      (clearPredictions, fixedPointPredictions) = (test.labels, test.labels)
    } else {
      clearPredictions = model.predictions(test)
      fixedPointPredictions = try Self.fixedPointPredictions(model, test, experiment, file: file, index: index)
    }
    summary = Manifest.WorkloadSummary(
      name: workload.name, trainRows: trained.trainRows, testRows: count, trainingSeconds: trained.trainingSeconds,
      heldOutAccuracy: trained.heldOutAccuracy, clearAccuracy: Self.agreement(clearPredictions, test.labels),
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
    if let (tensor, value) = model.weightOutside(experiment.fixedPoint), value.isFinite, value.magnitude < 1e9 {
      let bits = experiment.fixedPoint.weightBits
      throw conflict(
        "fixedPoint.weightBits",
        "\"\(name)\": \(tensor) is \(value), outside the range of \(bits) bits that is proven when weights are shared",
        remedy: "raise fixedPoint.weightBits, or raise train.weightDecay")
    }
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
  /// The first weight or bias that does not lie in the range proven for weights, and its name; nil if all do.
  func weightOutside(_ settings: FixedPointSettings) -> (tensor: String, value: Double)? {
    let bits = min(settings.weightBits, settings.k) - 1
    let limit = Double(UInt64(1) << UInt64(bits)) / Double(UInt64(1) << UInt64(settings.f))
    for (index, layer) in layers.enumerated() {
      guard let own = layer.weightsAndBias else { continue }
      for (name, values) in [("weight", own.weights), ("bias", own.bias)] {
        if let place = values.firstIndex(where: { !($0.magnitude < limit) }) {
          return ("\(name) \(place) of layer \(index) (\(layer.kind.rawValue))", values[place])
        }
      }
    }
    return nil
  }
}

extension FixedPointError {
  /// The value that has no encoding.
  fileprivate var valueText: String {
    if case .outOfRange(let value, _) = self { "\(value)" } else { "too large" }
  }
}
