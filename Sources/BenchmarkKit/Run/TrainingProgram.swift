internal import Cryptography
internal import FieldArithmetic
internal import MPCCore
internal import Online
internal import SecretSharing
internal import SecureML

/// Secure training as a program: the rows are input by their owners, one after another; then the steps; the weights go to
/// the last party, which classifies the held-out rows with them.
struct TrainingProgram: SecureProgram {
  let parameters: SecurityParameters
  private let specification: TrainingSpecification
  private let initial: [Int64]
  /// By owner: encoded features and targets.
  private let parts: [(features: [Int64], targets: [Int64], rowCount: Int)]
  private let order: [[Int]]
  private let rates: [Double]
  private let test: Dataset

  /// Encodes the rows of the training part.
  /// - Throws: ``ModelError`` naming the layer that cannot be trained, or the feature that does not fit.
  init<F: PrimeField>(_ workload: PreparedWorkload, experiment: Experiment, field: F.Type) throws {
    try self.init(try TrainingPlan(workload, experiment: experiment), workload, experiment: experiment, field: field)
  }

  /// The program of a plan made for the same workload.
  init<F: PrimeField>(_ plan: TrainingPlan, _ workload: PreparedWorkload, experiment: Experiment, field: F.Type) throws
  {
    parameters = SecurityParameters(statisticalSecurity: experiment.fixedPoint.s)
    specification = plan.specification
    try specification.validate(field, parameters: parameters, partyCount: experiment.parties)
    let (model, format) = (specification.model, specification.format)
    initial = try format.encode(plan.initial)
    parts = try plan.ranges.map { range in
      guard !range.isEmpty else { return ([], [], 0) }
      let own = plan.rows.selecting(range)
      return (
        try model.encode(features: own.features), try format.encode(own.labels.flatMap(plan.targets)), own.rowCount
      )
    }
    (order, rates, test) = (plan.order, plan.rates, workload.test)
  }

  private init(shapesOf other: TrainingProgram) {
    (parameters, specification, test) = (other.parameters, other.specification, other.test)
    initial = [Int64](repeating: 0, count: other.initial.count)
    parts = other.parts.map { part in
      (
        [Int64](repeating: 0, count: part.features.count), [Int64](repeating: 0, count: part.targets.count),
        part.rowCount
      )
    }
    order = Array(other.order.prefix(2))  // velocities are there from the second step on
    rates = Array(other.rates.prefix(2))
  }

  func shapesOnly() -> TrainingProgram { TrainingProgram(shapesOf: self) }

  func expanded<Entry>(_ pieces: [Entry], of shapes: TrainingProgram) -> [Entry] {
    guard pieces.count == shapes.order.count + 2, order.count > 1 else { return pieces }
    return [pieces[0], pieces[1]] + [Entry](repeating: pieces[2], count: order.count - 1) + [pieces[3]]
  }

  func pieceIndices(_ count: Int) -> [Int] {
    [ProgramPiece.rowInput.index] + [Int](repeating: ProgramPiece.step.index, count: count - 2)
      + [ProgramPiece.output(1).index]
  }

  func run<S: SharingScheme>(
    _ scheme: S.Type, over channel: MeasuringChannel, source: PreparedSource<S>, random: any RandomSource,
    supply: MaterialSupply?, journal: any StepJournal
  ) async throws(ProtocolAbort) -> ProgramOutcome {
    var session = try session(scheme, over: channel, source: source, random: random)
    var recorder = PieceRecorder(channel: channel, source: source, supply: supply, journal: journal)
    let receiver = PartyID(channel.partyCount - 1)
    let data = try await recorder.measure(.rowInput, in: &session) { (session) async throws(ProtocolAbort) in
      var shared: [TrainingData<S>] = []
      for (owner, part) in parts.enumerated() where part.rowCount > 0 {
        let isOwner = session.me.index == owner
        shared.append(
          try await TrainingData.input(
            specification, features: isOwner ? part.features : nil, targets: isOwner ? part.targets : nil,
            rowCount: part.rowCount, from: PartyID(owner), in: &session))
      }
      return TrainingData(rowsOf: shared)
    }
    var training = SecureTraining<S>(specification, initial: initial, in: session)
    for (rows, rate) in zip(order, rates) {
      let before = training
      training = try await recorder.measure(.step, in: &session) { (session) async throws(ProtocolAbort) in
        var next = before
        _ = try await next.step(data.rows(rows), learningRate: rate, in: &session)
        return next
      }
    }
    let weights = training.parameters
    let revealed = try await recorder.measure(.output(1), in: &session) { (session) async throws(ProtocolAbort) in
      try await session.revealPrivately(weights, to: receiver)
    }
    let trained = revealed.map { $0.map { specification.format.decode($0) } } ?? []
    return ProgramOutcome(
      predictions: trained.isEmpty ? [] : classes(trained), layers: recorder.measurements(party: channel.me),
      material: recorder.consumption, demands: recorder.recorded, executions: recorder.executions,
      generation: recorder.generation, weights: trained)
  }

  /// The class of each held-out row with the trained weights, in clear.
  private func classes(_ weights: [Double]) -> [Int] {
    let width = test.featureCount
    let rows = (0..<test.rowCount).map { Array(test.features[($0 * width)..<(($0 + 1) * width)]) }
    return ClearTraining(specification, parameters: weights).logits(rows).map { logits in
      logits.count == 1 ? (logits[0] > 0 ? 1 : 0) : indexOfLargest(logits)
    }
  }
}
