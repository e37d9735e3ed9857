import Cryptography
import FieldArithmetic
import Foundation
import InsecureDealer
import MPCCore
import SecretSharing
import Testing
import Transport

@testable import BenchmarkKit

@Suite("Training on rows of several owners")
struct OwnedTrainingTests {
  private let seed = [UInt8](repeating: 7, count: 32)

  /// Rows of three owners in one file; the class is the sign of x − y.
  private func ownedExperiment(_ folder: Folder, _ overrides: [String] = []) throws -> PreparedExperiment {
    var text = "bank,x,y,label\n"
    for row in 0..<180 {
      let (x, y) = (Double(row * 37 % 100) / 25 - 2, Double(row * 61 % 100) / 25 - 2)
      text += "\(["\"A, Inc\"", "B", "C", "other"][row % 4]),\(x),\(y),\(x > y ? 1 : 0)\n"
    }
    try text.write(toFile: "\(folder.path)/loans.csv", atomically: true, encoding: .utf8)
    let file = "\(folder.path)/owned.json"
    try """
    {"name": "owned", "parties": 3, "modes": ["active"], "fixedPoint": {"f": 16, "k": 56, "s": 40}, "deadlineSeconds": 600,
     "offline": {"insecureRingDegree": 1024}, "workloads": [{"name": "loans",
     "dataset": {"path": "loans.csv", "header": true, "classes": 2,
       "owners": {"column": "bank", "values": ["A, Inc", "B", "C"]}},
     "model": {"layers": [{"kind": "dense", "outputs": 4}, {"kind": "relu"}, {"kind": "dense", "outputs": 1},
       {"kind": "sigmoid"}]},
     "train": {"secure": true, "epochs": 2, "batch": 16, "learningRate": 0.3}}]}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    return try PreparedExperiment(Experiment.load(path: file, overrides: overrides), file: file)
  }

  @Test func `each owner puts in its own rows, scaled by what P_0 knows`() async throws {
    let folder = try Folder()
    let prepared = try ownedExperiment(folder, ["insecureDealer=true"])
    let workload = prepared.workloads[0]
    let plan = try TrainingPlan(workload, experiment: prepared.experiment)
    #expect(plan.rowCounts.reduce(0, +) == workload.training.rowCount && plan.rowCounts.allSatisfy { $0 > 20 })
    for (party, range) in plan.ranges.enumerated() {
      #expect(plan.rows.selecting(range).owners == [Int](repeating: party, count: range.count))
    }
    let first = plan.rows.selecting(plan.ranges[0])
    #expect(abs(stride(from: 0, to: first.features.count, by: 2).reduce(0) { $0 + first.features[$1] }) < 1e-9)
    let outcome = try await LocalSecureInference(prepared.experiment).run(
      workload, experiment: prepared.experiment, mode: .active, seed: 1
    ) { _ in }
    #expect(outcome.predictions.count == workload.test.rowCount)
    #expect(try #require(outcome.weightDifference) < 512)
  }

  @Test func `owners and parties have to be as many`() throws {
    let folder = try Folder()
    let error = try #require(throws: ConfigurationError.self) { try ownedExperiment(folder, ["parties=2"]) }
    #expect(error.description.contains("3 owners put in rows and there are 2 parties"))
  }

  @Test func `real parties train on what each of them alone has read`() async throws {
    let folder = try Folder()
    let common = try ownedExperiment(folder, ["insecureDealer=true"])
    let experiment = common.experiment
    let expected = try TrainingPlan(common.workloads[0], experiment: experiment)
    let (path, file) = (folder.path, "\(folder.path)/owned.json")
    let body: PartyBody<PartyTraining> = { (channel) async throws(ProtocolAbort) -> PartyTraining in
      let me = channel.me
      do {
        let own = try OwnData(experiment, folder: path, file: file, me: me, ownFiles: [])
        let prepared = try await PreparedExperiment.exchange(own, experiment, folder: path, file: file, over: channel)
        let workload = prepared.workloads[0]
        let plan = try TrainingPlan(workload, experiment: experiment)
        let program = try TrainingProgram(plan, workload, experiment: experiment, field: P127.self)
        let dealer = InsecureDealer<AuthenticatedSharing<P127>>(seed: seed, me: me, partyCount: 3)
        let outcome = try await program.run(
          AuthenticatedSharing<P127>.self, over: MeasuringChannel(channel), source: PreparedSource(dealer),
          random: InsecureSeededRandom(seed: seed, party: me), supply: nil, journal: NoJournal())
        return PartyTraining(plan: plan, weights: outcome.weights, predictions: outcome.predictions)
      } catch let abort as ProtocolAbort {
        throw abort
      } catch {
        throw .localFailure(step: StepLabel("Test", 1), detail: "\(error)")
      }
    }
    let parties = try await runInProcess(partyCount: 3, options: RunOptions(limits: .oneMachine), body).values()
    let ulps = zip(parties[2].weights, try expected.rehearsed()).map { abs($0 - $1) * 65_536 }.max()
    #expect(try #require(ulps) < 512 && parties[0].weights.isEmpty && parties[1].weights.isEmpty)
    #expect(parties[2].predictions.count == common.workloads[0].test.rowCount)
    for (party, result) in parties.enumerated() {
      #expect(result.plan.rowCounts == expected.rowCounts && result.plan.order == expected.order)
      for (owner, range) in expected.ranges.enumerated() {
        let (rows, theirs) = (result.plan.rows.selecting(range), expected.rows.selecting(range))
        #expect(owner == party ? rows.features == theirs.features : rows.features.allSatisfy { $0 == 0 })
        #expect(owner == party ? rows.labels == theirs.labels : rows.labels.allSatisfy { $0 == 0 })
      }
    }
  }

  private struct PartyTraining: Sendable {
    var plan: TrainingPlan
    var weights: [Double]
    var predictions: [Int]
  }

  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "spdz-bench-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }
}
