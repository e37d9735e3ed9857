import FieldArithmetic
import Foundation
import InsecureDealer
import MPCCore
import Online
import SecretSharing
import SecureML
import Testing
import Transport

/// What training showed to every party.
struct Trained: Sendable, Equatable {
  var parameters: [Double]
  var losses: [Double]
  var roundsPerStep: [Int]
  var checks: Int
}

/// Features and targets of one owner, in clear.
struct OwnedRows: Sendable {
  var owner: PartyID
  var features: [[Double]]
  var targets: [[Double]]
}

/// Trains with the rows of several owners and reveals the weights.
func train<S: SharingScheme>(
  _ scheme: S.Type, parties: Int, _ specification: TrainingSpecification, _ data: [OwnedRows], initial: [Double],
  batches: [[Int]], revealsLoss: Bool = false
) async throws -> Trained {
  let format = specification.format
  let start = try format.encode(initial)
  let encoded = try data.map { part in
    (
      part.owner, try specification.model.encode(features: part.features.flatMap { $0 }),
      try format.encode(part.targets.flatMap { $0 }), part.features.count
    )
  }
  let report = await runInProcess(partyCount: parties) { channel throws(ProtocolAbort) -> Trained in
    let dealer = InsecureDealer<S>(
      seed: [UInt8](repeating: 9, count: 32), me: channel.me, partyCount: channel.partyCount)
    var session = try openSession(scheme, channel, dealer)
    var parts: [TrainingData<S>] = []
    for (owner, features, targets, count) in encoded {
      let isOwner = channel.me == owner
      parts.append(
        try await TrainingData.input(
          specification, features: isOwner ? features : nil, targets: isOwner ? targets : nil, rowCount: count,
          from: owner, in: &session))
    }
    let rows = TrainingData(rowsOf: parts)
    var training = SecureTraining(specification, initial: start, in: session)
    var result = Trained(parameters: [], losses: [], roundsPerStep: [], checks: 0)
    for batch in batches {
      let before = channel.statistics().roundCount
      let residual = try await training.step(rows.rows(batch), in: &session)
      result.roundsPerStep.append(channel.statistics().roundCount - before)
      if revealsLoss {
        result.losses.append(try await training.revealMeanSquaredError(of: residual, in: &session))
      }
    }
    result.parameters = try await session.reveal(training.parameters).map { format.decode($0) }
    return result
  }
  let results = try report.values()
  #expect(results.allSatisfy { $0 == results[0] }, "all parties see the same")
  return results[0]
}

@Suite("Secure training follows training in clear")
struct TrainingTests {
  private static func network(_ loss: TrainingSpecification.Loss, momentum: Double = 0.5) throws
    -> TrainingSpecification
  {
    try TrainingSpecification(
      try SecureModelSpecification(
        input: .vector(5),
        layers: [
          .dense(outputs: 6), .relu, .dense(outputs: 4), .sigmoid(.fivePieces), .dense(outputs: 4), .square,
          .dense(outputs: 2),
        ], format: FixedPointFormat(fractionBits: 20, valueBits: 56)),
      loss: loss, batch: 4, learningRate: 0.25, momentum: momentum, weightDecay: 0.01)
  }

  private static func data(_ rows: Int, owner: PartyID, seed: UInt64) -> OwnedRows {
    let features = pseudorandom(rows * 5, seed: seed, scale: 1)
    return OwnedRows(
      owner: owner, features: (0..<rows).map { Array(features[($0 * 5)..<($0 * 5 + 5)]) },
      targets: (0..<rows).map { features[$0 * 5] > 0 ? [1, 0] : [0, 1] })
  }

  /// An ulp is 2^−20. A step's errors: 1 ulp for its truncation, and the gradient's: sums over 4 rows of products whose
  /// factors are off by some ulps each, times η = 1/4; momentum sums them up. Observed below 8 ulps after 5 steps.
  @Test("Five steps of a network with every activation, rows of two owners", arguments: [2, 3])
  func fiveSteps(parties: Int) async throws {
    let parts = [Self.data(7, owner: PartyID(0), seed: 3), Self.data(5, owner: PartyID(1), seed: 4)]
    let batches = BatchOrder(rowCount: 12, batch: 4, seed: 5)
    let order = batches.batches(epoch: 0) + batches.batches(epoch: 1).prefix(2)
    for loss in [TrainingSpecification.Loss.squaredError, .logistic(.fivePieces)] {
      let specification = try Self.network(loss)
      let initial = specification.initialParameters(seed: 1)
      let rows = parts.flatMap(\.features)
      let targets = parts.flatMap(\.targets)
      var clear = ClearTraining(specification, parameters: initial)
      var losses: [Double] = []
      for batch in order {
        let residual = clear.step(features: batch.map { rows[$0] }, targets: batch.map { targets[$0] })
        losses.append(residual.flatMap { $0 }.reduce(0) { $0 + $1 * $1 } / 4)
      }
      let active = try await train(
        AuthenticatedSharing<P127>.self, parties: parties, specification, parts, initial: initial, batches: order,
        revealsLoss: true)
      let passive = try await train(
        AdditiveSharing<P127>.self, parties: parties, specification, parts, initial: initial, batches: order)
      for secure in [active, passive] {
        let errors = zip(secure.parameters, clear.parameters).map { abs($0 - $1) * 0x1p20 }
        #expect((errors.max() ?? .infinity) < 16, "\(loss): \(errors.max() ?? .nan) ulps")
      }
      let moved = zip(clear.parameters, initial).map { abs($0 - $1) }.max() ?? 0
      #expect(moved > 0.05, "the reference does something: \(moved)")
      for (mine, reference) in zip(active.losses, losses) { #expect(abs(mine - reference) < 1e-4) }
      #expect(Set(active.roundsPerStep).count == 1, "a step's rounds do not depend on data: \(active.roundsPerStep)")
    }
  }

  @Test("A step of linear regression takes 4 rounds and two checks of 4")
  func rounds() async throws {
    let specification = try TrainingSpecification(
      try SecureModelSpecification(input: .vector(5), layers: [.dense(outputs: 2)]), loss: .squaredError, batch: 4,
      learningRate: 0.1)
    let part = Self.data(4, owner: PartyID(0), seed: 6)
    let initial = specification.initialParameters(seed: 2)
    let order = [[Int]](repeating: Array(0..<4), count: 2)
    let active = try await train(
      AuthenticatedSharing<P127>.self, parties: 2, specification, [part], initial: initial, batches: order)
    let passive = try await train(
      AdditiveSharing<P127>.self, parties: 2, specification, [part], initial: initial, batches: order)
    // Product, truncation, gradient, truncated update; the active scheme checks before both masked openings.
    #expect(passive.roundsPerStep == [4, 4])
    #expect(active.roundsPerStep == [12, 12])
  }

  @Test("Logistic regression on breast cancer data of two hospitals is as good as in clear")
  func breastCancer() async throws {
    let (features, labels) = try Self.breastCancerRows()
    let (training, test) = (Array(0..<400), Array(400..<569))
    let specification = try TrainingSpecification(
      try SecureModelSpecification(
        input: .vector(30), layers: [.dense(outputs: 1)],
        format: FixedPointFormat(fractionBits: 16, valueBits: 56)), loss: .logistic(.fivePieces),
      batch: 32, learningRate: 0.5, momentum: 0.5)
    try specification.validate(P127.self, parameters: SecurityParameters(), partyCount: 2)
    #expect((specification.worstCaseBits(steps: 26) ?? .max) <= specification.format.valueBits)
    let initial = specification.initialParameters(seed: 3)
    let batches = BatchOrder(rowCount: training.count, batch: 32, seed: 4)
    let order = batches.batches(epoch: 0) + batches.batches(epoch: 1)
    var clear = ClearTraining(specification, parameters: initial)
    for batch in order {
      clear.step(features: batch.map { features[$0] }, targets: batch.map { [labels[$0]] })
    }
    func owned(_ range: Range<Int>, by owner: Int) -> OwnedRows {
      OwnedRows(
        owner: PartyID(owner), features: Array(features[range]), targets: range.map { [labels[$0]] })
    }
    let secure = try await train(
      AuthenticatedSharing<P127>.self, parties: 2, specification, [owned(0..<150, by: 0), owned(150..<400, by: 1)],
      initial: initial, batches: order)
    func accuracy(_ parameters: [Double]) -> Double {
      let logits = ClearTraining(specification, parameters: parameters).logits(test.map { features[$0] })
      return Double(zip(logits, test).count { ($0[0] > 0) == (labels[$1] == 1) }) / Double(test.count)
    }
    #expect(accuracy(clear.parameters) > 0.93)
    #expect(abs(accuracy(secure.parameters) - accuracy(clear.parameters)) <= 0.01)
  }

  @Test("What cannot be trained is named")
  func refusals() throws {
    func refusal(
      _ layers: [SecureLayerSpecification], batch: Int = 4, rate: Double = 0.1, momentum: Double = 0
    ) throws -> String {
      let model = try SecureModelSpecification(input: .vector(4), layers: layers)
      do {
        _ = try TrainingSpecification(
          model, loss: .squaredError, batch: batch, learningRate: rate, momentum: momentum)
        return "accepted"
      } catch {
        return error.description
      }
    }
    #expect(try refusal([.dense(outputs: 2), .argmax]).contains("layer 1 (argmax)"))
    #expect(try refusal([.dense(outputs: 2), .relu]).contains("the last layer"))
    #expect(try refusal([.dense(outputs: 2), .relu, .square, .dense(outputs: 1)]).contains("square) follows relu"))
    #expect(try refusal([.dense(outputs: 2)], batch: 0).contains("batch 0"))
    #expect(try refusal([.dense(outputs: 2)], rate: .nan).contains("learning rate"))
    #expect(try refusal([.dense(outputs: 2)], momentum: 1).contains("momentum 1.0"))
    #expect(try refusal([.dense(outputs: 2)]) == "accepted")
    let long = try TrainingSpecification(
      try SecureModelSpecification(
        input: .vector(4), layers: [.dense(outputs: 1)], format: FixedPointFormat(fractionBits: 16, valueBits: 63)),
      loss: .squaredError, batch: 1 << 20, learningRate: 0.0001)
    #expect(throws: ModelError.self) {
      try long.validate(P127.self, parameters: SecurityParameters(), partyCount: 2)
    }
  }

  @Test("Every batch is full, every row comes up once an epoch before any comes again")
  func batchOrder() {
    let order = BatchOrder(rowCount: 10, batch: 4, seed: 1)
    let batches = order.batches(epoch: 2)
    #expect(batches.map(\.count) == [4, 4, 4] && Set(batches.joined().prefix(10)) == Set(0..<10))
    #expect(batches == order.batches(epoch: 2) && batches != order.batches(epoch: 3))
  }

  /// Standardised features, and 1 for benign.
  static func breastCancerRows() throws -> (features: [[Double]], labels: [Double]) {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Benchmarks/Data/breast_cancer.csv")
    let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").dropFirst()
    let cells = lines.map { $0.split(separator: ",").compactMap { Double($0) } }
    var rows = cells.map { Array($0.dropLast()) }
    for column in 0..<30 {
      let values = rows.map { $0[column] }
      let mean = values.reduce(0, +) / Double(values.count)
      let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
      for row in rows.indices { rows[row][column] = min(max((rows[row][column] - mean) / deviation, -8), 8) }
    }
    return (rows, cells.map { $0.last ?? 0 })
  }
}
