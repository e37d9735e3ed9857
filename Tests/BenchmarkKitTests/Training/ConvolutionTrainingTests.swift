internal import Glibc

import SecretSharing
import SecureML
import Testing

@testable import BenchmarkKit

@Suite("Convolutions, pools and batch normalisation in clear")
struct ConvolutionTrainingTests {
  private static let layers: [LayerSpecification] = [
    .convolution(filters: 3, kernelHeight: 3, kernelWidth: 2, stride: 1, padding: 1), .batchNorm, .relu,
    .maxPool(window: 1), .convolution(filters: 2, kernelHeight: 2, kernelWidth: 3, stride: 2, padding: 0),
    .averagePool(window: 1), .flatten, .dense(outputs: 3, inputs: nil), .argmax,
  ]

  private static func images(_ count: Int, seed: UInt64, shape: ActivationShape) -> Dataset {
    var generator = SplitMix64(seed: seed)
    return Dataset(
      file: "random", featureNames: (1...shape.count).map { "x\($0)" },
      features: (0..<count * shape.count).map { _ in generator.symmetricUnit() },
      labels: (0..<count).map { $0 % 3 }, classCount: 3)
  }

  @Test(arguments: [(1, 0), (1, 2), (2, 0), (2, 1), (3, 2)])
  func `a convolution is the sum over its window`(_ stride: Int, _ padding: Int) {
    var generator = SplitMix64(seed: 7)
    let geometry = ConvolutionGeometry(
      channels: 2, height: 6, width: 5, filters: 3, kernelHeight: 3, kernelWidth: 2, stride: stride, padding: padding)
    let weights = (0..<geometry.weightCount).map { _ in generator.symmetricUnit() }
    let image = (0..<60).map { _ in generator.symmetricUnit() }
    let layer = ConvolutionWeights(geometry: geometry, weights: weights, bias: [1, 2, 3])
    let result = layer.apply(image)
    #expect(result.count == geometry.outputCount)
    for filter in 0..<3 {
      for y in 0..<geometry.outputHeight {
        for x in 0..<geometry.outputWidth {
          var sum = Double(filter + 1)
          for channel in 0..<2 {
            for row in 0..<3 {
              for column in 0..<2 {
                let (j, i) = (y * stride + row - padding, x * stride + column - padding)
                guard (0..<6).contains(j), (0..<5).contains(i) else { continue }
                sum += weights[((filter * 2 + channel) * 3 + row) * 2 + column] * image[(channel * 6 + j) * 5 + i]
              }
            }
          }
          let index = (filter * geometry.outputHeight + y) * geometry.outputWidth + x
          #expect((result[index] - sum).magnitude < 1e-12)
        }
      }
    }
  }

  /// Checks about `perLayer` weights of each of the layers at `positions`: the step of gradient descent without momentum
  /// is −rate · gradient/rows, which must be the slope of the loss.
  /// - Returns: the network before and after the step.
  @discardableResult
  private func expectSlopes(
    _ layers: [LayerSpecification], seed: UInt64, at positions: [Int], perLayer: Int
  ) -> (before: TrainableNetwork, stepped: TrainableNetwork) {
    let shape = ActivationShape.image(channels: 2, height: 4, width: 5)
    let data = Self.images(6, seed: 3, shape: shape)
    let rows = (0..<6).map { Array(data.features[$0 * 40..<($0 + 1) * 40]) }
    func network() -> TrainableNetwork {
      var generator = SplitMix64(seed: seed)
      return TrainableNetwork(ModelSpecification(layers: layers), input: shape, generator: &generator)
    }
    var stepped = network()
    stepped.accumulateGradient(rows, labels: data.labels)
    let rate = 1e-3
    stepped.descend(rate: rate, momentum: 0, weightDecay: 0, rowCount: 6)
    let before = network()
    for layer in positions {
      let (old, new) = (weights(before.layers[layer]), weights(stepped.layers[layer]))
      for index in stride(from: 0, to: old.count, by: max(1, old.count / perLayer)) {
        let gradient = (old[index] - new[index]) / rate
        let (up, down) = (loss(before, layer, index, 1e-5, rows, data), loss(before, layer, index, -1e-5, rows, data))
        #expect(((up - down) / 2e-5 - gradient).magnitude < 1e-4, "layer \(layer), weight \(index)")
      }
    }
    return (before, stepped)
  }

  @Test func `gradients of every layer with weights are the slopes of the loss`() {
    expectSlopes(Self.layers, seed: 5, at: [0, 1, 4, 7], perLayer: 7)
  }

  @Test func `strided and padded pools, groups, scales and biases have the slopes of the loss`() {
    let layers: [LayerSpecification] = [
      .convolution(filters: 4, kernelHeight: 3, kernelWidth: 3, stride: 1, padding: 1, groups: 2), .scale,
      .averagePool(window: 2, stride: 1, padding: 1), .bias, .maxPool(window: 3, stride: 2, padding: 1), .flatten,
      .scale, .dense(outputs: 3, inputs: nil), .argmax,
    ]
    let (before, stepped) = expectSlopes(layers, seed: 9, at: [0, 1, 6, 7], perLayer: 5)
    #expect(before.layers[3] != stepped.layers[3], "biases move too")
  }

  private func weights(_ layer: ClearLayer) -> [Double] {
    if case .batchNorm(let norm) = layer { return norm.scale }
    return layer.parameters?.weights ?? []
  }

  /// Mean cross-entropy with one weight changed, batch normalisation with the figures of the batch.
  private func loss(
    _ network: TrainableNetwork, _ layer: Int, _ index: Int, _ change: Double, _ rows: [[Double]], _ data: Dataset
  ) -> Double {
    var values = rows
    for (position, original) in network.layers.dropLast().enumerated() {
      var current = original
      if position == layer {
        switch current {
        case .dense(var dense):
          dense.weights[index] += change
          current = .dense(dense)
        case .convolution(var convolution):
          convolution.weights[index] += change
          current = .convolution(convolution)
        case .batchNorm(var norm):
          norm.scale[index] += change
          current = .batchNorm(norm)
        case .scale(var channels):
          channels.factors[index] += change
          current = .scale(channels)
        default: break
        }
      }
      if case .batchNorm(var norm) = current {
        for channel in norm.scale.indices {
          let own = values.flatMap { $0[channel * norm.positions..<(channel + 1) * norm.positions] }
          norm.mean[channel] = own.reduce(0, +) / Double(own.count)
          norm.variance[channel] =
            own.reduce(0) { $0 + ($1 - norm.mean[channel]) * ($1 - norm.mean[channel]) } / Double(own.count)
        }
        current = .batchNorm(norm)
      }
      values = values.map { current.apply($0) }
    }
    return zip(values, data.labels).reduce(0) { sum, entry in
      let scores = entry.0
      let largest = scores.max() ?? 0
      let total = scores.reduce(0) { $0 + exp($1 - largest) }
      return sum + (log(total) + largest - scores[entry.1]) / 6
    }
  }

  @Test func `folded models give the same outputs without batch normalisation`() {
    let shape = ActivationShape.image(channels: 2, height: 4, width: 5)
    let data = Self.images(30, seed: 4, shape: shape)
    var generator = SplitMix64(seed: 6)
    var network = TrainableNetwork(ModelSpecification(layers: Self.layers), input: shape, generator: &generator)
    for start in stride(from: 0, to: 30, by: 10) {
      network.accumulateGradient(
        (start..<start + 10).map { Array(data.features[$0 * 40..<($0 + 1) * 40]) },
        labels: Array(data.labels[start..<start + 10]))
      network.descend(rate: 0.05, momentum: 0.9, weightDecay: 0, rowCount: 10)
    }
    let model = ClearModel(featureCount: 40, classCount: 3, layers: Array(network.layers.dropLast()), input: shape)
    let folded = model.folded()
    #expect(folded.layers.count == model.layers.count - 1 && !folded.layers.contains { $0.kind == .batchNorm })
    for row in 0..<5 {
      let values = data.features[row * 40..<(row + 1) * 40]
      let (a, b) = (model.activations(values).last ?? [], folded.activations(values).last ?? [])
      #expect(a.count == 3 && zip(a, b).allSatisfy { ($0 - $1).magnitude < 1e-10 })
      #expect(a.contains { $0.magnitude > 1e-3 })
    }
  }

  @Test func `a small network learns where the bright corner is, and fixed point follows`() throws {
    // 6×6 images with one bright 2×2 corner of three.
    var generator = SplitMix64(seed: 8)
    var (features, labels): ([Double], [Int]) = ([], [])
    for index in 0..<150 {
      var image = (0..<36).map { _ in 0.3 * generator.symmetricUnit() }
      let (y, x) = [(0, 0), (0, 4), (4, 4)][index % 3]
      for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] { image[(y + dy) * 6 + x + dx] += 1 }
      features += image
      labels.append(index % 3)
    }
    let data = Dataset(
      file: "corners", featureNames: (1...36).map { "x\($0)" }, features: features, labels: labels, classCount: 3)
    let specification = ModelSpecification(layers: [
      .convolution(filters: 3, kernelHeight: 3, kernelWidth: 3, stride: 1, padding: 0), .batchNorm, .relu,
      .averagePool(window: 2), .flatten, .dense(outputs: 3, inputs: nil), .argmax,
    ])
    let trainer = Trainer(
      specification, settings: TrainingSettings(epochs: 4, batch: 15, learningRate: 0.1), seed: 1)
    let model = trainer.train(on: data, input: .image(channels: 1, height: 6, width: 6))
    #expect(model.accuracy(on: data) == 1)
    let reference = try ClearFixedPointModel(
      model.secureSpecification(FixedPointSettings()), parameters: model.parameters)
    let row = data.features[0..<36]
    let evaluation = try reference.evaluate(Array(row))
    #expect(evaluation.overflows.isEmpty && evaluation.activations.count == 6)
    #expect(try reference.evaluate(data.features).activations.last?.map { Int($0) } == model.predictions(data))
    let pairs = zip(evaluation.activations.dropLast(), model.activations(row).dropLast())
    for (layer, (integers, exact)) in pairs.enumerated() {
      #expect(integers.count == exact.count)
      #expect(zip(integers, exact).allSatisfy { (Double($0) / 65_536 - $1).magnitude < 2e-3 }, "layer \(layer)")
    }
  }
}

@Suite("Layers measured alone")
struct SyntheticWorkloadTests {
  private static func text(_ shape: String, _ layers: String) -> String {
    """
    { "name": "alone", "insecureDealer": true, "repeats": 1, "warmup": 0,
      "workloads": [{ "name": "w", "batch": 2, "input": {"shape": \(shape)}, "model": {"layers": [\(layers)]} }] }
    """
  }

  @Test(arguments: [
    ("[5]", #"{"kind": "dense", "outputs": 4}"#), ("[6]", #"{"kind": "relu"}"#), ("[6]", #"{"kind": "square"}"#),
    ("[3]", #"{"kind": "sigmoid", "method": "exact"}"#),
    ("[5]", #"{"kind": "softmax"}"#), ("[2, 3, 4]", #"{"kind": "globalAveragePool"}"#),
    ("[2, 5, 5]", #"{"kind": "maxPool", "window": 2}"#),
    ("[2, 5, 5]", #"{"kind": "convolution", "filters": 3, "kernel": [3, 2], "stride": 2, "padding": 1}"#),
    ("[4]", #"{"kind": "scale"}, {"kind": "bias"}"#),
    ("[3]", #"{"kind": "exponential", "method": "base2", "degree": 5}"#),
    ("[4]", #"{"kind": "softmax", "exponential": {"method": "base2"}}"#),
    ("[3]", #"{"kind": "sigmoid", "method": "polynomial", "degree": 9, "radius": 8}"#),
    ("[3]", #"{"kind": "sigmoid", "method": "threePieces"}"#),
    ("[3]", #"{"kind": "sigmoid", "method": "exact", "exponential": {"method": "base2"}}"#),
    ("[2, 5, 5]", #"{"kind": "maxPool", "window": 3, "stride": 2, "padding": 1}, {"kind": "scale"}"#),
    ("[1, 5, 5]", #"{"kind": "averagePool", "window": 3, "stride": 2, "padding": 1}, {"kind": "bias"}"#),
    ("[1, 5, 5]", #"{"kind": "averagePool", "window": 2, "stride": 1, "padding": 1, "countsPadding": true}"#),
    ("[4, 4, 4]", #"{"kind": "convolution", "filters": 6, "kernel": 3, "padding": 1, "groups": 2}"#),
    ("[2, 4, 4]", #"{"kind": "maxPool", "window": 2}"#), ("[2, 6, 6]", #"{"kind": "averagePool", "window": 3}"#),
    (
      "[1, 4, 4]",
      #"{"kind": "convolution", "filters": 2, "kernel": 3}, {"kind": "batchNorm"}, {"kind": "relu"}, {"kind": "flatten"}"#
    ),
  ])
  func `every layer runs on random rows and its outputs are those in Double`(_ shape: String, _ layers: String)
    async throws
  {
    let experiment = try Experiment.load(file: "e.json", text: Self.text(shape, layers))
    let prepared = try PreparedExperiment(experiment, file: "e.json")
    let workload = prepared.workloads[0]
    #expect(workload.test.rowCount == 2)
    let outcome = try await LocalSecureInference(experiment).run(
      workload, experiment: experiment, mode: .active, seed: 1
    ) { _ in }
    let error = try #require(workload.largestError(ofOutputs: outcome.outputs))
    let isSmooth = ["exact", "softmax", "exponential"].contains { layers.contains("\"\($0)\"") }
    #expect(error < (isSmooth ? 5e-3 : 2e-4), "\(error)")
    #expect(outcome.outputs.contains { $0 != 0 })
  }

  @Test(arguments: [
    (
      "[5]", #"{"kind": "convolution", "filters": 3, "kernel": 3}"#,
      "layer 0 (convolution): expected an image, given 5 values"
    ),
    ("[1, 5, 5]", #"{"kind": "maxPool", "window": 7}"#, "layer 0 (maxPool)"),
    ("[1, 5, 5]", #"{"kind": "dense", "outputs": 2}"#, "put a flatten before it"),
    (
      "[4]", #"{"kind": "relu"}, {"kind": "batchNorm"}"#,
      "a dense layer or a convolution directly before it, given relu"
    ),
    ("[2, 2]", #"{"kind": "relu"}"#, "[values] or [channels, height, width]"),
    ("[0]", #"{"kind": "relu"}"#, "[values] or [channels, height, width]"),
    (
      "[1, 5, 5]", #"{"kind": "convolution", "filters": 3, "kernel": [1, 2, 3]}"#,
      "a size, or [height, width], of 1…256"
    ),
    ("[4]", #"{"kind": "convolution", "filtres": 3}"#, "did you mean \"filters\"?"),
    ("[4]", #"{"kind": "sigmoid", "method": "polynomial", "degree": 4}"#, "4 is outside 3, 5, 7 and 9"),
    ("[4]", #"{"kind": "sigmoid", "degree": 5}"#, "the method \"piecewise\" has no \"degree\""),
    ("[4]", #"{"kind": "exponential", "degree": 5}"#, "the method \"limit\" has no \"degree\""),
    ("[2, 5, 5]", #"{"kind": "convolution", "filters": 3, "kernel": 3, "groups": 2}"#, "groups that divide"),
    ("[2, 5, 5]", #"{"kind": "maxPool", "window": 2, "padding": 2}"#, "a padding of 0 to 1, less than the window"),
  ])
  func `layers that do not fit are refused with their place`(_ shape: String, _ layers: String, _ part: String) {
    #expect {
      _ = try PreparedExperiment(
        Experiment.load(file: "e.json", text: Self.text(shape, layers)), file: "e.json")
    } throws: { error in
      "\(error)".contains(part)
    }
  }

  @Test func `random rows and a data set exclude each other`() {
    let message = loadingMessage(
      replacing: "\"dataset\":", with: "\"input\": {\"shape\": [3]}, \"dataset\":")
    #expect(message.contains("\"input\" asks for random rows and \"dataset\" is given beside it; remove one of them"))
  }

  @Test func `the written form of a configuration can be read again`() throws {
    let text = Self.text(
      "[1, 6, 6]",
      #"{"kind": "convolution", "filters": 2, "kernel": 3, "groups": 1}, {"kind": "batchNorm"}, {"kind": "scale"}, "#
        + #"{"kind": "maxPool", "window": 2, "stride": 1}, {"kind": "averagePool", "window": 2, "padding": 1}, "#
        + #"{"kind": "bias"}, {"kind": "flatten"}, {"kind": "sigmoid", "method": "polynomial", "outside": "clamped"}, "#
        + #"{"kind": "sigmoid", "method": "exact"}, {"kind": "exponential", "steps": 9}, {"kind": "softmax"}"#
    )
    let experiment = try Experiment.load(file: "e.json", text: text)
    #expect(try Experiment.load(file: "m.json", text: experiment.json()) == experiment)
  }
}
