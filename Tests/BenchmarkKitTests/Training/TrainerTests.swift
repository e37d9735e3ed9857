import Testing

@testable import BenchmarkKit

@Suite("Training in clear")
struct TrainerTests {
  private func prepared(_ overrides: [String] = []) throws -> PreparedExperiment {
    let file = "\(benchmarksFolder)/quickstart.json"
    return try PreparedExperiment(Experiment.load(path: file, overrides: overrides), file: file)
  }

  @Test func `the quick start's models reach their accuracies on the held-out rows`() throws {
    let workloads = try prepared().workloads
    #expect(workloads.map(\.workload.name) == ["breast-cancer-mlp", "digits-mlp"])
    #expect((workloads[0].summary.heldOutAccuracy ?? 0) >= 0.95)
    #expect((workloads[1].summary.heldOutAccuracy ?? 0) >= 0.94)
    for workload in workloads {
      #expect(
        PreparedWorkload.agreement(workload.fixedPointPredictions, workload.clearPredictions) >= 0.98,
        "16 fraction bits change almost no class")
    }
  }

  @Test func `logistic regression reaches 95 percent on breast cancer`() throws {
    let workload = try prepared([
      "workloads=" + """
        [{"name": "lr", "dataset": {"path": "Data/breast_cancer.csv", "header": true, "classes": 2},
          "model": {"layers": [{"kind": "dense", "outputs": 1}, {"kind": "sigmoid", "method": "polynomial"}]},
          "train": {"epochs": 20}}]
        """
    ]).workloads[0]
    #expect((workload.summary.heldOutAccuracy ?? 0) >= 0.95)
    #expect(workload.test.rowCount == 113)
  }

  @Test func `two runs give the same weights bit for bit, another seed gives others`() throws {
    let overrides = ["workloads.0.train.epochs=2", "workloads.1.train.epochs=1", "workloads.1.testRows=4"]
    let first = try prepared(overrides).workloads.map(\.model)
    let second = try prepared(overrides).workloads.map(\.model)
    let other = try prepared(overrides + ["seed=2"]).workloads.map(\.model)
    func bits(_ models: [ClearModel]) -> [UInt64] {
      models.flatMap(\.layers).flatMap { layer -> [UInt64] in
        guard case .dense(let dense) = layer else { return [] }
        return (dense.weights + dense.bias).map(\.bitPattern)
      }
    }
    #expect(bits(first).count == 30 * 16 + 16 + 16 + 1 + 64 * 32 + 32 + 32 * 10 + 10)
    #expect(bits(first) == bits(second))
    #expect(bits(first) != bits(other))
  }

  @Test func `a model with and without its argmax is trained once`() throws {
    let file = "\(benchmarksFolder)/quickstart.json"
    let overrides = ["workloads.1.train.epochs=1", "workloads.1.testRows=4"]
    var experiment = try Experiment.load(path: file, overrides: overrides)
    experiment.workloads.removeFirst()
    var scores = experiment.workloads[0]
    scores.name = "scores"
    scores.model.layers.removeLast()
    experiment.workloads.append(scores)
    var announced: [String] = []
    let cache = PreparationCache { announced.append($0) }
    let both = try PreparedExperiment(experiment, file: file, label: "", cache: cache).workloads
    #expect(announced.count == 1 && announced[0].hasPrefix("digits-mlp: training"))
    #expect(both[0].model.parameters == both[1].model.parameters)
    #expect(both[0].model.layers.last == .argmax && both[1].model.layers.last?.kind == .dense)
    #expect(both[0].clearPredictions == both[1].clearPredictions)
    #expect(both[0].layerWidths == [32, 32, 10, 1] && both[1].layerWidths == [32, 32, 10])
  }

  @Test func `training that diverges is an error that says what to lower`() throws {
    #expect {
      try prepared(["workloads.1.train.learningRate=10", "workloads.1.train.weightDecay=1"])
    } throws: { error in
      "\(error)".contains("workloads[1].train: the training of \"digits-mlp\" diverged")
        && "\(error)".hasSuffix("lower train.learningRate")
    }
  }

  @Test func `a weight outside the proven range is named with its value before anything is shared`() throws {
    #expect {
      try prepared(["fixedPoint.weightBits=10", "workloads.0.train.epochs=1", "workloads.1.train.epochs=1"])
    } throws: { error in
      "\(error)".contains("fixedPoint.weightBits: \"breast-cancer-mlp\": weight ")
        && "\(error)".contains(" of layer 0 (dense) is ")
        && "\(error)".contains("outside the range of 10 bits")
    }
  }

  @Test func `values too long for k are refused before anything is shared`() throws {
    #expect {
      try prepared(["fixedPoint.k=34", "workloads.0.train.epochs=1", "workloads.1.train.epochs=1"])
    } throws: { error in
      "\(error)".contains("fixedPoint.k: ") && "\(error)".contains("more than k = 34; raise fixedPoint.k")
    }
  }

  @Test func `SplitMix64 gives its published first outputs`() {
    var generator = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
    #expect(expected.allSatisfy { $0 == generator.next() })
  }
}
