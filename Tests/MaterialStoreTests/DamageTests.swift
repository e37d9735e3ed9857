import Cryptography
import FieldArithmetic
import Foundation
import MPCCore
import SecretSharing
import Testing

@testable import MaterialStore

@Suite("What was changed on disk is noticed and named")
struct DamageTests {
  let scratch: Scratch
  let key = StoreKey.generate()
  /// Two segments of triples: 9,000 items (two chunks) and 100.
  let directory: String

  init() throws {
    scratch = try Scratch()
    directory = scratch("store")
    try Self.fill(directory, party: 0, under: key)
  }

  static func fill(_ directory: String, party: Int, under key: StoreKey) throws {
    let store = try makeStore(Active.self, directory, party: party, under: key)
    try store.append(numbered(.triples, Active.self, from: 0, count: 9000))
    try store.commit()
    try store.append(numbered(.triples, Active.self, from: 9000, count: 100))
    try store.finishGenerating()
    store.close()
  }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name)))
  }

  func replace(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
  }

  func part(_ error: StoreError?) -> String? {
    if case .damaged(let part, _, _) = error { return part }
    return nil
  }

  /// What verification says, and that nothing wrong can be taken; on a copy, for taking spends and may destroy.
  func verdict() throws -> String? {
    try scratch.copy("store", to: "copy")
    let found = part(failure { _ = try openStore(Active.self, scratch("copy"), under: key).verify() })
    let taken = failure {
      let store = try openStore(Active.self, scratch("copy"), under: key)
      try store.beginUseAlone()
      _ = numbers(try store.take(.triples, count: 9100))
    }
    #expect(part(taken) != nil)
    return found
  }

  @Test("An untouched store verifies")
  func untouched() throws {
    let result = try openStore(Active.self, directory, under: key).verify()
    #expect(result.segmentCount == 2)
    #expect(result.chunkCount == 3)
    #expect(result.leftCount == 9100)
  }

  @Test("A flipped bit in the second chunk, in its tag, in a header", arguments: [64 + 786_448 + 5000, -1, 20])
  func flip(_ position: Int) throws {
    var content = try bytes("segment-1")
    content[position < 0 ? content.count + position : position] ^= 0x10
    try replace("segment-1", content)
    #expect(try verdict() == (position == 20 ? "segment 1 (triples)" : "segment 1 (triples), chunk 1 of 2"))
  }

  @Test("A segment that was cut, prolonged, or is gone")
  func length() throws {
    let content = try bytes("segment-2")
    for changed in [Array(content.dropLast()), content + [0], []] {
      try replace("segment-2", changed)
      #expect(part(failure { _ = try openStore(Active.self, directory, under: key) }) == "segment 2 (triples)")
    }
    try FileManager.default.removeItem(atPath: directory + "/segment-2")
    #expect(part(failure { _ = try openStore(Active.self, directory, under: key) }) == "segment 2 (triples)")
  }

  @Test("Chunks that changed places, or came from another segment of the same store")
  func moved() throws {
    let store = try openStore(Active.self, directory, under: key)
    try store.beginGenerating()
    try store.append(numbered(.triples, Active.self, from: 9100, count: 9000))
    try store.finishGenerating()
    store.close()
    var (one, other) = (try bytes("segment-1"), try bytes("segment-3"))
    let first = 64..<(64 + 8192 * 96 + 16)
    (one[first], other[first]) = (other[first], one[first])
    try replace("segment-1", one)
    #expect(try verdict() == "segment 1 (triples), chunk 0 of 2")
  }

  @Test("A segment of another store, of another party, and an older state of the same number")
  func foreign() throws {
    for (name, party) in [("other", 0), ("peer", 1)] {
      try Self.fill(scratch(name), party: party, under: key)
      let mine = try bytes("segment-1")
      try replace("segment-1", Array(try Data(contentsOf: URL(fileURLWithPath: scratch(name) + "/segment-1"))))
      #expect(try verdict() == "segment 1 (triples)")
      // With this store's header in front the chunks still do not fit.
      try replace("segment-1", Array(mine[..<64] + (try bytes("segment-1"))[64...]))
      #expect(try verdict() == "segment 1 (triples), chunk 0 of 2")
      try replace("segment-1", mine)
    }
  }

  @Test("The key file of another store, a damaged one, another store key")
  func keys() throws {
    try Self.fill(scratch("other"), party: 0, under: key)
    let mine = try bytes("keys")
    try replace("keys", Array(try Data(contentsOf: URL(fileURLWithPath: scratch("other") + "/keys"))))
    #expect(part(failure { _ = try openStore(Active.self, directory, under: key) }) == "key file or header")
    var changed = mine
    changed[70] ^= 1
    try replace("keys", changed)
    #expect(part(failure { _ = try openStore(Active.self, directory, under: key) }) == "key file or header")
    try replace("keys", Array(mine.prefix(100)))
    #expect(part(failure { _ = try openStore(Active.self, directory, under: key) }) == "the key file")
    try replace("keys", mine)
    let other = StoreKey.generate()
    #expect(
      failure { _ = try openStore(Active.self, directory, under: other) }
        == .wrongStoreKey(path: directory, keyIdentifier: other.identifier, storeIdentifier: key.identifier))
    #expect(failure { _ = try openStore(Active.self, directory, under: key) } == nil)
  }

  @Test("The catalogue of another store under the same keys")
  func catalogue() throws {
    try Self.fill(scratch("other"), party: 0, under: key)
    try replace(
      "catalogue.sqlite", Array(try Data(contentsOf: URL(fileURLWithPath: scratch("other") + "/catalogue.sqlite"))))
    #expect(part(failure { _ = try openStore(Active.self, directory, under: key) }) == "key file or header")
  }

  @Test("No flipped byte of the catalogue moves a cursor, traps, or lets wrong items out")
  func catalogueBytes() throws {
    let content = try bytes("catalogue.sqlite")
    var dice = SplitMix(state: 5)
    var refused = 0
    for _ in 0..<150 {
      var changed = content
      // Most of the file is empty pages: aim at bytes that say something.
      var position = 0
      repeat { position = dice.roll(changed.count) } while changed[position] == 0
      changed[position] ^= UInt8(1 + dice.roll(255))
      try replace("catalogue.sqlite", changed)
      for suffix in ["-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: directory + "/catalogue.sqlite" + suffix)
      }
      do {
        let store = try openStore(Active.self, directory, under: key)
        #expect(store.left == [.triples: 9100])
        #expect(store.state == .ready)
        store.close()
      } catch {
        refused += 1
      }
    }
    #expect(refused > 20)
  }

  @Test("A cursor that was set back in a catalogue that is otherwise in order is refused")
  func cursorSetBack() throws {
    let store = try openStore(Active.self, directory, under: key)
    try store.beginUseAlone()
    #expect(numbers(try store.take(.triples, count: 5000)) == Array(0..<5000))
    try store.settle()
    try store.suspend()
    // The row as SQLite writes it: name, cursor 5000 and end 9100 in two bytes each, then the seal.
    let row = Array("triples".utf8) + [0x13, 0x88, 0x23, 0x8C]
    var content = try bytes("catalogue.sqlite")
    let starts = content.indices.dropLast(row.count).filter { content[$0..<($0 + row.count)].elementsEqual(row) }
    try #require(starts.count == 1)
    content[starts[0] + 7] = 0x03  // 904
    try replace("catalogue.sqlite", content)
    #expect(part(failure { _ = try openStore(Active.self, directory, under: key) }) == "the cursor of triples")
  }

  @Test("Header fields that differ from what is expected are named, with both values")
  func mismatch() throws {
    func field(_ expectation: StoreExpectation) -> [String]? {
      if case .headerMismatch(let field, let mine, let theirs) = failure({
        _ = try openStore(Active.self, directory, expecting: expectation, under: key)
      }) {
        return [field, mine, theirs]
      }
      return nil
    }
    #expect(field(StoreExpectation(party: PartyID(1))) == ["party", "P1", "P0"])
    #expect(field(StoreExpectation(partyCount: 3)) == ["party count", "3", "2"])
    #expect(field(StoreExpectation(session: .init(bytes: [UInt8](repeating: 1, count: 32))))?[0] == "session")
    #expect(field(StoreExpectation(parameterDigest: [UInt8](repeating: 1, count: 32)))?[0] == "parameter block")
    #expect(field(StoreExpectation(trustModel: .insecureDealer))?[0] == "trust model")
    #expect(field(StoreExpectation(masks: "bits")) == ["mask form", "bits", "bounded"])
    #expect(
      field(StoreExpectation(party: PartyID(0), partyCount: 2, session: session, parameterDigest: parameterDigest))
        == nil)
    let otherField = failure { _ = try openStore(AuthenticatedSharing<P61>.self, directory, under: key) }
    if case .headerMismatch(let name, _, _) = otherField {
      #expect(name == "field")
    } else {
      Issue.record("no mismatch")
    }
    let otherMode = failure { _ = try openStore(AdditiveSharing<P127>.self, directory, under: key) }
    #expect(otherMode == .headerMismatch(field: "sharing mode", mine: "passive", theirs: "active"))
    // None of these refusals changed anything.
    #expect(try openStore(Active.self, directory, under: key).verify().leftCount == 9100)
  }
}

/// SplitMix64, for positions.
struct SplitMix {
  var state: UInt64
  mutating func roll(_ below: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((z ^ (z >> 31)) % UInt64(below))
  }
}
