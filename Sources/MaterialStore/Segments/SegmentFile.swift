internal import Cryptography
internal import MPCCore
internal import SecretSharing

/// The format of a segment file and the keys of its chunks.
///
/// A 64-byte header in clear (magic, number, store, salt), then the chunks one after the other, each followed by its
/// 16-byte tag. The file's key is derived from the data key, the number and the salt; a chunk's nonce is its index. The
/// tag also covers store, header digest, segment, chunk, kind, position and number of items: a chunk that was flipped,
/// moved, cut, repeated or taken from another file, store or party does not authenticate.
struct SegmentFile: Sendable {
  static let headerByteCount = 64
  static let tagByteCount = 16
  private static let magic = Array("SPDZMAT1".utf8)

  let record: SegmentRecord
  private let binding: [UInt8]
  private let key: [UInt8]
  private let identifier: [UInt8]

  init(_ record: SegmentRecord, header: StoreHeader, headerDigest: [UInt8], dataKey: [UInt8]) {
    self.record = record
    identifier = header.identifier
    binding = header.identifier + headerDigest
    var context: [UInt64] = [record.number]
    var reader = WireReader(record.salt)
    while let word = try? reader.integer(UInt64.self) { context.append(word) }
    key = PRG.deriveSeed(dataKey, label: "segment file", context: context)
  }

  /// The cipher of this file; make one for each sweep over it.
  func cipher() -> AuthenticatedCipher { AuthenticatedCipher(key: key) }

  /// The first bytes of the file.
  var header: [UInt8] {
    var writer = WireWriter(byteCount: Self.headerByteCount)
    writer.append(Self.magic)
    writer.append(record.number)
    writer.append(identifier)
    writer.append(record.salt)
    return writer.finish()
  }

  /// Where a chunk starts, and how many items it holds.
  func place(of chunk: Int) -> (offset: Int, items: Int) {
    let stride = record.chunkItems * record.itemBytes + Self.tagByteCount
    return (
      Self.headerByteCount + chunk * stride, min(record.chunkItems, record.count - chunk * record.chunkItems)
    )
  }

  private func associated(chunk: Int, items: Int) -> [UInt8] {
    var writer = WireWriter(byteCount: 160)
    writer.append(Array("chunk/v1".utf8))
    writer.append(binding)
    writer.append(record.number)
    writer.append(UInt64(chunk))
    writer.append(record.code.bytes)
    writer.append(UInt64(record.first + chunk * record.chunkItems))
    writer.append(UInt64(items))
    return writer.finish()
  }

  /// Encrypts the content of a chunk in place, tag at the end; `bytes` has room for it.
  func seal(_ bytes: inout [UInt8], chunk: Int, items: Int, with cipher: AuthenticatedCipher) {
    let count = items * record.itemBytes
    precondition(bytes.count == count + Self.tagByteCount, "the items' bytes and a tag")
    let nonce = AuthenticatedCipher.nonce(UInt64(chunk))
    let associated = associated(chunk: chunk, items: items)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    var body = raw._mutatingExtracting(0..<count)
    let tag = cipher.seal(&body, nonce: nonce, associated: associated)
    for (index, byte) in tag.enumerated() { bytes[count + index] = byte }
  }

  /// Decrypts a chunk in place.
  /// - Throws: `damaged` naming segment and chunk.
  func open(_ bytes: inout [UInt8], chunk: Int, items: Int, with cipher: AuthenticatedCipher, path: String)
    throws(StoreError)
  {
    let count = items * record.itemBytes
    let nonce = AuthenticatedCipher.nonce(UInt64(chunk))
    let associated = associated(chunk: chunk, items: items)
    let tag = Array(bytes[count...])
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    var body = raw._mutatingExtracting(0..<count)
    guard SecurityCheck.chunkSeal.holds(cipher.open(&body, tag: tag, nonce: nonce, associated: associated)) else {
      throw .damaged(
        part: name(chunk), path: path,
        reason: "it does not authenticate: its bytes changed, or it belongs elsewhere")
    }
  }

  func name(_ chunk: Int) -> String {
    "segment \(record.number) (\(record.code.kind?.description ?? "unknown kind")), chunk \(chunk) of \(record.chunkCount)"
  }

  /// Reads chunk bytes with tag into memory and opens them.
  func read(_ chunk: Int, from file: OpenFile, with cipher: AuthenticatedCipher, files: FileSystem)
    throws(StoreError) -> [UInt8]
  {
    let (offset, items) = place(of: chunk)
    let count = items * record.itemBytes
    guard var bytes = try files.read(count + Self.tagByteCount, from: file, at: offset) else {
      throw .damaged(part: name(chunk), path: file.path, reason: "the file ends before it")
    }
    try open(&bytes, chunk: chunk, items: items, with: cipher, path: file.path)
    return bytes
  }

  /// Compares length and header of the file on disk.
  func check(_ file: OpenFile, files: FileSystem) throws(StoreError) {
    let size = try files.status(file.path)?.bytes ?? 0
    guard SecurityCheck.segmentLength.holds(size == record.fileBytes) else {
      throw .damaged(
        part: "segment \(record.number) (\(record.code.kind?.description ?? "unknown kind"))", path: file.path,
        reason: "it has \(size) bytes where the catalogue says \(record.fileBytes)")
    }
    guard let start = try files.read(Self.headerByteCount, from: file, at: 0),
      SecurityCheck.segmentHeader.holds(start == header)
    else {
      throw .damaged(
        part: "segment \(record.number) (\(record.code.kind?.description ?? "unknown kind"))", path: file.path,
        reason: "it is a file of another store or another segment")
    }
  }
}
