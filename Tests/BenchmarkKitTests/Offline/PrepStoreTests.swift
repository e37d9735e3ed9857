import BenchmarkKit
import Foundation
import Preprocessing
import SecretSharing
import Testing

@Suite("Stores of spdz-bench prep")
struct PrepStoreTests {
  private static func folder() -> String { NSTemporaryDirectory() + "spdz-prep-" + UUID().uuidString }

  /// Into the stores in `directory`, with a toy ring.
  private static func add(
    _ kind: PrepKind, count: Int = 70, to directory: String, _ change: (inout PrepRequest) -> Void = { _ in },
    interruption: Interruption? = nil
  ) async throws -> PrepResult {
    var request = PrepRequest(kind: kind, count: count)
    request.insecureToyDegree = 64
    request.quiet = true
    request.destination = .store(directory)
    change(&request)
    return try await request.run(interruption: interruption)
  }

  @Test func severalKindsLieUnderOneKeyAndAreRightTogether() async throws {
    let directory = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var made: [Int] = []
    for kind in [PrepKind.triples, .squares, .bits, .inputs, .comparison, .triples] {
      made.append(
        try await Self.add(kind, to: directory) {
          $0.partyCount = 3
          if kind == .comparison { $0.lowBits = 6 }
        }.count)
    }
    let stores = try PrepStores(directory: directory)
    #expect(stores.rows.allSatisfy { $0.state == "ready" && $0.kinds.count == 5 && $0.resumed == 5 })
    #expect(try stores.verify().count == 3)
    #expect(try await stores.reveal() == made.reduce(0, +))
  }

  @Test func severalKindsAreExportedTogether() async throws {
    let (directory, output) = (Self.folder(), Self.folder())
    defer { for path in [directory, output] { try? FileManager.default.removeItem(atPath: path) } }
    for kind in [PrepKind.triples, .squares, .bits, .inputs] { _ = try await Self.add(kind, to: directory) }
    let folder = try await PrepStores(directory: directory).exportMPSPDZ(to: output)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(
      names == [
        "Bits-p-P0", "Bits-p-P1", "Inputs-p-P0-0", "Inputs-p-P1-0", "Params-Data", "Player-MAC-Keys-p-P0",
        "Player-MAC-Keys-p-P1", "Squares-p-P0", "Squares-p-P1", "Triples-p-P0", "Triples-p-P1",
      ])
  }

  @Test func materialOfOtherTermsIsNotAdded() async throws {
    let directory = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    _ = try await Self.add(.squares, to: directory)
    let changes: [(String, (inout PrepRequest) -> Void)] = [
      ("another field", { $0.field = "p61" }), ("another sharing mode", { $0.mode = .passive }),
      ("3 parties", { $0.partyCount = 3 }), ("another parameter block", { $0.options.triples = .classic }),
      ("another parameter block", { $0.insecureToyDegree = 128 }),
    ]
    for (part, change) in changes {
      do {
        _ = try await Self.add(.squares, to: directory, change)
        Issue.record("\(part) was not refused")
      } catch let error as PrepError {
        #expect(error.description.contains(part) && error.exitCode == .usage, "\(error)")
      }
    }
    // Nothing was touched by the refusals.
    _ = try await Self.add(.bits, to: directory)
    #expect(try PrepStores(directory: directory).rows.allSatisfy { $0.state == "ready" && $0.kinds.count == 2 })
  }

  @Test func aSpentStoreIsNotAddedTo() async throws {
    let directory = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    _ = try await Self.add(.squares, to: directory)
    try PrepStores(directory: directory).purge()
    await #expect(throws: PrepError.self) { try await Self.add(.squares, to: directory) }
  }

  @Test func anInterruptedGenerationKeepsItsPartsAndGoesOn() async throws {
    let directory = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let interruption = Interruption()
    interruption.request()
    let none = try await Self.add(.squares, to: directory, interruption: interruption)
    #expect(none.count == 0)
    #expect(try PrepStores(directory: directory).rows.map(\.state) == ["ready", "ready"])
    let made = try await Self.add(.squares, to: directory).count
    #expect(try await PrepStores(directory: directory).reveal() == made)
  }

  @Test func storesAreInspectedVerifiedRevealedOnceAndThenSpent() async throws {
    let directory = Self.folder()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let made = try await Self.add(.comparison, count: 5, to: directory) {
      $0.partyCount = 3
      $0.lowBits = 6
    }
    let stores = try PrepStores(directory: directory)
    #expect(stores.rows.count == 3 && stores.rows.allSatisfy { $0.kinds.map(\.left) == [made.count] })
    #expect(stores.rows[0].state == "ready" && stores.rows[0].trustModel?.contains("INSECURE") == true)
    #expect(try stores.verify().count == 3)
    #expect(try await stores.reveal() == made.count)
    let spent = try PrepStores(directory: directory)
    #expect(spent.rows.allSatisfy { $0.state.contains("revealed in a test") })
    await #expect(throws: PrepError.self) { try await spent.reveal() }
  }

  @Test func anExportedStoreIsRightInClearAndSpent() async throws {
    let (directory, output) = (Self.folder(), Self.folder())
    defer { for path in [directory, output] { try? FileManager.default.removeItem(atPath: path) } }
    _ = try await Self.add(.inputs, to: directory) {
      $0.inputOwner = nil
      $0.field = "p61"
    }
    let folder = try await PrepStores(directory: directory).exportMPSPDZ(to: output)
    #expect(folder.hasSuffix("/2-p-61"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 7)
    let states = try PrepStores(directory: directory).rows.map(\.state)
    #expect(states.allSatisfy { $0.contains("exported") })
  }

  @Test func matrixStoresAreNotExportedAndNotUsedUp() async throws {
    let (directory, output) = (Self.folder(), Self.folder())
    defer { for path in [directory, output] { try? FileManager.default.removeItem(atPath: path) } }
    _ = try await Self.add(.matrix, count: 1, to: directory) {
      $0.shape = "2x3x2"
    }
    let stores = try PrepStores(directory: directory)
    await #expect(throws: PrepError.self) { try await stores.exportMPSPDZ(to: output) }
    #expect(try PrepStores(directory: directory).rows.map(\.state) == ["ready", "ready"])
    #expect(!FileManager.default.fileExists(atPath: output))
    try stores.purge()
    #expect(try PrepStores(directory: directory).rows.allSatisfy { $0.state.contains("purged") })
  }
}
