public import SecureML

/// Trains a ``ClearModel`` by mini-batch gradient descent with momentum.
///
/// Deterministic: one thread, a fixed order of additions, shuffles and initial weights from SplitMix64. The same data,
/// model, settings and seed give the same bits in every run with the same build and C library.
public struct Trainer: Sendable {
  /// The layers.
  public var specification: ModelSpecification
  /// Step sizes and passes.
  public var settings: TrainingSettings
  /// Seed of initial weights and shuffles.
  public var seed: UInt64

  /// Creates a trainer.
  public init(_ specification: ModelSpecification, settings: TrainingSettings, seed: UInt64) {
    self.specification = specification
    self.settings = settings
    self.seed = seed
  }

  /// Trains on the rows of `data`; see ``train(on:input:beforeStep:)``.
  public func train(on data: Dataset, input: ActivationShape? = nil) -> ClearModel {
    train(on: data, input: input) {}
  }

  /// Trains on the rows of `data`.
  ///
  /// The loss is softmax cross-entropy of the last values before argmax, or, if those come from a sigmoid, binary
  /// cross-entropy of each output. Training uses the exact sigmoid.
  /// - Parameters:
  ///   - input: how a row is read; default: a vector of all features.
  ///   - beforeStep: may end the training, which takes long, by throwing.
  /// - Returns: the model with batch normalisation folded into the layers before it, weights rounded to single precision,
  ///   so that files, which hold `float32`, hold the same model.
  /// - Precondition: the layers fit the data (``ModelSpecification/layerWidths(featureCount:classCount:file:path:)``).
  public func train(
    on data: Dataset, input: ActivationShape? = nil, beforeStep: () throws -> Void
  ) rethrows -> ClearModel {
    var generator = SplitMix64(seed: seed)
    let input = input ?? .vector(data.featureCount)
    var network = TrainableNetwork(specification, input: input, generator: &generator)
    let batchCount = (data.rowCount + settings.batch - 1) / settings.batch
    let stepCount = Double(max(1, settings.epochs * batchCount - 1))
    var step = 0
    for _ in 0..<settings.epochs {
      let order = generator.permutation(data.rowCount)
      for start in stride(from: 0, to: data.rowCount, by: settings.batch) {
        try beforeStep()
        let rows = order[start..<min(start + settings.batch, data.rowCount)]
        network.accumulateGradient(
          rows.map { Array(data.features[$0 * data.featureCount..<($0 + 1) * data.featureCount]) },
          labels: rows.map { data.labels[$0] })
        let rate = settings.learningRate * (1 - 0.9 * Double(step) / stepCount)
        network.descend(
          rate: rate, momentum: settings.momentum, weightDecay: settings.weightDecay, rowCount: rows.count)
        step += 1
      }
    }
    return ClearModel(
      featureCount: data.featureCount, classCount: data.classCount, layers: network.layers, input: input
    ).folded().roundedToSinglePrecision()
  }
}
