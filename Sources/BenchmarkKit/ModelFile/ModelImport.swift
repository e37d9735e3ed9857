internal import ModelFiles
public import SecureModelFiles

/// `model import FILE.onnx`: a folder with our specification and the weights; `model export`: the way back.
public enum ModelImport {
  /// Imports a file and writes the folder.
  /// - Parameter output: the value of the graph that the model should give; default: the file's output.
  /// - Throws: `ModelFileError`; nothing is written then.
  public static func run(file: String, output: String?, folder: String, options: WeightedModel.ImportOptions) throws
    -> ModelInspection
  {
    let graph = try ModelGraph(onnx: FileBytes.read(file), outputs: output.map { [$0] }, file: file)
    try WeightedModel(graph, options: options).write(toFolder: folder)
    return try ModelInspection(file: folder)
  }

  /// Writes a folder's model as an ONNX file.
  /// - Throws: `ModelFileError`, also if the file is there already.
  public static func export(folder: String, to file: String) throws {
    guard !FileBytes.exists(file) else {
      throw ModelFileError.cannotWrite(file: file, reason: "it is there already; choose another name")
    }
    let graph = try ModelGraph(WeightedModel(folder: folder), file: folder)
    try FileBytes.write(graph.encodedONNX(), to: file)
  }
}
