import Foundation
import ModelFiles
import MPCCore
import SecretSharing
import SecureML
import SecureModelFiles
import Testing

@testable import BenchmarkKit

@Suite("Models and data from files in experiments")
struct ModelFileWorkloadTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "models-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  private static let interop = "\(benchmarksFolder)/../Tests/ModelFilesTests/Fixtures/interop"

  /// One workload; `data` and `model` are JSON members.
  private func experiment(_ data: String, model: String, _ overrides: [String] = []) throws -> Experiment {
    let text = """
      { "name": "files", "repeats": 1, "warmup": 0, "deadlineSeconds": 600, "insecureDealer": true,
        "workloads": [{ "name": "w", "dataset": {\(data)}, "model": {\(model)}, "batch": 2, "testRows": 4 }] }
      """
    return try Experiment.load(file: "\(folder)/e.json", text: text, overrides: overrides)
  }

  private func prepared(_ data: String, model: String, _ overrides: [String] = []) throws -> PreparedWorkload {
    try PreparedExperiment(experiment(data, model: model, overrides), file: "\(folder)/e.json").workloads[0]
  }

  /// The message of the error that preparing gives.
  private func message(_ data: String, model: String, _ overrides: [String] = []) -> String {
    do {
      _ = try prepared(data, model: model, overrides)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  private func write(_ text: String, _ name: String) throws {
    try FileBytes.write([UInt8](text.utf8), to: "\(folder)/\(name)")
  }

  private func run(_ workload: PreparedWorkload, _ experiment: Experiment) async throws -> InferenceOutcome {
    try await LocalSecureInference(experiment).run(workload, experiment: experiment, mode: .active, seed: 1) { _ in }
  }

  // MARK: What runs

  @Test func `a model trained here, exported to ONNX, gives from the file what it gives in place`() async throws {
    let file = "\(benchmarksFolder)/quickstart.json"
    let small = ["insecureDealer=true", "batch=2", "workloads.0.testRows=4", "workloads.0.train.epochs=1"]
    var inPlace = try Experiment.load(path: file, overrides: small)
    inPlace.workloads.removeLast()
    let trained = try PreparedExperiment(inPlace, file: file).workloads[0]
    let expected = try await run(trained, inPlace)
    #expect(expected.outputs.count == 4 && Set(expected.outputs).count > 1)

    let written = try ModelTraining.run(
      file: file, overrides: small, workload: "breast-cancer-mlp", folder: "\(folder)/model", quiet: true)
    #expect(written.experimentLayers.map(\.kind) == [.dense, .square, .dense, .sigmoid])
    try ModelImport.export(folder: "\(folder)/model", to: "\(folder)/model.onnx")
    let data = """
      "path": "\(benchmarksFolder)/Data/breast_cancer.csv", "header": true, "classes": 2, "testFraction": 0.25,
      "scaling": "standardize"
      """
    let settings = [#"fixedPoint={"f": 16, "k": 62, "s": 40, "featureBits": 21, "weightBits": 18}"#]
    let layers = String(
      decoding: try Manifest.encoder(pretty: false).encode(written.experimentLayers), as: UTF8.self)
    for source in [
      #""path": "model""#, #""path": "model.onnx", "layers": \#(layers)"#,
      #""path": "model/weights.safetensors", "layers": \#(layers)"#,
    ] {
      let workload = try prepared(data, model: source, settings)
      #expect(workload.test.features == trained.test.features, "same split and scaling")
      #expect(workload.model.parameters == trained.model.parameters)
      #expect(workload.model.layers == trained.model.layers)
      let outcome = try await run(workload, experiment(data, model: source, settings))
      #expect(outcome.outputs == expected.outputs && outcome.predictions == expected.predictions, "\(source)")
      #expect(outcome.preprocessingUsed == expected.preprocessingUsed)
    }
    #expect(throws: ConfigurationError.self) {
      try ModelTraining.run(file: file, overrides: small, workload: "none", folder: "\(folder)/x", quiet: true)
    }
  }

  @Test(arguments: [true, false])
  func `a convolutional network that the onnx package wrote runs from its file on rows of a file`(dealer: Bool)
    async throws
  {
    let data = #""path": "\#(Self.interop)/cnn_input.npy", "label": "none", "shape": [1, 12, 12]"#
    let model = #""path": "\#(Self.interop)/cnn.onnx""#
    let settings = ["insecureDealer=\(dealer)", "offline.insecureRingDegree=1024", "workloads.0.testRows=1"]
    let workload = try prepared(data, model: model, settings)
    #expect(
      workload.model.layers.map(\.kind)
        == [.convolution, .relu, .maxPool, .convolution, .relu, .averagePool, .flatten, .dense])
    let reference = try NPYFile.read(FileBytes.read("\(Self.interop)/cnn_output.npy"), file: "cnn_output.npy").values
    let clear = workload.model.activations(workload.test.features[0..<144]).last ?? []
    #expect(zip(clear, reference).allSatisfy { ($0 - $1).magnitude < 1e-5 })
    let outcome = try await run(workload, experiment(data, model: model, settings))
    #expect(outcome.outputs.count == 3)
    // 108 inputs of a kernel, 24 of the last layer, weights rounded to 2^-17.
    #expect(zip(outcome.outputs, reference).allSatisfy { ($0 - $1).magnitude < 2e-3 })
    #expect(workload.clearPredictions == outcome.predictions && workload.test.labels == outcome.predictions)
  }

  @Test func `rows of an npz file run through listed layers whose weights are in another`() async throws {
    let weights = [
      SafetensorsFile.NamedTensor(
        name: "layers.0.weight", tensor: Tensor(shape: [4, 2], values: [1, 0, 0, 1, 1, 0, 0, 1])),
      SafetensorsFile.NamedTensor(name: "layers.0.bias", tensor: Tensor(shape: [2], values: [0.5, 0])),
    ]
    try FileBytes.write(SafetensorsFile(tensors: weights).encoded(), to: "\(folder)/w.safetensors")
    try write("10,20,30,40,0\n50,10,20,10,0\n", "rows.csv")
    let model = #""path": "w.safetensors", "layers": [{"kind": "dense", "outputs": 2}]"#
    let data = #""path": "rows.csv", "classes": 2, "divisor": 10"#
    let workload = try prepared(data, model: model)
    #expect(workload.test.features == [1, 2, 3, 4, 5, 1, 2, 1], "divided, not scaled, in their order")
    #expect(workload.clearPredictions == [1, 0])
    let outcome = try await run(workload, experiment(data, model: model))
    #expect(zip(outcome.outputs, [4.5, 6, 7.5, 2]).allSatisfy { ($0 - $1).magnitude < 1e-3 })
    #expect(
      message(data, model: #""path": "w.safetensors""#).hasSuffix(
        "w.safetensors holds weights and no layers; list model.layers beside it, or give a folder"))
    #expect(
      message(data, model: #""path": "w.safetensors", "layers": [{"kind": "dense", "outputs": 3}]"#).contains(
        #"node "layers.0.bias": the tensor is 2, the layer has [3]"#))
  }

  @Test func `the preset of ONNX models runs, and scikit-learn's network names the digits`() async throws {
    let file = "\(benchmarksFolder)/onnx.json"
    let experiment = try Experiment.load(
      path: file, overrides: ["insecureDealer=true", "workloads.0.testRows=5", "workloads.0.batch=5"])
    let workload = try PreparedExperiment(experiment, file: file).workloads[0]
    #expect(workload.test.rowCount == 5 && workload.model.accuracy(on: workload.test) == 1)
    let outcome = try await run(workload, experiment)
    #expect(outcome.predictions == workload.test.labels)
    let error = try #require(workload.largestError(ofOutputs: outcome.outputs))
    #expect(error < 2e-3, "\(error)")
  }

  // MARK: What is refused, before anything is shared

  private func graph(_ nodes: [(String, GraphOperation)], weight: [Double] = [1, 0, 0, 1]) throws -> [UInt8] {
    var current = "X"
    var list: [ModelGraph.Node] = []
    for (index, (name, operation)) in nodes.enumerated() {
      let inputs = if case .matrixProduct = operation { [current, "w"] } else { [current] }
      current = "v\(index)"
      list.append(ModelGraph.Node(name: name, operation: operation, inputs: inputs, output: current))
    }
    return try ModelGraph(
      file: "g.onnx", inputs: [ModelGraph.Value(name: "X", dimensions: [nil, 2])],
      outputs: [ModelGraph.Value(name: current, dimensions: [nil, 2])], nodes: list,
      constants: ["w": Tensor(shape: [2, 2], values: weight)]
    ).encodedONNX()
  }

  private static let twoColumns = #""path": "rows.csv", "classes": 2"#

  @Test func `an unsupported graph is refused with all nodes that stand in the way`() throws {
    try write("1,2,0\n", "rows.csv")
    try FileBytes.write(
      graph([
        ("first", .matrixProduct), ("second", .unary(.tanh)), ("third", .unary(.relu)), ("fourth", .unary(.negate)),
      ]),
      to: "\(folder)/g.onnx")
    let text = message(Self.twoColumns, model: #""path": "g.onnx""#)
    #expect(
      text.contains("2 nodes cannot be imported") && text.contains("second") && text.contains("fourth"), "\(text)")
    #expect(!text.contains("third"))
  }

  @Test func `NaN weights, weights out of range and a wrong checksum name file, tensor and value`() throws {
    try write("1,2,0\n", "rows.csv")
    let product = [("first", GraphOperation.matrixProduct)]
    try FileBytes.write(graph(product, weight: [1, .nan, 0, 1]), to: "\(folder)/nan.onnx")
    try FileBytes.write(graph(product, weight: [1, 0, -9.5, 1]), to: "\(folder)/large.onnx")
    try FileBytes.write(graph(product), to: "\(folder)/good.onnx")
    #expect(message(Self.twoColumns, model: #""path": "good.onnx""#) == "no error")
    #expect(
      message(Self.twoColumns, model: #""path": "nan.onnx""#).contains(#"nan.onnx: tensor "w": element 1 is nan"#))
    #expect(
      message(Self.twoColumns, model: #""path": "large.onnx""#).contains(
        #"large.onnx: tensor "layers.0.weight": element 2 is -9.5, not inside ±8.0"#))
    #expect(message(Self.twoColumns, model: #""path": "large.onnx""#, ["fixedPoint.weightBits=21"]) == "no error")
    let sum = String(repeating: "0", count: 64)
    #expect(
      message(Self.twoColumns, model: #""path": "good.onnx", "sha256": "\#(sum)""#).contains("good.onnx: SHA-256 is "))
    #expect(
      message(Self.twoColumns, model: #""path": "none.onnx""#).contains("none.onnx: cannot be read: no such file"))
    try write("no model", "text.onnx")
    #expect(message(Self.twoColumns, model: #""path": "text.onnx""#).contains("text.onnx: byte "))
    #expect(RunExitCode(ModelFileError.unreadable(file: "x", reason: "y")) == .invalidInput)
  }

  @Test func `data that do not fit the model are refused with the place`() throws {
    try FileBytes.write(graph([("first", .matrixProduct)]), to: "\(folder)/g.onnx")
    let model = #""path": "g.onnx""#
    try write("1,2,3,0\n", "rows.csv")
    #expect(
      message(Self.twoColumns, model: model).contains("g.onnx takes 2 values, and a row of the data has 3 features"))
    try write("1,2,0\n3,4,2\n", "rows.csv")
    #expect(message(Self.twoColumns, model: model).contains("rows.csv:2: label 2 is not a whole number in 0…1"))
    try write("1,2,0\n3,40,1\n", "rows.csv")
    #expect(
      message(Self.twoColumns, model: model).contains("row 2: feature x2 has the value 40.0 after standardisation"))
    try write("1,2,0\n3,nan,1\n", "rows.csv")
    #expect(message(Self.twoColumns, model: model).contains("rows.csv:2: column 2: \"nan\" is not a finite number"))
    try write("1,2,0\n", "rows.csv")
    #expect(message(#""path": "rows.csv", "classes": 3"#, model: model).contains("expected 3 outputs, one per class"))
    #expect(
      message(Self.twoColumns, model: #""path": "g.onnx", "layers": [{"kind": "dense", "outputs": 3}]"#).contains(
        "layer 0 of g.onnx is dense(outputs: 2), listed is dense(outputs: 3)"))
    #expect(
      message(Self.twoColumns + #", "scaling": "unit""#, model: model).contains(
        "scaling fitted to training rows, need rows that are not classified"))
    #expect(
      message(Self.twoColumns + #", "label": "none""#, model: #""layers": [{"kind": "dense", "outputs": 2}]"#).contains(
        "a model is trained on labels"))
    try write("#", "e")
    #expect(
      loadingMessage(replacing: "\"layers\"", with: "\"sha256\": \"\(String(repeating: "0", count: 64))\", \"layers\"")
        .contains("it belongs to a model file and there is none; add model.path"))
    #expect(
      loadingMessage(replacing: "\"model\":", with: "\"train\": {}, \"model\":").contains("no error"))
    #expect(
      loadingMessage(
        replacing: "\"model\": { \"layers\"", with: "\"train\": {}, \"model\": { \"path\": \"x\", \"layers\""
      )
      .contains("is not trained; remove one of the two"))
  }

  @Test func `parties of several processes need the layers in the experiment, and the model's owner no rows`() throws {
    try FileBytes.write(graph([("first", .matrixProduct)]), to: "\(folder)/g.onnx")
    try write("1,2,0\n3,4,1\n", "rows.csv")
    func own(_ model: String, _ me: Int) throws -> OwnData {
      try OwnData(
        experiment(Self.twoColumns, model: model), folder: folder, file: "e.json", me: PartyID(me), ownFiles: [])
    }
    #expect {
      _ = try own(#""path": "g.onnx""#, 1)
    } throws: {
      "\($0)".contains("every party has to know them; list model.layers beside model.path")
    }
    let listed = #""path": "g.onnx", "layers": [{"kind": "dense", "outputs": 2}]"#
    let client = try own(listed, 1)
    #expect(client.models.isEmpty && client.rows.map(\.rowCount) == [2])
    try FileManager.default.removeItem(atPath: "\(folder)/rows.csv")
    let owner = try own(listed, 0)
    #expect(
      owner.rows.isEmpty
        && owner.models.map(\.model.parameters) == [[LayerParameters(weights: [1, 0, 0, 1], bias: [0, 0])]])
  }
}

@Suite("Ranges are checked before a run")
struct RangeCheckTests {
  private func experiment(_ overrides: [String]) throws -> Experiment {
    let text = """
      { "name": "ranges", "insecureDealer": true, "repeats": 1, "warmup": 0,
        "workloads": [{ "name": "w", "batch": 8, "input": {"shape": [16]},
          "model": {"layers": [{"kind": "dense", "outputs": 64}, {"kind": "square"}, {"kind": "square"}]} }] }
      """
    return try Experiment.load(file: "e.json", text: text, overrides: overrides)
  }

  private func message(_ overrides: [String]) -> String {
    do {
      _ = try PreparedExperiment(experiment(overrides), file: "e.json")
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func `p61 cannot hold k = 48, and what it can hold is accepted`() {
    #expect(message(["field=p61"]).contains("k + s + 2 + log2 n = 48 + 40 + 2 + 1 = 91 exceeds the 61 bits of p61"))
    #expect(message(["field=p61", #"fixedPoint={"f": 8, "k": 26, "s": 30}"#]) == "no error")
  }

  @Test func `values of the rows that outgrow k are refused with layer, tensor, row and value`() throws {
    let text = message([#"fixedPoint={"f": 14, "k": 30}"#])
    #expect(text.contains("e.json: fixedPoint.k: \"w\": layer "), "\(text)")
    #expect(text.contains(" fraction bits, row ") && text.contains("more than k = 30; raise fixedPoint.k"), "\(text)")
  }

  @Test func `an argument outside a method's domain is refused with layer, row and value`() throws {
    let text = message([#"workloads.0.model.layers=[{"kind": "square"}, {"kind": "exponential"}]"#])
    #expect(text.contains("e.json: model: \"w\": layer 1 (exponential), input, above the largest exponent 0.0, row 0"))
    #expect(text.contains("no argument the layer's method computes; choose another method"), "\(text)")
  }

  @Test func `a worst case beyond k is a warning that says how well cheaters' values are hidden`() throws {
    let prepared = try PreparedExperiment(experiment([]), file: "e.json")
    let warnings = prepared.rangeWarnings()
    #expect(warnings.count == 1)
    #expect(warnings[0].contains("w: layer 1 (square) can reach ") && warnings[0].contains("of statistical security"))
    #expect(prepared.workloads[0].summary.rangeWarnings == warnings)
    let longest = try #require(prepared.workloads[0].summary.longestBits)
    #expect((30..<48).contains(longest))
    let wide = try PreparedExperiment(
      experiment([#"fixedPoint={"k": 60, "featureBits": 18, "weightBits": 18}"#]), file: "e.json")
    #expect(wide.rangeWarnings().isEmpty)
    let narrow = try PreparedExperiment(
      experiment([#"fixedPoint={"k": \#(longest)}"#]), file: "e.json")
    #expect(narrow.rangeWarnings().contains { $0.contains("leaves 0 bits of k = \(longest) for other rows") })
    #expect(message([#"fixedPoint={"k": \#(longest - 1)}"#]).contains("more than k = \(longest - 1)"))
  }

  @Test func `a function whose intermediate values the field cannot hold is refused when the file is read`() {
    let layers = #"workloads.0.model.layers=[{"kind": "dense", "outputs": 2}, {"kind": "exponential", "steps": 20}]"#
    let text = message([layers, "field=p61", #"fixedPoint={"f": 8, "k": 26, "s": 30}"#])
    #expect(text.contains("layers[1]: exponential works with values of 59 bits"), "\(text)")
  }
}
