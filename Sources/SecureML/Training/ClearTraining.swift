internal import Online

/// The steps of a ``SecureTraining`` in clear, with the same public factors: the rehearsal before a training, and the
/// reference after it.
///
/// In `Double` they give what the secure steps give but for rounding. With `roundingSeed` they compute on encodings and
/// truncate where the secure steps do, at random like them: such a training is a draw from the distribution that the
/// secure one is drawn from (but for the Newton steps of a softmax' reciprocal, within half an ulp, and for polynomials).
public struct ClearTraining: Sendable {
  /// What is trained and how.
  public let specification: TrainingSpecification
  /// All weights and biases, layer after layer, weights before biases.
  public private(set) var parameters: [Double]
  /// The largest magnitude that any truncated value had so far, as a real number, by what was truncated.
  public private(set) var largest: [String: Double] = [:]
  /// Whether each ReLU of the last step let its value pass: layer after layer, row after row.
  public private(set) var decisions: [Bool] = []
  private var velocity: [Double]
  private var rounding: ClearRounding

  /// Starts from given weights.
  /// - Parameter roundingSeed: of truncations; nil: no rounding at all.
  public init(_ specification: TrainingSpecification, parameters: [Double], roundingSeed: UInt64? = nil) {
    precondition(parameters.count == specification.model.parameterCount, "all weights and biases of the model")
    self.specification = specification
    let rounding = ClearRounding(fractionBits: specification.format.fractionBits, seed: roundingSeed)
    self.rounding = rounding
    self.parameters = parameters.map { rounding.encoded($0) }
    velocity = [Double](repeating: 0, count: parameters.count)
  }

  /// The last layer's values for rows of features.
  public func logits(_ rows: [[Double]]) -> [[Double]] {
    var copy = self
    return copy.forward(rows, nil).output
  }

  /// One step on a batch.
  /// - Parameter deciding: ``decisions`` of another training, which ReLUs follow instead of the signs of their values: so
  ///   much differs because of them, the rest because of rounding.
  /// - Returns: prediction − target.
  @discardableResult
  public mutating func step(
    features: [[Double]], targets: [[Double]], learningRate: Double? = nil, deciding: [Bool]? = nil
  ) -> [[Double]] {
    let (inputs, slopes, output) = forward(features.map { $0.map { rounding.encoded($0) } }, deciding)
    var delta = zip(prediction(output), targets).map { zip($0, $1).map { $0 - $1 } }
    let residual = delta
    var gradient = [Double](repeating: 0, count: parameters.count)
    for (index, range) in specification.denseRanges.enumerated().reversed() {
      for (row, x) in zip(delta, inputs[index]) {
        for i in 0..<range.inputs {
          for j in 0..<range.outputs { gradient[range.start + i * range.outputs + j] += x[i] * row[j] }
        }
        for j in 0..<range.outputs { gradient[range.bias.lowerBound + j] += row[j] }
      }
      guard index > 0 else { break }
      let weights = parameters
      delta = zip(delta, slopes[index]).map { row, slope in
        (0..<range.inputs).map { i in
          var sum = 0.0
          for j in 0..<range.outputs { sum += row[j] * weights[range.start + i * range.outputs + j] }
          return rounding.truncate(sum) * slope[i]
        }
      }
      for row in delta.indices { delta[row] = rounding.truncate(delta[row]) }
      note("gradients", delta)
    }
    note("summed gradients", [gradient])
    let rate = learningRate ?? specification.learningRate
    let g = specification.rateFractionBits
    let dropped = specification.format.fractionBits + g
    func factor(_ value: Double, _ bits: Int) -> Double {
      let one = Double(sign: .plus, exponent: bits, significand: 1)
      return (value * one).rounded() / one
    }
    let perRow = factor(rate / Double(specification.batch), g)
    let (momentum, decay) = (factor(specification.momentum, dropped), factor(rate * specification.weightDecay, dropped))
    for i in parameters.indices {
      velocity[i] = rounding.truncate(momentum * velocity[i] + perRow * gradient[i] + decay * parameters[i])
      parameters[i] -= velocity[i]
    }
    note("updates", [velocity])
    note("weights", [parameters])
    return residual
  }

  private mutating func note(_ what: String, _ rows: [[Double]]) {
    let found = rows.reduce(0) { max($0, $1.reduce(0) { max($0, abs($1)) }) }
    largest[what] = max(largest[what] ?? 0, found)
  }

  /// The inputs of the dense layers, the slopes of what stands before each, and the last layer's values.
  private mutating func forward(_ rows: [[Double]], _ deciding: [Bool]?) -> (
    inputs: [[[Double]]], slopes: [[[Double]]], output: [[Double]]
  ) {
    decisions = []
    var (inputs, slopes): ([[[Double]]], [[[Double]]]) = ([], [])
    var x = rows
    var slope = rows.map { $0.map { _ in 1.0 } }
    var ranges = specification.denseRanges[...]
    for layer in specification.model.layers {
      switch layer {
      case .relu:
        let first = decisions.count
        decisions += x.flatMap { $0.map { $0 >= 0 } }
        if let deciding { decisions.replaceSubrange(first..., with: deciding[first..<decisions.count]) }
        var next = first
        for row in x.indices {
          for i in x[row].indices {
            slope[row][i] = decisions[next] ? 1 : 0
            x[row][i] *= slope[row][i]
            next += 1
          }
        }
      case .square:
        slope = x.map { $0.map { 2 * $0 } }
        x = x.map { rounding.truncate($0.map { $0 * $0 }) }
      case .sigmoid(let method):
        for row in x.indices { x[row] = x[row].map { rounding.sigmoid($0, method) } }
        slope = x.map { rounding.truncate($0.map { $0 * (1 - $0) }) }
      default:
        guard let range = ranges.popFirst() else { preconditionFailure("a dense layer for every range") }
        inputs.append(x)
        slopes.append(slope)
        let weights = parameters
        x = x.map { row in
          (0..<range.outputs).map { j in
            var sum = weights[range.bias.lowerBound + j]
            for i in 0..<range.inputs { sum += row[i] * weights[range.start + i * range.outputs + j] }
            return sum
          }
        }
        for row in x.indices { x[row] = rounding.truncate(x[row]) }
        slope = x.map { $0.map { _ in 1.0 } }
      }
      note(layer.kind, x)
    }
    return (inputs, slopes, x)
  }

  private mutating func prediction(_ rows: [[Double]]) -> [[Double]] {
    switch specification.loss {
    case .squaredError: rows
    case .logistic(let function): rows.map { $0.map { rounding.sigmoid($0, function) } }
    case .softmax(let function): rows.map { rounding.softmax($0, function) }
    }
  }
}

extension TrainingSpecification {
  /// Uniform weights of He's variance before ReLU, Glorot's elsewhere, smaller before a square; biases 0. Public: all
  /// parties compute the same.
  public func initialParameters(seed: UInt64) -> [Double] {
    var generator = SplitMix64(state: seed)
    var parameters: [Double] = []
    for range in denseRanges {
      let next = range.layer + 1 < model.layers.count ? model.layers[range.layer + 1] : nil
      let variance =
        switch next {
        case .relu: 2 / Double(range.inputs)
        case .square: 0.5 / Double(range.inputs)
        default: 2 / Double(range.inputs + range.outputs)
        }
      let bound = (3 * variance).squareRoot()
      parameters += range.weights.map { _ in bound * (2 * generator.unit() - 1) }
      parameters += range.bias.map { _ in 0 }
    }
    return parameters
  }

  /// The length, sign included, of the longest value that `steps` steps can truncate or compare, over all data that
  /// passes the range proofs. `nil` if the model is not linear in its weights: then only a rehearsal tells.
  ///
  /// Predictions of the logistic and softmax losses are at most 1.1 in magnitude and targets below 2, so a step moves a
  /// weight by at most η·3.1·|x|/(1 − μ), a bias by the same with |x| = 1; weight decay only shrinks.
  public func worstCaseBits(steps: Int) -> Int? {
    guard model.layers.count == 1, loss != .squaredError else { return nil }
    if case .logistic(.polynomial(_, _, .excludedByCaller)) = loss { return nil }
    let one = Double(format.one)
    let feature = Double(UInt64(1) << UInt64(model.featureBits - 1)) / one
    let weight = Double(UInt64(1) << UInt64(model.weightBits - 1)) / one
    let move = learningRate * 3.1 / (1 - momentum) * Double(steps)
    let logit = Double(model.input.count) * feature * (weight + move * feature) + weight + move
    let gradient = Double(batch) * 3.1 * max(1, feature)
    return Int((max(logit, gradient) * one * one).exponent) + 2
  }
}
