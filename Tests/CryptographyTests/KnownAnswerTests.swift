import Cryptography
import InsecureDealer
import MPCCore
import Testing

/// Hexadecimal digits of bytes.
func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

let session = SessionID(bytes: (0..<32).map { UInt8($0) })
let randomness: [UInt8] = (100..<132).map { UInt8($0) }

// The expected values were computed with Python's hashlib and `openssl enc -aes-256-ctr`, from the formulas in the
// documentation comments, not with this library.

@Suite("SHA-256")
struct SHA256Tests {
  @Test("Digests of FIPS 180-4")
  func vectors() {
    #expect(hex(SHA256.hash(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(hex(SHA256.hash([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    let long = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
    #expect(hex(SHA256.hash(long)) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
  }

  @Test("The digest does not depend on how the message was split, and reading it does not end the run")
  func split() {
    let message: [UInt8] = (0..<300).map { UInt8($0 & 255) }
    for cut in [0, 1, 63, 64, 65, 128, 299] {
      var hash = SHA256()
      hash.update(Array(message[..<cut]))
      _ = hash.finalize()
      var copy = hash
      copy.update([1])
      hash.update(Array(message[cut...]))
      #expect(hash.finalize() == SHA256.hash(message))
      #expect(copy.finalize() != hash.finalize())
    }
  }

  @Test("Raw spans and integers are absorbed as their little-endian bytes")
  func integers() {
    var one = SHA256()
    one.update(UInt64(0x0102_0304_0506_0708))
    let words: [UInt64] = [7, 8]
    let span = words.span
    one.update(unsafe span.bytes)
    #expect(
      one.finalize()
        == SHA256.hash([8, 7, 6, 5, 4, 3, 2, 1, 7, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]))
  }

  @Test("Comparison in constant time agrees with ==")
  func comparison() {
    #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
    #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
    #expect(constantTimeEqual([], []))
  }
}

@Suite("PRG")
struct PRGTests {
  static let seed: [UInt8] = (0..<32).map { UInt8($0) }

  @Test("The stream is AES-256-CTR under the seed with IV 0")
  func stream() {
    let bytes = PRG(seed: Self.seed).bytes(10_000)
    #expect(hex(Array(bytes.prefix(32))) == "f29000b62a499fd0a9f39a6add2e7780f05d76ae4ab99fe5a6f69b3148c2363d")
    #expect(hex(SHA256.hash(bytes)) == "20fc41faa32599b2e40d98bdfa16b7d885495337030067bcefbc172c1aa06084")
  }

  @Test("The stream does not depend on the sizes of the requests")
  func sizes() {
    let whole = PRG(seed: Self.seed).bytes(50_000)
    let parts = PRG(seed: Self.seed)
    var joined: [UInt8] = []
    for size in [0, 1, 7, 16, 4095, 4096, 4097, 1, 12_288, 8191, 3, 16_385] { joined += parts.bytes(size) }
    #expect(joined == Array(whole.prefix(joined.count)))
    var words = [UInt64](repeating: 0, count: 700)
    var span = words.mutableSpan
    PRG(seed: Self.seed).fill(&span)
    let first = PRG(seed: Self.seed)
    #expect(words[0] == first.word() && Array(words.dropFirst()) == first.words(699))
    #expect(words[0].littleEndian & 0xff == 0xf2)
  }

  @Test("Child seeds follow their formula and differ by label, context and parent")
  func children() {
    let child = PRG.deriveSeed(Self.seed, label: "triples", context: [1, 2])
    #expect(hex(child) == "42903b672bfd8d2276d301b952227b72a77c73e4719ee37e5657c0bb605e2b8a")
    let others = [
      PRG.deriveSeed(Self.seed, label: "triple", context: [1, 2]), PRG.deriveSeed(Self.seed, label: "triples"),
      PRG.deriveSeed(Self.seed, label: "triples", context: [2, 1]),
      PRG.deriveSeed([], label: "triples", context: [1, 2]),
    ]
    #expect(Set(others + [child]).count == 5)
  }

  @Test("Bytes are uniform: chi squared over a million of them")
  func uniform() {
    var counts = [Int](repeating: 0, count: 256)
    for byte in PRG(seed: Self.seed).bytes(1 << 20) { counts[Int(byte)] += 1 }
    let expected = Double(1 << 20) / 256
    let chiSquared = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    #expect((162...377).contains(chiSquared))
  }

  @Test("System seeds differ from each other")
  func system() {
    let seeds = (0..<100).map { _ in SystemRandom().seed(label: "same") }
    #expect(Set(seeds).count == 100 && seeds.allSatisfy { $0.count == 32 })
  }

  @Test("Insecure seeded randomness is the same in every run, counts per label and depends on the party")
  func insecure() {
    let source = InsecureSeededRandom(seed: 42, party: PartyID(1))
    #expect(
      hex(source.seed(label: "mask", context: [9]))
        == "28d9af1c4310b014dbf1116e07555470cb069dc7059ed87e57e3a70b9e7993f8")
    #expect(
      hex(source.seed(label: "mask", context: [9]))
        == "d5db1512e89c24dd0a17955b63a7a4189221e2e62bb967929076a515082360a7")
    let other = InsecureSeededRandom(seed: 42, party: PartyID(0))
    #expect(
      other.seed(label: "mask", context: [9])
        != InsecureSeededRandom(seed: 42, party: PartyID(1)).seed(label: "mask", context: [9]))
  }
}

@Suite("Commitment and coin")
struct CommitmentTests {
  static func commit(_ text: String, party: Int, counter: UInt64) -> [UInt8] {
    Commitment.commit(
      value: Array(text.utf8), session: session, party: PartyID(party), counter: counter, randomness: randomness)
  }

  @Test("Commitments follow their formula")
  func commitments() {
    #expect(
      hex(Self.commit("hello", party: 1, counter: 7))
        == "bf9e5d4e2bec54b8eb8b99712a0a4e0d42336bdd680079c8d10ca4fad9ca1625")
    #expect(
      hex(Self.commit("", party: 0, counter: 0)) == "b6496fc9075302f203c81172ac9328f06d2f3469324b767cfc975754377c68a0")
  }

  @Test("An opening is accepted only for the same value, party, counter, session and randomness")
  func openings() {
    let commitment = Self.commit("hello", party: 1, counter: 7)
    let value = Array("hello".utf8)
    func verify(
      _ commitment: [UInt8], _ value: [UInt8], _ session: SessionID, _ party: Int, _ counter: UInt64, _ r: [UInt8]
    ) -> Bool {
      Commitment.verify(
        commitment, value: value, session: session, party: PartyID(party), counter: counter, randomness: r)
    }
    #expect(verify(commitment, value, session, 1, 7, randomness))
    #expect(!verify(commitment, Array("hellp".utf8), session, 1, 7, randomness))
    #expect(!verify(commitment, value, SessionID(bytes: randomness), 1, 7, randomness))
    #expect(!verify(commitment, value, session, 0, 7, randomness))
    #expect(!verify(commitment, value, session, 1, 8, randomness))
    #expect(!verify(commitment, value, session, 1, 7, Array(randomness.reversed())))
    #expect(!verify(Array(commitment.dropLast()), value, session, 1, 7, randomness))
    #expect(!verify(commitment, value, session, 1, 7, Array(randomness.dropLast())))
  }

  @Test("The coin follows its formula and depends on every seed, its order, the counter and the session")
  func coin() {
    let seeds = [1, 2, 3].map { [UInt8](repeating: $0, count: 32) }
    let coin = Coin.combine(session: session, counter: 5, seeds: seeds)
    #expect(hex(coin) == "e50da0e2e957f6cd1796208b3bcda7c1becf55923693e419c0c131402c378a14")
    let others = [
      Coin.combine(session: session, counter: 6, seeds: seeds),
      Coin.combine(session: session, counter: 5, seeds: seeds.reversed()),
      Coin.combine(session: session, counter: 5, seeds: Array(seeds.dropLast())),
      Coin.combine(session: SessionID(bytes: randomness), counter: 5, seeds: seeds),
    ]
    #expect(!others.contains(coin) && Set(others).count == 4)
  }
}

@Suite("Fiat-Shamir transcript")
struct FiatShamirTests {
  enum Item: CaseIterable {
    case bytes, integers, empty, firstChallenge
  }

  static func transcript(
    name: String = "test/v1", session id: SessionID = session, party: Int = 2, parameters: [UInt64] = [16384, 40],
    omitting omitted: Item? = nil
  ) -> [UInt8] {
    var transcript = FiatShamirTranscript(
      protocolName: name, session: id, party: PartyID(party), parameters: parameters)
    if omitted != .bytes { transcript.absorb("a", [1, 2, 3]) }
    if omitted != .integers { transcript.absorb("n", integers: [5, 6]) }
    if omitted != .empty { transcript.absorb("z", []) }
    if omitted != .firstChallenge { _ = transcript.challenge("e", byteCount: 40) }
    return transcript.challengeSeed("f")
  }

  @Test("Challenges follow their formula")
  func vectors() {
    var transcript = FiatShamirTranscript(
      protocolName: "test/v1", session: session, party: PartyID(2), parameters: [16384, 40])
    let bytes: [UInt8] = [1, 2, 3]
    let span = bytes.span
    transcript.absorb("a", unsafe span.bytes)
    transcript.absorb("n", integers: [5, 6])
    #expect(
      hex(transcript.challenge("e", byteCount: 40))
        == "dbcc5db1e00d1015e3b9f92081e27cbbe8613a34b7bbf7afc647aa0663f99e290ceb4018ae9b8734")
    #expect(
      hex(transcript.challengeSeed("f")) == "462e63e81dbc3f2998fb2f6a67afbfc613251ec4e7bb83c2b9287f91293e78b9")
  }

  @Test("Leaving out any absorbed item changes the challenge", arguments: Item.allCases)
  func omission(_ item: Item) {
    #expect(Self.transcript(omitting: item) != Self.transcript())
  }

  @Test("Every part of the context changes the challenge")
  func context() {
    let all = [
      Self.transcript(), Self.transcript(name: "test/v2"), Self.transcript(session: SessionID(bytes: randomness)),
      Self.transcript(party: 1), Self.transcript(parameters: [16384]), Self.transcript(parameters: [40, 16384]),
    ]
    #expect(Set(all).count == all.count)
  }

  @Test("Bytes cannot move between neighbouring items, labels or types")
  func framing() {
    func seed(_ body: (inout FiatShamirTranscript) -> Void) -> [UInt8] {
      var transcript = FiatShamirTranscript(
        protocolName: "test/v1", session: session, party: PartyID(0), parameters: [])
      body(&transcript)
      return transcript.challengeSeed("c")
    }
    let all = [
      seed { $0.absorb("a", [1, 2]) },
      seed {
        $0.absorb("a", [1]); $0.absorb("a", [2])
      },
      seed {
        $0.absorb("a", [1]); $0.absorb("", [2])
      }, seed { $0.absorb("ab", [1, 2]) },
      seed { $0.absorb("a", integers: [1, 2]) },
      seed { $0.absorb("a", [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]) },
    ]
    #expect(Set(all).count == all.count)
  }
}

@Suite("AES-256-GCM")
struct AuthenticatedCipherTests {
  /// Bytes of hexadecimal digits.
  static func bytes(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  static let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
  static let nonce = bytes("cafebabefacedbaddecaf888")
  static let message = bytes(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
      + "b16aedf5aa0de657ba637b39")
  static let associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")

  @Test("The test cases 13, 14 and 16 of the GCM specification")
  func vectors() {
    let zero = AuthenticatedCipher(key: [UInt8](repeating: 0, count: 32))
    let nonce = AuthenticatedCipher.nonce(0)
    #expect(hex(zero.sealed([], nonce: nonce, associated: [])) == "530f8afbc74536b9a963b4f1c4cb738b")
    #expect(
      hex(zero.sealed([UInt8](repeating: 0, count: 16), nonce: nonce, associated: []))
        == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    let cipher = AuthenticatedCipher(key: Self.key)
    #expect(
      hex(cipher.sealed(Self.message, nonce: Self.nonce, associated: Self.associated))
        == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
        + "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b")
  }

  @Test("Only message, nonce and associated data as sealed open; one cipher serves many messages")
  func refusals() {
    let cipher = AuthenticatedCipher(key: Self.key)
    let sealed = cipher.sealed(Self.message, nonce: Self.nonce, associated: Self.associated)
    #expect(cipher.opened(sealed, nonce: Self.nonce, associated: Self.associated) == Self.message)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(cipher.opened(changed, nonce: Self.nonce, associated: Self.associated) == nil)
    }
    #expect(cipher.opened(Array(sealed.dropLast()), nonce: Self.nonce, associated: Self.associated) == nil)
    #expect(cipher.opened([1, 2, 3], nonce: Self.nonce, associated: Self.associated) == nil)
    #expect(cipher.opened(sealed, nonce: AuthenticatedCipher.nonce(1), associated: Self.associated) == nil)
    #expect(cipher.opened(sealed, nonce: Self.nonce, associated: []) == nil)
    #expect(cipher.opened(sealed, nonce: Self.nonce, associated: Self.associated) == Self.message)
  }
}
