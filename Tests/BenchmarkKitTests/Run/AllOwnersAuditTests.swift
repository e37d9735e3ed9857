import Foundation
import MPCCore
import PartyRuntime
import SecureML
import Testing
import Transport

@testable import BenchmarkKit

@Suite("Whoever starts all parties audits ranges with the rows of all of them")
struct AllOwnersAuditTests {
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "spdz-bench-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Sixty rows of two features; one of those to classify has a large value, of which P_0 knows nothing.
  private func experiment(_ folder: Folder, _ outlier: Double) throws -> (Experiment, String) {
    let file = "\(folder.path)/e.json"
    try """
    {"name": "e", "modes": ["passive"], "fixedPoint": {"f": 8, "k": 24, "s": 40, "featureBits": 24, "weightBits": 14},
     "workloads": [{"name": "rows", "testRows": 15,
     "dataset": {"path": "rows.csv", "classes": 2, "scaling": "none"},
     "model": {"layers": [{"kind": "dense", "outputs": 2}, {"kind": "argmax"}]}, "train": {"epochs": 3}}]}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    func write(_ values: (Int) -> Double) throws {
      let lines = (0..<60).map { "\(values($0)),\(Double($0 % 7) / 7),\($0 % 2)\n" }
      try lines.joined().write(toFile: "\(folder.path)/rows.csv", atomically: true, encoding: .utf8)
    }
    try write { Double($0) }
    let experiment = try Experiment.load(path: file)
    let dataset = try #require(experiment.workloads[0].dataset)
    let rows = try dataset.split(Dataset.load(dataset, relativeTo: folder.path), seed: experiment.seed)
    let held = Int(rows.test.features[0])
    try write { $0 == held ? outlier : Double($0 % 5) / 5 }
    return (experiment, file)
  }

  @Test func `a value too long for k in the last party's rows ends the start of processes`() async throws {
    let folder = try Folder()
    let (experiment, file) = try experiment(folder, 30_000)
    // P_0 alone finds nothing: it has only its own training rows.
    _ = try OwnData(experiment, folder: folder.path, file: file, me: .init(0), ownFiles: [])
    let run = RunProcesses(
      file: file, overrides: [], output: "\(folder.path)/results", json: true, allowDebug: true)
    let error = await #expect(throws: ConfigurationError.self) { try await run.run(stop: StopSwitch()) }
    #expect(error?.description.contains("needs more than k = 24") == true, "\(error?.description ?? "")")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/results"), "nothing was started")
  }

  @Test func `rows that fit pass, with the figures of a run in one process`() throws {
    let folder = try Folder()
    let (experiment, file) = try experiment(folder, 1)
    let audited = try PreparedExperiment.auditedForAllOwners(experiment, file: file).workloads[0]
    let together = try PreparedExperiment(experiment, file: file).workloads[0]
    #expect(audited.test.features == together.test.features && audited.test.labels == together.test.labels)
    #expect(audited.model == together.model && audited.rangeWarnings == together.rangeWarnings)
  }

  @Test func `a secure training that leaves its range with the others' rows is refused before any process starts`()
    throws
  {
    let file = "\(benchmarksFolder)/training.json"
    let overrides = ["workloads.0.train.rows=64", "workloads.0.train.epochs=2", "fixedPoint.k=34"]
    var experiment = try Experiment.load(path: file, overrides: overrides)
    experiment.workloads.removeLast()
    let error = #expect(throws: ModelError.self) {
      _ = try PreparedExperiment.auditedForAllOwners(experiment, file: file)
    }
    #expect(error?.description.contains("rehearsed in clear") == true, "\(error?.description ?? "")")
  }

  @Test func `memory is estimated for all parties of the machine, processes included`() async throws {
    let experiment = try Experiment.load(
      path: "\(benchmarksFolder)/quickstart.json",
      overrides: [
        "parties=3", #"modes=["active"]"#, "workloads.0.testRows=32", "workloads.0.train.epochs=1",
        "workloads.1.testRows=1", "workloads.1.train.epochs=1",
      ])
    let prepared = try PreparedExperiment(experiment, file: "\(benchmarksFolder)/quickstart.json")
    func needed(_ start: any PartyStart) async throws -> MaterialTooLarge {
      let inference = LocalSecureInference(experiment, start: start)
      return try #require(
        await #expect(throws: MaterialTooLarge.self) { try await inference.requireMemory([prepared], limitBytes: 1) })
    }
    let all = try await needed(AllPartiesHere())
    let two = try await needed(OneOfSome(partiesHere: 2))
    let one = try await needed(OneOfSome(partiesHere: 1))
    #expect((all.partiesHere, two.partiesHere, one.partiesHere) == (3, 2, 1))
    #expect(all.neededBytes == 3 * one.neededBytes && two.neededBytes == 2 * one.neededBytes)
    #expect(two.description.contains("2 parties on this machine"))
  }

  /// One party of several processes, as far as estimates ask.
  private struct OneOfSome: PartyStart {
    let partiesHere: Int
    func partiesInProcess(_ experiment: Experiment) -> Int { 1 }
    func partiesOnThisMachine(_ experiment: Experiment) -> Int { partiesHere }
    func parties(_ experiment: Experiment) -> [PartyID] { [PartyID(0)] }
    func run<R: Sendable>(
      _ run: String, experiment: Experiment, options: RunOptions, _ body: @escaping PartyBody<R>
    ) async throws -> [StartedParty<R>] { [] }
  }
}
