import ModelFiles
import Online
import SecureML
import SecureModelFiles
import Testing

@Suite("ONNX import")
struct ImportTests {
  @Test(
    "models of other programs give what onnx's own evaluator gives",
    arguments: [("scikit-learn", "probabilities"), ("helper", "Y"), ("cnn", "Y")])
  func interoperability(name: String, output: String) throws {
    let graph = try Fixtures.graph(name, outputs: [output])
    let found = try graph.evaluate(["X": Fixtures.array("\(name)_input.npy")])
    let expected = try Fixtures.array("\(name)_output.npy")
    #expect(found[output]?.shape == expected.shape)
    #expect(distance(found[output]?.values ?? [], expected.values) < 1e-5)
  }

  @Test("all unsupported nodes are listed, not the first one only")
  func unsupportedNodes() {
    #expect {
      try Fixtures.graph("scikit-learn")
    } throws: {
      guard case .unsupportedNodes(_, let nodes)? = $0 as? ModelFileError else { return false }
      return nodes.map(\.operation) == ["ai.onnx.ml.ArrayFeatureExtractor", "Cast"]
    }
  }

  @Test("an MLP becomes dense layers with the weights of its file")
  func secureMLP() throws {
    let model = try WeightedModel(Fixtures.graph("helper", outputs: ["s"]))
    #expect(model.specification.input == .vector(64))
    #expect(model.specification.layers == [.dense(outputs: 16), .relu, .dense(outputs: 10)])
    let other = try WeightedModel(
      Fixtures.graph("scikit-learn", outputs: ["argmax_output"]), options: .init(input: .vector(64)))
    #expect(other.specification.layers == [.dense(outputs: 16), .relu, .dense(outputs: 10), .argmax])
    #expect(other.parameters == model.parameters)
  }

  @Test("a softmax at the end is a layer")
  func softmax() throws {
    #expect(try WeightedModel(Fixtures.graph("helper")).specification.layers.last == .softmax())
  }

  @Test("a CNN's batch normalisation is folded and its groups are kept")
  func secureCNN() throws {
    let model = try WeightedModel(Fixtures.graph("cnn"))
    #expect(
      model.specification.layers == [
        .convolution(filters: 4, kernelHeight: 3, kernelWidth: 3, padding: 1), .relu, .maxPool(window: 2),
        .convolution(filters: 6, kernelHeight: 3, kernelWidth: 3, groups: 2), .relu, .averagePool(window: 2), .flatten,
        .dense(outputs: 3),
      ])
    #expect(model.parameters[1].weights.count == 6 * 2 * 9)
  }

  @Test(
    "single operators become layers that compute the same",
    arguments: [
      "test_Conv2d_padding", "test_Conv2d_strided", "test_Conv2d_groups", "test_Conv2d_depthwise",
      "test_Conv2d_dilated",
      "test_BatchNorm2d_eval", "test_MaxPool2d", "test_AvgPool2d_stride", "test_Linear", "test_Linear_no_bias",
      "test_ReLU",
      "test_Sigmoid", "test_operator_addconstant",
    ])
  func singleOperators(name: String) throws {
    let folder = "\(Fixtures.folder)/onnx/\(name)"
    let graph = try ModelGraph(onnx: FileBytes.read("\(folder)/model.onnx"), file: name)
    let input = try ONNXTensor.read(FileBytes.read("\(folder)/test_data_set_0/input_0.pb"), file: name).tensor
    let expected = try ONNXTensor.read(FileBytes.read("\(folder)/test_data_set_0/output_0.pb"), file: name).tensor
    guard let model = try? WeightedModel(graph) else {
      // Inputs of other ranks than rows of vectors or images have no secure model.
      #expect(![2, 4].contains(input.shape.count))
      return
    }
    let found = try ModelGraph(model, file: name).evaluate(["input": input])["output"]
    #expect(distance(found?.values ?? [], expected.values) < 1e-5)
    let again = try WeightedModel(ModelGraph(onnx: ModelGraph(model, file: name).encodedONNX(), file: name))
    #expect(again.specification.layers == model.specification.layers)
  }

  @Test("weights beyond the proven range are refused with the value")
  func range() {
    #expect(throws: ModelFileError.self) {
      try WeightedModel(Fixtures.graph("cnn"), options: .init(weightBits: 10))
    }
  }

  @Test("a damaged ONNX file is refused or read, never trapped over")
  func damage() throws {
    damaged(try Fixtures.bytes("cnn.onnx")) { bytes in
      guard let graph = try? ModelGraph(onnx: bytes, file: "f") else { return }
      _ = try? WeightedModel(graph)
      _ = try? graph.shapes()
    }
  }
}
