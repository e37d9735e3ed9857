import Cryptography
import FieldArithmetic
import Foundation
import InsecureDealer
import MPCCore
import SecretSharing
import Synchronization
import Testing
import Transport

@testable import MaterialStore

@Suite("The parties agree on where their stores stand")
struct AgreementTests {
  let scratch: Scratch
  let key = StoreKey.generate()

  init() throws { scratch = try Scratch() }

  func fill(_ name: String, party: Int, parties: Int = 2, batches: Int = 3) throws {
    let store = try makeStore(Active.self, scratch(name), party: party, parties: parties, under: key)
    for batch in 0..<batches {
      try store.append(numbered(.squares, Active.self, from: 1000 * batch, count: 1000))
      try store.commit()
    }
    try store.finishGenerating()
    store.close()
  }

  /// Spends items of a store without its peers.
  func spend(_ name: String, _ count: Int) throws {
    let store = try openStore(Active.self, scratch(name), under: key)
    try store.beginUseAlone()
    _ = numbers(try store.take(.squares, count: count))
    try store.settle()
    try store.suspend()
  }

  /// All parties open, agree and take `count` squares; what they agreed and the items' numbers.
  func run(
    _ names: [String], take count: Int = 0, generatingFrom first: Int? = nil, items made: Int = 500,
    tap: FrameTap? = nil
  ) throws -> [Result<(StoreAgreement, [Int]), ProtocolAbort>] {
    let stores = try names.map { try openStore(Active.self, scratch($0), under: key) }
    defer { for store in stores { store.close() } }
    var options = RunOptions()
    options.tap = tap
    let report = runSimulated(partyCount: names.count, seed: 3, options: options) {
      (channel) throws(ProtocolAbort) -> (StoreAgreement, [Int]) in
      let store = stores[channel.me.index]
      let agreement = try await store.agree(
        over: channel, random: InsecureSeededRandom(seed: 4, party: channel.me))
      do throws(StoreError) {
        if let first {
          try store.beginGenerating()
          try store.append(numbered(.squares, Active.self, from: first, count: made))
          try store.finishGenerating()
        }
        try store.beginUse()
        guard count > 0 else { return (agreement, []) }
        let items = numbers(try store.take(.squares, count: count)) ?? []
        try store.settle()
        try store.suspend()
        return (agreement, items)
      } catch {
        throw .localFailure(step: StepLabel("Test", 1), detail: error.description)
      }
    }
    return report.run.results
  }

  @Test("Equal stores lose nothing; run and resume counter are common and new each time")
  func equal() throws {
    for party in 0..<2 { try fill("p\(party)", party: party) }
    let first = try run(["p0", "p1"], take: 10).map { try $0.get() }
    #expect(first[0].0 == first[1].0)
    #expect(first[0].0.left == [.squares: 3000] && first[0].0.lost.isEmpty && first[0].0.resumeCount == 1)
    #expect(first.allSatisfy { $0.1 == Array(0..<10) })
    let second = try run(["p0", "p1"], take: 10).map { try $0.get() }
    #expect(second[0].0.resumeCount == 2 && second[0].0.run != session.bytes)
    #expect(second.allSatisfy { $0.1 == Array(10..<20) })
  }

  @Test("A restored backup takes over its peer's cursor", arguments: [2, 3])
  func backup(_ parties: Int) throws {
    let names = (0..<parties).map { "p\($0)" }
    for party in 0..<parties { try fill(names[party], party: party, parties: parties) }
    try scratch.copy("p1", to: "backup")
    let used = try run(names, take: 1300).map { try $0.get() }
    #expect(used.allSatisfy { $0.1 == Array(0..<1300) })
    try scratch.copy("backup", to: "p1")
    let after = try run(names, take: 5).map { try $0.get() }
    #expect(after.allSatisfy { $0.1 == Array(1300..<1305) })
    #expect(after[1].0.lost == [.squares: 1300] && after[1].0.missedCount == 1 && after[0].0.missedCount == 0)
    #expect(after[0].0.lost.isEmpty)
  }

  @Test("A party that reports another cursor to each is found out before anybody adopts one")
  func equivocation() throws {
    let names = (0..<3).map { "p\($0)" }
    for party in 0..<3 { try fill(names[party], party: party, parties: 3) }
    let before = try names.map { try StoreInspection.read(directory: scratch($0)) }
    let length = FrameHeader.byteCount + StoreRecords.encodedByteCount(.init(cursors: 1, segments: 3))
    let lies = Mutex(0)
    // P_0 tells P_2 that it used 500 squares, and P_1 the truth. Without the comparison the two would go on at different
    // items, and every product of theirs would be wrong.
    let tap = FrameTap { bytes, from, to in
      guard from.index == 0, to.index == 2, bytes.count == length else { return [bytes] }
      var changed = bytes
      changed[FrameHeader.byteCount + KindCode.byteCount] = UInt8(500 % 256)
      changed[FrameHeader.byteCount + KindCode.byteCount + 1] = UInt8(500 / 256)
      lies.withLock { $0 += 1 }
      return [changed]
    }
    let results = try run(names, take: 10, tap: tap)
    #expect(lies.withLock { $0 } == 1)
    for party in 1..<3 {
      guard case .failure(.transcriptMismatch) = results[party] else {
        Issue.record("P\(party): \(results[party])")
        continue
      }
      #expect(try StoreInspection.read(directory: scratch(names[party])) == before[party], "P\(party) adopted nothing")
    }
    let honest = try run(names, take: 10).map { try $0.get() }
    #expect(honest.allSatisfy { $0.1 == Array(0..<10) })
  }

  @Test("Segments that one party lacks are given up by all, and new material is appended at the same place")
  func missingSegments() throws {
    try fill("p0", party: 0, batches: 3)
    try fill("p1", party: 1, batches: 2)
    try spend("p0", 700)
    let result = try run(["p0", "p1"], take: 1600, generatingFrom: 2000).map { try $0.get() }
    #expect(result[0].0.left == [.squares: 1300] && result[1].0.left == [.squares: 1300])
    #expect(result[0].0.lost == [.squares: 1000] && result[1].0.lost == [.squares: 700])
    #expect(result.allSatisfy { $0.1 == Array(700..<2300) })
  }

  @Test("A backup from before newer material was made at the same place is not mistaken for it")
  func sameplaceOtherRun() throws {
    try fill("p0", party: 0, batches: 3)
    try fill("p1", party: 1, batches: 2)
    try scratch.copy("p0", to: "backup")
    _ = try run(["p0", "p1"], take: 1, generatingFrom: 2000).map { try $0.get() }  // drops P0's third, makes another
    try scratch.copy("backup", to: "p0")
    let result = try run(["p0", "p1"], take: 5).map { try $0.get() }
    // P0's old third segment and P1's new one have the same position: neither is used.
    #expect(result[0].0.left == [.squares: 1999])
    #expect(result.allSatisfy { $0.1 == Array(1..<6) })
  }

  @Test("Nor is one of the same length at the same place")
  func sameSegmentOtherRun() throws {
    try fill("p0", party: 0, batches: 3)
    try fill("p1", party: 1, batches: 2)
    try scratch.copy("p0", to: "backup")
    _ = try run(["p0", "p1"], take: 1, generatingFrom: 2000, items: 1000).map { try $0.get() }
    try scratch.copy("backup", to: "p0")
    let result = try run(["p0", "p1"], take: 5).map { try $0.get() }
    #expect(result[0].0.left == [.squares: 1999])
  }

  @Test("A cursor beyond everything leaves nothing, and more can be made behind it")
  func beyond() throws {
    try fill("p0", party: 0, batches: 3)
    try fill("p1", party: 1, batches: 1)
    try spend("p0", 2500)
    let result = try run(["p0", "p1"], take: 500, generatingFrom: 2500).map { try $0.get() }
    #expect(result.allSatisfy { $0.0.left == [.squares: 0] && $0.1 == Array(2500..<3000) })
  }

  @Test("Other headers are refused by name and change nothing")
  func mismatch() throws {
    try fill("p0", party: 0)
    let other = try PartyStore<Active>.create(
      directory: scratch("p1"),
      terms: StoreTerms(
        Active.self, partyCount: 2, session: session, parameterDigest: [UInt8](repeating: 5, count: 32),
        trustModel: .dishonestMajorityActive(assumption: "test"), masks: "bounded"),
      party: PartyID(1), keyShare: P127(3), under: key)
    try other.finishGenerating()
    other.close()
    let before = try StoreInspection.read(directory: scratch("p0"))
    for result in try run(["p0", "p1"]) {
      guard case .failure(.configurationMismatch(let field, _, _, _)) = result else {
        Issue.record("\(result)")
        return
      }
      #expect(field == "store parameter block")
    }
    #expect(try StoreInspection.read(directory: scratch("p0")) == before)
  }

  @Test("A store of another party is refused before anything is sent")
  func wrongParty() throws {
    for party in 0..<2 { try fill("p\(party)", party: party) }
    guard case .failure(.localFailure(_, let detail)) = try run(["p1", "p0"])[0] else {
      Issue.record("accepted")
      return
    }
    #expect(detail.contains("P1 of 2"))
  }

  @Test("A greeting that announces more records than can be is refused before anything is allocated")
  func greetingLimits() throws {
    try fill("p0", party: 0)
    let header = try #require(try StoreInspection.read(directory: scratch("p0")).header)
    func decodes(cursors: Int, segments: Int) -> Bool {
      let greeting = StoreGreeting(
        header, resumeCount: 0, nonce: [UInt8](repeating: 0, count: 32),
        sizes: StoreRecords.Sizes(cursors: cursors, segments: segments))
      var writer = WireWriter(byteCount: 0)
      greeting.encode(into: &writer)
      var reader = WireReader(writer.finish())
      return (try? StoreGreeting(from: &reader, shape: 0)) != nil
    }
    #expect(decodes(cursors: 3, segments: 7))
    #expect(!decodes(cursors: Int(UInt32.max), segments: 7))
    #expect(!decodes(cursors: 3, segments: Int(UInt32.max)))
  }

  /// Lets P_0 claim `bytes` from `offset` of its message of `length` bytes on, to everybody.
  private func claiming(_ bytes: [UInt8], at offset: Int, length: Int, _ fired: @escaping @Sendable () -> Void)
    -> FrameTap
  {
    FrameTap { frame, from, _ in
      guard from.index == 0, frame.count == FrameHeader.byteCount + length else { return [frame] }
      var changed = frame
      changed.replaceSubrange(
        FrameHeader.byteCount + offset..<(FrameHeader.byteCount + offset + bytes.count), with: bytes)
      fired()
      return [changed]
    }
  }

  @Test(
    "Who claims the largest resume counter or cursor costs the others material, not their stores nor their good name")
  func largestClaims() throws {
    let names = (0..<2).map { "p\($0)" }
    for party in 0..<2 { try fill(names[party], party: party) }
    let fired = Mutex(0)
    let count = { @Sendable in fired.withLock { $0 += 1 } }
    func bytes(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    // The counter of the greeting stands behind 121 bytes.
    let counter = claiming(
      bytes(StoreGreeting.maximumResumeCount), at: 121, length: StoreGreeting.encodedByteCount(0), count)
    let counted = try run(names, tap: counter)
    #expect(try counted[1].get().0.resumeCount == StoreGreeting.maximumResumeCount)
    // With an honest P_0 it goes on from what it has adopted, and is not blamed.
    for _ in 0..<2 {
      let next = try run(names, take: 10).map { try $0.get().0 }
      #expect(next.allSatisfy { $0.resumeCount == StoreGreeting.maximumResumeCount && $0.left[.squares] ?? 0 > 0 })
      #expect(next[1].missedCount == 0)
    }
    let last = bytes(StoreRecords.maximumPosition)
    let cursor = claiming(
      last + last, at: KindCode.byteCount, length: StoreRecords.encodedByteCount(.init(cursors: 1, segments: 3)), count)
    let moved = try run(names, tap: cursor)
    #expect(try moved[1].get().0.left == [.squares: 0])
    #expect(fired.withLock { $0 } == 2)
    // Nothing can be numbered behind the last position: nobody writes records that its peers would refuse.
    for result in try run(names, generatingFrom: 0) {
      guard case .failure(.localFailure(_, let detail)) = result else {
        Issue.record("\(result)")
        continue
      }
      #expect(detail.contains("a party claimed"))
    }
    for name in names { #expect(try !StoreInspection.read(directory: scratch(name)).state.isFinal) }
    #expect(try openStore(Active.self, scratch("p1"), under: key).left == [.squares: 0])
  }

  @Test("Records that are not in their one form are refused")
  func records() throws {
    let (bits, squares) = (KindCode(.bits), KindCode(.squares))
    func decodes(_ records: StoreRecords) -> Bool {
      var writer = WireWriter(byteCount: 0)
      records.encode(into: &writer)
      let bytes = writer.finish()
      #expect(bytes.count == StoreRecords.encodedByteCount(records.shape))
      var reader = WireReader(bytes)
      return (try? StoreRecords(from: &reader, shape: records.shape)) != nil
    }
    let run = [UInt8](repeating: 0, count: 16)
    let good = [
      StoreRecords.Cursor(code: squares, cursor: 1, end: 5), StoreRecords.Cursor(code: bits, cursor: 0, end: 0),
    ]
    #expect(decodes(StoreRecords(cursors: good, segments: [.init(kind: 1, first: 0, count: 3, run: run)])))
    #expect(!decodes(StoreRecords(cursors: good.reversed(), segments: [])))
    #expect(!decodes(StoreRecords(cursors: [good[0], good[0]], segments: [])))
    #expect(!decodes(StoreRecords(cursors: [.init(code: bits, cursor: 6, end: 5)], segments: [])))
    #expect(!decodes(StoreRecords(cursors: [.init(code: bits, cursor: 0, end: 1 << 60)], segments: [])))
    #expect(!decodes(StoreRecords(cursors: good, segments: [.init(kind: 2, first: 0, count: 3, run: run)])))
    #expect(!decodes(StoreRecords(cursors: good, segments: [.init(kind: 0, first: 0, count: 0, run: run)])))
    #expect(
      !decodes(
        StoreRecords(
          cursors: good,
          segments: [.init(kind: 0, first: 0, count: 3, run: run), .init(kind: 0, first: 2, count: 3, run: run)])))
    for kind in RoundTripTests.kinds { #expect(KindCode(kind).kind == kind) }
    #expect(KindCode(unchecked: [UInt8](repeating: 0xff, count: 40)).kind == nil)
    // Found by fuzzing: a convolution whose element counts overflow.
    var writer = WireWriter(byteCount: 40)
    for number: UInt32 in [7, 0x10_0100, 1, 0x1_4100, 2, 0x2900, 0xed, 0x2e01, 0x1_4100, 0] { writer.append(number) }
    #expect(KindCode(unchecked: writer.finish()).kind == nil)
  }
}
