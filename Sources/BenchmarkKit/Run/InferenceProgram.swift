internal import Cryptography
internal import FieldArithmetic
internal import MPCCore
internal import Online
internal import SecretSharing
internal import SecureML

/// What every party runs: input of the model, then batch by batch input of the rows, the layers, output to their owner.
struct InferenceProgram: Sendable {
  /// The pieces of a program that are measured apart: the layers, and around them input and output.
  enum Piece: Hashable, Sendable {
    case modelInput
    case rowInput
    case layer(Int, String)
    case output(Int)

    /// Column `layer_index`: −2 and −1 for the inputs, behind the last layer for the output.
    var index: Int {
      switch self {
      case .modelInput: -2
      case .rowInput: -1
      case .layer(let index, _), .output(let index): index
      }
    }

    /// Column `layer_kind`.
    var kind: String {
      switch self {
      case .modelInput: "input-model"
      case .rowInput: "input-rows"
      case .layer(_, let kind): kind
      case .output: "output"
      }
    }
  }

  /// What one party has to tell.
  struct PartyOutcome: Sendable {
    var predictions: [Int] = []
    var layers: [LayerMeasurement] = []
    var material: [String: Int] = [:]
    /// Demand of each piece in order of execution.
    var demands: [[MaterialDemand]] = []
    /// Cost of each piece in order of execution.
    var executions: [LayerMeasurement] = []
    /// Revealed outputs of the model, rows × outputs, at the party that receives them; empty if they are indices.
    var outputs: [Double] = []
  }

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
    let format = FixedPointFormat(
      fractionBits: experiment.fixedPoint.f, valueBits: experiment.fixedPoint.k)
    parameters = SecurityParameters(statisticalSecurity: experiment.fixedPoint.s)
    specification = try workload.secureSpecification(format: format, settings: experiment.fixedPoint)
    try specification.validate(field, parameters: parameters, partyCount: experiment.parties)
    weights = try specification.encode(
      workload.model.layers.compactMap { layer in
        layer.weightsAndBias.map { LayerParameters(weights: $0.weights, bias: $0.bias) }
      })
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
    return [Piece.modelInput.index] + rowCounts.flatMap { _ in [Piece.rowInput.index] + Array(0..<(perBatch - 1)) }
  }

  /// Runs as one party.
  /// - Parameter demands: what each piece consumes; nil on the run that learns it.
  func run<S: SharingScheme>(
    _ scheme: S.Type, over channel: MeasuringChannel, source: PreparedSource<S>, random: any RandomSource,
    demands: [[MaterialDemand]]?
  ) async throws(ProtocolAbort) -> PartyOutcome {
    var session: Session<S, MeasuringChannel>
    do {
      session = try Session(over: channel, preprocessing: source, random: random, parameters: parameters)
    } catch {
      throw .localFailure(step: StepLabel("Session", 0), detail: error.description)
    }
    let modelOwner = PartyID(0)
    let rowOwner = PartyID(channel.partyCount - 1)
    var recorder = PieceRecorder(channel: channel, source: source, demands: demands)
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
    return PartyOutcome(
      predictions: predictions, layers: recorder.measurements(party: channel.me),
      material: source.consumption.amounts, demands: recorder.recorded, executions: recorder.executions,
      outputs: values)
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

/// Measures the pieces of a program one after another: material first, then all parties start together.
private struct PieceRecorder<S: SharingScheme> {
  let channel: MeasuringChannel
  let source: PreparedSource<S>
  let demands: [[MaterialDemand]]?
  private(set) var recorded: [[MaterialDemand]] = []
  private(set) var executions: [LayerMeasurement] = []
  private var order: [InferenceProgram.Piece] = []
  private var costs: [InferenceProgram.Piece: (offline: PhaseCost, online: PhaseCost, check: PhaseCost)] = [:]

  init(channel: MeasuringChannel, source: PreparedSource<S>, demands: [[MaterialDemand]]?) {
    self.channel = channel
    self.source = source
    self.demands = demands
  }

  mutating func measure<R>(
    _ piece: InferenceProgram.Piece, in session: inout Session<S, MeasuringChannel>,
    _ body: (inout Session<S, MeasuringChannel>) async throws(ProtocolAbort) -> R
  ) async throws(ProtocolAbort) -> R {
    _ = try await session.exchange(Barrier())
    let dealing = PieceClock(channel)
    if let demands { try await source.prepare(demands[recorded.count]) }
    let offline = dealing.stop().online
    _ = try await session.exchange(Barrier())
    let clock = PieceClock(channel)
    let result = try await body(&session)
    let (online, check) = clock.stop()
    recorded.append(source.takeDemands())
    if costs[piece] == nil { order.append(piece) }
    executions.append(
      LayerMeasurement(
        party: channel.me.index, layerIndex: piece.index, layerKind: piece.kind, offline: offline, online: online,
        check: check))
    let before = costs[piece] ?? (PhaseCost(), PhaseCost(), PhaseCost())
    costs[piece] = (before.offline + offline, before.online + online, before.check + check)
    return result
  }

  func measurements(party: PartyID) -> [LayerMeasurement] {
    order.compactMap { piece in
      costs[piece].map {
        LayerMeasurement(
          party: party.index, layerIndex: piece.index, layerKind: piece.kind, offline: $0.offline, online: $0.online,
          check: $0.check)
      }
    }
  }
}
