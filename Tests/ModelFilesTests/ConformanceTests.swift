import FoundationEssentials
import ModelFiles
import Testing

/// One of the conformance tests of the `onnx` package: a model, inputs and the expected output.
struct ConformanceCase {
  let folder: String

  /// Relative and absolute tolerance of the package's own runner.
  static let tolerances = (relative: 1e-3, absolute: 1e-7)

  /// The folders inside `folder` that hold a model, sorted.
  static func folders(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().map { "\(folder)/\($0)" }
      .filter { FileManager.default.fileExists(atPath: "\($0)/model.onnx") }
  }

  /// Imports, evaluates, compares.
  /// - Returns: what differs, or `nil`.
  func difference() throws(ModelFileError) -> String? {
    let graph = try ModelGraph(onnx: FileBytes.read("\(folder)/model.onnx"), file: folder)
    var inputs: [String: Tensor] = [:]
    for (index, input) in graph.inputs.enumerated() {
      let path = "\(folder)/test_data_set_0/input_\(index).pb"
      inputs[input.name] = try ONNXTensor.read(FileBytes.read(path), file: path).tensor
    }
    let outputs = try graph.evaluate(inputs)
    for (index, output) in graph.outputs.enumerated() {
      let path = "\(folder)/test_data_set_0/output_\(index).pb"
      let expected = try ONNXTensor.read(FileBytes.read(path), file: path).tensor
      guard let found = outputs[output.name] else { return "no output \(output.name)" }
      guard found.shape == expected.shape else { return "the shape is \(found.shapeText), not \(expected.shapeText)" }
      for (place, (x, y)) in zip(found.values, expected.values).enumerated()
      where !((x - y).magnitude <= Self.tolerances.absolute + Self.tolerances.relative * y.magnitude) {
        return "element \(place) is \(x), not \(y)"
      }
    }
    return nil
  }
}

@Suite("ONNX conformance")
struct ConformanceTests {
  @Test("the cases kept with the tests match", arguments: ConformanceCase.folders(in: Fixtures.folder + "/onnx"))
  func keptCases(folder: String) throws {
    let difference = try ConformanceCase(folder: folder).difference()
    #expect(difference == nil)
  }

  @Test("the cases are there")
  func casesExist() { #expect(ConformanceCase.folders(in: Fixtures.folder + "/onnx").count == 23) }

  /// `ONNX_TEST_DATA` names the folder `onnx/backend/test/data` of the onnx package: every case of its two folders of
  /// PyTorch models is run or refused, none fails.
  @Test(
    "every case of the onnx package runs and matches, or is refused",
    .enabled(if: ProcessInfo.processInfo.environment["ONNX_TEST_DATA"] != nil, "ONNX_TEST_DATA is not set"))
  func allCases() {
    let root = ProcessInfo.processInfo.environment["ONNX_TEST_DATA"] ?? ""
    for suite in ["pytorch-converted", "pytorch-operator"] {
      var (matching, refused): (Int, [String]) = (0, [])
      let folders = ConformanceCase.folders(in: "\(root)/\(suite)")
      #expect(!folders.isEmpty, "no cases in \(root)/\(suite)")
      for folder in folders {
        let name = folder.split(separator: "/").last ?? ""
        do throws(ModelFileError) {
          let difference = try ConformanceCase(folder: folder).difference()
          #expect(difference == nil, "\(name)")
          if difference == nil { matching += 1 }
        } catch .unsupportedNodes(_, let nodes) {
          refused.append("\(name): \(nodes.map { "\($0.operation) (\($0.reason))" }.joined(separator: "; "))")
        } catch {
          Issue.record("\(name): \(error)")
        }
      }
      print("\(suite): \(folders.count) cases, \(matching) match, \(refused.count) refused")
      for line in refused { print("  refused: \(line)") }
    }
  }
}
