/// Split data and trained models of one invocation, so that the configurations of a sweep read and train once.
final class PreparationCache {
  /// Everything about a workload that does not depend on parties, field, link or number format.
  struct Trained {
    let model: ClearModel
    let standardization: Standardization
    let heldOut: Dataset
    let trainRows: Int
    let trainingSeconds: Double
    let heldOutAccuracy: Double
    let widths: [Int]
  }

  private struct Key: Hashable {
    let dataset: DatasetSpecification
    let model: ModelSpecification
    let train: TrainingSettings
    let seed: UInt64
  }

  private var trained: [Key: Trained] = [:]
  private let trains: Bool
  private let announce: (String) -> Void

  /// - Parameters:
  ///   - trains: false: models keep their random weights, for costs that depend on shapes only.
  ///   - announce: told what takes long.
  init(trains: Bool = true, announce: @escaping (String) -> Void = { _ in }) {
    self.trains = trains
    self.announce = announce
  }

  /// Whether models have random weights, so that nothing follows from their values.
  var isUntrained: Bool { !trains }

  /// Reads, splits and trains, unless it was done before.
  func trained(_ workload: Workload, seed: UInt64, folder: String, file: String, index: Int) throws -> Trained {
    let key = Key(dataset: workload.dataset, model: workload.model, train: workload.train, seed: seed)
    if let known = trained[key] { return known }
    let data = try Dataset.load(workload.dataset, relativeTo: folder)
    let widths = try workload.model.layerWidths(
      featureCount: data.featureCount, classCount: data.classCount, file: file, path: "workloads[\(index)].model")
    let (trainPart, heldOutPart) = try data.split(testFraction: workload.dataset.testFraction, seed: seed)
    let standardization = Standardization(fitting: trainPart, clip: workload.dataset.clip)
    let heldOut = standardization.applied(to: heldOutPart)
    var settings = workload.train
    if trains {
      announce("\(workload.name): training on \(trainPart.rowCount) rows in clear")
    } else {
      settings.epochs = 0
    }
    let clock = ContinuousClock()
    let start = clock.now
    let model = Trainer(workload.model, settings: settings, seed: seed).train(
      on: standardization.applied(to: trainPart))
    let elapsed = (clock.now - start).components
    let result = Trained(
      model: model, standardization: standardization, heldOut: heldOut, trainRows: trainPart.rowCount,
      trainingSeconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18,
      heldOutAccuracy: trains ? model.accuracy(on: heldOut) : 0, widths: widths)
    trained[key] = result
    return result
  }
}
