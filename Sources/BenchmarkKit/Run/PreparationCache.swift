internal import SecureML

/// Split data and trained models of one invocation, so that the configurations of a sweep read and train once.
final class PreparationCache {
  /// Everything about a workload that does not depend on parties, field, link or number format.
  struct Trained {
    let model: ClearModel
    let standardization: Standardization
    let heldOut: Dataset
    /// The rows trained on, scaled; empty if rows are random.
    let training: Dataset
    let trainRows: Int
    let trainingSeconds: Double
    let heldOutAccuracy: Double
    let widths: [Int]
  }

  private struct Key: Hashable {
    let dataset: DatasetSpecification?
    let input: SyntheticInput?
    let rows: Int
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
    let rowCount = workload.testRows > 0 ? workload.testRows : workload.batch
    let key = Key(
      dataset: workload.dataset, input: workload.input, rows: workload.input == nil ? 0 : rowCount,
      model: workload.model, train: workload.train, seed: seed)
    if let known = trained[key] { return known }
    let path = "workloads[\(index)]"
    let new: Trained
    if let input = workload.input {
      new = try untrained(workload, input, rowCount: rowCount, seed: seed, file: file, path: path)
    } else if let dataset = workload.dataset {
      new = try trained(workload, dataset, seed: seed, folder: folder, file: file, path: path)
    } else {
      throw ConfigurationError(file: file, origin: nil, path: path, cause: .missingKey("dataset"))
    }
    trained[key] = new
    return new
  }

  /// Random weights and random rows; every row has the label the model gives it in clear.
  private func untrained(
    _ workload: Workload, _ input: SyntheticInput, rowCount: Int, seed: UInt64, file: String, path: String
  ) throws -> Trained {
    let shapes = try workload.model.layerShapes(
      input: input.activation, classCount: nil, file: file, path: "\(path).model")
    var rows = input.rows(rowCount, name: workload.name, seed: seed)
    var generator = SplitMix64(seed: seed ^ 0xA5A5)
    let model = ClearModel(
      featureCount: rows.featureCount, classCount: max(2, shapes.last?.count ?? 2),
      layers: workload.model.randomLayers(input: input.activation, generator: &generator), input: input.activation
    ).folded()
    if trains { rows.labels = model.predictions(rows) }
    return Trained(
      model: model, standardization: Standardization(unitOf: rows), heldOut: rows, training: rows.selecting(0..<0),
      trainRows: 0, trainingSeconds: 0,
      heldOutAccuracy: 1, widths: shapes.map(\.count))
  }

  private func trained(
    _ workload: Workload, _ dataset: DatasetSpecification, seed: UInt64, folder: String, file: String, path: String
  ) throws -> Trained {
    let data = try Dataset.load(dataset, relativeTo: folder)
    let shape = try dataset.inputShape(featureCount: data.featureCount, file: file, path: path)
    let widths = try workload.model.layerShapes(
      input: shape, classCount: data.classCount, file: file, path: "\(path).model"
    ).map(\.count)
    var (trainPart, heldOutPart) = try data.split(testFraction: dataset.testFraction, seed: seed)
    let limit = workload.train.rows
    if limit > 0, limit < trainPart.rowCount { trainPart = trainPart.selecting(0..<limit) }
    let standardization = dataset.standardization(fitting: trainPart)
    let heldOut = standardization.applied(to: heldOutPart)
    var settings = workload.train
    if trains {
      announce("\(workload.name): training on \(trainPart.rowCount) rows in clear")
    } else {
      settings.epochs = 0
    }
    let clock = ContinuousClock()
    let start = clock.now
    let training = standardization.applied(to: trainPart)
    let model = Trainer(workload.model, settings: settings, seed: seed).train(on: training)
    let elapsed = (clock.now - start).components
    return Trained(
      model: model, standardization: standardization, heldOut: heldOut, training: training,
      trainRows: trainPart.rowCount,
      trainingSeconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18,
      heldOutAccuracy: trains ? model.accuracy(on: heldOut) : 0, widths: widths)
  }
}
