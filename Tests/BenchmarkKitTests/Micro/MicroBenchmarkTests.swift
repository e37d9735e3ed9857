import MPCCore
import SecretSharing
import Testing

@testable import BenchmarkKit

@Suite("spdz-bench micro")
struct MicroBenchmarkTests {
  private static let toy = MicroMaterial.offline(OfflineSettings(insecureRingDegree: 64))

  @Test(arguments: MicroOperation.allCases) func theOfflinePhaseMakesWhatEveryOperationUses(
    operation: MicroOperation
  ) async throws {
    for mode in [SecurityMode.active, .passive] {
      var benchmark = MicroBenchmark(operation: operation, size: 3, mode: mode, repeats: 2, material: Self.toy)
      benchmark.quiet = true
      let result = try await benchmark.run()
      let offline = try #require(result.offline)
      #expect(!result.fakeOffline)
      #expect(result.trustModel.contains("INSECURE TOY RING"))
      #expect(offline.offlineBytesSent > 0 && offline.offlineNanoseconds > 0)
      for (kind, count) in offline.used { #expect(offline.generated[kind, default: 0] >= count, "\(kind)") }
      // Three runs, one of them unmeasured, and the operands' input masks.
      for (kind, count) in result.material { #expect(offline.used[kind] == 3 * count, "\(kind)") }
      #expect(offline.used["inputs of P0"] != nil)
    }
  }

  @Test func theDealerIsNamed() async throws {
    let result = try await MicroBenchmark(operation: .multiply, size: 5, repeats: 1, material: .insecureDealer).run()
    #expect(result.fakeOffline && result.offline == nil)
    #expect(result.trustModel == TrustModel.insecureDealer.description)
  }

  @Test func whatDoesNotFitIntoMemoryIsRefusedWithTheFigures() async throws {
    let benchmark = MicroBenchmark(operation: .ltz, size: 10_000_000, repeats: 1_000_000, material: Self.toy)
    let error = try await #require(throws: MicroError.self) { try await benchmark.run() }
    #expect(error.description.contains("MB of memory for all parties"))
  }

  @Test func aDifferenceBetweenPredictionAndUseIsNamed() throws {
    var used = MaterialCount()
    used.add(4, of: "triples")
    #expect(throws: MicroError.self) {
      try MicroBenchmark.requireEqual(predicted: [.triples: 5], used: used)
    }
    try MicroBenchmark.requireEqual(predicted: [.triples: 4], used: used)
  }
}
