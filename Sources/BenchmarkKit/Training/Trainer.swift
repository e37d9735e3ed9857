internal import Glibc

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

  /// Trains on the rows of `data`.
  ///
  /// The loss is softmax cross-entropy of the last values before argmax, or, if those come from a sigmoid, binary
  /// cross-entropy of each output. Training uses the exact sigmoid.
  /// - Precondition: the layers fit the data (``ModelSpecification/layerWidths(featureCount:classCount:file:path:)``).
  public func train(on data: Dataset) -> ClearModel {
    var generator = SplitMix64(seed: seed)
    var network = TrainableNetwork(specification, featureCount: data.featureCount, generator: &generator)
    let batchCount = (data.rowCount + settings.batch - 1) / settings.batch
    let stepCount = Double(max(1, settings.epochs * batchCount - 1))
    var step = 0
    for _ in 0..<settings.epochs {
      let order = generator.permutation(data.rowCount)
      for start in stride(from: 0, to: data.rowCount, by: settings.batch) {
        let rows = order[start..<min(start + settings.batch, data.rowCount)]
        for row in rows {
          let features = Array(data.features[row * data.featureCount..<(row + 1) * data.featureCount])
          network.accumulateGradient(features, label: data.labels[row])
        }
        let rate = settings.learningRate * (1 - 0.9 * Double(step) / stepCount)
        network.descend(
          rate: rate, momentum: settings.momentum, weightDecay: settings.weightDecay, rowCount: rows.count)
        step += 1
      }
    }
    return ClearModel(featureCount: data.featureCount, classCount: data.classCount, layers: network.layers)
  }
}

/// A network with gradients and velocities beside its weights.
private struct TrainableNetwork {
  var layers: [ClearLayer] = []
  /// Dense weights by layer index; empty for other layers.
  private var dense: [DenseWeights] = []
  private var gradients: [DenseWeights] = []
  private var velocities: [DenseWeights] = []
  /// Layers before argmax.
  private let depth: Int
  private let kinds: [LayerSpecification.Kind]

  init(_ specification: ModelSpecification, featureCount: Int, generator: inout SplitMix64) {
    var width = featureCount
    let none = DenseWeights(inputs: 0, outputs: 0, weights: [], bias: [])
    kinds = specification.layers.map(\.kind)
    depth = kinds.last == .argmax ? kinds.count - 1 : kinds.count
    for (index, layer) in specification.layers.enumerated() {
      var weights = none
      switch layer {
      case .dense(let outputs, _):
        // He's scale before ReLU, Glorot's elsewhere, smaller before a square, whose outputs must stay small.
        let next = index + 1 < kinds.count ? kinds[index + 1] : .identity
        let variance =
          switch next {
          case .relu: 2 / Double(width)
          case .square: 0.5 / Double(width)
          default: 2 / Double(width + outputs)
          }
        let bound = (3 * variance).squareRoot()
        let values = (0..<width * outputs).map { _ in bound * generator.symmetricUnit() }
        weights = DenseWeights(
          inputs: width, outputs: outputs, weights: values, bias: [Double](repeating: 0, count: outputs))
        layers.append(.dense(weights))
        width = outputs
      case .relu: layers.append(.relu)
      case .square: layers.append(.square)
      case .sigmoid(let method): layers.append(.sigmoid(method))
      case .identity: layers.append(.identity)
      case .argmax: layers.append(.argmax)
      }
      dense.append(weights)
      let zero = DenseWeights(
        inputs: weights.inputs, outputs: weights.outputs,
        weights: [Double](repeating: 0, count: weights.weights.count),
        bias: [Double](repeating: 0, count: weights.bias.count))
      gradients.append(zero)
      velocities.append(zero)
    }
  }

  /// Adds the gradient of the loss on one row.
  mutating func accumulateGradient(_ row: [Double], label: Int) {
    var inputs: [[Double]] = []  // input of each layer
    var values = row
    for index in 0..<depth {
      inputs.append(values)
      switch kinds[index] {
      case .dense: values = dense[index].apply(values)
      case .relu: for j in values.indices { values[j] = max(values[j], 0) }
      case .square: for j in values.indices { values[j] *= values[j] }
      case .sigmoid: for j in values.indices { values[j] = SigmoidMethod.exact(values[j]) }
      case .identity, .argmax: break
      }
    }
    // The gradient at the input of the loss' own non-linearity is output − target for both losses.
    let endsInSigmoid = kinds[depth - 1] == .sigmoid
    if !endsInSigmoid { softmax(&values) }
    if values.count == 1 { values[0] -= Double(label) } else { values[label] -= 1 }
    var index = endsInSigmoid ? depth - 2 : depth - 1
    while index >= 0 {
      values = backward(values, layer: index, input: inputs[index], needsInputGradient: index > 0)
      index -= 1
    }
  }

  private mutating func backward(_ delta: [Double], layer: Int, input: [Double], needsInputGradient: Bool)
    -> [Double]
  {
    switch kinds[layer] {
    case .dense:
      addOuterProduct(input, delta, to: &gradients[layer])
      return needsInputGradient ? timesTransposed(delta, dense[layer]) : []
    case .relu: return zip(delta, input).map { $1 > 0 ? $0 : 0 }
    case .square: return zip(delta, input).map { 2 * $1 * $0 }
    case .sigmoid:
      return zip(delta, input).map { difference, x in
        let y = SigmoidMethod.exact(x)
        return difference * y * (1 - y)
      }
    case .identity, .argmax: return delta
    }
  }

  /// One step: v ← momentum·v − rate·(gradient/rows + decay·w); w ← w + v. Gradients longer than 5 are shortened to 5,
  /// so that square layers do not run away. Clears the gradients.
  mutating func descend(rate: Double, momentum: Double, weightDecay: Double, rowCount: Int) {
    let scale = 1 / Double(rowCount)
    var squaredNorm = 0.0
    for gradient in gradients {
      for value in gradient.weights { squaredNorm += value * value }
      for value in gradient.bias { squaredNorm += value * value }
    }
    let norm = squaredNorm.squareRoot() * scale
    let factor = norm > 5 ? scale * 5 / norm : scale
    for layer in 0..<depth where kinds[layer] == .dense {
      step(
        &dense[layer].weights, &velocities[layer].weights, &gradients[layer].weights, factor, rate, momentum,
        weightDecay)
      step(&dense[layer].bias, &velocities[layer].bias, &gradients[layer].bias, factor, rate, momentum, 0)
      layers[layer] = .dense(dense[layer])
    }
  }
}

private func step(
  _ values: inout [Double], _ velocity: inout [Double], _ gradient: inout [Double], _ factor: Double, _ rate: Double,
  _ momentum: Double, _ decay: Double
) {
  for index in values.indices {
    velocity[index] = momentum * velocity[index] - rate * (factor * gradient[index] + decay * values[index])
    values[index] += velocity[index]
    gradient[index] = 0
  }
}

private func addOuterProduct(_ input: [Double], _ delta: [Double], to gradient: inout DenseWeights) {
  let width = delta.count
  for (row, value) in input.enumerated() where value != 0 {
    let start = row * width
    for column in 0..<width { gradient.weights[start + column] += value * delta[column] }
  }
  for column in 0..<width { gradient.bias[column] += delta[column] }
}

private func timesTransposed(_ delta: [Double], _ dense: DenseWeights) -> [Double] {
  (0..<dense.inputs).map { row in
    var sum = 0.0
    let start = row * dense.outputs
    for column in 0..<dense.outputs { sum += delta[column] * dense.weights[start + column] }
    return sum
  }
}

private func softmax(_ values: inout [Double]) {
  let largest = values.max() ?? 0
  var sum = 0.0
  for index in values.indices {
    values[index] = exp(values[index] - largest)
    sum += values[index]
  }
  for index in values.indices { values[index] /= sum }
}
