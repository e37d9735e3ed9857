import FoundationEssentials
import ModelFiles
import Online
import SecureML
import SecureModelFiles
import Testing

@Suite("Export")
struct ExportTests {
  private func scratch() -> String {
    FileManager.default.temporaryDirectory.appending(path: "spdz-models-\(UUID().uuidString)").path
  }

  private func cnn() throws -> WeightedModel { try WeightedModel(Fixtures.graph("cnn")) }

  /// Parameters as they are after being written as F32.
  private func rounded(_ model: WeightedModel) throws -> WeightedModel {
    try WeightedModel(
      model.specification,
      parameters: model.parameters.map {
        LayerParameters(weights: $0.weights.map { Double(Float($0)) }, bias: $0.bias.map { Double(Float($0)) })
      })
  }

  @Test("a model written as ONNX is the same model when it is imported again")
  func onnxRoundTrip() throws {
    let model = try cnn()
    let bytes = try ModelGraph(model, file: "m").encodedONNX()
    #expect(try WeightedModel(ModelGraph(onnx: bytes, file: "m.onnx")) == rounded(model))
    let mlp = try WeightedModel(
      SecureModelSpecification(
        input: .vector(2),
        layers: [.dense(outputs: 2), .square, .dense(outputs: 3), .sigmoid(.polynomial(degree: 9, radius: 8)), .argmax]),
      parameters: [
        LayerParameters(weights: [1, 2, -1, 0.5], bias: [0.25, 0]),
        LayerParameters(weights: [1, 0, 0, 0, 1, 0], bias: [0, 0, 1]),
      ])
    let again = try WeightedModel(ModelGraph(onnx: ModelGraph(mlp, file: "m").encodedONNX(), file: "m.onnx"))
    #expect(again == mlp)
  }

  @Test("a secure model's graph gives what the imported file gives")
  func sameOutputs() throws {
    let (graph, input) = (try Fixtures.graph("cnn"), try Fixtures.array("cnn_input.npy"))
    let found = try ModelGraph(cnn(), file: "m").evaluate(["input": input])["output"]
    let expected = try graph.evaluate(["X": input])["Y"]
    #expect(distance(found?.values ?? [], expected?.values ?? []) < 1e-9)
  }

  @Test("a model folder is read as it was written, and never overwritten")
  func folder() throws {
    let folder = scratch()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try cnn().write(toFolder: folder)
    #expect(try WeightedModel(folder: folder) == rounded(cnn()))
    #expect {
      try cnn().write(toFolder: folder)
    } throws: {
      guard case .cannotWrite? = $0 as? ModelFileError else { return false }
      return true
    }
  }

  @Test("weights that are missing, NaN or of another shape are named")
  func damagedWeights() throws {
    let model = try cnn()
    let last = try #require(model.tensors.last)
    let tensors = Array(model.tensors.dropLast())
    #expect(throws: ModelFileError.missing(file: "w", what: "tensor \"layers.7.bias\"", available: tensors.map(\.name)))
    {
      try WeightedModel(model.specification, weights: SafetensorsFile(tensors: tensors), file: "w")
    }
    for bad in [Tensor(shape: [3], values: [0, .nan, 0]), Tensor(shape: [1, 3], values: [0, 0, 0])] {
      let file = SafetensorsFile(tensors: tensors + [.init(name: last.name, tensor: bad)])
      #expect {
        try WeightedModel(model.specification, weights: file, file: "w")
      } throws: {
        switch $0 as? ModelFileError {
        case .notFinite(_, tensor: "layers.7.bias", index: 1, _): bad.values[1].isNaN
        case .invalidGraph(_, node: "layers.7.bias", _): bad.shape.count == 2
        default: false
        }
      }
    }
  }

  @Test("NaN weights of an ONNX file are found with tensor and element")
  func notFinite() throws {
    var graph = try Fixtures.graph("helper", outputs: ["s"])
    graph.constants["w2"] = Tensor(shape: [10, 16], values: [Double](repeating: 0, count: 159) + [.nan])
    #expect {
      try WeightedModel(graph)
    } throws: {
      guard case .notFinite(_, tensor: "w2", index: 159, _)? = $0 as? ModelFileError else { return false }
      return true
    }
  }
}
