/// NumPy's `.npy`: a header in the syntax of a Python dictionary, then the elements.
///
/// Format: NumPy documentation, `numpy.lib.format`, versions 1.0, 2.0 and 3.0. Read are little-endian `f8 f4 f2 i8 i4`
/// and `i1 u1 b1` in C order. Pickled objects are never read.
public enum NPYFile {
  /// Whether the bytes begin as an `.npy` file does.
  public static func isNPY(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic) }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let largestHeader: UInt64 = 1 << 16

  /// The array of a file.
  /// - Throws: `malformed`; `unsupported` for Fortran order, big-endian numbers and other types, with the remedy.
  public static func read(_ bytes: [UInt8], file: String) throws(ModelFileError) -> Tensor {
    var reader = ByteReader(bytes, file: file)
    let start = try reader.take(6, "npy magic")
    guard Array(bytes[start]) == magic else { throw reader.malformed("npy magic", "not \\x93NUMPY", at: 0) }
    let major = try reader.byte("version")
    _ = try reader.byte("version")
    guard (1...3).contains(major) else {
      throw reader.unsupported("version", "version \(major)", "write the array with numpy.save")
    }
    let length =
      major == 1
      ? UInt64(try reader.littleEndian(UInt16.self, "header length"))
      : UInt64(try reader.littleEndian(UInt32.self, "header length"))
    guard length <= largestHeader else {
      throw .tooLarge(
        file: file, offset: reader.offset, field: "header length", size: length, limit: largestHeader)
    }
    let header = try NPYHeader(reading: reader.part(length, "header"))
    guard !header.fortranOrder else {
      throw reader.unsupported(
        "fortran_order", "Fortran order", "save numpy.ascontiguousarray(a) instead of the array a")
    }
    let type = try elementType(header.descriptor, reader)
    let tensor = try Tensor.decode(type, shape: header.shape, from: &reader, field: "elements")
    guard reader.isAtEnd else {
      throw reader.malformed("end of file", "\(reader.left) bytes behind the last element")
    }
    return tensor
  }

  private static func elementType(_ descriptor: String, _ reader: ByteReader) throws(ModelFileError)
    -> Tensor.ElementType
  {
    switch descriptor {
    case "<f8": return .float64
    case "<f4": return .float32
    case "<f2": return .float16
    case "<i8": return .int64
    case "<i4": return .int32
    case "|i1": return .int8
    case "|u1": return .uint8
    case "|b1": return .bool
    default:
      let remedy =
        descriptor.hasPrefix(">")
        ? "save a.astype(a.dtype.newbyteorder('<')) instead of the array a"
        : "save a.astype('<f8') instead of the array a"
      throw reader.unsupported("descr", "element type \(descriptor.quotedShort)", remedy)
    }
  }

  /// A file of version 1.0 with `float64` elements, or `int64` for whole numbers.
  public static func write(_ tensor: Tensor) -> [UInt8] {
    let type: Tensor.ElementType = tensor.elementType.isInteger ? .int64 : .float64
    let shape = tensor.shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(type == .int64 ? "<i8" : "<f8")', 'fortran_order': False, 'shape': (\(shape)), }"
    let used = magic.count + 4 + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - used % 64) % 64) + "\n"
    var bytes = magic + [1, 0]
    bytes.append(littleEndian: UInt16(header.utf8.count))
    return bytes + Array(header.utf8) + tensor.encoded(as: type)
  }
}

/// NumPy's `.npz`: a zip archive of `.npy` files.
public enum NPZFile {
  /// The arrays with their names, `.npy` taken off, in the order of the archive.
  /// - Throws: as ``ZipArchive`` and ``NPYFile``; `malformed` if a name stands twice.
  public static func read(_ bytes: [UInt8], file: String) throws(ModelFileError) -> [(name: String, tensor: Tensor)] {
    let archive = try ZipArchive(bytes, file: file)
    var arrays: [(name: String, tensor: Tensor)] = []
    var left = Int(FileBytes.limit)
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      let name = String(entry.name.dropLast(4))
      guard !arrays.contains(where: { $0.name == name }) else {
        throw .malformed(
          file: file, offset: entry.headerOffset, field: "entry name", reason: "\(name.quotedShort) stands twice")
      }
      let contents = try archive.contents(of: entry, limit: left)
      left -= contents.count
      arrays.append((name, try NPYFile.read(contents, file: "\(file)[\(entry.name)]")))
    }
    guard !arrays.isEmpty else {
      throw .missing(file: file, what: "an .npy array", available: archive.entries.map(\.name))
    }
    return arrays
  }
}
