internal import MPCCore

extension PreparedExperiment {
  /// What parties in processes of their own are going to compute with, put together by somebody who may read the data of
  /// all of them: whoever starts them on one machine.
  ///
  /// The parties themselves can audit only what they own: P_0 its model on its own training rows. Here the model meets
  /// the rows to classify, and a secure training the rows of all owners, scaled as P_0 is going to scale them.
  /// - Parameter beforeStep: may end a training in clear by throwing.
  /// - Throws: ``ConfigurationError`` naming the value that k cannot hold, `notTrainable` for a training that leaves the
  ///   range of its masks; what reading the data throws.
  static func auditedForAllOwners(
    _ experiment: Experiment, file: String, beforeStep: () throws -> Void = {}
  ) throws -> PreparedExperiment {
    let folder = file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
    let owners = try (0..<experiment.parties).map { index in
      try OwnData(
        experiment, folder: folder, file: file, me: PartyID(index), ownFiles: [], beforeStep: beforeStep)
    }
    let (models, rows) = (owners[0].models, owners[experiment.parties - 1].rows)
    var workloads: [PreparedWorkload] = []
    for (index, workload) in experiment.workloads.enumerated() {
      let own = experiment.applying(workload)
      let isTrained = workload.train.secure
      var known: [PartyID: Dataset] = [:]
      for (party, owner) in owners.enumerated() { known[PartyID(party)] = owner.training[index] }
      let prepared = try PreparedWorkload(
        workload, experiment: own, file: file, index: index, featureCount: models[index].model.featureCount,
        rowCount: rows[index].rowCount, standardization: models[index].standardization, model: models[index],
        rows: rows[index],
        training: isTrained
          ? SharedTraining(known: known, rowCounts: owners.map { $0.training[index]?.rowCount ?? 0 }) : nil)
      if isTrained { _ = try TrainingPlan(prepared, experiment: own).rehearsed(beforeStep: beforeStep) }
      workloads.append(prepared)
    }
    return PreparedExperiment(experiment, folder: folder, workloads: workloads)
  }
}
