/// A zip file in memory: `.npz` and Python wheels. Entries are stored or deflated; names are never used as paths.
public struct ZipArchive: Sendable {
  /// What the central directory says about an entry.
  public struct Entry: Hashable, Sendable {
    /// Path inside the archive.
    public let name: String
    /// Decompressed length in bytes.
    public let size: Int
    let compressedSize: Int
    let method: UInt16
    let checksum: UInt32
    let headerOffset: Int
  }

  /// The entries, in the order of the central directory.
  public let entries: [Entry]
  private let bytes: [UInt8]
  private let file: String

  /// Deflate makes nothing more than this many times longer.
  private static let largestRatio = 1_040

  /// Reads the directory; no entry is decompressed.
  /// - Throws: `malformed`, `unsupported` (encryption, several disks, zip64).
  public init(_ bytes: [UInt8], file: String) throws(ModelFileError) {
    // The end record is the last thing in the file, before a comment of at most 65,535 bytes.
    let shortest = 22
    var start = bytes.count - shortest
    while start >= max(0, bytes.count - shortest - 65_535), bytes.littleEndian(UInt32.self, at: start) != 0x0605_4B50 {
      start -= 1
    }
    guard start >= max(0, bytes.count - shortest - 65_535) else {
      throw .malformed(file: file, offset: 0, field: "end of central directory", reason: "not found")
    }
    var end = ByteReader(bytes, file: file, range: (start + 4)..<bytes.count)
    let disks = try end.littleEndian(UInt32.self, "disk numbers")
    _ = try end.littleEndian(UInt16.self, "entries on this disk")
    let count = try end.littleEndian(UInt16.self, "number of entries")
    let size = try end.littleEndian(UInt32.self, "size of the central directory")
    let offset = try end.littleEndian(UInt32.self, "offset of the central directory")
    guard disks == 0, count != .max, size != .max, offset != .max else {
      throw end.unsupported("end of central directory", "a zip64 or split archive", "pack the files as an ordinary zip")
    }
    guard UInt64(offset) + UInt64(size) <= UInt64(start) else {
      throw end.malformed("central directory", "does not lie before its end record")
    }
    var directory = ByteReader(bytes, file: file, range: Int(offset)..<(Int(offset) + Int(size)))
    var entries: [Entry] = []
    for _ in 0..<count { entries.append(try Self.entry(&directory)) }
    self.entries = entries
    self.bytes = bytes
    self.file = file
  }

  /// One record of the central directory.
  private static func entry(_ reader: inout ByteReader) throws(ModelFileError) -> Entry {
    guard try reader.littleEndian(UInt32.self, "central directory record") == 0x0201_4B50 else {
      throw reader.malformed("central directory record", "wrong signature", at: reader.offset - 4)
    }
    _ = try reader.take(4, "versions")
    let flags = try reader.littleEndian(UInt16.self, "flags")
    guard flags & 1 == 0 else {
      throw reader.unsupported("flags", "an encrypted entry", "pack the files without a password")
    }
    let method = try reader.littleEndian(UInt16.self, "compression method")
    _ = try reader.take(4, "time")
    let checksum = try reader.littleEndian(UInt32.self, "checksum")
    let compressed = try reader.littleEndian(UInt32.self, "compressed size")
    let size = try reader.littleEndian(UInt32.self, "size")
    let nameLength = try reader.littleEndian(UInt16.self, "name length")
    let extraLength = try reader.littleEndian(UInt16.self, "extra length")
    let commentLength = try reader.littleEndian(UInt16.self, "comment length")
    _ = try reader.take(8, "disk and attributes")
    let offset = try reader.littleEndian(UInt32.self, "offset of the entry")
    let name = try reader.text(UInt64(nameLength), "entry name")
    guard compressed != .max, size != .max, offset != .max else {
      throw reader.unsupported("entry \(name.quotedShort)", "a zip64 entry", "keep entries below 4 GiB")
    }
    _ = try reader.take(UInt64(extraLength) + UInt64(commentLength), "extra field and comment")
    return Entry(
      name: name, size: Int(size), compressedSize: Int(compressed), method: method, checksum: checksum,
      headerOffset: Int(offset))
  }

  /// The bytes of an entry; its checksum is compared.
  /// - Throws: `malformed`, `unsupported` (other methods), `checksumMismatch`, `tooLarge` above `limit`.
  public func contents(of entry: Entry, limit: Int = Int(FileBytes.limit)) throws(ModelFileError) -> [UInt8] {
    let place = "\(file)[\(entry.name)]"
    guard entry.headerOffset <= bytes.count else {
      throw .malformed(file: place, offset: entry.headerOffset, field: "local header", reason: "behind the end")
    }
    var reader = ByteReader(bytes, file: place, range: entry.headerOffset..<bytes.count)
    guard try reader.littleEndian(UInt32.self, "local header") == 0x0403_4B50 else {
      throw reader.malformed("local header", "wrong signature", at: reader.offset - 4)
    }
    _ = try reader.take(22, "local header")
    let nameLength = try reader.littleEndian(UInt16.self, "name length")
    let extraLength = try reader.littleEndian(UInt16.self, "extra length")
    _ = try reader.take(UInt64(nameLength) + UInt64(extraLength), "name and extra field")
    guard entry.size <= limit else {
      throw .tooLarge(
        file: place, offset: reader.offset, field: "entry size", size: UInt64(entry.size), limit: UInt64(limit))
    }
    let range = try reader.take(UInt64(entry.compressedSize), "entry")
    let text: [UInt8]
    switch entry.method {
    case 0:
      guard entry.size == entry.compressedSize else {
        throw reader.malformed("entry size", "two sizes of stored bytes")
      }
      text = Array(bytes[range])
    case 8:
      guard entry.size <= (entry.compressedSize + 8) * Self.largestRatio else {
        throw reader.malformed("entry size", "\(entry.size) bytes cannot come out of \(entry.compressedSize)")
      }
      text = try Inflate.decompress(bytes, range, limit: entry.size, file: place).text
    default:
      throw reader.unsupported(
        "compression method", "method \(entry.method)", "pack the file stored or deflated (numpy.savez)")
    }
    let found = CRC32.checksum(text[...])
    guard found == entry.checksum, text.count == entry.size else {
      throw .checksumMismatch(
        file: place, what: "CRC-32 of the entry", expected: entry.checksum.hexadecimal, found: found.hexadecimal)
    }
    return text
  }

  /// The entry of this name.
  /// - Throws: `missing` with the names there are.
  public func entry(named name: String) throws(ModelFileError) -> Entry {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw .missing(file: file, what: "entry \(name.quotedShort)", available: entries.map(\.name))
    }
    return entry
  }
}
