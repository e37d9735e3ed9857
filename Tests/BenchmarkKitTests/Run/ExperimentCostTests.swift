import BenchmarkKit
import Foundation
import Testing

@Suite("spdz-bench cost")
struct ExperimentCostTests {
  private static let file =
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Benchmarks/quickstart.json")
    .standardizedFileURL.path()

  private static func cost(rows: Int) async throws -> ExperimentCost {
    let overrides = (0...1).flatMap { ["workloads.\($0).testRows=\(rows)", "workloads.\($0).train.epochs=1"] }
    return try await ExperimentCost(file: file, overrides: overrides)
  }

  @Test func theDemandGrowsWithTheRowsAndIsTheSameInBothModes() async throws {
    let few = try await Self.cost(rows: 1)
    let more = try await Self.cost(rows: 2)
    #expect(few.entries.count == 4)
    #expect(Set(few.entries.map(\.mode)) == ["active", "passive"])
    for (small, large) in zip(few.entries, more.entries) {
      #expect(small.workload == large.workload && small.mode == large.mode)
      #expect(small.demand.values.reduce(0, +) < large.demand.values.reduce(0, +))
      #expect(small.estimatedBytes > 0 && small.estimatedSeconds > 0)
    }
    let byWorkload = Dictionary(grouping: few.entries, by: \.workload)
    for entries in byWorkload.values { #expect(entries[0].demand.keys.count == entries[1].demand.keys.count) }
  }
}
