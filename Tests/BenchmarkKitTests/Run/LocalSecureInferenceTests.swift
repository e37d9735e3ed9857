import FieldArithmetic
import MPCCore
import SecretSharing
import Testing

@testable import BenchmarkKit

@Suite("Inference with material of the parties' own")
struct LocalSecureInferenceTests {
  /// The small model of the quick start on 3 rows, batches of 2 and 1, over shrunk rings.
  private func prepared(_ overrides: [String] = []) throws -> PreparedExperiment {
    let file = "\(benchmarksFolder)/quickstart.json"
    let all =
      [
        "batch=2", "workloads.0.testRows=3", "workloads.0.train.epochs=1", "workloads.1.testRows=1",
        "workloads.1.train.epochs=1", "offline.insecureRingDegree=1024", "deadlineSeconds=600",
      ] + overrides
    return try PreparedExperiment(Experiment.load(path: file, overrides: all), file: file)
  }

  @Test(arguments: [SecurityMode.passive, .active])
  func `offline cost is apportioned to layers, set-up stands apart, and used is what was predicted`(
    mode: SecurityMode
  ) async throws {
    let prepared = try prepared()
    let inference = LocalSecureInference(prepared.experiment)
    let outcome = try await inference.run(
      prepared.workloads[0], experiment: prepared.experiment, mode: mode, seed: 1
    ) { _ in }
    #expect(outcome.predictions.count == 3)
    #expect(PreparedWorkload.agreement(outcome.predictions, prepared.workloads[0].clearPredictions) == 1)
    #expect(outcome.setUp.count == 2)
    #expect(outcome.securityBits == nil, "a toy ring has no security to report")
    for party in 0..<2 {
      let own = outcome.layers.filter { $0.party == party }
      #expect(own.first { $0.layerKind == "dense" }.map { $0.offline.bytesSent > 0 } == true)
      #expect(own.allSatisfy { $0.offline.bytesSent >= 0 && $0.offline.wallNanoseconds >= 0 })
    }
    let prediction = try #require(outcome.prediction)
    let sent = (0..<2).map { party in
      outcome.layers.filter { $0.party == party }.reduce(0) { $0 + $1.offline.bytesSent }
    }
    let ratio = Double(prediction.offlineBytes) / Double(sent.max() ?? 0)
    #expect(ratio > 0.8 && ratio < 1.25, "predicted \(prediction.offlineBytes), sent \(sent)")
    let setUp = outcome.setUp.values.map(\.bytesSent).max() ?? 0
    #expect(mode == .passive || abs(Double(prediction.setUpBytes) / Double(setUp) - 1) < 0.05, "sent \(setUp)")
  }

  @Test func `the demand computed on zeros is the demand with a dealer's material, batch by batch`() async throws {
    let prepared = try prepared(["insecureDealer=true"])
    let program = try InferenceProgram(prepared.workloads[0], experiment: prepared.experiment, field: P127.self)
    let demand = try await program.demand(AuthenticatedSharing<P127>.self, partyCount: 2)
    // Input of the model; for the batches of 2 rows and of 1: input, 4 layers, output.
    #expect(demand.pieces.count == 1 + 2 * 6)
    let outcome = try await LocalSecureInference(prepared.experiment).run(
      prepared.workloads[0], experiment: prepared.experiment, mode: .active, seed: 1
    ) { _ in }
    let predicted = Dictionary(uniqueKeysWithValues: demand.total.map { ($0.key.description, $0.value) })
    for (kind, used) in outcome.preprocessingUsed where predicted[kind] != nil { #expect(predicted[kind] == used) }
    #expect(predicted["triples"] ?? 0 > 0)
  }

  @Test(arguments: [TransportKind.inproc, .tls])
  func `bytes, messages and rounds of the online phase are predicted exactly, whatever the link`(
    transport: TransportKind
  ) async throws {
    let prepared = try prepared([
      "insecureDealer=true", "parties=3", "transport=\(transport.rawValue)", #"link={"profile": "lan"}"#,
    ])
    for mode in [SecurityMode.passive, .active] {
      let prediction = try await RunPrediction(prepared.workloads[0], experiment: prepared.experiment, mode: mode)
      let outcome = try await LocalSecureInference(prepared.experiment).run(
        prepared.workloads[0], experiment: prepared.experiment, mode: mode, seed: 1
      ) { _ in }
      #expect(prediction.differences(from: outcome.layers).isEmpty)
      #expect(prediction.online(party: 2).bytesSent > 1_000)
      var other = outcome.layers
      other[3].online.rounds += 1
      #expect(prediction.differences(from: other).count == 1, "a difference is found")
    }
  }

  @Test func `a run that is interrupted ends with cancelled at the next message`() async throws {
    let prepared = try prepared(["insecureDealer=true"])
    let interruption = Interruption()
    interruption.request()
    let inference = LocalSecureInference(prepared.experiment, interruption: interruption)
    do {
      _ = try await inference.run(
        prepared.workloads[0], experiment: prepared.experiment, mode: .active, seed: 1
      ) { _ in }
      Issue.record("the run went on")
    } catch let abort as ProtocolAbort {
      guard case .cancelled = abort else {
        Issue.record("unexpected \(abort)")
        return
      }
    }
  }

  @Test func `material that does not fit into memory is refused before anything is made, with both figures`()
    async throws
  {
    let prepared = try prepared()
    let inference = LocalSecureInference(prepared.experiment)
    try await inference.requireMemory([prepared], limitBytes: 1 << 40)
    do {
      try await inference.requireMemory([prepared], limitBytes: 100_000_000)
      Issue.record("100 MB cannot hold the buffers alone")
    } catch let error as MaterialTooLarge {
      #expect(error.workload == "breast-cancer-mlp" && error.mode == .passive && error.limitBytes == 100_000_000)
      #expect(error.neededBytes > 128_000_000 && "\(error)".contains("100 MB may be used"))
      #expect(RunExitCode(error) == .invalidInput)
    }
    let dealt = try self.prepared(["insecureDealer=true"])
    try await LocalSecureInference(dealt.experiment).requireMemory([dealt], limitBytes: 1)
  }

  @Test func `another use than the predicted one is an error that names the kind`() {
    let demand = ProgramDemand(pieces: [[.triples(5)], [.bits(2)]])
    #expect(throws: AccountingError(kind: "triples", predicted: 5, used: 6)) {
      try demand.requireEqual(to: [[.triples(6)], [.bits(2)]])
    }
    #expect(throws: Never.self) { try demand.requireEqual(to: [[.triples(5)], [.bits(2)]]) }
  }
}
