internal import Online
internal import SecureML

/// A secure training as all parties know it, and the rows: layers and loss, initial weights, whose rows there are, and
/// which of them each step takes at which rate.
///
/// Steps are those of the clear trainer (``Trainer``): the step size falls linearly to a tenth. Initial weights and the
/// order of rows are public.
struct TrainingPlan: Sendable {
  let specification: TrainingSpecification
  /// Weights before the first step.
  let initial: [Double]
  /// The rows, owner after owner.
  let rows: Dataset
  /// How many of them belong to each party.
  let rowCounts: [Int]
  /// The rows of each step.
  let order: [[Int]]
  /// The step sizes.
  let rates: [Double]

  /// Rows without an owner belong to all parties in equal parts, one part after another.
  /// - Throws: ``ModelError`` naming the layer that cannot be trained.
  init(_ workload: PreparedWorkload, experiment: Experiment) throws(ModelError) {
    let format = FixedPointFormat(fractionBits: experiment.fixedPoint.f, valueBits: experiment.fixedPoint.k)
    specification = try workload.trainingSpecification(format: format, settings: experiment.fixedPoint)
    initial = specification.initialParameters(seed: experiment.seed)
    let (data, parties) = (workload.training, experiment.parties)
    if data.owners.isEmpty {
      rows = data
      rowCounts = (0..<parties).map { data.rowCount * ($0 + 1) / parties - data.rowCount * $0 / parties }
    } else {
      let byOwner = (0..<parties).map { party in data.owners.indices.filter { data.owners[$0] == party } }
      rows = data.selecting(byOwner.flatMap { $0 })
      rowCounts = byOwner.map(\.count)
    }
    let settings = workload.workload.train
    let batches = BatchOrder(rowCount: rows.rowCount, batch: settings.batch, seed: experiment.seed)
    order = (0..<settings.epochs).flatMap { batches.batches(epoch: $0) }
    let last = Double(max(1, order.count - 1))
    rates = order.indices.map { settings.learningRate * (1 - 0.9 * Double($0) / last) }
  }

  /// Where in `rows` the rows of each party stand.
  var ranges: [Range<Int>] {
    var start = 0
    return rowCounts.map { count in
      defer { start += count }
      return start..<(start + count)
    }
  }

  /// What the last layer should give for a label: 1 or 0 for one output, else 1 for its class and 0 for the others.
  func targets(_ label: Int) -> [Double] {
    let width = specification.model.output.count
    return width == 1 ? [label == 1 ? 1 : 0] : (0..<width).map { $0 == label ? 1 : 0 }
  }

  /// All steps in clear, in `Double`: needs everybody's rows.
  /// - Parameter beforeStep: may end it by throwing.
  /// - Throws: `notTrainable` if a value needs more than k bits or an update more than its mask hides.
  func rehearsed(beforeStep: () throws -> Void = {}) throws -> [Double] {
    let training = try trained(roundingSeed: nil, beforeStep)
    let (f, k) = (specification.format.fractionBits, specification.format.valueBits)
    for (what, value) in training.largest.sorted(by: { $0.key < $1.key }) {
      // Values are truncated from 2f fraction bits; summed gradients are part of the updates.
      let (bits, limit): (Int, Int) =
        switch what {
        case "summed gradients": (0, 0)
        case "updates": (bitLength(value), specification.updateMagnitudeBits)
        case "weights": (bitLength(value) + f + 1, k)
        default: (bitLength(value) + 2 * f + 1, k)
        }
      guard value.isFinite, bits <= limit else {
        throw ModelError.notTrainable(
          "rehearsed in clear, the \(what) reach \(value), which needs \(bits) bits where \(limit) are hidden; lower "
            + "train.learningRate, raise train.weightDecay or fixedPoint.k")
      }
    }
    return training.parameters
  }

  /// All steps in clear fixed point, truncated at random like the secure ones: weights drawn from the distribution that
  /// those of a secure training are drawn from.
  func rounded(seed: UInt64, beforeStep: () throws -> Void = {}) rethrows -> [Double] {
    try trained(roundingSeed: seed, beforeStep).parameters
  }

  private func trained(roundingSeed: UInt64?, _ beforeStep: () throws -> Void) rethrows -> ClearTraining {
    var training = ClearTraining(specification, parameters: initial, roundingSeed: roundingSeed)
    let width = rows.featureCount
    for (batch, rate) in zip(order, rates) {
      try beforeStep()
      training.step(
        features: batch.map { Array(rows.features[($0 * width)..<(($0 + 1) * width)]) },
        targets: batch.map { targets(rows.labels[$0]) }, learningRate: rate)
    }
    return training
  }

  /// Bits of the integer part.
  private func bitLength(_ value: Double) -> Int { value < 1 ? 0 : value.isFinite ? Int(value.exponent) + 1 : 1 << 20 }
}

extension PreparedWorkload {
  /// What is trained securely: the layers up to the last dense one, and the loss that belongs to what follows it.
  /// - Throws: ``ModelError`` naming what cannot be trained.
  func trainingSpecification(format: FixedPointFormat, settings: FixedPointSettings) throws(ModelError)
    -> TrainingSpecification
  {
    var layers = workload.model.layers.compactMap(\.secure)
    if layers.last == .argmax { layers.removeLast() }
    var loss = TrainingSpecification.Loss.softmax(Softmax())
    if case .sigmoid(let method)? = layers.last {
      layers.removeLast()
      loss = .logistic(method)
    }
    let train = workload.train
    return try TrainingSpecification(
      try SecureModelSpecification(
        input: model.input, layers: layers, format: format, featureBits: settings.featureBits,
        weightBits: settings.weightBits),
      loss: loss, batch: train.batch, learningRate: train.learningRate, momentum: train.momentum,
      weightDecay: train.weightDecay)
  }
}
