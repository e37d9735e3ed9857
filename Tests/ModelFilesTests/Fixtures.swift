import FoundationEssentials
import ModelFiles
import Testing

/// Files beside the tests; `Fixtures/interop` is made by Scripts/vectors/model_files.py.
enum Fixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures"

  static func bytes(_ name: String) throws(ModelFileError) -> [UInt8] {
    try FileBytes.read("\(folder)/interop/\(name)")
  }

  static func array(_ name: String) throws(ModelFileError) -> Tensor {
    try NPYFile.read(bytes(name), file: name)
  }

  static func graph(_ name: String, outputs: [String]? = nil) throws(ModelFileError) -> ModelGraph {
    try ModelGraph(onnx: bytes("\(name).onnx"), outputs: outputs, file: "\(name).onnx")
  }
}

/// The largest difference of two lists of the same length.
func distance(_ x: [Double], _ y: [Double]) -> Double {
  #expect(x.count == y.count)
  return zip(x, y).map { ($0 - $1).magnitude }.max() ?? 0
}

/// Little-endian bytes.
func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

/// Every prefix of a file, and the file with every byte changed: readers must refuse or read, never trap.
func damaged(_ bytes: [UInt8], _ read: ([UInt8]) -> Void) {
  for count in 0..<bytes.count { read(Array(bytes[..<count])) }
  for index in bytes.indices {
    for change: UInt8 in [1, 0x80, 0xFF] {
      var other = bytes
      other[index] ^= change
      read(other)
    }
  }
}
