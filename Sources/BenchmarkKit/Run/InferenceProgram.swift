internal import Cryptography
internal import FieldArithmetic
internal import MPCCore
internal import Online
internal import SecretSharing
internal import SecureML

/// What every party runs: input of the model, then batch by batch input of the rows, the layers, output to their owner.
struct InferenceProgram: SecureProgram {
  let specification: SecureModelSpecification
  let parameters: SecurityParameters
  /// Encoded weights, given to P_0 only.
  private let weights: [Int64]
  /// Encoded rows, batch by batch, given to the last party only.
  private let batches: [[Int64]]
  private let rowCounts: [Int]
  private let thresholds: Bool

  /// Encodes model and rows.
  /// - Throws: ``ModelError`` naming weight, feature or layer that does not fit.
  init<F: PrimeField>(_ workload: PreparedWorkload, experiment: Experiment, field: F.Type) throws {
    let test = workload.test
    parameters = SecurityParameters(statisticalSecurity: experiment.fixedPoint.s)
    specification = try workload.model.secureSpecification(experiment.fixedPoint)
    try specification.validate(field, parameters: parameters, partyCount: experiment.parties)
    weights = try specification.encode(workload.model.parameters)
    let batch = workload.workload.batch
    var batches: [[Int64]] = []
    var rowCounts: [Int] = []
    for start in stride(from: 0, to: test.rowCount, by: batch) {
      let end = min(start + batch, test.rowCount)
      let rows = Array(test.features[(start * test.featureCount)..<(end * test.featureCount)])
      batches.append(try specification.encode(features: rows))
      rowCounts.append(end - start)
    }
    self.batches = batches
    self.rowCounts = rowCounts
    thresholds = !specification.outputsIndices && specification.output.count == 1
  }

  private init(_ other: InferenceProgram, weights: [Int64], batches: [[Int64]], rowCounts: [Int]) {
    (specification, parameters, thresholds) = (other.specification, other.parameters, other.thresholds)
    (self.weights, self.batches, self.rowCounts) = (weights, batches, rowCounts)
  }

  /// The same program on zeros, with one batch of each row count.
  func shapesOnly() -> InferenceProgram {
    var first: [Int: Int] = [:]
    for (index, count) in rowCounts.enumerated() where first[count] == nil { first[count] = index }
    let chosen = first.values.sorted()
    return InferenceProgram(
      self, weights: [Int64](repeating: 0, count: weights.count),
      batches: chosen.map { [Int64](repeating: 0, count: batches[$0].count) }, rowCounts: chosen.map { rowCounts[$0] })
  }

  /// What belongs to the pieces of all batches from what belongs to those of ``shapesOnly()``: first the model's input,
  /// then the same number of pieces for each batch.
  func expanded<Entry>(_ pieces: [Entry], of shapes: InferenceProgram) -> [Entry] {
    let perBatch = (pieces.count - 1) / max(1, shapes.rowCounts.count)
    return rowCounts.reduce(into: Array(pieces.prefix(1))) { result, count in
      guard let batch = shapes.rowCounts.firstIndex(of: count) else { return }
      result += pieces[(1 + batch * perBatch)..<(1 + (batch + 1) * perBatch)]
    }
  }

  /// `layer_index` of each of `count` pieces, in order of execution.
  func pieceIndices(_ count: Int) -> [Int] {
    let perBatch = (count - 1) / max(1, rowCounts.count)
    return [ProgramPiece.modelInput.index]
      + rowCounts.flatMap { _ in [ProgramPiece.rowInput.index] + Array(0..<(perBatch - 1)) }
  }

  /// Runs as one party.
  /// - Parameter supply: of material; nil on the run that learns what is needed.
  func run<S: SharingScheme>(
    _ scheme: S.Type, over channel: MeasuringChannel, source: PreparedSource<S>, random: any RandomSource,
    supply: MaterialSupply?, journal: any StepJournal
  ) async throws(ProtocolAbort) -> ProgramOutcome {
    var session = try session(scheme, over: channel, source: source, random: random)
    let modelOwner = PartyID(0)
    let rowOwner = PartyID(channel.partyCount - 1)
    var recorder = PieceRecorder(channel: channel, source: source, supply: supply, journal: journal)
    let model = try await recorder.measure(.modelInput, in: &session) { (session) async throws(ProtocolAbort) in
      try await SecureModel<S>.input(
        specification, session.me == modelOwner ? weights : nil, from: modelOwner, in: &session)
    }
    var predictions: [Int] = []
    var values: [Double] = []
    for (batch, rowCount) in zip(batches, rowCounts) {
      var activations = try await recorder.measure(.rowInput, in: &session) {
        (session) async throws(ProtocolAbort) in
        try await model.input(
          features: session.me == rowOwner ? batch : nil, rowCount: rowCount, from: rowOwner, in: &session)
      }
      for (index, layer) in model.layers.enumerated() {
        let input = activations
        activations = try await recorder.measure(.layer(index, layer.kind), in: &session) {
          (session) async throws(ProtocolAbort) in try await layer.forward(input, in: &session)
        }
      }
      let outputs = activations
      let revealed = try await recorder.measure(.output(model.layers.count), in: &session) {
        (session) async throws(ProtocolAbort) in
        try await session.revealPrivately(outputs.elements, to: rowOwner)
      }
      guard let revealed else { continue }
      predictions += classes(revealed, rowCount: rowCount)
      if !specification.outputsIndices {
        values += revealed.map { Double($0.signed) / Double(specification.format.one) }
      }
    }
    return ProgramOutcome(
      predictions: predictions, layers: recorder.measurements(party: channel.me),
      material: recorder.consumption, demands: recorder.recorded, executions: recorder.executions,
      outputs: values, generation: recorder.generation)
  }

  /// The class of each row: the index itself, a threshold at one half, or the largest output.
  private func classes<F: PrimeField>(_ outputs: [F], rowCount: Int) -> [Int] {
    if specification.outputsIndices { return outputs.map { Int(clamping: $0.signed) } }
    let half = Int128(specification.format.one / 2)
    if thresholds { return outputs.map { $0.signed >= half ? 1 : 0 } }
    let width = outputs.count / rowCount
    return (0..<rowCount).map { row in
      let own = outputs[(row * width)..<((row + 1) * width)].map(\.signed)
      var best = 0
      for index in own.indices where own[index] > own[best] { best = index }
      return best
    }
  }
}
