internal import Online
internal import SecureML

extension PreparedWorkload {
  /// The workload's model as the secure layers see it; identity layers vanish,
  /// batch normalisation is part of the layer before it.
  func secureSpecification(format: FixedPointFormat, settings: FixedPointSettings) throws(ModelError)
    -> SecureModelSpecification
  {
    try SecureModelSpecification(
      input: model.input, layers: workload.model.layers.compactMap(\.secure),
      format: format, featureBits: settings.featureBits, weightBits: settings.weightBits)
  }
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
