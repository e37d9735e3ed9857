internal import Online
internal import SecureML

extension PreparedWorkload {
  /// The workload's model as the secure layers see it; identity layers vanish.
  func secureSpecification(format: FixedPointFormat, settings: FixedPointSettings) throws(ModelError)
    -> SecureModelSpecification
  {
    try SecureModelSpecification(
      input: .vector(model.featureCount),
      layers: model.layers.compactMap { layer in
        switch layer {
        case .dense(let dense): .dense(outputs: dense.outputs)
        case .relu: .relu
        case .square: .square
        case .sigmoid(let method): .sigmoid(method.function)
        case .identity: nil
        case .argmax: .argmax
        }
      },
      format: format, featureBits: settings.featureBits, weightBits: settings.weightBits)
  }
}

extension DenseWeights {
  /// As the secure layers take them.
  var parameters: LayerParameters { LayerParameters(weights: weights, bias: bias) }
}

extension PreparedExperiment {
  /// Layers whose values could outgrow k bits for inputs a cheater may choose within the proven ranges; for them the
  /// masks hide honest data only.
  func rangeWarnings() throws -> [String] {
    let settings = experiment.fixedPoint
    var warnings: [String] = []
    for workload in workloads {
      let specification = try workload.secureSpecification(
        format: FixedPointFormat(fractionBits: settings.f, valueBits: settings.k), settings: settings)
      do {
        try specification.requireHiddenForAllInputs()
      } catch {
        warnings.append("\(workload.workload.name): \(error)")
      }
    }
    return warnings
  }
}
