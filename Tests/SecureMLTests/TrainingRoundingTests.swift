import FieldArithmetic
import MPCCore
import Online
import SecretSharing
import SecureML
import Testing

/// What truncation at random does to trained weights, and that secure training does no more.
@Suite("Trained weights differ from Double by rounding, and by ReLUs that switch because of it")
struct TrainingRoundingTests {
  /// Differences from the training in `Double`, in units of 2^−f.
  private struct Rounded {
    /// Of all weights, the largest.
    var total = 0.0
    /// The same against a training in `Double` whose ReLUs decide as those of the rounded one: rounding alone.
    var byRounding = 0.0
    /// How many ReLUs decided otherwise than in `Double`.
    var switched = 0
  }

  private struct Case {
    let specification: TrainingSpecification
    let initial: [Double]
    let data: OwnedRows
    let order: [[Int]]

    init(_ layers: [SecureLayerSpecification], learningRate: Double) throws {
      specification = try TrainingSpecification(
        try SecureModelSpecification(
          input: .vector(6), layers: layers, format: FixedPointFormat(fractionBits: 12, valueBits: 48)),
        loss: .logistic(.fivePieces), batch: 8, learningRate: learningRate, momentum: 0.9, weightDecay: 0.001)
      initial = specification.initialParameters(seed: 3)
      let features = pseudorandom(64 * 6, seed: 5, scale: 1)
      data = OwnedRows(
        owner: PartyID(0), features: (0..<64).map { Array(features[($0 * 6)..<($0 * 6 + 6)]) },
        targets: (0..<64).map { [features[$0 * 6] * features[$0 * 6 + 1] > 0 ? 1 : 0] })
      let batches = BatchOrder(rowCount: 64, batch: 8, seed: 7)
      order = (0..<4).flatMap { batches.batches(epoch: $0) }
    }

    func difference(_ left: [Double], _ right: [Double]) -> Double {
      zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) } * Double(specification.format.one)
    }

    func clear(_ seed: UInt64?, deciding: [[Bool]]? = nil) -> (weights: [Double], decisions: [[Bool]]) {
      var training = ClearTraining(specification, parameters: initial, roundingSeed: seed)
      var decisions: [[Bool]] = []
      for (step, batch) in order.enumerated() {
        training.step(
          features: batch.map { data.features[$0] }, targets: batch.map { data.targets[$0] },
          deciding: deciding?[step])
        decisions.append(training.decisions)
      }
      return (training.parameters, decisions)
    }

    func rounded(_ seed: UInt64) -> Rounded {
      let (exact, own) = (clear(nil), clear(seed))
      let following = clear(nil, deciding: own.decisions)
      return Rounded(
        total: difference(own.weights, exact.weights), byRounding: difference(own.weights, following.weights),
        switched: zip(own.decisions.joined(), exact.decisions.joined()).count { $0 != $1 })
    }

    func secure() async throws -> Double {
      let trained = try await train(
        AdditiveSharing<P127>.self, parties: 2, specification, [data], initial: initial, batches: order)
      return difference(trained.parameters, clear(nil).weights)
    }
  }

  @Test func `logistic regression has nothing that switches: rounding alone, securely as in clear`() async throws {
    let training = try Case([.dense(outputs: 1)], learningRate: 0.3)
    let rounded = (1...19).map { training.rounded(UInt64($0)) }
    let most = try #require(rounded.map(\.total).max())
    #expect(rounded.allSatisfy { $0.switched == 0 && $0.total == $0.byRounding })
    let secure = try await training.secure()
    #expect(most < 40 && secure < 40)
    #expect(secure > 0)
  }

  @Test func `a network's weights go where other ReLUs lead them, no farther than rounding in clear does`() async throws
  {
    let training = try Case(
      [.dense(outputs: 16), .relu, .dense(outputs: 8), .relu, .dense(outputs: 1)], learningRate: 0.5)
    let rounded = (1...19).map { training.rounded(UInt64($0)) }
    let most = try #require(rounded.map(\.total).max())
    let byRounding = try #require(rounded.map(\.byRounding).max())
    let secure = try await training.secure()
    #expect(most > 4 * byRounding, "what switches moves weights farther than rounding alone")
    for one in rounded where one.switched == 0 { #expect(one.total == one.byRounding) }
    #expect(byRounding < 800, "observed: 59 to 398; all ReLUs decided alike")
    #expect(secure < 2 * most, "a draw from the same distribution")
  }
}
