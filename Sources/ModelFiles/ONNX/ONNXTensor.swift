/// `TensorProto` of onnx.proto3: initialisers, constants, and the `.pb` files of the conformance tests.
public enum ONNXTensor {
  /// A tensor file such as `input_0.pb`.
  /// - Throws: `malformed`, `unsupported`.
  public static func read(_ bytes: [UInt8], file: String) throws(ModelFileError) -> (name: String, tensor: Tensor) {
    try decode(ByteReader(bytes, file: file))
  }

  static func decode(_ part: ByteReader) throws(ModelFileError) -> (name: String, tensor: Tensor) {
    var reader = ProtobufReader(part, message: "TensorProto")
    var name = ""
    var type: Int64 = 0
    var dimensions: [Int64] = []
    var (floats, integers): ([Double], [Int64]) = ([], [])
    var raw: ByteReader?
    var isExternal = false
    while let (number, value) = try reader.next() {
      switch number {
      case 1: try reader.integers(value, number, into: &dimensions)
      case 2: type = try reader.integer(value, number)
      case 4: try reader.floats(value, number, into: &floats)
      case 5, 7, 11: try reader.integers(value, number, into: &integers)
      case 8: name = try reader.text(value, number)
      case 9: raw = try reader.part(value, number)
      case 10: try reader.doubles(value, number, into: &floats)
      case 13: isExternal = true
      case 14: isExternal = try reader.integer(value, number) == 1 || isExternal
      default: break
      }
    }
    let field = "tensor \(name.quotedShort)"
    guard !isExternal else {
      throw part.unsupported(
        field, "a tensor in another file",
        "save the model in one file: onnx.save(model, path, save_as_external_data=False)")
    }
    guard let element = elementTypes[type] else {
      throw part.unsupported(field, "element type \(type)", "export the model with float32 weights")
    }
    let shape = dimensions.map { Int(clamping: $0) }
    guard shape.count <= Tensor.largestRank, let count = Tensor.count(of: shape) else {
      throw part.malformed(field, "dimensions \(dimensions.prefix(20))")
    }
    if var raw {
      let tensor = try Tensor.decode(element, shape: shape, from: &raw, field: field)
      guard raw.isAtEnd else { throw raw.malformed(field, "\(raw.left) bytes more than its \(count) elements take") }
      return (name, tensor)
    }
    let values = element == .float32 || element == .float64 ? floats : try decode(integers, element, part, field)
    guard values.count == count else {
      throw part.malformed(field, "\(values.count) elements for the shape \(Tensor.text(of: shape))")
    }
    return (name, Tensor(shape: shape, values: values, elementType: element))
  }

  /// Elements that are written as whole numbers: integers, and the bits of 16-bit floats.
  private static func decode(
    _ integers: [Int64], _ element: Tensor.ElementType, _ part: ByteReader, _ field: String
  ) throws(ModelFileError) -> [Double] {
    try integers.map { (number) throws(ModelFileError) in
      switch element {
      case .float16: return Double(Float16(bitPattern: UInt16(truncatingIfNeeded: number)))
      case .bfloat16: return Double(Float(bitPattern: UInt32(UInt16(truncatingIfNeeded: number)) << 16))
      default:
        guard let value = Double(exactly: number) else {
          throw part.malformed(field, "the element \(number) is beyond ±2^53, where Double is not exact")
        }
        return value
      }
    }
  }

  private static let elementTypes: [Int64: Tensor.ElementType] = [
    1: .float32, 2: .uint8, 3: .int8, 6: .int32, 7: .int64, 9: .bool, 10: .float16, 11: .float64, 16: .bfloat16,
  ]
}
