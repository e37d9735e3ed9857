internal import MPCCore
internal import Preprocessing
internal import SecretSharing

extension TrainingProgram {
  /// What the same training would consume and send on more rows, **extrapolated** from a rehearsal on fewer: input in
  /// proportion to the rows, steps as many as batches of the same size need, output as it is.
  ///
  /// Steps are all alike, so their share is as exact as the rehearsal; proofs of the input's ranges are made in runs, so
  /// its share is off by less than one run a party.
  func extrapolated(_ rehearsal: Rehearsal, from oldRows: Int, to newRows: Int, train: TrainingSettings) -> (
    demand: [MaterialKind: Int], layers: [LayerMeasurement]
  ) {
    let pieces = rehearsal.demand.pieces
    func stepCount(_ rows: Int) -> Int { train.epochs * ((rows + train.batch - 1) / train.batch) }
    let ofRows = Double(newRows) / Double(oldRows)
    let ofSteps = Double(stepCount(newRows)) / Double(stepCount(oldRows))
    let indices = pieceIndices(pieces.count)
    var demand: [MaterialKind: Int] = [:]
    for (index, piece) in zip(indices, pieces) where index != ProgramPiece.step.index {
      let factor = index == ProgramPiece.rowInput.index ? ofRows : 1
      for (kind, count) in ProgramDemand.total(piece) {
        demand[kind, default: 0] += Int((Double(count) * factor).rounded(.up))
      }
    }
    if let step = indices.lastIndex(of: ProgramPiece.step.index) {
      for (kind, count) in ProgramDemand.total(pieces[step]) {
        demand[kind, default: 0] += count * stepCount(newRows)
      }
    }
    let layers = rehearsal.layers.map { layer -> LayerMeasurement in
      var layer = layer
      switch layer.layerIndex {
      case ProgramPiece.rowInput.index:  // in as many rounds
        let rounds = (layer.online.rounds, layer.check.rounds)
        (layer.online, layer.check) = (layer.online.scaled(by: ofRows), layer.check.scaled(by: ofRows))
        (layer.online.rounds, layer.check.rounds) = rounds
      case ProgramPiece.step.index:
        (layer.online, layer.check) = (layer.online.scaled(by: ofSteps), layer.check.scaled(by: ofSteps))
      default: break
      }
      return layer
    }
    return (demand, layers)
  }
}

/// How much longer a finished run took than the cost model had said, to correct what the model says of a larger one.
public struct CostCalibration: Sendable {
  private let rows: [ResultRow]

  /// Reads the results of a run.
  /// - Throws: as `report` does for a folder without readable results.
  public init(folder: String) throws { rows = try ResultSet(path: folder).rows }

  init(rows: [ResultRow]) { self.rows = rows }

  /// Measured ÷ predicted seconds of the slowest party, first repeat; nil if the run has no such phase.
  func factor(workload: String, mode: String, parties: Int, _ phases: [Phase], predicted: String) -> Double? {
    let own = rows.filter {
      $0.op == workload && $0.mode == mode && $0.partyCount == parties && ($0.repetition ?? 0) == 0
    }
    let expected = own.filter { $0.phase == predicted }.compactMap(\.wallNanoseconds).max() ?? 0
    let names = Set(phases.map(\.rawValue))
    let measured = Dictionary(
      grouping: own.filter { $0.layerIndex != nil && names.contains($0.phase ?? "") }, by: { $0.party ?? 0 }
    ).values.map { $0.reduce(0) { $0 + ($1.wallNanoseconds ?? 0) } }.max()
    guard expected > 0, let measured, measured > 0 else { return nil }
    return Double(measured) / Double(expected)
  }
}
