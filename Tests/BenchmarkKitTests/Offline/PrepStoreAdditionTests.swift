import FieldArithmetic
import Foundation
import MPCCore
import MaterialStore
import SecretSharing
import Testing

@testable import BenchmarkKit

@Suite("Material of several generations in one store")
struct PrepStoreAdditionTests {
  /// A request on a toy ring into stores.
  private static func toy(
    _ kind: PrepKind, into directory: String, count: Int = 70, _ change: (inout PrepRequest) -> Void = { _ in }
  ) -> PrepRequest {
    var request = PrepRequest(kind: kind, count: count)
    request.insecureToyDegree = 64
    request.quiet = true
    request.destination = .store(directory)
    change(&request)
    return request
  }

  /// Runs `body` with a directory that does not exist yet.
  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spdz-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  private static func left(_ directory: String) throws -> [String: Int] {
    let rows = try PrepStores(directory: directory).rows
    #expect(rows.allSatisfy { $0.kinds.map(\.left) == rows[0].kinds.map(\.left) })
    return Dictionary(uniqueKeysWithValues: rows[0].kinds.map { ($0.kind, $0.left) })
  }

  @Test(arguments: [SecurityMode.active, .passive], [2, 3])
  func severalKindsLieUnderOneKeyAndAllRelationsHold(mode: SecurityMode, parties: Int) async throws {
    try await withFolder { directory in
      var made = 0
      for kind in [PrepKind.triples, .squares, .triples, .bits, .inputs] {
        let result = try await Self.toy(kind, into: directory) {
          $0.mode = mode
          $0.partyCount = parties
          $0.inputOwner = nil
        }.run()
        made += kind == .inputs ? result.count * parties : result.count
        #expect(result.requested == 70 && result.count >= 70)
      }
      let left = try Self.left(directory)
      #expect(left.count == 3 + parties && (left["triples"] ?? 0) >= 140)
      let stores = try PrepStores(directory: directory)
      #expect(stores.rows.allSatisfy { $0.state == "ready" && $0.undecided == nil })
      #expect(try stores.verify().count == parties)
      // MACs of all kinds hold under one key.
      #expect(try await stores.reveal() == made)
    }
  }

  @Test func severalKindsAreExportedAtOnce() async throws {
    try await withFolder { directory in
      try await withFolder { output in
        for kind in [PrepKind.triples, .squares, .bits, .inputs] {
          _ = try await Self.toy(kind, into: directory) { $0.inputOwner = nil }.run()
        }
        let left = try Self.left(directory)
        let folder = try await PrepStores(directory: directory).exportMPSPDZ(to: output)
        var alpha = P127.zero
        var triples: [[P127]] = []
        for party in 0..<2 {
          let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("-P\(party)") }
          #expect(
            Set(names) == [
              "Triples-p-P\(party)", "Squares-p-P\(party)", "Bits-p-P\(party)", "Inputs-p-P\(party)-0",
              "Inputs-p-P\(party)-1", "Player-MAC-Keys-p-P\(party)",
            ])
          let path = "\(folder)/Triples-p-P\(party)"
          let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
          let file = try MPSPDZFormat<P127>.decode(bytes, path: path)
          alpha += file.keyShare
          triples.append(file.elements)
        }
        #expect(triples[0].count == 6 * (left["triples"] ?? 0))
        let sums = zip(triples[0], triples[1]).map { $0 + $1 }
        for item in stride(from: 0, to: sums.count, by: 6) {
          #expect(sums[item] * sums[item + 2] == sums[item + 4] && sums[item + 5] == alpha * sums[item + 4])
        }
        // Spent stores are not added to.
        let error = try await #require(throws: PrepError.self) { try await Self.toy(.bits, into: directory).run() }
        guard case .unusableStore(_, let reason) = error else { throw error }
        #expect(reason.contains("exported"))
      }
    }
  }

  @Test func purgedStoresAndMissingPartiesAreRefused() async throws {
    try await withFolder { directory in
      _ = try await Self.toy(.squares, into: directory).run()
      try FileManager.default.moveItem(atPath: "\(directory)/P1/store", toPath: "\(directory)/gone")
      await #expect(throws: PrepError.self) { try await Self.toy(.bits, into: directory).run() }
      try FileManager.default.moveItem(atPath: "\(directory)/gone", toPath: "\(directory)/P1/store")
      try PrepStores(directory: directory).purge()
      let error = try await #require(throws: PrepError.self) { try await Self.toy(.bits, into: directory).run() }
      guard case .unusableStore(_, let reason) = error else { throw error }
      #expect(reason.contains("purged"))
    }
  }

  @Test func aProcessKilledInALiveEpochCostsTheStoreAndTheMessageSaysSo() async throws {
    try await withFolder { directory in
      _ = try await Self.toy(.triples, into: directory).run()
      // What a killed process leaves: the mark is set at P0 only.
      let store = try PartyStore<AuthenticatedSharing<P127>>.open(
        directory: "\(directory)/P0/store", under: StoreKey.load(identityDirectory: "\(directory)/P0/identity"))
      try store.beginGenerating()
      try store.beginUndecided("a key epoch was live")
      store.close()
      let stores = try PrepStores(directory: directory)
      #expect(stores.rows[0].undecided == "a key epoch was live" && stores.rows[0].state == "generating")
      #expect(stores.table.contains("destroys keys and material, by design"))
      let error = try await #require(throws: PrepError.self) { try await Self.toy(.squares, into: directory).run() }
      guard case .unusableStore(_, let reason) = error else { throw error }
      #expect(reason.contains("a key epoch was live") && reason.contains("by design"))
      #expect(try PrepStores(directory: directory).rows.map { $0.state.hasPrefix("destroyed") } == [true, false])
      // The other party's store can be purged.
      try PrepStores(directory: directory).purge()
      #expect(try PrepStores(directory: directory).rows[1].state.contains("purged"))
    }
  }
}
