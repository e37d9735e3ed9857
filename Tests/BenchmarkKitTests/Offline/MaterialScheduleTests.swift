import FieldArithmetic
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Testing

@testable import BenchmarkKit

@Suite("Chunks of material")
struct MaterialScheduleTests {
  private static func pieces(_ sizes: [Int]) -> [[MaterialDemand]] { sizes.map { [.triples($0)] } }

  private static func schedule(_ sizes: [Int], limit: Double) -> MaterialSchedule {
    MaterialSchedule(pieces(sizes), limitBytes: limit) { ProgramDemand.total($0)[.triples].map(Double.init) ?? 0 }
  }

  private static let cases: [(sizes: [Int], limit: Double, chunks: [Range<Int>])] = [
    ([3, 3, 3, 3], 7, [0..<2, 2..<4]), ([3, 3, 3], 100, [0..<3]), ([9, 1, 1, 9, 1], 4, [0..<1, 1..<3, 3..<4, 4..<5]),
    ([5], 1, [0..<1]), ([], 1, []),
  ]

  @Test(arguments: cases.indices) func `chunks are filled in order and a large piece stands alone`(_ number: Int) {
    let (sizes, limit, chunks) = Self.cases[number]
    let schedule = Self.schedule(sizes, limit: limit)
    #expect(schedule.chunks == chunks)
    let starts = sizes.indices.compactMap { schedule.chunk(startingAt: $0)?.demand[.triples] }
    #expect(starts == chunks.map { sizes[$0].reduce(0, +) })
  }

  @Test func `too little memory is said with both figures before any work`() throws {
    typealias S = AuthenticatedSharing<P127>
    let settings = OfflineSettings(chunkMegabytes: 100)
    let demand = ProgramDemand(pieces: Self.pieces([100_000, 100_000, 2_000_000]))
    let schedule = MaterialSchedule(demand, parties: 2, settings: settings, options: OfflineOptions(), S.self)
    #expect(schedule.chunks == [0..<2, 2..<3])  // a triple: 3 values and tags of 16 bytes, twice
    let parameters = try settings.parameters(S.self)
    func require(_ available: Int) throws(MaterialMemoryError) {
      try schedule.requireMemory(
        for: "loans, active", partiesHere: 2, availableBytes: available, parameters: parameters, parties: 2,
        options: OfflineOptions(), S.self)
    }
    #expect(throws: Never.self) { try require(4_000_000_000) }
    let error = try #require(throws: MaterialMemoryError.self) { try require(600_000_000) }
    #expect(error.isSinglePiece && error.neededMegabytes > 768 && error.availableMegabytes == 600)
    #expect(error.description.contains("smaller batches") && error.description.contains("600 MB may be used"))
  }
}
