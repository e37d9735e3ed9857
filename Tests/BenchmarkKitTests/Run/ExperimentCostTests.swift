import Foundation
import Testing

@testable import BenchmarkKit

@Suite("spdz-bench cost")
struct ExperimentCostTests {
  private static let file =
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Benchmarks/quickstart.json")
    .standardizedFileURL.path()

  private static func cost(rows: Int) async throws -> ExperimentCost {
    let overrides = (0...1).flatMap { ["workloads.\($0).testRows=\(rows)", "workloads.\($0).train.epochs=1"] }
    return try await ExperimentCost(file: file, overrides: overrides, measuresRates: false)
  }

  @Test func `a slower link costs online time and not a byte or a round more`() async throws {
    let overrides = ["workloads.0.testRows=1", "workloads.1.testRows=1"]
    let near = try await ExperimentCost(file: Self.file, overrides: overrides, measuresRates: false)
    let far = try await ExperimentCost(
      file: Self.file, overrides: overrides + [#"link={"profile": "wan"}"#], measuresRates: false)
    for (a, b) in zip(near.entries, far.entries) {
      #expect(a.onlineBytes == b.onlineBytes && a.onlineRounds == b.onlineRounds && a.demand == b.demand)
      #expect(b.link == "wan" && b.onlineSecondsOnLink > Double(b.onlineRounds) * 0.02)
    }
    #expect(far.overview().contains("1 configurations, 16 runs"))
  }

  @Test func `a training on more rows is extrapolated, marked, and met by its own rehearsal`() async throws {
    let training = Self.file.replacingOccurrences(of: "quickstart", with: "training")
    func cost(_ rows: Int, to larger: Int? = nil) async throws -> ExperimentCost {
      let overrides = (0...1).map { "workloads.\($0).train.rows=\(rows)" } + ["modes=[\"active\"]"]
      return try await ExperimentCost(
        file: training, overrides: overrides, extrapolatedRows: larger, measuresRates: false)
    }
    let (few, more) = (try await cost(64, to: 256), try await cost(256))
    #expect(few.entries.map(\.extrapolatedRows) == [nil, 256, nil, 256])
    for (entry, met) in zip(few.entries.filter { $0.extrapolatedRows != nil }, more.entries) {
      #expect(entry.workload == met.workload)
      #expect(entry.demand.keys == met.demand.keys)
      for (kind, count) in entry.demand {
        let expected = try #require(met.demand[kind])
        let isExact = !kind.hasPrefix("inputs")
        #expect(isExact ? count == expected : abs(count - expected) < expected / 20, "\(kind): \(count), \(expected)")
      }
      #expect(abs(entry.onlineBytes - met.onlineBytes) < met.onlineBytes / 50)
      #expect(abs(entry.onlineRounds - met.onlineRounds) < met.onlineRounds / 10)
    }
    #expect(few.rendered().contains("EXTRAPOLATED to 256 training rows, not measured"))
    #expect(few.totalSeconds == few.entries.filter { $0.extrapolatedRows == nil }.reduce(0) { $0 + $1.totalSeconds })
  }

  @Test func `a finished run corrects the times of what is extrapolated`() async throws {
    func row(_ phase: String, _ seconds: Double, layer: Int?) -> ResultRow {
      var row = ResultRow()
      (row.op, row.mode, row.partyCount, row.party, row.phase) = ("loans", "active", 2, 0, phase)
      (row.layerIndex, row.wallNanoseconds) = (layer, Int(seconds * 1e9))
      return row
    }
    let calibration = CostCalibration(rows: [
      row("predicted-offline", 2, layer: nil), row("offline", 2, layer: -1), row("offline", 3, layer: 0),
      row("online", 9, layer: 0),
    ])
    func factor(_ mode: String) -> Double? {
      calibration.factor(workload: "loans", mode: mode, parties: 2, [.offline], predicted: "predicted-offline")
    }
    #expect(factor("active") == 2.5 && factor("passive") == nil)
  }

  @Test func `times are those of this machine or of a rule of thumb, with the set-up apart; the rest is the same`()
    async throws
  {
    let overrides = [
      "workloads.0.testRows=1", "workloads.1.testRows=1", "offline.insecureRingDegree=1024", #"modes=["active"]"#,
    ]
    let rule = try await ExperimentCost(file: Self.file, overrides: overrides, measuresRates: false)
    let measured = try await ExperimentCost(file: Self.file, overrides: overrides)
    for (a, b) in zip(rule.entries, measured.entries) {
      #expect(a.estimatedBytes == b.estimatedBytes && a.setUpBytes == b.setUpBytes && a.setUpBytes > 0)
      #expect(a.epochs == 1 && a.proofs == b.proofs && a.proofs >= 3, "squares, triples or bits, matrix products")
      #expect(a.estimatedSeconds != b.estimatedSeconds && b.estimatedSeconds > 0 && b.setUpSeconds > 0)
      #expect(b.totalSeconds > Double(b.runs) * (b.setUpSecondsOnLink + b.offlineSecondsOnLink))
    }
    #expect(rule.rendered().contains("set-up of keys, apart: "))
  }

  @Test func `only trainings are extrapolated`() async throws {
    let error = await #expect(throws: ConfigurationError.self) {
      try await ExperimentCost(file: Self.file, overrides: [], extrapolatedRows: 1000)
    }
    #expect(error?.description.contains("only secure trainings are extrapolated") == true)
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
