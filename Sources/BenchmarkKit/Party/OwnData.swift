internal import MPCCore

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
      var specification = workload.dataset
      let isOwnFile = index < ownFiles.count
      if isOwnFile {
        specification.path = ownFiles[index]
        specification.sha256 = ""
      }
      let data = try Dataset.load(specification, relativeTo: isOwnFile ? "" : folder)
      _ = try workload.model.layerWidths(
        featureCount: data.featureCount, classCount: data.classCount, file: file, path: "workloads[\(index)].model")
      let parts =
        isOwnFile
        ? (train: data, test: data)
        : try data.split(testFraction: specification.testFraction, seed: experiment.seed)
      if ownsModel {
        models.append(Self.train(workload, on: parts.train, seed: experiment.seed))
      } else {
        let count = workload.testRows == 0 ? parts.test.rowCount : min(workload.testRows, parts.test.rowCount)
        rows.append(parts.test.selecting(0..<count))
      }
    }
  }

  private static func train(_ workload: Workload, on data: Dataset, seed: UInt64) -> TrainedModel {
    let standardization = Standardization(fitting: data, clip: workload.dataset.clip)
    let start = ContinuousClock.now
    let model = Trainer(workload.model, settings: workload.train, seed: seed).train(
      on: standardization.applied(to: data))
    let elapsed = (ContinuousClock.now - start).components
    return TrainedModel(
      model: model, standardization: standardization, trainRows: data.rowCount,
      trainingSeconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
  }
}

extension ClearModel {
  /// The shape of a model without its weights: all zero.
  init(zerosFor specification: ModelSpecification, featureCount: Int, classCount: Int) {
    var width = featureCount
    var layers: [ClearLayer] = []
    for layer in specification.layers {
      switch layer {
      case .dense(let outputs, _):
        layers.append(
          .dense(
            DenseWeights(
              inputs: width, outputs: outputs, weights: [Double](repeating: 0, count: width * outputs),
              bias: [Double](repeating: 0, count: outputs))))
        width = outputs
      case .relu: layers.append(.relu)
      case .square: layers.append(.square)
      case .sigmoid(let method): layers.append(.sigmoid(method))
      case .identity: layers.append(.identity)
      case .argmax: layers.append(.argmax)
      }
    }
    self.init(featureCount: featureCount, classCount: classCount, layers: layers)
  }
}
