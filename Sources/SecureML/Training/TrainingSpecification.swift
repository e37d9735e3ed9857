public import FieldArithmetic
public import MPCCore
public import Online
internal import SecretSharing

/// What is trained and how: everything public about a training. Checked when it is made.
///
/// Mini-batch stochastic gradient descent with momentum for networks of dense layers:
/// U ← μ·U + η·(D/B + λ·W), W ← W − U, D the gradient summed over a batch of B rows.
public struct TrainingSpecification: Hashable, Sendable, Codable {
  /// What the last layer's values are turned into, and with it the loss; its gradient is prediction − target.
  public enum Loss: Hashable, Sendable, Codable {
    /// Binary cross-entropy of σ(z), for each output on its own; logistic regression has one output.
    case logistic(Sigmoid)
    /// Cross-entropy of softmax(z).
    case softmax(Softmax)
    /// Half the squared error of z itself.
    case squaredError
  }

  /// Dense layers, with ReLU, square or sigmoid between them; the last one is dense.
  public let model: SecureModelSpecification
  /// What is minimised.
  public let loss: Loss
  /// B: rows of every step.
  public let batch: Int
  /// η.
  public let learningRate: Double
  /// μ, from 0 on and below 1.
  public let momentum: Double
  /// λ.
  public let weightDecay: Double

  /// Checks that the layers can be trained.
  /// - Throws: `notTrainable` naming what has no derivative here, or which number is out of range.
  public init(
    _ model: SecureModelSpecification, loss: Loss, batch: Int, learningRate: Double, momentum: Double = 0,
    weightDecay: Double = 0
  ) throws(ModelError) {
    self.model = model
    self.loss = loss
    self.batch = batch
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    for (index, layer) in model.layers.enumerated() {
      switch layer {
      case .dense, .relu, .square, .sigmoid: break
      default:
        throw .notTrainable("layer \(index) (\(layer.kind)): dense, relu, square and sigmoid layers are trained")
      }
    }
    for (index, pair) in zip(model.layers, model.layers.dropFirst()).enumerated() {
      if case .dense = pair.0 { continue }
      guard case .dense = pair.1 else {
        throw .notTrainable(
          "layer \(index + 1) (\(pair.1.kind)) follows \(pair.0.kind): dense layers stand between them")
      }
    }
    guard case .vector = model.input, case .dense? = model.layers.first, case .dense? = model.layers.last else {
      throw .notTrainable("the first and the last layer have to be dense, the input a vector")
    }
    guard batch > 0, batch <= 1 << 20 else { throw .notTrainable("batch \(batch): 1 to \(1 << 20) rows") }
    guard learningRate > 0x1p-20, learningRate <= 16 else {
      throw .notTrainable("learning rate \(learningRate): above 2^-20, at most 16")
    }
    guard momentum >= 0, momentum < 1, weightDecay >= 0, weightDecay <= 1 else {
      throw .notTrainable("momentum \(momentum) has to be in [0, 1), weight decay \(weightDecay) in [0, 1]")
    }
  }

  /// The format of activations, weights and velocities.
  public var format: FixedPointFormat { model.format }

  /// g: fraction bits of η/B, so many that it keeps 10 significant bits.
  var rateFractionBits: Int {
    let rate = learningRate / Double(batch)
    return max(1, 10 - Int(rate.exponent))
  }

  /// Updates U have to stay below 2^this: at least 8, and more if a linear model's can be longer within the proven ranges
  /// of its data, η·4·|x|/(1 − μ).
  public var updateMagnitudeBits: Int {
    let feature = max(1, Double(UInt64(1) << UInt64(model.featureBits - 1)) / Double(format.one))
    let bound = learningRate * (4 * feature + weightDecay * 128) / (1 - momentum)
    return max(8, Int(bound.exponent) + 1)
  }

  /// k′ of the truncation of an update, which has 2f + g fraction bits.
  public var updateBits: Int { 2 * format.fractionBits + rateFractionBits + updateMagnitudeBits + 1 }

  /// Checks that k, every function's intermediate values and the updates fit the field.
  /// - Throws: `format` with the inequality.
  public func validate<F: PrimeField>(_ field: F.Type, parameters: SecurityParameters, partyCount: Int)
    throws(ModelError)
  {
    try model.validate(field, parameters: parameters, partyCount: partyCount)
    let ofLoss =
      switch loss {
      case .logistic(let sigmoid): sigmoid.longestValueBits(format)
      case .softmax(let softmax): softmax.longestValueBits(format)
      case .squaredError: format.valueBits
      }
    do throws(FixedPointError) {
      for bits in [ofLoss, updateBits] {
        try FixedPointFormat.validate(
          intermediateBits: bits, field: field, parameters: parameters, partyCount: partyCount)
      }
    } catch {
      throw .format(error)
    }
  }

  /// Where the parameters of a dense layer stand in the vector of all of them.
  struct DenseRange: Hashable, Sendable {
    /// Index of the layer in the model.
    let layer: Int
    let inputs: Int
    let outputs: Int
    /// First weight.
    let start: Int

    var weights: Range<Int> { start..<(start + inputs * outputs) }
    var bias: Range<Int> { weights.upperBound..<(weights.upperBound + outputs) }
  }

  /// The dense layers in order.
  var denseRanges: [DenseRange] {
    var ranges: [DenseRange] = []
    for (index, layer) in model.layers.enumerated() {
      guard case .dense(let outputs) = layer else { continue }
      let start = ranges.last?.bias.upperBound ?? 0
      ranges.append(DenseRange(layer: index, inputs: model.shapes[index].count, outputs: outputs, start: start))
    }
    return ranges
  }
}

/// Which rows make up the steps of an epoch: a public shuffle, the same at all parties.
///
/// Every batch is full; the last one of an epoch is filled up with the epoch's first rows, so that all steps use
/// material of the same shapes.
public struct BatchOrder: Hashable, Sendable, Codable {
  /// Rows of the data.
  public let rowCount: Int
  /// B.
  public let batch: Int
  /// Of the shuffles.
  public let seed: UInt64

  /// - Parameters: rowCount, batch: both positive.
  public init(rowCount: Int, batch: Int, seed: UInt64) {
    precondition(rowCount > 0 && batch > 0, "rows and batches are not empty")
    self.rowCount = rowCount
    self.batch = batch
    self.seed = seed
  }

  /// Steps of an epoch.
  public var stepCount: Int { (rowCount + batch - 1) / batch }

  /// The rows of each step of epoch `epoch`, counted from 0.
  public func batches(epoch: Int) -> [[Int]] {
    var generator = SplitMix64(state: seed &+ UInt64(truncatingIfNeeded: epoch) &* 0xd134_2543_de82_ef95)
    var rows = Array(0..<rowCount)
    for last in stride(from: rowCount - 1, to: 0, by: -1) {  // Fisher and Yates
      rows.swapAt(last, Int(generator.next() % UInt64(last + 1)))
    }
    return (0..<stepCount).map { step in (0..<batch).map { rows[(step * batch + $0) % rowCount] } }
  }
}

/// Steele, Lea and Flood's generator: shuffles and initial weights, which are public.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// In [0, 1).
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
