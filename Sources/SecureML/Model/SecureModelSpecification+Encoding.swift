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
    var owners = zip(layers.indices, shapes).filter { layers[$0.0].parameterCounts($0.1) != nil }.map(\.0)[...]
    for own in try folded(parameters) {
      let place = owners.popFirst().map { " of layer \($0) (\(layers[$0].kind))" } ?? ""
      encoded += try encode(own.weights, bits: weightBits) { "weight \($0)\(place)" }
      encoded += try encode(own.bias, bits: weightBits) { "bias \($0)\(place)" }
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
    return try encode(rows, bits: featureBits) { "feature \($0 % input.count) of row \($0 / input.count)" }
  }

  /// - Parameter place: names the value at an index.
  private func encode(_ values: [Double], bits: Int, place: (Int) -> String) throws(ModelError) -> [Int64] {
    let range = FixedPointFormat(fractionBits: format.fractionBits, valueBits: bits)
    var encoded: [Int64] = []
    encoded.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      do throws(FixedPointError) {
        encoded.append(try range.encode(value))
      } catch {
        throw .outOfRange(what: place(index), value: value, bits: bits, fractionBits: format.fractionBits)
      }
    }
    return encoded
  }
}
