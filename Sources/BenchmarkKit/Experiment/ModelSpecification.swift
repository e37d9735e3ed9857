/// The layers of a model, input first, or the file that holds them and their weights.
public struct ModelSpecification: Hashable, Sendable {
  /// Where a trained model comes from; nil: it is trained here.
  public var file: ModelSource?
  /// The layers in order; may be empty if the file says what they are.
  public var layers: [LayerSpecification]

  /// Creates a model that is trained, or read from a file.
  public init(layers: [LayerSpecification], file: ModelSource? = nil) {
    self.layers = layers
    self.file = file
  }
}

/// A file with a trained model: ONNX, a folder that `model import` or `model train` wrote, or weights alone (safetensors,
/// `.npz`) for layers that the experiment lists.
public struct ModelSource: Hashable, Sendable {
  /// Path, relative to the folder of the experiment file.
  public var path: String
  /// Expected SHA-256 in lower-case hexadecimal; of a folder, that of `model.json` followed by the weights. Empty: not
  /// checked.
  public var sha256: String
  /// The value of an ONNX graph that the model gives; empty: the graph's output.
  public var output: String

  /// Names a file.
  public init(path: String, sha256: String = "", output: String = "") {
    self.path = path
    self.sha256 = sha256
    self.output = output
  }

  /// Whether layers have to come from elsewhere.
  var holdsWeightsAlone: Bool { [".safetensors", ".npz"].contains(where: path.hasSuffix) }
}

extension ModelSpecification: Codable {
  private enum CodingKeys: String, CodingKey { case path, sha256, output, layers }

  /// Writes a valid `model` of an experiment file.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if let file {
      try container.encode(file.path, forKey: .path)
      try container.encode(file.sha256, forKey: .sha256)
      try container.encode(file.output, forKey: .output)
    }
    if file == nil || !layers.isEmpty { try container.encode(layers, forKey: .layers) }
  }

  /// Reads what ``encode(to:)`` writes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    layers = try container.decodeIfPresent([LayerSpecification].self, forKey: .layers) ?? []
    if let path = try container.decodeIfPresent(String.self, forKey: .path) {
      file = ModelSource(
        path: path, sha256: try container.decodeIfPresent(String.self, forKey: .sha256) ?? "",
        output: try container.decodeIfPresent(String.self, forKey: .output) ?? "")
    }
  }
}

extension ModelSpecification {
  static let keys = ["path", "sha256", "output", "layers"]

  init(_ reader: ObjectReader) throws(ConfigurationError) {
    layers = []
    if reader.node("path") != nil {
      let path = try reader.string("path")
      if path.isEmpty { throw reader.error("path", .outOfRange(found: "\"\"", allowed: "non-empty paths")) }
      file = ModelSource(
        path: path, sha256: try reader.sha256("sha256"), output: try reader.string("output", default: ""))
      if reader.node("layers") == nil {
        guard file?.holdsWeightsAlone != true else {
          throw reader.error(
            "path",
            .conflict("\(path) holds weights and no layers", remedy: "list model.layers beside it, or give a folder"))
        }
        return
      }
    } else if let key = ["sha256", "output"].first(where: { reader.node($0) != nil }) {
      throw reader.error(key, .conflict("it belongs to a model file and there is none", remedy: "add model.path"))
    }
    for (index, node) in try reader.requiredArray("layers").enumerated() {
      let path = "\(reader.path(of: "layers"))[\(index)]"
      layers.append(try LayerSpecification(node, file: reader.file, path: path))
    }
  }
}

extension ObjectReader {
  /// 64 hexadecimal digits, in lower case; empty if absent.
  func sha256(_ key: String) throws(ConfigurationError) -> String {
    let text = try string(key, default: "").lowercased()
    let isHex = text.unicodeScalars.allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
    guard text.isEmpty || (text.count == 64 && isHex) else {
      throw error(key, .outOfRange(found: "a string of \(text.count) characters", allowed: "64 hexadecimal digits"))
    }
    return text
  }
}
