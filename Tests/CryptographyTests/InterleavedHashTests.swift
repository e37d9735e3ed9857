import MPCCore
import Testing

@testable import Cryptography

@Suite struct InterleavedHashTests {
  private func transcript() -> FiatShamirTranscript {
    FiatShamirTranscript(
      protocolName: "test", session: SessionID(bytes: [UInt8](repeating: 1, count: 32)), party: PartyID(0),
      parameters: [7])
  }

  private func challenge(_ bytes: [UInt8], vectors: Bool) -> [UInt8] {
    var transcript = transcript()
    let span = bytes.span
    unsafe transcript.absorb("x", span.bytes, vectors: vectors)
    return transcript.challengeSeed("c")
  }

  @Test func vectorsAndSingleMessagesGiveTheSameDigests() {
    let prg = PRG(seed: [UInt8](repeating: 3, count: 32))
    for count in [0, 1, 63, 64, 1023, 1024, 1025, 2048, 33 * 1024, 70_001, 131_072] {
      let bytes = prg.bytes(count)
      #expect(challenge(bytes, vectors: true) == challenge(bytes, vectors: false), "\(count) bytes")
    }
  }

  @Test func whatIsAbsorbedAreTheDigestsOfSixteenInterleavedMessages() {
    let bytes = PRG(seed: [UInt8](repeating: 4, count: 32)).bytes(3 * 1024 + 100)
    var hash = SHA256()
    hash.update(text: "fiat-shamir/v1")
    hash.update(lengthPrefixed: "test")
    hash.update([UInt8](repeating: 1, count: 32))
    for word in [0, 1, 7, 4] as [UInt64] { hash.update(word) }
    hash.update(lengthPrefixed: "x")
    hash.update(count: bytes.count)
    for lane in 0..<16 {
      var message: [UInt8] = []
      for word in stride(from: lane, to: 768, by: 16) { message += bytes[(4 * word)..<(4 * word + 4)] }
      hash.update(SHA256.hash(message))
    }
    hash.update(Array(bytes[3072...]))
    hash.update(3 as UInt64)
    hash.update(lengthPrefixed: "c")
    hash.update(count: 0)
    for vectors in [true, false] { #expect(challenge(bytes, vectors: vectors) == hash.finalize()) }
  }

  @Test func everyByteAndTheLengthMatter() {
    var bytes = [UInt8](repeating: 0, count: 2048 + 8)
    let original = challenge(bytes, vectors: true)
    for index in stride(from: 0, to: bytes.count, by: 13) {
      bytes[index] ^= 1
      #expect(challenge(bytes, vectors: true) != original, "byte \(index)")
      bytes[index] ^= 1
    }
    #expect(challenge(bytes + [0], vectors: true) != original)
    #expect(challenge(bytes.dropLast(), vectors: true) != original)
  }
}
