internal import MPCCore
internal import SecureML

/// What one party of several processes reads and makes before the parties meet: the model at P_0, rows at the last
/// party, at every party the rows that it puts into a secure training. Files of another role are never opened.
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
  /// By workload: the rows this party trains on with the others, not yet standardised; nil where nothing is trained
  /// securely.
  private(set) var training: [Dataset?] = []

  /// Reads the local party's data and, at P_0, trains, or reads the model.
  /// - Parameter ownFiles: files of this party alone, one a workload, in place of its part of the experiment's files;
  ///   then all of their rows are used; of a secure training, the last party holds some of its own out.
  /// - Parameter beforeStep: may end the training of a model by throwing.
  /// - Throws: ``DataError``, ``ConfigurationError``, `ModelFileError`.
  init(
    _ experiment: Experiment, folder: String, file: String, me: PartyID, ownFiles: [String],
    beforeStep: () throws -> Void = {}
  ) throws {
    let ownsModel = me.index == 0
    let ownsRows = me.index == experiment.parties - 1
    for (index, workload) in experiment.workloads.enumerated() {
      try workload.requirePublicLayers(file: file, path: "workloads[\(index)]")
    }
    for (index, workload) in experiment.workloads.enumerated() {
      let path = "workloads[\(index)]"
      let isTrained = workload.train.secure
      guard isTrained || ownsModel || ownsRows else {
        training.append(nil)
        continue
      }
      var specification = try workload.requiredDataset(file: file, path: path)
      if ownsModel, let source = workload.model.file, specification.scaling == .none {
        // The model needs nothing of the rows.
        let input = try workload.model.input(specification, file: file, path: path)
        try models.append(
          Self.read(source, workload, nil, input, experiment, folder: folder, file: file, path: path))
        if !ownsRows { continue }
      }
      let isOwnFile = index < ownFiles.count
      if isOwnFile {
        specification.path = ownFiles[index]
        specification.sha256 = ""
        specification.owners = nil
      }
      let data = try Dataset.load(specification, relativeTo: isOwnFile ? "" : folder)
      let input = try specification.inputShape(featureCount: data.featureCount, file: file, path: path)
      _ = try workload.model.layerShapes(
        input: input, classCount: specification.classes > 0 ? specification.classes : nil,
        isTrained: workload.model.file == nil, file: file, path: "\(path).model")
      let parts =
        isOwnFile && !(isTrained && ownsRows)
        ? (train: data, test: data) : try specification.split(data, seed: experiment.seed)
      let mine =
        isTrained ? (isOwnFile ? parts.train : parts.train.part(of: me, experiment, limit: workload.train.rows)) : nil
      training.append(mine)
      if let mine, ownsModel {
        models.append(
          TrainedModel(
            model: ClearModel(zerosFor: workload.model, input: input, classCount: data.classCount),
            standardization: specification.standardization(fitting: mine), trainRows: mine.rowCount,
            trainingSeconds: 0))
        continue
      }
      if ownsRows {
        let count = workload.testRows == 0 ? parts.test.rowCount : min(workload.testRows, parts.test.rowCount)
        rows.append(parts.test.selecting(0..<count))
      }
      guard ownsModel, models.count == index else { continue }
      if let source = workload.model.file {
        try models.append(
          Self.read(
            source, workload, specification.standardization(fitting: parts.train), input, experiment, folder: folder,
            file: file, path: path))
      } else {
        let limit = isOwnFile || workload.train.rows == 0 ? parts.train.rowCount : workload.train.rows
        let rows = parts.train.selecting(0..<min(limit, parts.train.rowCount))
        let trained = try Self.train(
          workload, specification, on: rows, input: input, seed: experiment.seed, beforeStep)
        // The rows to come are secret; those trained on are of their kind.
        let known = trained.standardization.applied(
          to: rows.selecting(0..<min(Self.calibrationRowCount, rows.rowCount)))
        _ = try RangeCheck(
          trained.model, rows: known.features, experiment: experiment.applying(workload), name: workload.name,
          file: file)
        models.append(trained)
      }
    }
  }

  private static let calibrationRowCount = 256

  /// A model from its file.
  /// - Parameter scaling: nil: the identity.
  private static func read(
    _ source: ModelSource, _ workload: Workload, _ scaling: Standardization?, _ input: ActivationShape?,
    _ experiment: Experiment, folder: String, file: String, path: String
  ) throws -> TrainedModel {
    let weighted = try workload.model.load(
      source, relativeTo: folder, input: input, settings: experiment.applying(workload).fixedPoint, file: file,
      path: path)
    let classes = workload.dataset?.classes ?? 0
    let model = ClearModel(weighted, classCount: classes > 0 ? classes : nil)
    return TrainedModel(
      model: model, standardization: scaling ?? Standardization(identityOf: model.featureCount), trainRows: 0,
      trainingSeconds: 0)
  }

  private static func train(
    _ workload: Workload, _ specification: DatasetSpecification, on data: Dataset, input: ActivationShape, seed: UInt64,
    _ beforeStep: () throws -> Void
  ) rethrows -> TrainedModel {
    let standardization = specification.standardization(fitting: data)
    let start = ContinuousClock.now
    let model = try Trainer(workload.model, settings: workload.train, seed: seed).train(
      on: standardization.applied(to: data), input: input, beforeStep: beforeStep)
    let elapsed = (ContinuousClock.now - start).components
    return TrainedModel(
      model: model, standardization: standardization, trainRows: data.rowCount,
      trainingSeconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
  }
}

extension Workload {
  /// Checks that every party knows the layers, which are public: a model file is read by its owner alone.
  /// - Throws: `conflict` if they stand in the file only.
  func requirePublicLayers(file: String, path: String) throws(ConfigurationError) {
    guard model.layers.isEmpty else { return }
    throw ConfigurationError(
      file: file, origin: nil, path: "\(path).model",
      cause: .conflict(
        "its layers stand in the file of its owner only, and every party has to know them",
        remedy: "list model.layers beside model.path; 'spdz-bench model inspect' prints them"))
  }
}

extension ModelSpecification {
  /// One row, as far as the experiment says: the data's shape, or what a first dense layer's check says.
  fileprivate func input(_ dataset: DatasetSpecification, file: String, path: String) throws(ConfigurationError)
    -> ActivationShape?
  {
    if let shape = dataset.shape {
      return try dataset.inputShape(featureCount: shape.reduce(1, *), file: file, path: path)
    }
    if case .dense(_, let inputs?) = layers.first { return .vector(inputs) }
    return nil
  }
}

extension Dataset {
  /// The rows of a common training part that a party puts in: those it owns, or its equal part.
  fileprivate func part(of me: PartyID, _ experiment: Experiment, limit: Int) -> Dataset {
    let all = limit > 0 && limit < rowCount ? selecting(0..<limit) : self
    guard all.owners.isEmpty else { return all.selecting(all.owners.indices.filter { all.owners[$0] == me.index }) }
    let parties = experiment.parties
    return all.selecting((all.rowCount * me.index / parties)..<(all.rowCount * (me.index + 1) / parties))
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
