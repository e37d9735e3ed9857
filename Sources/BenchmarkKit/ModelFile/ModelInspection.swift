internal import FoundationEssentials
internal import ModelFiles
internal import SecureML
public import SecureModelFiles

/// `model inspect FILE`: what is in a model file, and what a secure model of it would be.
public struct ModelInspection: Hashable, Sendable, Codable {
  /// The file, or the folder.
  public let file: String
  /// "onnx", "safetensors" or "model folder".
  public let format: String
  /// The program that wrote it.
  public let producer: String
  /// Version of ONNX's operators.
  public let opset: Int?
  /// Inputs and outputs with their shapes; "?" is open.
  public let inputs: [String]
  /// Likewise.
  public let outputs: [String]
  /// Nodes of a graph, or layers of a model.
  public let layers: [Layer]
  /// Weights and biases, or tensors.
  public let weights: [Weights]
  /// Number of weights and biases.
  public let parameterCount: Int
  /// Layers of the secure model, if there is one.
  public let secureLayers: [String]
  /// The same as `model.layers` of an experiment file.
  public let experimentLayers: [LayerSpecification]
  /// *All* nodes that stand in the way of a secure model.
  public let unsupported: [Unsupported]
  /// Another reason why there is no secure model.
  public let problem: String?

  /// A node or layer.
  public struct Layer: Hashable, Sendable, Codable {
    /// Its name.
    public let name: String
    /// Its operator.
    public let operation: String
    /// Shape of its result for one row, batch first; "?" if it could not be computed.
    public let output: String
  }

  /// Range of a tensor.
  public struct Weights: Hashable, Sendable, Codable {
    /// Its name.
    public let name: String
    /// Number of elements.
    public let count: Int
    /// The smallest finite element.
    public let minimum: Double?
    /// The largest finite element.
    public let maximum: Double?
    /// NaN and infinities.
    public let notFinite: Int

    init(_ summary: ColumnSummary) {
      name = summary.name
      count = summary.count
      minimum = summary.minimum
      maximum = summary.maximum
      notFinite = summary.notFinite
    }
  }

  /// A node without a secure layer.
  public struct Unsupported: Hashable, Sendable, Codable {
    /// Its name.
    public let name: String
    /// Its operator.
    public let operation: String
    /// Why.
    public let reason: String

    init(_ node: UnsupportedNode) {
      name = node.name
      operation = node.operation
      reason = node.reason
    }
  }

  /// Looks into an `.onnx` or `.safetensors` file, or a folder that `model import` made.
  /// - Parameter output: the value of an ONNX graph that a secure model should give; default: the file's output.
  /// - Throws: `ModelFileError` for files that are none; never for unsupported nodes, which are listed.
  public init(file: String, output: String? = nil, options: WeightedModel.ImportOptions = .init()) throws {
    self.file = file
    if FileBytes.isFolder(file) {
      let model = try WeightedModel(folder: file)
      (format, producer, opset) = ("model folder", "spdz-swift", nil)
      (inputs, outputs) = (["\(model.specification.input)"], ["\(model.specification.output)"])
      layers = model.specification.layers.enumerated().map { index, layer in
        Layer(name: "layers.\(index)", operation: layer.kind, output: "\(model.specification.shapes[index + 1])")
      }
      weights = model.tensors.map { Weights(ColumnSummary(name: $0.name, tensor: $0.tensor)) }
      parameterCount = model.specification.parameterCount
      secureLayers = Self.layers(of: model)
      experimentLayers = model.specification.layers.map { LayerSpecification($0) }
      (unsupported, problem) = ([], nil)
      return
    }
    let bytes = try FileBytes.read(file)
    if file.hasSuffix(".safetensors") {
      let tensors = try SafetensorsFile(bytes, file: file)
      (format, producer, opset) = ("safetensors", tensors.metadata["format"] ?? "", nil)
      (inputs, outputs, layers, secureLayers, unsupported, problem) = ([], [], [], [], [], nil)
      experimentLayers = []
      weights = tensors.tensors.map { Weights(ColumnSummary(name: $0.name, tensor: $0.tensor)) }
      parameterCount = weights.reduce(0) { $0 + $1.count }
      return
    }
    let summary = try ONNXSummary(bytes, file: file)
    (format, producer, opset) = ("onnx", summary.producer, summary.opset)
    (inputs, outputs) = (summary.inputs, summary.outputs)
    weights = summary.weights.map(Weights.init)
    parameterCount = summary.parameterCount
    var shapes: [String: [Int]] = [:]
    var (secure, refused, reason): ([String], [UnsupportedNode], String?) = ([], [], nil)
    var listed: [LayerSpecification] = []
    do throws(ModelFileError) {
      let graph = try ModelGraph(onnx: bytes, outputs: output.map { [$0] }, file: file)
      shapes = (try? graph.shapes()) ?? [:]
      let model = try WeightedModel(graph, options: options)
      (secure, listed) = (Self.layers(of: model), model.specification.layers.map { LayerSpecification($0) })
    } catch .unsupportedNodes(_, let nodes) {
      refused = nodes
    } catch {
      reason = error.description
    }
    (secureLayers, experimentLayers, problem) = (secure, listed, reason)
    unsupported = refused.map(Unsupported.init)
    layers = summary.nodes.map { node in
      Layer(
        name: node.name, operation: node.operation,
        output: shapes[node.output]?.map(String.init).joined(separator: "x") ?? "?")
    }
  }

  static func layers(of model: WeightedModel) -> [String] {
    model.specification.layers.enumerated().map { index, layer in
      "\(layer.kind): \(model.specification.shapes[index]) → \(model.specification.shapes[index + 1])"
    }
  }

  /// Tables for people.
  public func rendered() -> String {
    var text = ""
    if !layers.isEmpty {
      var table = TextTable([("", .right), ("layer", .left), ("operation", .left), ("output", .left)])
      for (index, layer) in layers.enumerated() {
        table.append(["\(index)", short(layer.name), short(layer.operation), layer.output])
      }
      text += table.rendered() + "\n"
    }
    var table = TextTable([
      ("weights", .left), ("count", .right), ("min", .right), ("max", .right), ("not finite", .right),
    ])
    for tensor in weights {
      table.append([
        short(tensor.name), "\(tensor.count)", tensor.minimum.map { fixed($0, 5) } ?? "–",
        tensor.maximum.map { fixed($0, 5) } ?? "–", "\(tensor.notFinite)",
      ])
    }
    text += table.rendered() + "\n"
    let made = [format, producer, opset.map { "opset \($0)" } ?? ""].filter { !$0.isEmpty }.joined(separator: ", ")
    text += "\(oneLine(file)): \(oneLine(made)); \(parameterCount) parameters"
    if !inputs.isEmpty {
      text += oneLine("; input \(inputs.joined(separator: ", ")); output \(outputs.joined(separator: ", "))")
    }
    text += "\n"
    for layer in secureLayers { text += "secure layer: \(layer)\n" }
    if !experimentLayers.isEmpty, let json = try? Manifest.encoder(pretty: false).encode(experimentLayers) {
      text += "model.layers of an experiment: \(String(decoding: json, as: UTF8.self))\n"
    }
    for node in unsupported {
      text += oneLine("unsupported: \(node.operation) \"\(node.name)\": \(node.reason)") + "\n"
    }
    if let problem { text += "no secure model: \(problem)\n" }
    return text
  }

  private func short(_ name: String) -> String { oneLine(name.count > 44 ? String(name.prefix(44)) + "…" : name) }
}
