import FieldArithmetic
import MPCCore
import SecretSharing
import Testing

@testable import BenchmarkKit

@Suite("Secure training as a workload")
struct TrainingProgramTests {
  /// Logistic regression on breast cancer rows.
  private func prepared(_ overrides: [String]) throws -> PreparedExperiment {
    let file = "\(benchmarksFolder)/training.json"
    let all =
      ["workloads.0.train.rows=64", "workloads.0.train.epochs=2", "deadlineSeconds=600", "repeats=1", "warmup=0"]
      + overrides
    return try PreparedExperiment(Experiment.load(path: file, overrides: all), file: file)
  }

  @Test(arguments: [SecurityMode.passive, .active])
  func `a dealer's training is as good as the clear one, and costs what was predicted`(mode: SecurityMode) async throws
  {
    let prepared = try prepared(["insecureDealer=true", "parties=3", "workloads.0.train.epochs=6"])
    let workload = prepared.workloads[0]
    let prediction = try await RunPrediction(workload, experiment: prepared.experiment, mode: mode)
    let outcome = try await LocalSecureInference(prepared.experiment).run(
      workload, experiment: prepared.experiment, mode: mode, seed: 1
    ) { _ in }
    #expect(prediction.differences(from: outcome.layers).isEmpty)
    #expect(outcome.predictions.count == workload.test.rowCount)
    let clear = PreparedWorkload.agreement(workload.clearPredictions, workload.test.labels)
    let secure = PreparedWorkload.agreement(outcome.predictions, workload.test.labels)
    #expect(clear > 0.9 && secure > clear - 0.03, "\(secure), clear \(clear)")
    #expect(outcome.layers.filter { $0.party == 0 }.map(\.layerKind) == ["input-rows", "training-step", "output"])
  }

  @Test func `training runs with the parties' own material`() async throws {
    let prepared = try prepared(["offline.insecureRingDegree=1024", "workloads.0.train.epochs=1"])
    let outcome = try await LocalSecureInference(prepared.experiment).run(
      prepared.workloads[0], experiment: prepared.experiment, mode: .active, seed: 1
    ) { _ in }
    #expect(outcome.predictions.count == prepared.workloads[0].test.rowCount)
    #expect(outcome.layers.contains { $0.layerKind == "training-step" && $0.offline.bytesSent > 0 })
  }

  @Test func `a model that cannot be trained securely is named before anything is sent`() async throws {
    let prepared = try prepared([
      #"workloads.0.model.layers=[{"kind": "identity"}, {"kind": "dense", "outputs": 2}, {"kind": "relu"}, {"kind": "square"}, {"kind": "dense", "outputs": 2}]"#
    ])
    await #expect(throws: (any Error).self) {
      _ = try await LocalSecureInference(prepared.experiment).run(
        prepared.workloads[0], experiment: prepared.experiment, mode: .active, seed: 1
      ) { _ in }
    }
  }
}
