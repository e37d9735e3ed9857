internal import Cryptography
internal import FieldArithmetic
internal import MPCCore
internal import Online
internal import SecretSharing
internal import SecureML

/// Secure training as a program: the rows are input by their owners, one after another, block by block; then the steps;
/// the weights go to the last party, which classifies the held-out rows with them.
struct TrainingProgram: SecureProgram {
  /// Features whose ranges are proven at once.
  private static let blockFeatureCount = 1 << 18

  let parameters: SecurityParameters
  private let specification: TrainingSpecification
  private let initial: [Int64]
  /// Encoded features and targets, owner after owner, at most so many features at once as ``blockFeatureCount``: each
  /// block is a piece, so that its material fits into a chunk.
  private let blocks: [(owner: Int, features: [Int64], targets: [Int64], rowCount: Int)]
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
    let most = max(1, Self.blockFeatureCount / max(1, plan.rows.featureCount))
    blocks = try plan.ranges.enumerated().flatMap { owner, range in
      try stride(from: range.lowerBound, to: range.upperBound, by: most).map { start in
        let own = plan.rows.selecting(start..<min(start + most, range.upperBound))
        return (
          owner, try model.encode(features: own.features), try format.encode(own.labels.flatMap(plan.targets)),
          own.rowCount
        )
      }
    }
    (order, rates, test) = (plan.order, plan.rates, workload.test)
  }

  private init(shapesOf other: TrainingProgram) {
    (parameters, specification, test) = (other.parameters, other.specification, other.test)
    initial = [Int64](repeating: 0, count: other.initial.count)
    blocks = other.blocks.map { block in
      (
        block.owner, [Int64](repeating: 0, count: block.features.count),
        [Int64](repeating: 0, count: block.targets.count), block.rowCount
      )
    }
    order = Array(other.order.prefix(2))  // velocities are there from the second step on
    rates = Array(other.rates.prefix(2))
  }

  func shapesOnly() -> TrainingProgram { TrainingProgram(shapesOf: self) }

  func expanded<Entry>(_ pieces: [Entry], of shapes: TrainingProgram) -> [Entry] {
    let inputs = blocks.count
    guard pieces.count == inputs + shapes.order.count + 1, order.count > 1 else { return pieces }
    return pieces[...inputs] + [Entry](repeating: pieces[inputs + 1], count: order.count - 1) + [pieces[inputs + 2]]
  }

  func pieceIndices(_ count: Int) -> [Int] {
    [Int](repeating: ProgramPiece.rowInput.index, count: blocks.count)
      + [Int](repeating: ProgramPiece.step.index, count: count - blocks.count - 1) + [ProgramPiece.output(1).index]
  }

  func run<S: SharingScheme>(
    _ scheme: S.Type, over channel: MeasuringChannel, source: PreparedSource<S>, random: any RandomSource,
    supply: MaterialSupply?, journal: any StepJournal
  ) async throws(ProtocolAbort) -> ProgramOutcome {
    var session = try session(scheme, over: channel, source: source, random: random)
    var recorder = PieceRecorder(channel: channel, source: source, supply: supply, journal: journal)
    let receiver = PartyID(channel.partyCount - 1)
    var shared: [TrainingData<S>] = []
    for block in blocks {
      let isOwner = session.me.index == block.owner
      shared.append(
        try await recorder.measure(.rowInput, in: &session) { (session) async throws(ProtocolAbort) in
          try await TrainingData.input(
            specification, features: isOwner ? block.features : nil, targets: isOwner ? block.targets : nil,
            rowCount: block.rowCount, from: PartyID(block.owner), in: &session)
        })
    }
    let data = TrainingData(rowsOf: shared)
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
  func classes(_ weights: [Double]) -> [Int] {
    let width = test.featureCount
    let rows = (0..<test.rowCount).map { Array(test.features[($0 * width)..<(($0 + 1) * width)]) }
    return ClearTraining(specification, parameters: weights).logits(rows).map { logits in
      logits.count == 1 ? (logits[0] > 0 ? 1 : 0) : indexOfLargest(logits)
    }
  }
}
