import Foundation
import Glibc
import Testing
import Transport

@testable import PartyRuntime

/// Material of real parties on disk: made by them, used up, suspended, resumed, burnt. Two processes over TLS.
@Suite("Real parties with stores", .serialized, .timeLimit(.minutes(10)))
struct StoredPartyTests {
  @Test func `stores are filled and used up, and what is missing is told before anything is used`() throws {
    let parties = try StoredParties(repeats: 2)
    for end in try parties.both() {
      #expect(end.code == 65 && end.error.contains("--prepare-material makes it"), "\(end.log)")
    }
    try parties.fill()
    for end in try parties.both() {
      #expect(end.code == 0 && end.log.contains("material: this party's stores"), "\(end.log)")
    }
    let used = try (0..<2).map { try parties.store($0) }
    #expect(used[0].used == used[1].used && used.allSatisfy { $0.state == "suspended" && $0.undecided == nil })
    #expect(used[0].kinds.contains { $0.kind == "triples" && $0.used > 0 })
    for end in try parties.both() {
      #expect(end.code == 70 && end.log.contains("too little material") && end.log.contains("triples:"), "\(end.log)")
    }
    for id in 0..<2 { #expect(try parties.store(id).used == used[id].used) }
  }

  @Test func `a stop suspends both parties after the run that is on, and later processes resume under the same keys`()
    async throws
  {
    let parties = try StoredParties(repeats: 40, connect: 15)
    try parties.fill()
    let running = [try parties.start(0, output: "out0"), try parties.start(1, output: "out1")]
    try await parties.waitForRows("out1", of: running[1])
    running[0].process.terminate()
    let ends = running.map { $0.end() }
    for end in ends {
      #expect(end.code == 74 && end.error.hasPrefix("error: suspended: "), "\(end.log)")
    }
    let before = try (0..<2).map { try parties.store($0) }
    #expect(before.allSatisfy { $0.state == "suspended" && $0.undecided == nil } && before[0].used == before[1].used)
    let isPartlyUsed = before[0].kinds.contains { $0.used > 0 && $0.left > 0 }
    #expect(isPartlyUsed)
    // New processes: they make what is missing under the same keys, and run.
    try parties.fill()
    for end in try parties.both() { #expect(end.code == 0, "\(end.log)") }
    for id in 0..<2 {
      let after = try parties.store(id)
      #expect(after.resumed > before[id].resumed)
      for (kind, used) in before[id].used { #expect((after.used[kind] ?? 0) > used, "\(kind)") }
    }
  }

  @Test func `a link that is cut anywhere suspends or burns both ends, each says which, and nothing is used twice`()
    throws
  {
    let parties = try StoredParties(repeats: 2, connect: 8)
    try parties.fill()
    for id in 0..<2 { try parties.copy("store\(id)", to: "full\(id)") }
    let ports = parties.session.file.parties.map(\.address.port)
    // How many bytes go over the link in all.
    let whole = try FaultyRelay(to: ports[0], fault: .cut, after: .max)
    func ends(_ relay: FaultyRelay) throws -> [StoredParties.End] {
      let running = [try parties.start(0), try parties.start(1, peers: [relay.port, ports[1]])]
      return running.map { $0.end() }
    }
    for end in try ends(whole) { #expect(end.code == 0, "\(end.log)") }
    let total = whole.passedByteCount
    // Every run has a connection of its own.
    let last = try #require(whole.connectionStarts.last)
    whole.close()
    var (suspended, burnt, resumed) = (0, 0, 0)
    // In the runs, and between them: in the handshake, the negotiation and the agreement on stores of the last one.
    let places = (1...5).map { total * $0 / 6 } + [1_000, 3_500, 5_000].map { last + $0 }
    for (step, place) in places.enumerated() {
      for id in 0..<2 { try parties.copy("full\(id)", to: "store\(id)") }
      let relay = try FaultyRelay(to: ports[0], fault: .cut, after: place)
      let ends = try ends(relay)
      relay.close()
      let stores = try (0..<2).map { try parties.store($0) }
      for (end, store) in zip(ends, stores) {
        #expect(store.undecided == nil)
        switch end.code {
        case 74:
          #expect(!store.isDead && end.error.hasPrefix("error: suspended: "), "\(step): \(end.log)")
          suspended += 1
        case 69:
          // Lost before its store was opened: in the exchange of public facts.
          let isUntouched = store.used.values.allSatisfy { $0 == 0 }
          #expect(store.isDead && end.error.contains("destroyed") || isUntouched, "\(step): \(end.log)")
          burnt += store.isDead ? 1 : 0
        default: Issue.record("\(step): \(end.log)")
        }
      }
      if resumed == 0, stores.allSatisfy({ !$0.isDead && $0.resumed > 0 }) {
        // New processes make what was lost, under the same keys, and go on behind what anybody used.
        let before = stores.map(\.used)
        try parties.fill()
        for end in try parties.both() { #expect(end.code == 0, "\(end.log)") }
        let after = try (0..<2).map { try parties.store($0).used }
        #expect(after[0] == after[1])
        for (kind, count) in after[0] { #expect(count >= max(before[0][kind] ?? 0, before[1][kind] ?? 0), "\(kind)") }
        resumed += 1
      }
    }
    print("link cut at \(places.count) places of \(total) bytes: \(suspended) ends suspended, \(burnt) burnt")
    #expect(burnt > 0 && suspended > 0 && resumed > 0)
  }

  @Test func `a killed party's store dies at its next opening, and that does not cost the other party its own`()
    async throws
  {
    let parties = try StoredParties(repeats: 40, connect: 15)
    try parties.fill()
    let running = [try parties.start(0, output: "out0"), try parties.start(1, output: "out1")]
    try await parties.waitForRows("out1", of: running[1])
    kill(running[0].process.processIdentifier, SIGKILL)
    _ = running[0].end()
    let end = running[1].end()
    let (dead, other) = (try parties.store(0), try parties.store(1))
    #expect(
      end.code == 69 && other.isDead && end.error.contains("destroyed") || end.code == 74 && !other.isDead, "\(end.log)"
    )
    guard dead.undecided != nil else { return }  // it died between two runs
    let again = try parties.start(0).end()
    #expect(again.code == 65 && again.error.contains("ended while"), "\(again.log)")
    #expect(try parties.store(0).isDead)
    #expect(try parties.store(1).isDead == other.isDead)
  }

  @Test func `stores of others, of another session, of the past, and other programs are refused by name`() throws {
    let parties = try StoredParties(repeats: 1, connect: 10)
    try parties.fill()
    for id in 0..<2 { try parties.copy("store\(id)", to: "first\(id)") }
    // P_1 with a copy of P_0's store: it never comes, and P_0's store stays as it is.
    try parties.copy("first0", to: "store1")
    let copied = try parties.start(1).end()
    #expect(copied.code == 65 && copied.error.contains("another party: P0, here P1"), "\(copied.log)")
    // Another program at one party.
    try parties.copy("first1", to: "store1")
    let other = try parties.start(1, program: ["repeats=1", "seed=2"]).end()
    #expect(other.code == 65 && other.error.contains("the program hash is "), "\(other.log)")
    // Stores of two sessions: both refuse, by name, mine and theirs.
    for id in 0..<2 { try FileManager.default.removeItem(atPath: parties.path("store\(id)")) }
    try parties.fill()
    try parties.copy("first1", to: "store1")
    let before = try (0..<2).map { try parties.store($0).used }
    for end in try parties.both() {
      #expect(end.code == 65 && end.error.contains("another store session: "), "\(end.log)")
    }
    #expect(try (0..<2).map { try parties.store($0).used } == before)
    // The first session's stores, used once; then P_1 restores its backup: P_0's cursors win, nothing is used twice.
    try parties.copy("first0", to: "store0")
    for end in try parties.both() { #expect(end.code == 0, "\(end.log)") }
    let used = try parties.store(0).used
    try parties.copy("first1", to: "store1")
    let ends = try parties.both()
    #expect(ends[0].code == 70, "\(ends[0].log)")
    #expect(!ends[1].log.contains("destroyed"), "\(ends[1].log)")
    let refilled = try parties.both(prepare: true)
    #expect(refilled.allSatisfy { $0.code == 0 }, "\(refilled)")
    #expect(refilled[1].log.contains("this store missed 1 of the 1 times"), "\(refilled[1].log)")
    for end in try parties.both() { #expect(end.code == 0, "\(end.log)") }
    for id in 0..<2 {
      for (kind, count) in try parties.store(id).used { #expect(count == 2 * (used[kind] ?? 0), "\(kind)") }
    }
  }
}
