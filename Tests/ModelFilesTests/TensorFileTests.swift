import ModelFiles
import Testing

@Suite("Tensor files")
struct TensorFileTests {
  private func npy(_ header: String, _ elements: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
    let length = version == 1 ? littleEndian(UInt16(header.utf8.count)) : littleEndian(UInt32(header.utf8.count))
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + elements
  }

  @Test("an npy file written by hand is read", arguments: [1, 2, 3] as [UInt8])
  func npyByHand(version: UInt8) throws {
    let elements = [Float(1.5), -2, 0.25].flatMap { littleEndian($0.bitPattern) }
    let bytes = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }", elements, version: version)
    let tensor = try NPYFile.read(bytes, file: "a.npy")
    #expect(tensor == Tensor(shape: [1, 3], values: [1.5, -2, 0.25], elementType: .float32))
  }

  @Test("what is written is read again")
  func npyRoundTrip() throws {
    for tensor in [
      Tensor(shape: [2, 2], values: [1, -0.1, 3e300, 0], elementType: .float64),
      Tensor(shape: [], values: [7], elementType: .int64), Tensor(shape: [0, 3], values: [], elementType: .float64),
    ] {
      #expect(try NPYFile.read(NPYFile.write(tensor), file: "a.npy") == tensor)
    }
  }

  @Test("npz archives of numpy are read, stored and deflated", arguments: ["arrays.npz", "deflated.npz"])
  func npz(name: String) throws {
    let arrays = try NPZFile.read(Fixtures.bytes(name), file: name)
    let byName = Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, $0.tensor) })
    #expect(byName["f4"] == Tensor(shape: [2, 2], values: [1.5, -2, 0.25, 3e8], elementType: .float32))
    #expect(byName["i8"] == Tensor(shape: [6], values: [-3, -2, -1, 0, 1, 2], elementType: .int64))
    #expect(byName["u1"] == Tensor(shape: [2], values: [0, 255], elementType: .uint8))
    if name == "deflated.npz" { #expect(byName["zeros"]?.count == 12_000) }
  }

  @Test("Fortran order and big-endian numbers are refused with the remedy")
  func unsupportedArrays() {
    #expect {
      try NPYFile.read(Fixtures.bytes("fortran.npy"), file: "f.npy")
    } throws: {
      guard case .unsupported(_, _, "fortran_order", _, let remedy)? = $0 as? ModelFileError else { return false }
      return remedy.contains("ascontiguousarray")
    }
    #expect {
      try NPYFile.read(Fixtures.bytes("big-endian.npy"), file: "f.npy")
    } throws: {
      guard case .unsupported(_, _, "descr", _, let remedy)? = $0 as? ModelFileError else { return false }
      return remedy.contains("newbyteorder")
    }
  }

  @Test(
    "hostile headers are refused before anything is allocated",
    arguments: [
      "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000000), }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }",
      "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f8', 'fortran_order': False}", "{'descr': '<f8'", "",
      "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
      "{'shape': (1,), 'shape': (1,), 'descr': '<f8', 'fortran_order': False}",
    ])
  func hostileHeaders(header: String) {
    #expect(throws: ModelFileError.self) { try NPYFile.read(npy(header, [1, 2, 3]), file: "a.npy") }
  }

  @Test("safetensors of the reference writer are read: F32, F64, F16, BF16 and metadata")
  func safetensors() throws {
    let file = try SafetensorsFile(Fixtures.bytes("plain.safetensors"), file: "plain")
    let expected = [1.5, -2.25, 0.0078125]
    #expect(file.metadata == ["made by": "safetensors"])
    #expect(try file.tensor(named: "f32", file: "plain").shape == [3, 1])
    for name in ["f32", "f64", "f16"] { #expect(try file.tensor(named: name, file: "plain").values == expected) }
    let half = try SafetensorsFile(Fixtures.bytes("bf16.safetensors"), file: "half")
    #expect(half.tensors.first?.tensor == Tensor(shape: [3], values: expected, elementType: .bfloat16))
    #expect(throws: ModelFileError.missing(file: "half", what: "tensor \"x\"", available: ["bf16"])) {
      try half.tensor(named: "x", file: "half")
    }
  }

  @Test("safetensors are written as they are read, names and texts escaped")
  func safetensorsRoundTrip() throws {
    let file = SafetensorsFile(
      tensors: [
        .init(name: "a\"\\\n", tensor: Tensor(shape: [2, 1], values: [0.5, -3])),
        .init(name: "ü", tensor: Tensor(shape: [], values: [1])),
        .init(name: "empty", tensor: Tensor(shape: [0], values: [])),
      ], metadata: ["k": "v\u{1}"])
    #expect(try SafetensorsFile(file.encoded(), file: "a") == file)
    #expect(file.encoded().count % 4 == 0)
  }

  @Test(
    "safetensors headers with holes, overlaps, doubles or false lengths are refused",
    arguments: [
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, #"{"a":{"dtype":"F32","shape":[2]}}"#, "[]", "",
    ])
  func hostileSafetensors(header: String) {
    let bytes = littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: 8)
    #expect(throws: ModelFileError.self) { try SafetensorsFile(bytes, file: "a") }
  }

  @Test("a header length beyond the file or the limit is refused", arguments: [9, 1 << 40, UInt64.max])
  func hostileLength(length: UInt64) {
    #expect(throws: ModelFileError.self) { try SafetensorsFile(littleEndian(length) + [0x7B, 0x7D], file: "a") }
  }

  @Test("a damaged tensor file is refused or read, never trapped over")
  func damage() throws {
    let array = NPYFile.write(Tensor(shape: [2], values: [1, 2], elementType: .int64))
    damaged(array) { _ = try? NPYFile.read($0, file: "a") }
    damaged(try Fixtures.bytes("plain.safetensors")) { _ = try? SafetensorsFile($0, file: "a") }
    damaged(try Fixtures.bytes("deflated.npz")) { _ = try? NPZFile.read($0, file: "a") }
  }

  @Test("NaN is found with tensor and index")
  func notFinite() {
    let tensor = Tensor(shape: [3], values: [1, 2, .infinity])
    #expect(throws: ModelFileError.notFinite(file: "f", tensor: "w", index: 2, value: .infinity)) {
      try tensor.requireFinite(name: "w", file: "f")
    }
  }
}
