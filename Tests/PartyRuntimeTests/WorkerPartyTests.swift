import Foundation
import Testing

@testable import PartyRuntime

extension StoredPartyTests {
  /// One line of an audit trail, as far as these tests look at it.
  private struct Line: Decodable {
    struct Entry: Decodable {
      var channel: UInt32?, step: String?
    }
    var entry: Entry
  }

  /// The channels on which a party retired key epochs: one for each worker.
  private static func generatingChannels(_ trail: String) throws -> Set<UInt32> {
    let text = try String(contentsOfFile: trail, encoding: .utf8)
    let entries = try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).entry }
    return Set(entries.filter { $0.step?.hasPrefix("LowGear.Retire") == true }.compactMap(\.channel))
  }

  @Test func `two workers of real parties fill one store, which verifies and is used up`() throws {
    let parties = try StoredParties(repeats: 2)
    let trails = (0..<2).map { parties.path("trail\($0)") }
    let running = try (0..<2).map {
      try parties.start($0, prepare: true, extra: ["--workers", "2", "--audit", trails[$0]])
    }
    for end in running.map({ $0.end() }) { #expect(end.code == 0, "\(end.log)") }
    let channels = try trails.map { try Self.generatingChannels($0) }
    #expect(channels[0].count == 2 && channels[0] == channels[1], "\(channels)")
    let audited = try parties.run(["audit", "verify"] + trails + ["--session", parties.path("session.json")])
    #expect(audited.code == 0, "\(audited.log)")
    let stores = try (0..<2).map { try parties.store($0) }
    #expect(stores[0].kinds == stores[1].kinds && stores[0].kinds.contains { $0.kind == "triples" && $0.left > 1024 })
    for id in 0..<2 {
      let verified = try parties.run([
        "prep", "verify", parties.path("store\(id)/active"), "--identity", parties.path("id\(id)"),
      ])
      #expect(verified.code == 0, "\(verified.log)")
    }
    // The runs check every opening against the one key, whichever worker made the material.
    for end in try parties.both() { #expect(end.code == 0, "\(end.log)") }
    #expect(try parties.store(0).used == parties.store(1).used)
  }

  @Test func `parties with different numbers of workers end before the first key, naming both`() throws {
    let parties = try StoredParties(repeats: 1)
    let running = try (0..<2).map { try parties.start($0, prepare: true, extra: ["--workers", "\($0 + 1)"]) }
    for (id, end) in running.map({ $0.end() }).enumerated() {
      #expect(end.code == 65 && end.error.contains("workers") && end.error.contains("\(id + 1)"), "\(end.log)")
      #expect(!FileManager.default.fileExists(atPath: parties.path("store\(id)/active/keys")))
    }
    // Nor does it cost stores that are there.
    try parties.fill()
    for end in try parties.both() { #expect(end.code == 0, "\(end.log)") }
    let adding = try (0..<2).map { try parties.start($0, prepare: true, extra: ["--workers", "\($0 + 1)"]) }
    for (id, end) in adding.map({ $0.end() }).enumerated() {
      #expect(end.code == 65 && end.error.contains("workers"), "\(end.log)")
      let store = try parties.store(id)
      #expect(!store.isDead && store.undecided == nil)
    }
    let useless = try parties.start(0, extra: ["--workers", "2"]).end()
    #expect(useless.code == 64 && useless.log.contains("--prepare-material"), "\(useless.log)")
    let tooMany = try parties.start(0, prepare: true, extra: ["--workers", "65"]).end()
    #expect(tooMany.code == 64 && tooMany.log.contains("1 to 64"), "\(tooMany.log)")
  }

  @Test(.enabled(if: StoredParties.mpirun != nil))
  func `mpirun starts the workers of all parties with one command line`() throws {
    let parties = try StoredParties(repeats: 1)
    let made = try parties.underMPI(["--prepare-material", "--workers", "2"])
    #expect(made.code == 0, "\(made.log)")
    let used = try parties.underMPI(["--output", parties.path("out{id}")])
    #expect(used.code == 0, "\(used.log)")
    #expect(try parties.store(0).used == parties.store(1).used)
  }
}
