import ModelFiles
import Testing

@Suite("Compressed files")
struct ArchiveTests {
  private var expected: [UInt8] { (0..<400).flatMap { Array("\($0),\($0 * $0 % 17),\($0 % 2)\n".utf8) } }

  @Test("a gzip file of two members is decompressed")
  func members() throws {
    #expect(try Gzip.decompress(Fixtures.bytes("table.csv.gz"), file: "t") == expected)
  }

  @Test("a text beyond the limit is refused before it is made")
  func bomb() throws {
    let bytes = try Fixtures.bytes("table.csv.gz")
    #expect {
      try Gzip.decompress(bytes, limit: 1_000, file: "t")
    } throws: {
      guard case .tooLarge(_, _, _, _, limit: let limit)? = $0 as? ModelFileError else { return false }
      return limit <= 1_000
    }
  }

  @Test("a stored block and the fixed code, by hand")
  func byHand() throws {
    let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    // "abc": CRC-32 is 352441c2.
    let trailer = littleEndian(UInt32(0x3524_41C2)) + littleEndian(UInt32(3))
    let stored = header + [1, 3, 0, 0xFC, 0xFF] + Array("abc".utf8) + trailer
    #expect(try Gzip.decompress(stored, file: "t") == Array("abc".utf8))
    let fixed = header + [0x4B, 0x4C, 0x4A, 0x06, 0x00] + trailer
    #expect(try Gzip.decompress(fixed, file: "t") == Array("abc".utf8))
    var wrong = stored
    wrong[15] ^= 1
    #expect(throws: ModelFileError.self) { try Gzip.decompress(wrong, file: "t") }
  }

  @Test("a changed byte is found by the checksum, or breaks the format")
  func damage() throws {
    let bytes = try Fixtures.bytes("table.csv.gz")
    let expected = expected
    damaged(bytes) { other in
      guard let text = try? Gzip.decompress(other, file: "t") else { return }
      // What may change unseen: time, system and name fields of the headers; a file cut between its members.
      #expect(text == expected || expected.starts(with: text), "another text passed the checksum")
    }
  }

  @Test("an entry that is not there is named with those that are")
  func missingEntry() throws {
    let archive = try ZipArchive(Fixtures.bytes("arrays.npz"), file: "a.npz")
    #expect(
      throws: ModelFileError.missing(file: "a.npz", what: "entry \"x\"", available: ["f4.npy", "i8.npy", "u1.npy"])
    ) {
      try archive.entry(named: "x")
    }
  }
}
