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

  @Test func `a slower link costs online time and not a byte or a round more`() async throws {
    let overrides = ["workloads.0.testRows=1", "workloads.1.testRows=1"]
    let near = try await ExperimentCost(file: Self.file, overrides: overrides)
    let far = try await ExperimentCost(file: Self.file, overrides: overrides + [#"link={"profile": "wan"}"#])
    for (a, b) in zip(near.entries, far.entries) {
      #expect(a.onlineBytes == b.onlineBytes && a.onlineRounds == b.onlineRounds && a.demand == b.demand)
      #expect(b.link == "wan" && b.onlineSecondsOnLink > Double(b.onlineRounds) * 0.02)
    }
    #expect(far.overview().contains("1 configurations, 16 runs"))
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
