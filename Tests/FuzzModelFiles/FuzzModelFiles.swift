// Fuzz entry for model and tensor files. Scripts/fuzz FuzzModelFiles builds it as a static library and runs it.
internal import ModelFiles

/// One input: the first byte chooses the format, the rest is the file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzModelFiles(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let bytes = unsafe bytes, count > 0 else { return 0 }
  let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  let content = Array(input[1...])
  do throws(ModelFileError) {
    switch input[0] % 7 {
    case 0:
      let tensor = try NPYFile.read(content, file: "f")
      precondition(tensor.count == tensor.shape.reduce(1, *), "elements of the shape")
      if !tensor.elementType.isInteger, tensor.values.allSatisfy(\.isFinite) {
        let again = try NPYFile.read(NPYFile.write(tensor), file: "f")
        precondition(again.values == tensor.values, "written as read")
      }
    case 1: _ = try NPZFile.read(content, file: "f")
    case 2:
      let file = try SafetensorsFile(content, file: "f")
      let again = try SafetensorsFile(file.encoded(), file: "f")
      precondition(again.tensors.map(\.name) == file.tensors.map(\.name), "written as read")
    case 3: _ = try Gzip.decompress(content, limit: 1 << 22, file: "f")
    case 4: _ = try ONNXTensor.read(content, file: "f")
    case 6:
      let table = try Table(content, file: "f")
      precondition(table.rows.allSatisfy { $0.cells.count == table.columns.count }, "rows of one length")
      for index in table.columns.indices {
        _ = ColumnSummary(name: table.columns[index], cells: table.rows.lazy.map { $0.cells[index] })
      }
    default:
      let limits = EvaluationLimits(elements: 1 << 16, operations: 1e6)
      let graph = try ModelGraph(onnx: content, file: "f").foldingConstants(limits: limits)
      _ = try graph.shapes()
      var inputs: [String: Tensor] = [:]
      for input in graph.inputs {
        let shape = input.dimensions.map { min($0 ?? 1, 64) }
        let size = shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? 1 << 40 : $0 * $1 }
        guard size <= 1 << 16 else { return 0 }
        inputs[input.name] = Tensor(shape: shape, values: [Double](repeating: 0.5, count: size))
      }
      _ = try graph.evaluate(inputs, limits: limits)
    }
  } catch {
    precondition(!error.description.contains("\n"), "an error has one line")
  }
  return 0
}
