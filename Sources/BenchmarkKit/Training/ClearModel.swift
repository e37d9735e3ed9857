public import SecureML

/// A trained network in clear: what the parties later hold in shares.
public struct ClearModel: Hashable, Sendable, Codable {
  /// Number of input features.
  public var featureCount: Int
  /// How a row is read.
  public var input: ActivationShape
  /// Number of classes.
  public var classCount: Int
  /// The layers, input first.
  public var layers: [ClearLayer]

  /// Creates a model.
  /// - Parameter input: default: a vector of all features.
  public init(featureCount: Int, classCount: Int, layers: [ClearLayer], input: ActivationShape? = nil) {
    self.input = input ?? .vector(featureCount)
    self.featureCount = featureCount
    self.classCount = classCount
    self.layers = layers
  }

  /// Runs the network on one row in `Double`.
  ///
  /// Sigmoid layers use their approximation, as the secure computation does.
  /// - Parameter row: `featureCount` values.
  /// - Returns: the outputs of every layer; an argmax layer gives one value, the index.
  public func activations(_ row: some Collection<Double>) -> [[Double]] {
    precondition(row.count == featureCount, "a row has \(featureCount) features")
    var values = Array(row)
    return layers.map { layer in
      values = layer.apply(values)
      return values
    }
  }

  /// The class the outputs of the last layer name.
  public func predictedClass(fromOutputs outputs: [Double]) -> Int {
    if layers.last == .argmax { return Int(outputs[0]) }
    return outputs.count == 1 ? (outputs[0] >= 0.5 ? 1 : 0) : indexOfLargest(outputs)
  }

  /// The class of each row of `data`.
  public func predictions(_ data: Dataset) -> [Int] {
    (0..<data.rowCount).map { row in
      let values = data.features[row * data.featureCount..<(row + 1) * data.featureCount]
      return predictedClass(fromOutputs: activations(values).last ?? [])
    }
  }

  /// The part of the rows of `data` that is classified correctly, 0 … 1.
  public func accuracy(on data: Dataset) -> Double {
    let right = zip(predictions(data), data.labels).count { $0 == $1 }
    return Double(right) / Double(max(1, data.rowCount))
  }
}

/// Weights of a dense layer.
public struct DenseWeights: Hashable, Sendable, Codable {
  /// Number of inputs.
  public var inputs: Int
  /// Number of outputs.
  public var outputs: Int
  /// W, inputs × outputs, row-major: a batch X (rows × inputs) gives X·W.
  public var weights: [Double]
  /// b, one an output.
  public var bias: [Double]

  /// Creates weights.
  public init(inputs: Int, outputs: Int, weights: [Double], bias: [Double]) {
    precondition(weights.count == inputs * outputs && bias.count == outputs, "W is inputs × outputs, b has outputs")
    self.inputs = inputs
    self.outputs = outputs
    self.weights = weights
    self.bias = bias
  }

  /// x·W + b of one row.
  public func apply(_ row: [Double]) -> [Double] {
    var result = bias
    for (input, value) in row.enumerated() where value != 0 {
      addScaled(&result, at: 0, value, weights, from: input * outputs, count: outputs)
    }
    return result
  }
}

/// Index of the first largest value.
func indexOfLargest<Value: Comparable>(_ values: [Value]) -> Int {
  var best = 0
  for index in values.indices where values[index] > values[best] { best = index }
  return best
}
