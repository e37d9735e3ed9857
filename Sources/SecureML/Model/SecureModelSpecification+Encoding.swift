internal import Online

extension SecureModelSpecification {
  /// How many weights and biases the whole model has.
  public var parameterCount: Int {
    zip(layers, shapes).reduce(0) { sum, pair in
      let counts = pair.0.parameterCounts(pair.1)
      return sum + (counts?.weights ?? 0) + (counts?.bias ?? 0)
    }
  }

  /// Weights and biases as integers with f fraction bits, layer after layer, weights before biases.
  /// - Parameter parameters: one entry a dense, convolution, batch normalisation, scale or bias layer, in order. Batch
  ///   normalisation is folded first, see ``folded(_:)``.
  /// - Throws: `wrongParameters`, `outOfRange`.
  public func encode(_ parameters: [LayerParameters]) throws(ModelError) -> [Int64] {
    var encoded: [Int64] = []
    for own in try folded(parameters) {
      encoded += try encode(own.weights, bits: weightBits, what: "the weight")
      encoded += try encode(own.bias, bits: weightBits, what: "the bias")
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
