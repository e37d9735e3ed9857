internal import FieldArithmetic
public import MPCCore
internal import Online
public import SecretSharing

/// A model in training at one party. Data, weights and velocities stay shared; nothing is opened but masked values, and
/// what the caller reveals.
///
/// ```swift
/// var training = SecureTraining(specification, initial: specification.initialParameters(seed: 1), in: session)
/// for rows in order.batches(epoch: 0) { _ = try await training.step(data.rows(rows), in: &session) }
/// let model = training.model
/// ```
/// A step of a network with L dense layers makes 3L − 1 matrix products (forward, back through the layer, gradient), each
/// with one matrix triple and rows·inner + inner·columns openings. Every activation, every gradient of one and every
/// parameter is truncated once, in the 2f domain; all parameters together, in one round.
/// Source: [MZ17, section IV] for the fixed-point arithmetic, on the products of `Papers/Beaver91.md`.
///
/// *Range*: values have to stay within k bits, updates below 2^`updateMagnitudeBits`, for their masks to hide them. Weights are not proven to: a training that
/// diverges, or an owner that makes it, comes at the cost of hiding. ``TrainingSpecification/worstCaseBits(steps:)``
/// bounds what owners can do to a linear model; rehearse deeper ones in clear (``ClearTraining``).
public struct SecureTraining<S: SharingScheme>: Sendable {
  /// What is trained and how.
  public let specification: TrainingSpecification
  /// All weights and biases, layer after layer, weights before biases, f fraction bits.
  public private(set) var parameters: SharedVector<S>
  /// Steps done.
  public private(set) var stepCount = 0
  /// U; nothing before the first step or without momentum.
  private var velocity: SharedVector<S>?

  /// Starts from public weights.
  /// - Parameter initial: `specification.model.encode(_:)` of them, the same at all parties.
  public init<C: Channel>(
    _ specification: TrainingSpecification, initial: [Int64], in session: borrowing Session<S, C>
  ) {
    self.init(specification, shared: session.constant(initial.map { S.F(signed: Int128($0)) }))
  }

  /// Starts from shared weights.
  public init(_ specification: TrainingSpecification, shared parameters: SharedVector<S>) {
    precondition(parameters.count == specification.model.parameterCount, "all weights and biases of the model")
    self.specification = specification
    self.parameters = parameters
  }

  /// The model as it is now, for inference or to be revealed.
  public var model: SecureModel<S> { SecureModel(specification.model, sharedParameters: parameters) }

  /// What the backward pass needs of an activation.
  private enum Derivative {
    case none
    /// Bits.
    case relu(SharedVector<S>)
    /// 2z, f fraction bits.
    case square(SharedVector<S>)
    /// s, f fraction bits.
    case sigmoid(SharedVector<S>)
  }

  /// One step on a batch.
  /// - Parameters:
  ///   - data: exactly `specification.batch` rows.
  ///   - learningRate: η of this step, at most the specification's; `nil` is the specification's.
  /// - Returns: prediction − target for every row, shared: see ``revealMeanSquaredError(of:in:)``.
  @discardableResult
  public mutating func step<C: Channel>(
    _ data: TrainingData<S>, learningRate: Double? = nil, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) -> SharedMatrix<S> {
    precondition(data.rowCount == specification.batch, "a batch of the specification's size")
    var inputs: [SharedMatrix<S>] = []  // of the dense layers
    var derivatives: [Derivative] = []  // of what stands before each dense layer
    let output = try await forward(data.features, &inputs, &derivatives, in: &session)  // 1
    var delta = try await prediction(output, in: &session)  // 2
    delta.elements -= data.targets.elements
    let residual = delta
    var gradients: [SharedVector<S>] = []  // last layer first, weights and bias with 2f fraction bits
    let ranges = specification.denseRanges
    for (index, range) in ranges.enumerated().reversed() {  // 3
      let weightGradient = try await session.multiply(inputs[index].transposed(), delta)
      let biasGradient = delta.columnSums.scaled(by: S.F.powerOfTwo(specification.format.fractionBits))
      gradients.append(SharedVector.concatenate([weightGradient.elements, biasGradient]))
      guard index > 0 else { break }
      let weights = SharedMatrix(rows: range.inputs, columns: range.outputs, elements: parameters[range.weights])
      let back = try await session.multiply(delta, weights.transposed())
      delta = SharedMatrix(
        rows: back.rows, columns: back.columns,
        elements: try await self.back(back.elements, through: derivatives[index], in: &session))
    }
    let gradient = SharedVector.concatenate(gradients.reversed())
    try await descend(gradient, rate: learningRate ?? specification.learningRate, in: &session)  // 4
    stepCount += 1
    return residual
  }

  /// Predictions before the loss' own function.
  private func forward<C: Channel>(
    _ features: SharedMatrix<S>, _ inputs: inout [SharedMatrix<S>], _ derivatives: inout [Derivative],
    in session: inout Session<S, C>
  ) async throws(ProtocolAbort) -> SharedMatrix<S> {
    let (model, format) = (specification.model, specification.format)
    var ranges = specification.denseRanges[...]
    var (x, derivative) = (features, Derivative.none)
    for layer in model.layers {
      switch layer {
      case .relu:
        let result = try await session.relu(
          x.elements, valueBits: format.valueBits, digitWidth: model.digitWidth)
        x.elements = result.result
        derivative = .relu(result.isPositive)
      case .square:
        derivative = .square(x.elements + x.elements)
        x.elements = try await session.square(x.elements, as: format)
      case .sigmoid(let method):
        x.elements = try await session.sigmoid(of: x.elements, as: format, method, digitWidth: model.digitWidth)
        derivative = .sigmoid(x.elements)
      default:
        guard let range = ranges.popFirst() else { preconditionFailure("a dense layer for every range") }
        inputs.append(x)
        derivatives.append(derivative)
        derivative = .none
        let layer = DenseLayer<S>(
          inputs: range.inputs, outputs: range.outputs,
          weights: .shared(weights: parameters[range.weights], bias: parameters[range.bias]), format: format)
        x = try await layer.forward(x, in: &session)
      }
    }
    return x
  }

  private func prediction<C: Channel>(
    _ z: SharedMatrix<S>, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) -> SharedMatrix<S> {
    let (format, digitWidth) = (specification.format, specification.model.digitWidth)
    switch specification.loss {
    case .squaredError: return z
    case .softmax(let function):
      return try await session.softmax(ofRows: z, as: format, function, digitWidth: digitWidth)
    case .logistic(let function):
      let elements = try await session.sigmoid(of: z.elements, as: format, function, digitWidth: digitWidth)
      return SharedMatrix(rows: z.rows, columns: z.columns, elements: elements)
    }
  }

  /// The gradient of an activation's input from that of its output, which has 2f fraction bits.
  private func back<C: Channel>(
    _ gradient: SharedVector<S>, through derivative: Derivative, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    let format = specification.format
    switch derivative {
    case .none: return try await session.truncate(gradient, as: format)
    case .relu(let bits): return try await session.truncate(try await session.multiply(gradient, bits), as: format)
    case .square(let twice):
      return try await session.multiply(try await session.truncate(gradient, as: format), twice, as: format)
    case .sigmoid(let s):
      let truncated = try await session.truncate(gradient, as: format)
      let slope = s - (try await session.square(s, as: format))
      return try await session.multiply(truncated, slope, as: format)
    }
  }

  /// U ← μ·U + η·(D/B + λ·W) with 2f + g fraction bits, truncated once; W ← W − U.
  private mutating func descend<C: Channel>(
    _ gradient: SharedVector<S>, rate: Double, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) {
    precondition(rate <= specification.learningRate && rate >= 0, "rates only fall below the specification's")
    let (format, g) = (specification.format, specification.rateFractionBits)
    let dropped = format.fractionBits + g
    var update = gradient.scaled(by: session.publicFactor(rate / Double(specification.batch), fractionBits: g))
    if let velocity, specification.momentum > 0 {
      update.multiplyAccumulate(session.publicFactor(specification.momentum, fractionBits: dropped), velocity)
    }
    if specification.weightDecay > 0 {
      update.multiplyAccumulate(
        session.publicFactor(rate * specification.weightDecay, fractionBits: dropped), parameters)
    }
    let step = try await session.truncateProbabilistically(
      update, valueBits: specification.updateBits, droppedBits: dropped)
    parameters -= step
    if specification.momentum > 0 { velocity = step }
  }

  /// **A disclosure**: the mean over the batch of the squared differences of prediction and target, to all parties.
  ///
  /// It is exact up to the rounding of the predictions. A loss curve is a function of the secret data: reveal it only if
  /// the parties want that. Cost: one square pair a value, 1 round and an opening with its checks.
  public func revealMeanSquaredError<C: Channel>(
    of residual: SharedMatrix<S>, in session: inout Session<S, C>
  ) async throws(ProtocolAbort) -> Double {
    let squares = try await session.square(residual.elements)
    let sum = try await session.reveal(squares.groupSums(of: squares.count))
    let one = Double(specification.format.one)
    return Double(sum[0].signed) / (one * one) / Double(residual.rows)
  }
}

extension SharedMatrix {
  /// The sum of every column; local.
  var columnSums: SharedVector<S> { transposed().elements.groupSums(of: rows) }
}
