internal import SecureML
internal import SecureModelFiles

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
    /// Of models from files, whose weights must fit.
    let fixedPoint: FixedPointSettings?
  }

  private var trained: [Key: Trained] = [:]
  /// Trained models without an argmax at the end, which training does not see, and the seconds they took.
  private var models: [Key: (model: ClearModel, seconds: Double)] = [:]
  private let trains: Bool
  private let interruption: Interruption?
  private let announce: (String) -> Void

  /// - Parameters:
  ///   - trains: false: models keep their random weights, for costs that depend on shapes only.
  ///   - interruption: looked at before each data set and each step of a training.
  ///   - announce: told what takes long.
  init(
    trains: Bool = true, interruption: Interruption? = nil, announce: @escaping (String) -> Void = { _ in }
  ) {
    self.trains = trains
    self.interruption = interruption
    self.announce = announce
  }

  /// Whether models have random weights, so that nothing follows from their values.
  var isUntrained: Bool { !trains }

  /// Reads, splits and trains, unless it was done before.
  /// - Throws: ``ConfigurationError``, ``DataError``, `ModelFileError`; ``RunInterrupted``.
  func trained(
    _ workload: Workload, seed: UInt64, fixedPoint: FixedPointSettings, folder: String, file: String, index: Int
  ) throws -> Trained {
    let rowCount = workload.testRows > 0 ? workload.testRows : workload.batch
    let key = Key(
      dataset: workload.dataset, input: workload.input, rows: workload.input == nil ? 0 : rowCount,
      model: workload.model, train: workload.train, seed: seed,
      fixedPoint: workload.model.file == nil ? nil : fixedPoint)
    if let known = trained[key] { return known }
    try interruption?.checkBeforeRuns()
    let path = "workloads[\(index)]"
    let new: Trained
    if let source = workload.model.file {
      new = try read(
        source, workload, fixedPoint, seed: seed, rowCount: rowCount, folder: folder, file: file, path: path)
    } else if let input = workload.input, workload.train.secure {
      new = try trainedOnRandomRows(workload, input, testRows: rowCount, seed: seed, file: file, path: path)
    } else if let input = workload.input {
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

  /// The model of a file, and the rows of the data that are not held back for scaling, or random rows.
  private func read(
    _ source: ModelSource, _ workload: Workload, _ fixedPoint: FixedPointSettings, seed: UInt64, rowCount: Int,
    folder: String, file: String, path: String
  ) throws -> Trained {
    var parts: (train: Dataset, test: Dataset)
    let input: ActivationShape?
    if let dataset = workload.dataset {
      parts = try dataset.split(Dataset.load(dataset, relativeTo: folder), seed: seed)
      input =
        dataset.shape == nil && !source.holdsWeightsAlone
        ? nil : try dataset.inputShape(featureCount: parts.test.featureCount, file: file, path: path)
    } else if let random = workload.input {
      let rows = random.rows(rowCount, name: workload.name, seed: seed)
      (parts, input) = ((rows.selecting(0..<0), rows), random.activation)
    } else {
      throw ConfigurationError(file: file, origin: nil, path: path, cause: .missingKey("dataset"))
    }
    let weighted = try workload.model.load(
      source, relativeTo: folder, input: input, settings: fixedPoint, file: file, path: path)
    guard weighted.specification.input.count == parts.test.featureCount else {
      throw ConfigurationError(
        file: file, origin: nil, path: "\(path).model",
        cause: .conflict(
          "\(source.path) takes \(weighted.specification.input), and a row of the data has \(parts.test.featureCount) "
            + "features", remedy: "correct dataset.label, dataset.arrays or the data"))
    }
    let isLabelled = (workload.dataset?.classes ?? 0) > 0
    let shapes = try ModelSpecification(layers: weighted.specification.layers.map { LayerSpecification($0) })
      .layerShapes(
        input: weighted.specification.input, classCount: isLabelled ? workload.dataset?.classes : nil, isTrained: false,
        file: file, path: "\(path).model")
    let model = ClearModel(weighted, classCount: isLabelled ? workload.dataset?.classes : nil)
    let scaling =
      workload.dataset?.standardization(fitting: parts.train) ?? Standardization(identityOf: parts.test.featureCount)
    var heldOut = scaling.applied(to: parts.test)
    if !isLabelled, trains { heldOut.labels = model.predictions(heldOut) }
    return Trained(
      model: model, standardization: scaling, heldOut: heldOut, training: scaling.applied(to: parts.train),
      trainRows: 0,
      trainingSeconds: 0, heldOutAccuracy: trains ? model.accuracy(on: heldOut) : 0, widths: shapes.map(\.count))
  }

  private func trained(
    _ workload: Workload, _ dataset: DatasetSpecification, seed: UInt64, folder: String, file: String, path: String
  ) throws -> Trained {
    let data = try Dataset.load(dataset, relativeTo: folder)
    let shape = try dataset.inputShape(featureCount: data.featureCount, file: file, path: path)
    let widths = try workload.model.layerShapes(
      input: shape, classCount: data.classCount, file: file, path: "\(path).model"
    ).map(\.count)
    var (trainPart, heldOutPart) = try dataset.split(data, seed: seed)
    let limit = workload.train.rows
    if limit > 0, limit < trainPart.rowCount { trainPart = trainPart.selecting(0..<limit) }
    let standardization = dataset.standardization(fitting: trainPart.rowsForScaling)
    let heldOut = standardization.applied(to: heldOutPart)
    let training = standardization.applied(to: trainPart)
    let (model, seconds) = try train(workload, on: training, input: shape, seed: seed)
    return Trained(
      model: model, standardization: standardization, heldOut: heldOut, training: training,
      trainRows: trainPart.rowCount, trainingSeconds: seconds,
      heldOutAccuracy: trains ? model.accuracy(on: heldOut) : 0, widths: widths)
  }

  /// Random rows labelled by a random linear map, so that there is something to learn.
  private func trainedOnRandomRows(
    _ workload: Workload, _ input: SyntheticInput, testRows: Int, seed: UInt64, file: String, path: String
  ) throws -> Trained {
    let shape = input.activation
    let outputs = try workload.model.layerShapes(input: shape, classCount: nil, file: file, path: "\(path).model")
    // An index at the end stands for all values before it.
    let scores = workload.model.layers.last == .argmax ? outputs.dropLast().last ?? shape : outputs.last ?? shape
    let classCount = max(2, scores.count)
    let widths = try workload.model.layerShapes(
      input: shape, classCount: classCount, file: file, path: "\(path).model"
    ).map(\.count)
    let all = input.labelledRows(
      workload.train.rows + testRows, name: workload.name, classCount: classCount, seed: seed)
    let training = all.selecting(0..<workload.train.rows)
    let heldOut = all.selecting(workload.train.rows..<all.rowCount)
    let (model, seconds) = try train(workload, on: training, input: shape, seed: seed)
    return Trained(
      model: model, standardization: Standardization(unitOf: all), heldOut: heldOut, training: training,
      trainRows: training.rowCount, trainingSeconds: seconds,
      heldOutAccuracy: trains ? model.accuracy(on: heldOut) : 0, widths: widths)
  }

  /// Trains in clear, or makes random weights if nothing follows from them.
  private func train(_ workload: Workload, on rows: Dataset, input: ActivationShape, seed: UInt64) throws -> (
    model: ClearModel, seconds: Double
  ) {
    var settings = workload.train
    if !trains { settings.epochs = 0 }
    var scores = workload.model
    let endsInArgmax = scores.layers.last == .argmax && scores.layers.count > 1
    if endsInArgmax { scores.layers.removeLast() }
    let key = Key(
      dataset: workload.dataset, input: workload.input, rows: 0, model: scores, train: settings, seed: seed,
      fixedPoint: nil)
    var model: ClearModel
    let seconds: Double
    if let known = models[key] {
      (model, seconds) = (known.model, known.seconds)
    } else {
      if trains { announce("\(workload.name): training on \(rows.rowCount) rows in clear") }
      let start = ContinuousClock.now
      model = try Trainer(scores, settings: settings, seed: seed).train(on: rows, input: input) {
        try interruption?.checkBeforeRuns()
      }
      let elapsed = (ContinuousClock.now - start).components
      seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
      models[key] = (model, seconds)
    }
    if endsInArgmax { model.layers.append(.argmax) }
    return (model, seconds)
  }
}
