// Batch normalisation at inference is affine a channel, so it disappears in the affine layer before it.
extension SecureModelSpecification {
  /// The layer that batch normalisation `index` is folded into: behind it come other batch normalisations only.
  static func foldTarget(of index: Int, in layers: [SecureLayerSpecification]) -> Int? {
    for candidate in layers[..<index].indices.reversed() {
      switch layers[candidate] {
      case .batchNormalization: continue
      case .dense, .convolution, .scale: return candidate
      default: return nil
      }
    }
    return nil
  }

  /// The parameters with every batch normalisation folded into the layer before it.
  ///
  /// y = γ(Wx + b − μ)/√(σ² + ε) + β = (tW)x + (t(b − μ) + β) with t = γ/√(σ² + ε), in `Double`, before weights are
  /// rounded to f bits. Large factors t may take weights out of their proven range; encoding names them.
  /// - Parameter parameters: one entry a layer that has any, batch normalisations included, in order.
  /// - Returns: one entry a dense, convolution, scale or bias layer.
  /// - Throws: `wrongParameters`.
  public func folded(_ parameters: [LayerParameters]) throws(ModelError) -> [LayerParameters] {
    var rest = parameters[...]
    var result: [LayerParameters] = []
    for (index, layer) in layers.enumerated() {
      let counts: (weights: Int, bias: Int)
      if case .batchNormalization = layer {
        counts = (shapes[index].channelCount, shapes[index].channelCount)
      } else if let own = layer.parameterCounts(shapes[index]) {
        counts = own
      } else {
        continue
      }
      func wrong(_ given: String, expected: String? = nil) -> ModelError {
        .wrongParameters(
          layer: index, kind: layer.kind,
          expected: expected ?? "\(counts.weights) weights and \(counts.bias) biases", given: given)
      }
      guard let own = rest.popFirst() else { throw wrong("missing") }
      guard own.weights.count == counts.weights, own.bias.count == counts.bias else {
        throw wrong("\(own.weights.count) weights and \(own.bias.count) biases")
      }
      guard case .batchNormalization(let epsilon) = layer else {
        guard own.mean == nil, own.variance == nil else {
          throw wrong("those of a batch normalisation", expected: "weights and biases alone")
        }
        result.append(own)
        continue
      }
      guard let mean = own.mean, let variance = own.variance, mean.count == counts.bias,
        variance.count == counts.bias
      else {
        throw wrong(
          "\(own.mean?.count ?? 0) means and \(own.variance?.count ?? 0) variances",
          expected: "\(counts.bias) means and variances")
      }
      if let bad = variance.first(where: { !(($0 + epsilon) > 0 && $0.isFinite) }) {
        throw wrong("\(bad)", expected: "variances above −epsilon")
      }
      let factors = zip(own.weights, variance).map { $0 / ($1 + epsilon).squareRoot() }
      let last = result.count - 1
      guard last >= 0 else { throw .cannotFold(layer: index, after: "the input") }
      let perFactor = result[last].weights.count / max(1, factors.count)
      // Dense weights stand inputs × outputs, kernels filter after filter, factors of a scale one a channel.
      let isDense = Self.foldTarget(of: index, in: layers).map { layers[$0].kind == "dense" } ?? false
      for weight in result[last].weights.indices {
        result[last].weights[weight] *= factors[isDense ? weight % factors.count : weight / perFactor]
      }
      for channel in factors.indices {
        result[last].bias[channel] = factors[channel] * (result[last].bias[channel] - mean[channel]) + own.bias[channel]
      }
    }
    guard rest.isEmpty else {
      throw .wrongParameters(
        layer: layers.count, kind: "none", expected: "\(parameters.count - rest.count) entries",
        given: "\(parameters.count) entries")
    }
    return result
  }
}
