internal import Online

/// Weights and biases of one layer in clear, as its owner has them.
public struct LayerParameters: Hashable, Sendable, Codable {
  /// Dense: inputs × outputs, row-major. Convolution: filters × channels × kernel height × kernel width.
  public var weights: [Double]
  /// One an output or filter.
  public var bias: [Double]

  /// Puts the two together.
  public init(weights: [Double], bias: [Double]) {
    self.weights = weights
    self.bias = bias
  }
}

extension SecureModelSpecification {
  /// How many weights and biases the whole model has.
  public var parameterCount: Int {
    zip(layers, shapes).reduce(0) { sum, pair in
      let counts = pair.0.parameterCounts(pair.1)
      return sum + (counts?.weights ?? 0) + (counts?.bias ?? 0)
    }
  }

  /// Weights and biases as integers with f fraction bits, layer after layer, weights before biases.
  /// - Parameter parameters: one entry a dense or convolution layer, in order.
  /// - Throws: `wrongParameters`, `outOfRange`.
  public func encode(_ parameters: [LayerParameters]) throws(ModelError) -> [Int64] {
    var rest = parameters[...]
    var encoded: [Int64] = []
    for (index, layer) in layers.enumerated() {
      guard let counts = layer.parameterCounts(shapes[index]) else { continue }
      func wrong(_ given: String) -> ModelError {
        .wrongParameters(
          layer: index, kind: layer.kind, expected: "\(counts.weights) weights and \(counts.bias) biases",
          given: given)
      }
      guard let own = rest.popFirst() else { throw wrong("missing") }
      guard own.weights.count == counts.weights, own.bias.count == counts.bias else {
        throw wrong("\(own.weights.count) weights and \(own.bias.count) biases")
      }
      encoded += try encode(own.weights, bits: weightBits, what: "the weight")
      encoded += try encode(own.bias, bits: weightBits, what: "the bias")
    }
    guard rest.isEmpty else {
      throw .wrongParameters(
        layer: layers.count, kind: "none", expected: "\(parameters.count - rest.count) entries",
        given: "\(parameters.count) entries")
    }
    return encoded
  }

  /// Rows of features as integers with f fraction bits.
  /// - Parameter rows: row after row.
  /// - Throws: `wrongFeatureCount`, `outOfRange`.
  public func encode(features rows: [Double]) throws(ModelError) -> [Int64] {
    guard !rows.isEmpty, rows.count % input.count == 0 else {
      throw .wrongFeatureCount(expected: input.description, given: rows.count)
    }
    return try encode(rows, bits: featureBits, what: "the feature")
  }

  private func encode(_ values: [Double], bits: Int, what: String) throws(ModelError) -> [Int64] {
    let range = FixedPointFormat(fractionBits: format.fractionBits, valueBits: bits)
    return try values.map { (value) throws(ModelError) in
      do throws(FixedPointError) {
        return try range.encode(value)
      } catch {
        throw .outOfRange(what: what, value: value, bits: bits, fractionBits: format.fractionBits)
      }
    }
  }
}
