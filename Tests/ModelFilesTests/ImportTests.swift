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

  @Test("a softmax that is no argmax's input is refused as a layer")
  func softmax() {
    #expect {
      try WeightedModel(Fixtures.graph("helper"))
    } throws: {
      guard case .unsupportedNodes(_, let nodes)? = $0 as? ModelFileError else { return false }
      return nodes.map(\.operation) == ["Softmax"]
    }
  }

  @Test("a CNN's batch normalisation is folded and its groups are filled with zeros")
  func secureCNN() throws {
    let model = try WeightedModel(Fixtures.graph("cnn"))
    #expect(
      model.specification.layers == [
        .convolution(filters: 4, kernelHeight: 3, kernelWidth: 3, padding: 1), .relu, .maxPool(window: 2),
        .convolution(filters: 6, kernelHeight: 3, kernelWidth: 3), .relu, .averagePool(window: 2), .flatten,
        .dense(outputs: 3),
      ])
    #expect(model.parameters[1].weights.count == 6 * 4 * 9)
    #expect(model.parameters[1].weights.count { $0 == 0 } == 6 * 2 * 9)
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
