extension Tensor {
  /// The largest rank that is read.
  static let largestRank = 16

  /// Elements of `type`, little-endian, from the next bytes of `reader`.
  /// - Throws: `malformed` if fewer are left or a whole number has no exact `Double`.
  static func decode(_ type: ElementType, shape: [Int], from reader: inout ByteReader, field: String)
    throws(ModelFileError) -> Tensor
  {
    guard shape.count <= largestRank, let count = count(of: shape) else {
      throw reader.malformed(field, "the shape \(text(of: shape)) is too large")
    }
    let start = try reader.take(UInt64(count) * UInt64(type.byteCount), field).lowerBound
    let bytes = reader.bytes
    func map(_ element: (Int) -> Double) -> [Double] {
      let width = type.byteCount
      return (0..<count).map { element(start + $0 * width) }
    }
    let values: [Double]
    switch type {
    case .float64: values = map { Double(bitPattern: bytes.littleEndian(UInt64.self, at: $0)) }
    case .float32: values = map { Double(Float(bitPattern: bytes.littleEndian(UInt32.self, at: $0))) }
    case .float16: values = map { Double(Float16(bitPattern: bytes.littleEndian(UInt16.self, at: $0))) }
    case .bfloat16:
      values = map { Double(Float(bitPattern: UInt32(bytes.littleEndian(UInt16.self, at: $0)) << 16)) }
    case .int32: values = map { Double(Int32(bitPattern: bytes.littleEndian(UInt32.self, at: $0))) }
    case .int8: values = map { Double(Int8(bitPattern: bytes[$0])) }
    case .uint8, .bool: values = map { Double(bytes[$0]) }
    case .int64:
      values = map { Double(Int64(bitPattern: bytes.littleEndian(UInt64.self, at: $0))) }
      if let wrong = values.firstIndex(where: { $0.magnitude > Tensor.largestExactInteger }) {
        throw reader.malformed(
          field, "element \(wrong) is beyond ±2^53, where Double is not exact", at: start + wrong * 8)
      }
    }
    return Tensor(shape: shape, values: values, elementType: type)
  }

  /// 2^53.
  static let largestExactInteger = 9_007_199_254_740_992.0

  /// The elements as little-endian bytes of `type`, rounded to nearest; `float64`, `float32` or `int64`.
  ///
  /// Whole numbers must lie within ±2^53.
  func encoded(as type: ElementType) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * type.byteCount)
    for value in values {
      switch type {
      case .float64: bytes.append(littleEndian: value.bitPattern)
      case .int64: bytes.append(littleEndian: Int64(value))
      default: bytes.append(littleEndian: Float(value).bitPattern)
      }
    }
    return bytes
  }
}
