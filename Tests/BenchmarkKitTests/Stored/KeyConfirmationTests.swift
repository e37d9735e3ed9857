import Cryptography
import Foundation
import MPCCore
import MaterialStore
import SecretSharing
import Synchronization
import Testing
import Transport

@testable import BenchmarkKit

extension TappedNetwork {
  /// A network that dies, in both directions, at P_1's first message of a kind.
  /// - Parameter behind: only after P_1 sent a message of this kind.
  fileprivate static func cut(at kind: UInt16, behind: UInt16?) -> TappedNetwork {
    let state = CutState(isArmed: behind == nil)
    return TappedNetwork(
      tap: FrameTap { bytes, from, _ in
        // magic 4, version 1, session 32, channel 4, round 8, sender 2, kind 2
        let sent = bytes.count < FrameHeader.byteCount ? nil : UInt16(bytes[51]) | UInt16(bytes[52]) << 8
        return state.value.withLock { state in
          if from.index == 1 {
            if state.isArmed && sent == kind { state.isCut = true }
            if sent == behind { state.isArmed = true }
          }
          return state.isCut ? [] : [bytes]
        }
      })
  }
}

private final class CutState: Sendable {
  let value: Mutex<(isArmed: Bool, isCut: Bool)>
  init(isArmed: Bool) { value = Mutex((isArmed, false)) }
}

/// What becomes of stores when a link dies while material is added to them.
@Suite("A continued MAC key in the face of losses")
struct KeyConfirmationTests {
  private let path = FileManager.default.temporaryDirectory.appending(path: "spdz-\(UUID().uuidString)").path

  private func prepared(_ mode: SecurityMode, repeats: Int) throws -> PreparedExperiment {
    let text = """
      {
        "name": "continued", "modes": ["\(mode.rawValue)"], "batch": 2, "repeats": \(repeats), "warmup": 0,
        "deadlineSeconds": 600, "offline": { "insecureRingDegree": 256 },
        "workloads": [
          {
            "name": "small", "input": { "shape": [2] }, "testRows": 2,
            "model": { "layers": [{ "kind": "dense", "outputs": 2 }, { "kind": "argmax" }] }
          }
        ]
      }
      """
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let file = path + "/e.json"
    try Data(text.utf8).write(to: URL(filePath: file))
    return try PreparedExperiment(Experiment.load(path: file, overrides: []), file: file)
  }

  private func fill(_ prepared: PreparedExperiment, _ start: any PartyStart = AllPartiesHere()) async throws {
    let places = StorePlaces.allParties(in: path + "/stores")
    _ = try await MaterialGeneration(places: places, start: start, quiet: true).fill(
      [prepared], LocalSecureInference(prepared.experiment, start: start, stores: places))
  }

  private func stores() throws -> [StoreInspection] {
    try (0..<2).map { try StoreInspection.read(directory: "\(path)/stores/P\($0)/store") }
  }

  /// Kinds of messages: parameters, keys B; replies under them, σ committed, σ opened.
  @Test(
    "A loss while keys are exchanged costs nothing; from the confirmation of the key on it costs the stores",
    arguments: [
      (SecurityMode.passive, 0x140, nil, false), (.active, 0x140, nil, false), (.active, 0x146, nil, false),
      (.active, 0x148, nil, true), (.active, 0x102, 0x148, true), (.active, 0x103, 0x148, true),
    ] as [(SecurityMode, UInt16, UInt16?, Bool)])
  func losses(mode: SecurityMode, kind: UInt16, behind: UInt16?, burns: Bool) async throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await fill(try prepared(mode, repeats: 1))
    let more = try prepared(mode, repeats: 100)
    let before = try stores()
    await #expect(throws: (any Error).self) { try await fill(more, TappedNetwork.cut(at: kind, behind: behind)) }
    let after = try stores()
    #expect(after.map(\.state.isFinal) == [burns, burns])
    #expect(after.allSatisfy { $0.undecided == nil })
    guard !burns else { return }
    for (old, new) in zip(before, after) {
      #expect(new.resumeCount == old.resumeCount + 1 && new.kinds.map(\.leftCount) == old.kinds.map(\.leftCount))
    }
    // The parties meet again, under the same keys.
    try await fill(more)
    #expect(try stores().map(\.header) == before.map(\.header))
    #expect(try stores().allSatisfy { $0.state == .ready && $0.undecided == nil })
  }
}
