import Cryptography
import FieldArithmetic
import Foundation
import MPCCore
import MaterialStore
import SecretSharing
import Synchronization
import Testing
import Transport

@testable import BenchmarkKit

/// Counts the frames of P_1; behind the last one allowed the network is dead, in both directions.
private final class FrameLimit: Sendable {
  private let frames = Mutex(0)
  private let limit: Int

  init(_ limit: Int = .max) { self.limit = limit }

  var frameCount: Int { frames.withLock { $0 } }

  var network: TappedNetwork {
    TappedNetwork(
      tap: FrameTap { [self] bytes, from, _ in
        frames.withLock { count in
          if from.index == 1 { count += 1 }
          return count > limit ? [] : [bytes]
        }
      })
  }
}

@Suite("Runs on stored material")
struct StoredRunTests {
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "spdz-\(UUID().uuidString)").path
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    func callAsFunction(_ name: String) -> String { path + "/" + name }
    func copy(_ name: String, to copy: String) throws {
      try? FileManager.default.removeItem(atPath: self(copy))
      try FileManager.default.copyItem(atPath: self(name), toPath: self(copy))
    }
  }

  private let folder: Folder

  init() throws { folder = try Folder() }

  /// A small network on 3 random rows, batches of 2 and 1, over shrunk rings.
  private func prepared(_ overrides: [String] = []) throws -> PreparedExperiment {
    let file = folder("e.json")
    let text = """
      {
        "name": "stored", "modes": ["active"], "batch": 2, "repeats": 1, "warmup": 0, "deadlineSeconds": 600,
        "fixedPoint": { "f": 16, "k": 48, "s": 40 }, "offline": { "insecureRingDegree": 1024 },
        "workloads": [
          {
            "name": "small", "input": { "shape": [6] }, "testRows": 3,
            "model": {
              "layers": [
                { "kind": "dense", "outputs": 4 }, { "kind": "relu" }, { "kind": "dense", "outputs": 3 },
                { "kind": "argmax" }
              ]
            }
          }
        ]
      }
      """
    try Data(text.utf8).write(to: URL(filePath: file))
    return try PreparedExperiment(Experiment.load(path: file, overrides: overrides), file: file)
  }

  private func inference(_ prepared: PreparedExperiment, _ name: String, _ start: any PartyStart = AllPartiesHere())
    -> LocalSecureInference
  {
    LocalSecureInference(prepared.experiment, start: start, stores: .allParties(in: folder(name)))
  }

  private func fill(_ prepared: PreparedExperiment, _ name: String) async throws {
    let generation = MaterialGeneration(
      places: .allParties(in: folder(name)), start: AllPartiesHere(), quiet: true)
    _ = try await generation.fill([prepared], inference(prepared, name))
  }

  private func run(_ inference: LocalSecureInference, _ prepared: PreparedExperiment) async throws -> [Int] {
    try await inference.run(
      prepared.workloads[0], experiment: prepared.experiment, mode: prepared.experiment.modes[0], seed: 1
    ) { _ in }.predictions
  }

  private func stores(_ name: String) throws -> [StoreInspection] {
    try (0..<2).map { try StoreInspection.read(directory: "\(folder(name))/P\($0)/store") }
  }

  @Test(
    "Stores that are filled serve all runs, what is used is what was predicted, and nothing is left over but batches")
  func filledStores() async throws {
    let prepared = try prepared(["repeats=2", #"modes=["passive","active"]"#])
    try await fill(prepared, "stores")
    let inference = inference(prepared, "stores")
    try await inference.requireMaterial([prepared], remedy: "")
    let needs = try await inference.needs(prepared)
    for workload in prepared.workloads {
      for mode in prepared.experiment.modes {
        for _ in 0..<2 {
          let outcome = try await inference.run(workload, experiment: prepared.experiment, mode: mode, seed: 1) { _ in }
          #expect(outcome.predictions == workload.clearPredictions)
          #expect(outcome.prediction?.differences(from: outcome.layers).isEmpty == true)
          #expect(outcome.prediction?.batchSize == 0 && outcome.setUp.count == 2)
        }
      }
    }
    for (mode, demand) in needs.byMode {
      for store in try stores("stores/\(mode.rawValue)") {
        #expect(Dictionary(uniqueKeysWithValues: store.kinds.map { ($0.kind, $0.usedCount) }) == demand)
        #expect(store.state == .suspended && store.undecided == nil)
      }
    }
    // Filling again makes what was used, under the same keys.
    let before = try stores("stores/active").map(\.header)
    try await fill(prepared, "stores")
    try await inference.requireMaterial([prepared], remedy: "")
    #expect(try stores("stores/active").map(\.header) == before)
  }

  @Test("Too little material is refused before anything is used, with commands that make exactly what is missing")
  func shortage() async throws {
    let prepared = try prepared()
    let inference = inference(prepared, "stores")
    let error = await #expect(throws: MaterialShortage.self) {
      try await inference.requireMaterial([prepared], remedy: "R")
    }
    let shortage = try #require(error)
    let demand = try #require(try await inference.needs(prepared).byMode.first?.demand)
    #expect(Dictionary(uniqueKeysWithValues: shortage.lacks.map { ($0.kind, $0.needed) }).count == demand.count)
    #expect(shortage.lacks.allSatisfy { $0.have == 0 && $0.needed > 0 })
    #expect(RunExitCode(shortage) == .localFailure)
    for (kind, count) in demand {
      let request = PrepRequest(kind, count: count, mode: .active, for: prepared.experiment, into: "DIR")
      #expect(try request.demand() == [kind: count], "\(request.commandLine)")
      #expect(shortage.lacks.contains { $0.command.contains("--count \(count) ") })
    }
    // Made kind by kind as the commands say, it is enough.
    for (kind, count) in demand {
      var request = PrepRequest(
        kind, count: count, mode: .active, for: prepared.experiment, into: folder("stores"))
      request.quiet = true
      _ = try await request.run()
    }
    try await inference.requireMaterial([prepared], remedy: "R")
    #expect(try await run(inference, prepared) == prepared.workloads[0].clearPredictions)
  }

  @Test("Shapes of convolutions with stride and padding have a text")
  func shapes() throws {
    let shape = ConvolutionShape(
      batch: 2, channels: 3, height: 8, width: 9, filters: 4, kernelHeight: 3, kernelWidth: 2, stride: 2, padding: 1)
    #expect(ShapeText.text(shape) == "2x3x8x9*4x3x3x2/2+1")
    #expect(try ShapeText.convolution(ShapeText.text(shape)) == shape)
    for wrong in ["2x3x8x9*4x3x3x2/", "2x3x8x9*4x3x3x2/2", "2x3x8x9*4x3x3x2/0+0", "2x3x8x9*4x3x3x2/1+x"] {
      #expect(throws: PrepError.self) { _ = try ShapeText.convolution(wrong) }
    }
    #expect(PrepRequest.quoted("it's") == "'it'\\''s'" && PrepRequest.quoted("a/b-1.c") == "a/b-1.c")
  }

  @Test("Stores made for other parameters are refused by name before the parties meet", .timeLimit(.minutes(10)))
  func otherStores() async throws {
    let prepared = try prepared()
    try await fill(prepared, "stores")
    func refusal(_ overrides: [String]) async throws -> String {
      let other = try self.prepared(overrides)
      do {
        _ = try await run(inference(other, "stores"), other)
        return "ran"
      } catch let error as PrepError {
        #expect(error.exitCode == .invalidInput)
        return "\(error)"
      }
    }
    #expect(try await refusal([#"offline.masks="bits""#]).contains("another parameter block"))
    #expect(try await refusal(["parties=3"]).contains("another party count: 2, here 3"))
    #expect(try await refusal(["fixedPoint.s=30"]).contains("another parameter block"))
    #expect(try await refusal([#"modes=["passive"]"#]).contains("another sharing mode: active, here passive"))
    #expect(
      try await refusal([#"field="p61""#, "fixedPoint.k=30", "fixedPoint.f=8", "fixedPoint.s=20"]).contains("field"))
    // P_1 with a copy of P_0's store.
    try folder.copy("stores", to: "twice")
    try folder.copy("twice/P0", to: "twice/P1")
    do {
      _ = try await run(inference(prepared, "twice"), prepared)
      Issue.record("ran with two stores of one party")
    } catch let error as PrepError {
      #expect("\(error)".contains("another party: P0, here P1"))
    }
    #expect(try stores("stores").allSatisfy { $0.kinds.allSatisfy { $0.usedCount == 0 } && !$0.state.isFinal })
  }

  @Test("The store of another session is refused by both parties, by name; nothing is used and nobody is burnt")
  func otherSession() async throws {
    let prepared = try prepared()
    try await fill(prepared, "stores")
    try await fill(prepared, "other")
    try folder.copy("stores/P1", to: "mine")
    try folder.copy("other/P1", to: "stores/P1")
    do {
      _ = try await run(inference(prepared, "stores"), prepared)
      Issue.record("ran with stores of two sessions")
    } catch ProtocolAbort.configurationMismatch(let field, let mine, let theirs, _) {
      #expect(field == "store session" && mine != theirs)
    }
    #expect(try stores("stores").allSatisfy { !$0.state.isFinal && $0.kinds.allSatisfy { $0.usedCount == 0 } })
    try folder.copy("mine", to: "stores/P1")
    #expect(try await run(inference(prepared, "stores"), prepared) == prepared.workloads[0].clearPredictions)
  }

  @Test("A store rolled back by one party goes on behind what its peer used")
  func rolledBack() async throws {
    let prepared = try prepared()
    try await fill(prepared, "stores")
    try folder.copy("stores/P1", to: "backup")
    #expect(try await run(inference(prepared, "stores"), prepared) == prepared.workloads[0].clearPredictions)
    let used = try stores("stores")[0].kinds
    try folder.copy("backup", to: "stores/P1")
    #expect(try stores("stores")[1].kinds.allSatisfy { $0.usedCount == 0 })
    // By itself P_1 thinks that there is enough; the agreement shows that there is not, before anything is used.
    await #expect(throws: (any Error).self) { _ = try await run(inference(prepared, "stores"), prepared) }
    #expect(try stores("stores").allSatisfy { $0.kinds.map(\.usedCount) == used.map(\.usedCount) && !$0.state.isFinal })
    try await fill(prepared, "stores")
    #expect(try await run(inference(prepared, "stores"), prepared) == prepared.workloads[0].clearPredictions)
    for store in try stores("stores") {
      for (kind, first) in zip(store.kinds, used) { #expect(kind.usedCount == 2 * first.usedCount, "\(kind.kind)") }
    }
  }

  @Test("A link that dies at any frame suspends or burns, says which, and the suspended go on without reuse")
  func disconnect() async throws {
    let prepared = try prepared()
    // Enough for the broken run and the whole one.
    let twice = try self.prepared(["repeats=2"])
    try await fill(twice, "full")
    try folder.copy("full", to: "stores")
    let whole = FrameLimit()
    let right = prepared.workloads[0].clearPredictions
    #expect(try await run(inference(prepared, "stores", whole.network), prepared) == right)
    let total = whole.frameCount
    #expect(total > 60)
    let demand = try await inference(prepared, "stores").needs(prepared)
    #expect(!demand.byMode.isEmpty)
    var (suspensions, burns, resumptions) = (0, 0, 0)
    // Every frame of the agreement and of the end, and every seventh between.
    for limit in (0..<12) + Array(stride(from: 12, to: total - 6, by: 7)) + Array((total - 6)..<total - 1) {
      try folder.copy("full", to: "stores")
      do {
        _ = try await run(inference(prepared, "stores", FrameLimit(limit).network), prepared)
        Issue.record("frame \(limit): ran to the end")
      } catch let error as StoredRunError {
        let states = try stores("stores").map(\.state.isFinal)
        switch error {
        case .suspended:
          #expect(states == [false, false] && RunExitCode(error) == .suspended, "frame \(limit)")
          suspensions += 1
        case .destroyed(let directories, _, _):
          #expect(states.count { $0 } == directories.count && RunExitCode(error) == .peerLost, "frame \(limit)")
          burns += 1
        }
      }
      let before = try stores("stores")
      #expect(before.allSatisfy { $0.undecided == nil }, "frame \(limit): whoever lives has nothing undecided")
      guard before.allSatisfy({ !$0.state.isFinal }) else {
        await #expect(throws: PrepError.self) { try await run(inference(prepared, "stores"), prepared) }
        // The living party is not burnt by its peer's dead store.
        #expect(try stores("stores").map(\.state.isFinal) == before.map(\.state.isFinal))
        continue
      }
      #expect(try await run(inference(prepared, "stores"), prepared) == right, "frame \(limit)")
      for (after, pair) in zip(try stores("stores")[0].kinds, zip(before[0].kinds, before[1].kinds)) {
        let start = max(pair.0.usedCount, pair.1.usedCount)
        let needed = demand.byMode[0].demand[after.kind] ?? 0
        #expect(after.usedCount >= start && after.usedCount <= start + needed, "frame \(limit): \(after.kind)")
      }
      resumptions += 1
    }
    print("disconnected at \(suspensions + burns) of \(total) frames: \(suspensions) suspended, \(burns) burnt")
    #expect(suspensions > 0 && burns > 0 && resumptions > 0)
  }
}
