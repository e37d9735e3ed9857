/// gzip files (RFC 1952), such as the `.csv.gz` of data packages.
public enum Gzip {
  /// Whether the bytes begin as a gzip file does.
  public static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The text of a file of one or more members; length and checksum of each are checked.
  /// - Parameter limit: the most bytes that may come out; default 2 GiB.
  /// - Throws: `malformed`, `unsupported`, `checksumMismatch`, `tooLarge`.
  public static func decompress(_ bytes: [UInt8], limit: Int = Int(FileBytes.limit), file: String)
    throws(ModelFileError) -> [UInt8]
  {
    var reader = ByteReader(bytes, file: file)
    var text: [UInt8] = []
    repeat {
      guard try reader.littleEndian(UInt16.self, "gzip magic") == 0x8B1F else {
        throw reader.malformed("gzip magic", "not 1f 8b", at: reader.offset - 2)
      }
      guard try reader.byte("compression method") == 8 else {
        throw reader.unsupported("compression method", "a method other than deflate", "compress the file with gzip")
      }
      let flags = try reader.byte("flags")
      guard flags & 0xE0 == 0 else { throw reader.malformed("flags", "reserved bits are set", at: reader.offset - 1) }
      _ = try reader.take(6, "time, level and system")
      if flags & 4 != 0 {
        let count = try reader.littleEndian(UInt16.self, "extra field length")
        _ = try reader.take(UInt64(count), "extra field")
      }
      for (bit, field) in [(UInt8(8), "file name"), (16, "comment")] where flags & bit != 0 {
        while try reader.byte(field) != 0 {}
      }
      if flags & 2 != 0 { _ = try reader.take(2, "header checksum") }
      let (member, end) = try Inflate.decompress(
        bytes, reader.offset..<bytes.count, limit: limit - text.count, file: file)
      _ = try reader.take(UInt64(end - reader.offset), "deflate stream")
      let expected = try reader.littleEndian(UInt32.self, "checksum")
      let found = CRC32.checksum(member[...])
      guard found == expected else {
        throw .checksumMismatch(
          file: file, what: "CRC-32 of the text", expected: expected.hexadecimal, found: found.hexadecimal)
      }
      let count = try reader.littleEndian(UInt32.self, "length")
      guard count == UInt32(truncatingIfNeeded: member.count) else {
        throw reader.malformed("length", "\(count), but \(member.count) bytes came out", at: reader.offset - 4)
      }
      if text.isEmpty { text = member } else { text += member }
    } while !reader.isAtEnd
    return text
  }
}
