internal import ModelFiles
internal import SecureModelFiles

/// `model train`: a workload's model, trained in clear, as a folder with specification and weights.
public enum ModelTraining {
  /// Trains as `run` does, with the experiment's seed, and writes the folder.
  /// - Parameters:
  ///   - file: the experiment.
  ///   - name: of the workload; nil: the first.
  /// - Throws: ``ConfigurationError``, ``DataError``, `ModelError` for weights out of range, `ModelFileError`; nothing is
  ///   written then.
  public static func run(
    file: String, overrides: [String], workload name: String?, folder: String, quiet: Bool
  ) throws -> ModelInspection {
    var experiment = try Experiment.load(path: file, overrides: overrides)
    if let name {
      guard let own = experiment.workloads.first(where: { $0.name == name }) else {
        let names = experiment.workloads.map(\.name)
        throw ConfigurationError(
          file: file, origin: nil, path: "workloads",
          cause: .unknownChoice(name, nearest: nearestName(to: name, among: names), allowed: names))
      }
      experiment.workloads = [own]
    } else {
      experiment.workloads = Array(experiment.workloads.prefix(1))
    }
    let cache = PreparationCache { if !quiet { standardError("\($0)\n") } }
    let prepared = try PreparedExperiment(experiment, file: file, label: "", cache: cache)
    try WeightedModel(prepared.workloads[0].model, settings: experiment.fixedPoint).write(toFolder: folder)
    return try ModelInspection(file: folder)
  }
}
