// Fuzz entry for everything that reads bytes of a peer below the messages: frame decoder, greeting, endpoint.
// Scripts/fuzz FuzzTransport builds it as a static library and runs it.
internal import MPCCore
internal import Transport

/// One input: the first byte is the size of the pieces, the rest the stream of a link.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrames(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let bytes = unsafe bytes, count > 1 else { return 0 }
  let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  let session = SessionID(bytes: [UInt8](repeating: 0x20, count: 32))
  let stream = Array(input[1...])
  let step = max(1, Int(input[0]))

  var decoder = FrameDecoder(session: session, sender: PartyID(1))
  var frames: [Frame] = []
  var consumed = 0
  var failed = false
  while consumed < stream.count, !failed {
    let piece = Array(stream[consumed..<min(consumed + step, stream.count)])
    let span = piece.span
    do throws(MalformedReason) { try decoder.feed(unsafe span.bytes, into: &frames) } catch { failed = true }
    consumed += piece.count
    precondition(decoder.bufferedByteCount <= FrameHeader.byteCount + consumed, "more buffered than arrived")
  }
  // What was decoded encodes to the bytes it came from: one encoding per frame.
  let encoded = frames.flatMap { $0.encoded() }
  precondition(stream.starts(with: encoded), "decoding and encoding is not the identity")
  if !failed {
    precondition(
      encoded.count + decoder.bufferedByteCount + (decoder.partial == nil ? 0 : 57) == stream.count, "lost bytes")
  }

  if let hello = Hello(decoding: stream) {
    precondition(hello.encoded() == stream, "a greeting has one encoding")
  }
  return 0
}
