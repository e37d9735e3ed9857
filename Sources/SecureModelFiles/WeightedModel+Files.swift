internal import FoundationEssentials
public import ModelFiles
public import SecureML

extension WeightedModel {
  /// Name of the specification in a model folder.
  public static let specificationFile = "model.json"
  /// Name of the weights in a model folder.
  public static let weightsFile = "weights.safetensors"

  /// Writes `model.json` and `weights.safetensors` into a folder, which is made if missing.
  /// - Throws: `cannotWrite`, also if one of the files is there already.
  public func write(toFolder folder: String) throws(ModelFileError) {
    let names = [Self.specificationFile, Self.weightsFile].map { "\(folder)/\($0)" }
    for name in names where FileManager.default.fileExists(atPath: name) {
      throw .cannotWrite(file: name, reason: "it is there already, choose another folder")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json: Data
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      json = try encoder.encode(specification)
    } catch {
      throw .cannotWrite(file: folder, reason: "the folder cannot be made")
    }
    try FileBytes.write([UInt8](json) + [0x0A], to: names[0])
    try FileBytes.write(SafetensorsFile(tensors: tensors, metadata: ["format": "spdz-swift"]).encoded(), to: names[1])
  }

  /// Reads a folder that ``write(toFolder:)`` made.
  /// - Throws: `unreadable`, `malformed` (a specification that is none), `missing` (a tensor), `notFinite`,
  ///   `invalidGraph` (tensors that do not fit the layers).
  public init(folder: String) throws(ModelFileError) {
    let path = "\(folder)/\(Self.specificationFile)"
    let bytes = try FileBytes.read(path, limit: 1 << 24)
    let specification: SecureModelSpecification
    do {
      specification = try JSONDecoder().decode(SecureModelSpecification.self, from: Data(bytes))
    } catch {
      throw .malformed(file: path, offset: 0, field: "specification", reason: Self.reason(error))
    }
    let weights = "\(folder)/\(Self.weightsFile)"
    try self.init(specification, weights: SafetensorsFile(FileBytes.read(weights), file: weights), file: weights)
  }

  /// A specification with the weights of a file, named as in ``tensors``.
  /// - Throws: `missing`, `notFinite`, `outOfRange`, `invalidGraph`.
  public init(_ specification: SecureModelSpecification, weights: SafetensorsFile, file: String)
    throws(ModelFileError)
  {
    var parameters: [LayerParameters] = []
    for index in specification.layers.indices {
      guard let shapes = specification.tensorShapes(ofLayer: index) else { continue }
      func tensor(_ name: String, _ shape: [Int]) throws(ModelFileError) -> [Double] {
        let tensor = try weights.tensor(named: name, file: file)
        guard tensor.shape == shape else {
          throw .invalidGraph(
            file: file, node: name, reason: "the tensor is \(tensor.shapeText), the layer has \(shape)")
        }
        try tensor.requireFinite(name: name, file: file)
        return tensor.values
      }
      let bias = try tensor(Self.biasName(index), shapes.bias)
      let weight = try shapes.weight.map { (shape) throws(ModelFileError) in try tensor(Self.weightName(index), shape) }
      parameters.append(LayerParameters(weights: weight ?? [], bias: bias))
    }
    try Self.requireRange(of: parameters, specification, file: file)
    do throws(ModelError) {
      try self.init(specification, parameters: parameters)
    } catch {
      throw .invalidGraph(file: file, node: Self.specificationFile, reason: error.description)
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as ModelError: error.description
    case DecodingError.keyNotFound(let key, _): "the key \(key.stringValue) is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      (["at"] + context.codingPath.map(\.stringValue)).joined(separator: ".") + ": " + context.debugDescription
    default: "not a model specification"
    }
  }
}
