extension ONNXModel {
  /// Decodes a file.
  /// - Throws: `malformed`, `unsupported` (weights in other files, exotic element types).
  init(_ bytes: [UInt8], file: String) throws(ModelFileError) {
    var reader = ProtobufReader(ByteReader(bytes, file: file), message: "ModelProto")
    var hasGraph = false
    while let (number, value) = try reader.next() {
      switch number {
      case 1: irVersion = try reader.integer(value, number)
      case 2: producer = try reader.text(value, number)
      case 7:
        guard !hasGraph else {
          throw .malformed(file: file, offset: 0, field: "ModelProto, field 7", reason: "two graphs")
        }
        hasGraph = true
        graph = try Graph(reader.part(value, number))
      case 8:
        let (domain, version) = try Self.operatorSet(reader.part(value, number))
        operatorSets[domain == "ai.onnx" ? "" : domain] = version
      case 25: functionCount += 1
      default: break
      }
    }
    guard hasGraph else {
      throw .malformed(file: file, offset: 0, field: "ModelProto, field 7", reason: "no graph in the file")
    }
  }

  private static func operatorSet(_ part: ByteReader) throws(ModelFileError) -> (String, Int64) {
    var reader = ProtobufReader(part, message: "OperatorSetIdProto")
    var (domain, version) = ("", Int64(1))
    while let (number, value) = try reader.next() {
      switch number {
      case 1: domain = try reader.text(value, number)
      case 2: version = try reader.integer(value, number)
      default: break
      }
    }
    return (domain, version)
  }
}

extension ONNXModel.Graph {
  init(_ part: ByteReader) throws(ModelFileError) {
    var reader = ProtobufReader(part, message: "GraphProto")
    while let (number, value) = try reader.next() {
      switch number {
      case 1: nodes.append(try ONNXModel.Node(reader.part(value, number)))
      case 2: name = try reader.text(value, number)
      case 5:
        let part = try reader.part(value, number)
        let (name, tensor) = try ONNXTensor.decode(part)
        guard initializers.updateValue(tensor, forKey: name) == nil else {
          throw part.malformed("initializer", "\(name.quotedShort) stands twice")
        }
      case 11: inputs.append(try ONNXModel.ValueInfo(reader.part(value, number)))
      case 12: outputs.append(try ONNXModel.ValueInfo(reader.part(value, number)))
      case 15: sparseInitializerCount += 1
      default: break
      }
    }
  }
}

extension ONNXModel.Node {
  init(_ part: ByteReader) throws(ModelFileError) {
    var reader = ProtobufReader(part, message: "NodeProto")
    while let (number, value) = try reader.next() {
      switch number {
      case 1: inputs.append(try reader.text(value, number))
      case 2: outputs.append(try reader.text(value, number))
      case 3: name = try reader.text(value, number)
      case 4: operation = try reader.text(value, number)
      case 5:
        let (name, attribute) = try ONNXModel.Attribute.decode(reader.part(value, number))
        guard attributes.updateValue(attribute, forKey: name) == nil else {
          throw part.malformed("attribute", "\(name.quotedShort) stands twice")
        }
      case 7: domain = try reader.text(value, number)
      default: break
      }
    }
    if domain == "ai.onnx" { domain = "" }
    if name.isEmpty { name = outputs.first ?? "" }
  }
}

extension ONNXModel.Attribute {
  /// Name and value. The file's type field decides; old files leave it out, then the field that is there does.
  static func decode(_ part: ByteReader) throws(ModelFileError) -> (String, ONNXModel.Attribute) {
    var reader = ProtobufReader(part, message: "AttributeProto")
    var name = ""
    var type: Int64 = 0
    var (float, integer, text) = (0.0, Int64(0), "")
    var tensor: Tensor?
    var (floats, integers): ([Double], [Int64]) = ([], [])
    var present: Set<UInt64> = []
    while let (number, value) = try reader.next() {
      present.insert(number)
      switch number {
      case 1: name = try reader.text(value, number)
      case 2:
        guard case .fixed32(let bits) = value else { throw reader.wrongKind(number) }
        float = Double(Float(bitPattern: bits))
      case 3: integer = try reader.integer(value, number)
      case 4:
        // Bytes; texts are all that is used.
        let bytes = try reader.part(value, number)
        text = String(decoding: bytes.bytes[bytes.offset..<bytes.end], as: UTF8.self)
      case 5: tensor = try ONNXTensor.decode(reader.part(value, number)).tensor
      case 7: try reader.floats(value, number, into: &floats)
      case 8: try reader.integers(value, number, into: &integers)
      case 20: type = try reader.integer(value, number)
      default: break
      }
    }
    if type == 0 {
      let order: [(UInt64, Int64)] = [(2, 1), (3, 2), (4, 3), (5, 4), (7, 6), (8, 7)]
      type = order.first { present.contains($0.0) }?.1 ?? 0
    }
    switch type {
    case 1: return (name, .float(float))
    case 2: return (name, .integer(integer))
    case 3: return (name, .text(text))
    case 4:
      guard let tensor else { throw part.malformed("attribute \(name.quotedShort)", "a tensor is missing") }
      return (name, .tensor(tensor))
    case 6: return (name, .floats(floats))
    case 7: return (name, .integers(integers))
    default: return (name, .other)
    }
  }
}

extension ONNXModel.ValueInfo {
  init(_ part: ByteReader) throws(ModelFileError) {
    var reader = ProtobufReader(part, message: "ValueInfoProto")
    while let (number, value) = try reader.next() {
      switch number {
      case 1: name = try reader.text(value, number)
      case 2:
        var type = ProtobufReader(try reader.part(value, number), message: "TypeProto")
        while let (number, value) = try type.next() {
          guard number == 1 else { continue }
          isTensor = true
          try readTensorType(type.part(value, number))
        }
      default: break
      }
    }
  }

  private mutating func readTensorType(_ part: ByteReader) throws(ModelFileError) {
    var reader = ProtobufReader(part, message: "TypeProto.Tensor")
    while let (number, value) = try reader.next() {
      guard number == 2 else { continue }
      var shape = ProtobufReader(try reader.part(value, number), message: "TensorShapeProto")
      while let (number, value) = try shape.next() {
        guard number == 1 else { continue }
        guard dimensions.count < Tensor.largestRank else { throw part.malformed("shape", "too many dimensions") }
        var dimension = ProtobufReader(try shape.part(value, number), message: "TensorShapeProto.Dimension")
        var length: Int64?
        while let (number, value) = try dimension.next() {
          if number == 1 { length = try dimension.integer(value, number) }
        }
        dimensions.append(length)
      }
    }
  }
}
