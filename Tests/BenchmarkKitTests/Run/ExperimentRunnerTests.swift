import Foundation
import MPCCore
import SecretSharing
import Synchronization
import Testing

@testable import BenchmarkKit

/// Counts calls.
private final class Counter: Sendable {
  private let left: Mutex<Int>
  init(_ count: Int) { left = Mutex(count) }
  func reachesEnd() -> Bool {
    left.withLock { left in
      left -= 1
      return left == 0
    }
  }
}

/// Not a protocol: gives the clear classes back with fixed costs, to test what the runner does with outcomes.
private struct ScriptedInference: SecureInference {
  let protocolName = "scripted"
  let kernelDispatch = "none"
  let isDeterministic = false
  var failure: ProtocolAbort?
  /// Requested during the run of this number, counted from 1.
  var interruption: (Interruption, Counter)?

  func run(
    _ workload: PreparedWorkload, experiment: Experiment, mode: SecurityMode, seed: UInt64,
    onProgress: @escaping @Sendable (String) -> Void
  ) async throws -> InferenceOutcome {
    if let (interruption, counter) = interruption, counter.reachesEnd() { interruption.request() }
    if mode == .active, let failure { throw failure }
    let factor = mode == .active ? 2 : 1
    let layers = (0..<experiment.parties).map { party in
      LayerMeasurement(
        party: party, layerIndex: 0, layerKind: "dense",
        online: PhaseCost(wallNanoseconds: 1_000_000 * factor * (party + 1), bytesSent: 1_000 * factor, rounds: 1))
    }
    return InferenceOutcome(
      predictions: workload.clearPredictions, layers: layers, preprocessingUsed: ["triples": 10], checkResult: "passed")
  }
}

@Suite("Running an experiment")
struct ExperimentRunnerTests {
  private func prepared() throws -> PreparedExperiment {
    let file = "\(benchmarksFolder)/quickstart.json"
    let overrides = [
      "insecureDealer=true", "repeats=2", "warmup=1", "workloads.0.train.epochs=1", "workloads.1.train.epochs=1",
      "workloads.1.testRows=4",
    ]
    return try PreparedExperiment(Experiment.load(path: file, overrides: overrides), file: file)
  }

  private func manifest(_ prepared: PreparedExperiment) throws -> Manifest {
    try Manifest(
      runID: "r1", experimentFile: "e.json", overrides: ["a=1"], prepared: prepared, kernelDispatch: "none")
  }

  @Test func `rows cover each party, layer, phase, mode and repeat, and repeats interleave the modes`() async throws {
    let prepared = try prepared()
    var rows: [ResultRow] = []
    let runner = ExperimentRunner(
      prepared, inference: ScriptedInference(), manifest: try manifest(prepared),
      progress: ProgressLine(total: 1, quiet: true)
    ) { rows.append($0) }
    let runs = try await runner.run()
    #expect(runs.count == 2 * 2 * 2)
    #expect(runs.prefix(4).map(\.mode) == [.passive, .active, .passive, .active])
    let rowsPerRun = 2 * 4 + 1 + 2  // 2 parties × (3 phases + total), 1 kind of material, 2 figures
    #expect(rows.count == runs.count * rowsPerRun)
    #expect(rows.allSatisfy { $0.fakeOffline == true && $0.trustModel == "INSECURE DEALER: online phase only" })
    let totals = rows.filter { $0.phase == "total" && $0.party == 1 && $0.mode == "active" && $0.repetition == 1 }
    #expect(totals.map(\.wallNanoseconds) == [4_000_000, 4_000_000])
    #expect(rows.filter { $0.unit == "agreement with clear" }.allSatisfy { $0.value == 1 })
  }

  @Test func `the summary shows medians, the ratio and the trust model`() async throws {
    let prepared = try prepared()
    let runner = ExperimentRunner(
      prepared, inference: ScriptedInference(), manifest: try manifest(prepared),
      progress: ProgressLine(total: 1, quiet: true)
    ) { _ in }
    let text = RunSummary(prepared, runs: try await runner.run()).rendered()
    let total = text.split(separator: "\n").filter { $0.contains("total") && $0.contains("active") }
    #expect(total.count == 2)
    // Slowest party 4 ms, both parties' 4 kB, 1 round, twice the passive time.
    #expect(
      total.allSatisfy { $0.split(separator: " ").suffix(6) == ["0.000", "4.000", "0.000", "4.00", "1", "2.00"] })
    #expect(text.contains("trust model: INSECURE DEALER: online phase only"))
  }

  @Test func `an abort ends the run and keeps the rows before it`() async throws {
    let prepared = try prepared()
    var rows: [ResultRow] = []
    let abort = ProtocolAbort.macCheckFailed(openings: 3)
    let experiment = try Experiment.load(
      path: "\(benchmarksFolder)/quickstart.json", overrides: ["warmup=0", "workloads.0.train.epochs=1"])
    #expect(experiment.warmup == 0)
    let runner = ExperimentRunner(
      prepared, inference: ScriptedInference(failure: abort), manifest: try manifest(prepared),
      progress: ProgressLine(total: 1, quiet: true)
    ) { rows.append($0) }
    await #expect(throws: abort) { try await runner.run() }
    #expect(rows.isEmpty, "the warm-up already failed, nothing was measured")
  }

  @Test func `a whole run writes the three files and says where they are`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spdz-bench-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = RunExperiment(
      file: "e.json", output: folder, overrides: [], json: false, allowDebug: true, quiet: true, prepareOnly: false)
    let text = try await run.measure(try prepared(), with: ScriptedInference())
    #expect(text.hasSuffix("trust model: INSECURE DEALER: online phase only\nresults: \(folder)\n"))
    let rows = try String(contentsOfFile: folder + "/results.jsonl", encoding: .utf8).split(separator: "\n")
    let decoded = try rows.map { try JSONDecoder().decode(ResultRow.self, from: Data($0.utf8)) }
    #expect(decoded.count == 8 * 11)
    let csv = try String(contentsOfFile: folder + "/results.csv", encoding: .utf8).split(separator: "\n")
    #expect(csv.dropFirst().map(String.init) == decoded.map(\.csvLine), "both files hold the same table")
    let manifest = try String(contentsOfFile: folder + "/manifest.json", encoding: .utf8)
    #expect(manifest.contains("\"finished\" : \"2"))
    #expect(manifest.contains("\"status\" : \"complete\""))
    let summary = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: folder + "/summary.json")))
    let entries = try #require((summary as? [String: Any])?["entries"] as? [[String: Any]])
    let online = entries.filter {
      $0["phase"] as? String == "online" && $0["mode"] as? String == "active" && $0["layer_index"] as? Int == 0
    }
    #expect(online.count == 2 && online.allSatisfy { $0["median"] as? Double == 4_000_000 && $0["count"] as? Int == 2 })
    #expect(manifest.contains("\"configurationSHA256\" : \"\(decoded[0].configurationSHA256)\""))
  }

  @Test func `an interrupted run keeps its rows and its manifest says incomplete`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spdz-bench-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let interruption = Interruption()
    let run = RunExperiment(
      file: "e.json", output: folder, overrides: [], json: false, allowDebug: true, quiet: true, prepareOnly: false,
      interruption: interruption)
    var inference = ScriptedInference()
    inference.interruption = (interruption, Counter(9))  // 8 runs are warm-up and half of the first repeat
    await #expect(throws: RunInterrupted(folder: folder)) {
      try await run.measure(try prepared(), with: inference)
    }
    let rows = try String(contentsOfFile: folder + "/results.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(rows.count == 5 * 11, "rows of the finished runs are there")
    let manifest = try String(contentsOfFile: folder + "/manifest.json", encoding: .utf8)
    #expect(manifest.contains("\"status\" : \"incomplete\""))
    #expect(manifest.contains("\"interruption\" : \"interrupted by the user\""))
  }

  @Test func `the manifest holds the whole configuration and the machine`() throws {
    let prepared = try prepared()
    let text = String(decoding: try manifest(prepared).json(), as: UTF8.self)
    for key in ["\"deadlineSeconds\"", "\"cpuModel\"", "\"kernel\"", "\"configurationSHA256\"", "\"overrides\""] {
      #expect(text.contains(key))
    }
  }

  @Test(arguments: [
    (ProtocolAbort.macCheckFailed(openings: 1), RunExitCode.cheatingDetected),
    (.peerLost(from: PartyID(1), during: StepLabel("Opening", 1)), .peerLost),
    (.preprocessingExhausted(kind: "triples", needed: 2, left: 1), .localFailure),
  ])
  func `exit codes follow the group of the abort`(_ abort: ProtocolAbort, _ code: RunExitCode) {
    #expect(RunExitCode(abort) == code)
  }

  @Test func `exit codes of input errors`() {
    #expect(RunExitCode(DataError.empty(file: "d")).rawValue == 65)
    #expect(
      RunExitCode(ConfigurationError(file: "e", origin: nil, path: "", cause: .missingKey("name"))).rawValue == 65)
    #expect(RunExitCode(ResultError.debugBuild).rawValue == 64)
    #expect(RunExitCode(ResultError.alreadyExists(path: "r")).rawValue == 73)
  }
}
