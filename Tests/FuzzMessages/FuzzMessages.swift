// Fuzz entry for the payloads of the online phase: vectors of field elements, commitments and their openings.
// Scripts/fuzz FuzzMessages builds it as a static library and runs it.
internal import FieldArithmetic
internal import InsecureToyField
internal import MPCCore
internal import SecretSharing

/// Decodes a message of a given shape; what decodes must have exactly one encoding, of the announced length.
private func decode<M: Message>(_ type: M.Type, _ shape: M.Shape, _ payload: [UInt8]) {
  var reader = WireReader(payload)
  let expected = M.encodedByteCount(shape)
  let message: M
  do throws(WireError) { message = try M(from: &reader, shape: shape) } catch { return }
  precondition(
    payload.count - reader.remaining == expected, "a decoder took another number of bytes than the shape says")
  var writer = WireWriter(byteCount: expected)
  message.encode(into: &writer)
  let encoded = writer.finish()
  precondition(encoded.count == expected && payload.starts(with: encoded), "decoding and encoding is not the identity")
}

/// One input: the first byte chooses the message, the second its shape, the rest is the payload.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessages(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let bytes = unsafe bytes, count > 1 else { return 0 }
  let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  let payload = Array(input[2...])
  let shape = Int(input[1])
  switch input[0] % 8 {
  case 0: decode(Opening.UniformShares<P127>.self, shape, payload)
  case 1: decode(Opening.StatisticalShares<P61>.self, shape, payload)
  case 2: decode(Opening.OutputShares<InsecureP257>.self, shape, payload)
  case 3: decode(MaskedInput<P127>.self, shape, payload)
  case 4: decode(MACCheck.Commitment.self, 0, payload)
  case 5: decode(MACCheck.Opening.self, shape, payload)
  case 6: decode(CoinToss.Commitment.self, 0, payload)
  default: decode(CoinToss.Opening.self, shape, payload)
  }
  return 0
}
