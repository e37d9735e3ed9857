import FieldArithmetic
import MPCCore
import SecretSharing
import SecureML
import Synchronization
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
    let ulps = try #require(outcome.weightDifference)
    #expect(ulps > 0 && ulps < 64, "units of 2^−16 between shared weights and the same steps in Double: \(ulps)")
    #expect(outcome.roundingDifferences.count == 8 && outcome.referencePredictions.count == workload.test.rowCount)
    let most = try #require(outcome.roundingDifferences.max())
    #expect(most > 0 && ulps < 2 * most, "no farther off than clear fixed point: \(ulps), \(most)")
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

  @Test func `random rows have labels that a model can learn`() throws {
    let text = """
      {"name": "r", "insecureDealer": true, "workloads": [{
        "name": "step", "input": {"shape": [12]}, "testRows": 200,
        "train": {"secure": true, "rows": 400, "epochs": 10, "learningRate": 0.5},
        "model": {"layers": [{"kind": "dense", "outputs": 1}, {"kind": "sigmoid", "method": "piecewise"}]}}]}
      """
    let workload = try PreparedExperiment(Experiment.load(file: "r.json", text: text), file: "r.json").workloads[0]
    #expect(workload.training.rowCount == 400 && workload.test.rowCount == 200)
    #expect(Set(workload.test.labels) == [0, 1])
    #expect(PreparedWorkload.agreement(workload.clearPredictions, workload.test.labels) > 0.9)
    #expect(
      loadingMessage(text.replacing("\"rows\": 400, ", with: "")).contains("add train.rows"), "how many is not known")
  }

  @Test func `a data set of images is trained as images`() throws {
    let file = "\(benchmarksFolder)/quickstart.json"
    let workload = try PreparedExperiment(
      Experiment.load(
        path: file,
        overrides: [
          #"workloads.1.dataset.shape=[1, 8, 8]"#, "workloads.1.train.epochs=2", "workloads.0.train.epochs=1",
          #"workloads.1.model.layers=[{"kind": "convolution", "filters": 4, "kernel": 3}, {"kind": "relu"}, {"kind": "flatten"}, {"kind": "dense", "outputs": 10}, {"kind": "argmax"}]"#,
        ]), file: file
    ).workloads[1]
    #expect(PreparedWorkload.agreement(workload.clearPredictions, workload.test.labels) > 0.8)
  }

  @Test func `the material a run reports is what was predicted, whatever its generation took`() async throws {
    let prepared = try prepared([
      "offline.insecureRingDegree=1024", "workloads.0.train.epochs=1", "workloads.0.train.rows=16",
    ])
    let outcome = try await LocalSecureInference(prepared.experiment).run(
      prepared.workloads[0], experiment: prepared.experiment, mode: .active, seed: 1
    ) { _ in }
    let demand = try #require(outcome.prediction).demand
    for (kind, used) in outcome.preprocessingUsed { #expect(demand[kind] == used, "\(kind)") }
    #expect(outcome.preprocessingUsed.keys.contains { $0.hasPrefix("inputs of") })
  }

  @Test func `material is made chunk by chunk, and every chunk is paid for`() async throws {
    let prepared = try prepared([
      "offline.insecureRingDegree=1024", "offline.chunkMegabytes=5", "workloads.0.train.epochs=4",
      "workloads.0.train.batch=16",
    ])
    let notes = Mutex<Set<String>>([])
    let outcome = try await LocalSecureInference(prepared.experiment).run(
      prepared.workloads[0], experiment: prepared.experiment, mode: .passive, seed: 1
    ) { text in
      if let place = text.split(separator: ",").first, place.hasPrefix("material") {
        notes.withLock { _ = $0.insert(String(place)) }
      }
    }
    let places = notes.withLock { $0 }
    let count = try #require(places.first?.split(separator: " ").last.flatMap { Int($0) })
    #expect(count > 2 && places == Set((1...count).map { "material \($0) of \(count)" }))
    #expect(try #require(outcome.weightDifference) < 64)
    #expect(outcome.layers.contains { $0.layerKind == "training-step" && $0.offline.bytesSent > 0 })
  }

  @Test func `a training that leaves the range of its masks is refused before anything is sent`() async throws {
    let prepared = try prepared(["insecureDealer=true"])
    var experiment = prepared.experiment
    experiment.fixedPoint.k = 34  // logits below 2
    let error = await #expect(throws: ModelError.self) {
      _ = try await LocalSecureInference(experiment).run(
        prepared.workloads[0], experiment: experiment, mode: .passive, seed: 1
      ) { _ in }
    }
    #expect(error?.description.contains("rehearsed in clear, the dense reach") == true, "\(error?.description ?? "")")
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
