internal import MPCCore
internal import SecureML

/// What one party of several processes reads and makes before the parties meet: the model at P_0, rows at the last
/// party, nothing at the others. Files of another role are never opened.
struct OwnData: Sendable {
  /// P_0: a trained model and how it wants its inputs standardised.
  struct TrainedModel: Sendable {
    var model: ClearModel
    var standardization: Standardization
    var trainRows: Int
    var trainingSeconds: Double
  }

  /// By workload; empty at parties that do not own the model.
  private(set) var models: [TrainedModel] = []
  /// By workload, not yet standardised; empty at parties that do not own the rows.
  private(set) var rows: [Dataset] = []

  /// Reads the local party's data and, at P_0, trains.
  /// - Parameter ownFiles: files of this party alone, one a workload, in place of its part of the experiment's files;
  ///   then all of their rows are used.
  /// - Throws: ``DataError``, ``ConfigurationError``.
  init(_ experiment: Experiment, folder: String, file: String, me: PartyID, ownFiles: [String]) throws {
    let ownsModel = me.index == 0
    let ownsRows = me.index == experiment.parties - 1
    guard ownsModel || ownsRows else { return }
    for (index, workload) in experiment.workloads.enumerated() {
      let path = "workloads[\(index)]"
      var specification = try workload.requiredDataset(file: file, path: path)
      let isOwnFile = index < ownFiles.count
      if isOwnFile {
        specification.path = ownFiles[index]
        specification.sha256 = ""
      }
      let data = try Dataset.load(specification, relativeTo: isOwnFile ? "" : folder)
      let input = try specification.inputShape(featureCount: data.featureCount, file: file, path: path)
      _ = try workload.model.layerShapes(
        input: input, classCount: data.classCount, file: file, path: "\(path).model")
      let parts =
        isOwnFile
        ? (train: data, test: data)
        : try data.split(testFraction: specification.testFraction, seed: experiment.seed)
      if ownsModel {
        models.append(
          Self.train(workload, specification, on: parts.train, input: input, seed: experiment.seed))
      } else {
        let count = workload.testRows == 0 ? parts.test.rowCount : min(workload.testRows, parts.test.rowCount)
        rows.append(parts.test.selecting(0..<count))
      }
    }
  }

  private static func train(
    _ workload: Workload, _ specification: DatasetSpecification, on data: Dataset, input: ActivationShape, seed: UInt64
  ) -> TrainedModel {
    let standardization = specification.standardization(fitting: data)
    let start = ContinuousClock.now
    let model = Trainer(workload.model, settings: workload.train, seed: seed).train(
      on: standardization.applied(to: data), input: input)
    let elapsed = (ContinuousClock.now - start).components
    return TrainedModel(
      model: model, standardization: standardization, trainRows: data.rowCount,
      trainingSeconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
  }
}

extension ClearModel {
  /// The shape of a model without its weights: all zero.
  /// - Precondition: the layers fit `input`.
  init(zerosFor specification: ModelSpecification, input: ActivationShape, classCount: Int) {
    var generator = SplitMix64(seed: 0)
    let layers = specification.randomLayers(input: input, generator: &generator)
    let model = ClearModel(featureCount: input.count, classCount: classCount, layers: layers, input: input).folded()
    self.init(
      featureCount: input.count, classCount: classCount, layers: model.layers.map(\.withZeroWeights), input: input)
  }
}
