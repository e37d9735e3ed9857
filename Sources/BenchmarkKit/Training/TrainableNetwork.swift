internal import Glibc
internal import SecureML

/// A network with gradients and velocities beside its weights; works on mini-batches, row by row in a fixed order.
struct TrainableNetwork {
  private(set) var layers: [ClearLayer]
  private var gradients: [Parameters]
  private var velocities: [Parameters]
  /// Layers before argmax or softmax.
  private let depth: Int

  /// Weights and biases of a layer, or scale and shift.
  private struct Parameters {
    var weights: [Double] = []
    var bias: [Double] = []
  }

  /// What the backward pass needs of a layer's forward pass.
  private struct Trace {
    var inputs: [[Double]]
    /// Batch normalisation: normalised values, and 1/deviation by channel.
    var normalized: [[Double]] = []
    var inverseDeviation: [Double] = []
  }

  init(_ specification: ModelSpecification, input: ActivationShape, generator: inout SplitMix64) {
    layers = specification.randomLayers(input: input, generator: &generator)
    depth = layers.last?.kind == .argmax || layers.last?.kind == .softmax ? layers.count - 1 : layers.count
    gradients = layers.map { layer in
      let own = Self.parameters(layer)
      return Parameters(
        weights: [Double](repeating: 0, count: own.weights.count), bias: [Double](repeating: 0, count: own.bias.count))
    }
    velocities = gradients
  }

  private static func parameters(_ layer: ClearLayer) -> Parameters {
    switch layer {
    case .dense(let dense): Parameters(weights: dense.weights, bias: dense.bias)
    case .convolution(let convolution): Parameters(weights: convolution.weights, bias: convolution.bias)
    case .batchNorm(let norm): Parameters(weights: norm.scale, bias: norm.shift)
    case .scale(let channels), .bias(let channels): Parameters(weights: channels.factors, bias: channels.bias)
    default: Parameters()
    }
  }

  private mutating func set(_ parameters: Parameters, of layer: Int) {
    switch layers[layer] {
    case .dense(var dense):
      (dense.weights, dense.bias) = (parameters.weights, parameters.bias)
      layers[layer] = .dense(dense)
    case .convolution(var convolution):
      (convolution.weights, convolution.bias) = (parameters.weights, parameters.bias)
      layers[layer] = .convolution(convolution)
    case .batchNorm(var norm):
      (norm.scale, norm.shift) = (parameters.weights, parameters.bias)
      layers[layer] = .batchNorm(norm)
    case .scale(var channels):
      (channels.factors, channels.bias) = (parameters.weights, parameters.bias)
      layers[layer] = .scale(channels)
    case .bias(var channels):
      channels.bias = parameters.bias
      layers[layer] = .bias(channels)
    default: break
    }
  }

  /// Adds the gradient of the loss, summed over the rows of a mini-batch.
  mutating func accumulateGradient(_ rows: [[Double]], labels: [Int]) {
    var traces: [Trace] = []
    var values = rows
    for index in 0..<depth {
      var trace = Trace(inputs: values)
      switch layers[index] {
      case .sigmoid: values = values.map { $0.map(logistic) }
      case .batchNorm: values = normalize(values, layer: index, &trace)
      default:
        let layer = layers[index]
        values = values.map { layer.apply($0) }
      }
      traces.append(trace)
    }
    // The gradient at the input of the loss' own non-linearity is output − target for both losses.
    let endsInSigmoid = layers[depth - 1].kind == .sigmoid
    for row in values.indices {
      if !endsInSigmoid { values[row] = softmaxOfRow(values[row]) }
      if values[row].count == 1 { values[row][0] -= Double(labels[row]) } else { values[row][labels[row]] -= 1 }
    }
    for index in (0..<(endsInSigmoid ? depth - 1 : depth)).reversed() {
      values = backward(values, layer: index, traces[index])
    }
  }

  /// Normalises with the figures of the batch and moves the running ones a tenth of the way.
  private mutating func normalize(_ rows: [[Double]], layer: Int, _ trace: inout Trace) -> [[Double]] {
    guard case .batchNorm(var norm) = layers[layer] else { return rows }
    let channels = norm.scale.count
    let count = Double(rows.count * norm.positions)
    var means = [Double](repeating: 0, count: channels)
    var variances = means
    for row in rows { for (index, value) in row.enumerated() { means[index / norm.positions] += value / count } }
    for row in rows {
      for (index, value) in row.enumerated() {
        let difference = value - means[index / norm.positions]
        variances[index / norm.positions] += difference * difference / count
      }
    }
    trace.inverseDeviation = variances.map { 1 / ($0 + BatchNormWeights.epsilon).squareRoot() }
    for channel in 0..<channels {
      norm.mean[channel] += 0.1 * (means[channel] - norm.mean[channel])
      norm.variance[channel] += 0.1 * (variances[channel] - norm.variance[channel])
    }
    layers[layer] = .batchNorm(norm)
    trace.normalized = rows.map { row in
      row.enumerated().map { index, value in
        (value - means[index / norm.positions]) * trace.inverseDeviation[index / norm.positions]
      }
    }
    return trace.normalized.map { row in
      row.enumerated().map { index, value in
        value * norm.scale[index / norm.positions] + norm.shift[index / norm.positions]
      }
    }
  }

  /// Adds the gradients of a layer's parameters; returns those of its inputs.
  private mutating func backward(_ deltas: [[Double]], layer: Int, _ trace: Trace) -> [[Double]] {
    var own = Parameters()  // taken out, so that its arrays have one owner
    swap(&own, &gradients[layer])
    defer { swap(&own, &gradients[layer]) }
    switch layers[layer] {
    case .dense(let dense):
      return zip(deltas, trace.inputs).map { delta, input in
        addOuterProduct(input, delta, weights: &own.weights, bias: &own.bias)
        guard layer > 0 else { return [] }
        return (0..<dense.inputs).map { row in
          dotProduct(delta, from: 0, dense.weights, from: row * dense.outputs, count: dense.outputs)
        }
      }
    case .convolution(let convolution):
      return zip(deltas, trace.inputs).map { delta, input in
        convolution.backward(input, delta, weights: &own.weights, bias: &own.bias)
      }
    case .batchNorm(let norm): return backward(deltas, norm, trace, &own)
    case .averagePool(let windows):
      return deltas.map { delta in
        var result = [Double](repeating: 0, count: windows.channels * windows.height * windows.width)
        for (output, value) in delta.enumerated() {
          let indices = windows.indices(ofOutput: output)
          let share = value / Double(windows.divisor(indices.count))
          for index in indices { result[index] += share }
        }
        return result
      }
    case .maxPool(let windows):
      return zip(deltas, trace.inputs).map { delta, input in
        var result = [Double](repeating: 0, count: input.count)
        for (output, value) in delta.enumerated() {
          let indices = windows.indices(ofOutput: output)
          result[indices[indexOfLargest(indices.map { input[$0] })]] += value
        }
        return result
      }
    case .relu: return pointwise(deltas, trace) { $1 > 0 ? $0 : 0 }
    case .square: return pointwise(deltas, trace) { 2 * $1 * $0 }
    case .sigmoid:
      return pointwise(deltas, trace) { delta, x in
        let y = logistic(x)
        return delta * y * (1 - y)
      }
    case .globalAveragePool(let area):
      return deltas.map { delta in delta.flatMap { [Double](repeating: $0 / Double(area), count: area) } }
    case .scale(let channels):
      return zip(deltas, trace.inputs).map { delta, input in
        delta.indices.map { index in
          let channel = index / channels.positions
          own.weights[channel] += delta[index] * input[index]
          own.bias[channel] += delta[index]
          return delta[index] * channels.factors[channel]
        }
      }
    case .bias(let channels):
      for delta in deltas { for (index, value) in delta.enumerated() { own.bias[index / channels.positions] += value } }
      return deltas
    case .exponential: return pointwise(deltas, trace) { $0 * exp($1) }
    case .identity, .flatten, .softmax, .argmax: return deltas  // softmax belongs to the loss
    }
  }

  private func pointwise(_ deltas: [[Double]], _ trace: Trace, _ gradient: (Double, Double) -> Double) -> [[Double]] {
    zip(deltas, trace.inputs).map { delta, input in zip(delta, input).map { gradient($0, $1) } }
  }

  private func backward(
    _ deltas: [[Double]], _ norm: BatchNormWeights, _ trace: Trace, _ own: inout Parameters
  ) -> [[Double]] {
    let count = Double(deltas.count * norm.positions)
    var sums = [Double](repeating: 0, count: norm.scale.count)
    var products = sums
    for (delta, normalized) in zip(deltas, trace.normalized) {
      for index in delta.indices {
        sums[index / norm.positions] += delta[index]
        products[index / norm.positions] += delta[index] * normalized[index]
      }
    }
    for channel in sums.indices {
      own.bias[channel] += sums[channel]
      own.weights[channel] += products[channel]
    }
    return zip(deltas, trace.normalized).map { delta, normalized in
      delta.indices.map { index in
        let channel = index / norm.positions
        let centred = delta[index] - sums[channel] / count - normalized[index] * products[channel] / count
        return norm.scale[channel] * trace.inverseDeviation[channel] * centred
      }
    }
  }

  /// One step: v ← momentum·v − rate·(gradient/rows + decay·w); w ← w + v. Gradients longer than 5 are shortened to 5,
  /// so that square layers do not run away. Biases and normalisations do not decay. Clears the gradients.
  mutating func descend(rate: Double, momentum: Double, weightDecay: Double, rowCount: Int) {
    let scale = 1 / Double(rowCount)
    var squaredNorm = 0.0
    for gradient in gradients {
      for value in gradient.weights { squaredNorm += value * value }
      for value in gradient.bias { squaredNorm += value * value }
    }
    let norm = squaredNorm.squareRoot() * scale
    let factor = norm > 5 ? scale * 5 / norm : scale
    for layer in 0..<depth where !gradients[layer].bias.isEmpty {
      var own = Self.parameters(layers[layer])
      let decay = [.batchNorm, .scale].contains(layers[layer].kind) ? 0 : weightDecay
      step(&own.weights, &velocities[layer].weights, &gradients[layer].weights, factor, rate, momentum, decay)
      step(&own.bias, &velocities[layer].bias, &gradients[layer].bias, factor, rate, momentum, 0)
      set(own, of: layer)
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

private func addOuterProduct(
  _ input: [Double], _ delta: [Double], weights gradient: inout [Double], bias: inout [Double]
) {
  let width = delta.count
  for (row, value) in input.enumerated() where value != 0 {
    addScaled(&gradient, at: row * width, value, delta, from: 0, count: width)
  }
  for column in 0..<width { bias[column] += delta[column] }
}

/// e^(x_i) / Σ_j e^(x_j), shifted by the largest value.
func softmaxOfRow(_ row: [Double]) -> [Double] {
  let largest = row.max() ?? 0
  let powers = row.map { exp($0 - largest) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}
