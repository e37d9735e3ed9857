// Fuzz entry for what a store reads from peers and from its own catalogue: greetings, records, headers, kind codes.
// Scripts/fuzz FuzzStore builds it as a static library and runs it.
internal import MPCCore
internal import MaterialStore
internal import SecretSharing

/// Decodes a message of a given shape; what decodes must have exactly one encoding, of the announced length.
private func decode<M: Message>(_ type: M.Type, _ shape: M.Shape, _ payload: [UInt8]) -> M? {
  var reader = WireReader(payload)
  let expected = M.encodedByteCount(shape)
  let message: M
  do throws(WireError) { message = try M(from: &reader, shape: shape) } catch { return nil }
  precondition(
    payload.count - reader.remaining == expected, "a decoder took another number of bytes than the shape says")
  var writer = WireWriter(byteCount: expected)
  message.encode(into: &writer)
  let encoded = writer.finish()
  precondition(encoded.count == expected && payload.starts(with: encoded), "decoding and encoding is not the identity")
  return message
}

/// One input: the first byte chooses the decoder, the next two a shape, the rest is the payload.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzStore(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let bytes = unsafe bytes, count > 3 else { return 0 }
  let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  let payload = Array(input[3...])
  switch input[0] % 4 {
  case 0: _ = decode(StoreGreeting.self, 0, payload)
  case 1:
    let sizes = StoreRecords.Sizes(cursors: Int(input[1] % 8), segments: Int(input[2] % 16))
    guard let first = decode(StoreRecords.self, sizes, payload) else { return 0 }
    // A second party's records from the rest, if there are any; the agreement must not trap on anything that decodes.
    let rest = Array(payload.dropFirst(StoreRecords.encodedByteCount(sizes)))
    let second = decode(StoreRecords.self, sizes, rest) ?? first
    let forward = StoreRecords.commonCursors([first, second])
    let backward = StoreRecords.commonCursors([second, first])
    precondition(
      forward.map(\.0) == backward.map(\.0) && forward.map(\.1) == backward.map(\.1), "agreement depends on the order")
    for (code, range) in forward {
      for cursor in first.cursors + second.cursors where cursor.code == code {
        precondition(UInt64(range.lowerBound) >= cursor.cursor, "a cursor went back")
      }
    }
  case 2:
    if let header = try? StoreHeader(decoding: payload) {
      precondition(header.encoded == payload, "decoding and encoding is not the identity")
    }
  default:
    guard payload.count >= KindCode.byteCount else { return 0 }
    let code = KindCode(unchecked: Array(payload.prefix(KindCode.byteCount)))
    if let kind = code.kind {
      precondition(KindCode(kind) == code && !kind.columnWidths.isEmpty, "one encoding a kind")
    }
  }
  return 0
}
