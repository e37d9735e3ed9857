import Cryptography
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  @Test("The digest of abc is the one of FIPS 180-4")
  func abc() {
    let digest = SHA256.hash(Array("abc".utf8))
    #expect(digest.prefix(4).elementsEqual([0xba, 0x78, 0x16, 0xbf]))
  }
}
