import Foundation
import Glibc
import Synchronization
import Testing
import Transport

@testable import PartyRuntime

/// Three processes of `spdz-bench party` over loopback TLS, with identities in a temporary folder.
final class PartyProcesses {
  /// How a process ended.
  struct End {
    var code: Int32
    var log: String
    var at: ContinuousClock.Instant
  }

  let session: TestSession
  private let folder: TemporaryFolder
  private var processes: [Process] = []
  private let records = Records()

  private final class Records: Sendable {
    let logs = Mutex<[Int: String]>([:])
    let ends = Mutex<[Int: ContinuousClock.Instant]>([:])
  }

  /// Silence and step deadlines of all parties, in seconds.
  static let silence = 2.0, step = 4.0, connect = 10.0

  static var tool: String {
    Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "spdz-bench").path ?? ""
  }
  private static var root: String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized.path
  }
  private static var experiment: String { root + "/Benchmarks/quickstart.json" }
  /// Small, with the dealer's material, and endless for a test.
  private static let overrides = [
    "insecureDealer=true", "batch=2", "workloads.0.testRows=2", "workloads.0.train.epochs=1", "workloads.1.testRows=1",
    "workloads.1.train.epochs=1", "repeats=5000", "warmup=0",
  ]

  init(connect: Double = PartyProcesses.connect) throws {
    folder = try TemporaryFolder()
    session = try TestSession(3, connect: connect, silence: Self.silence, step: Self.step)
    var arguments = ["session", "init", folder.path + "/session.json", "--program", Self.experiment, "--parties", "3"]
    arguments += Self.overrides.flatMap { ["--set", $0] }
    for (name, value) in [("connect", connect), ("silence", Self.silence), ("step", Self.step)] {
      arguments += ["--\(name)-deadline", "\(value)"]
    }
    try Self.run(arguments)
    for index in 0..<3 {
      let directory = "\(folder.path)/p\(index)"
      _ = try Identity.create(directory: directory, name: "party \(index)")
      try Self.run([
        "session", "add", folder.path + "/session.json", "--certificate", directory + "/certificate.pem", "--address",
        session.file.parties[index].address.description,
      ])
    }
  }

  private static func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: tool)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(arguments)")
  }

  /// Starts party `id`; `peers` replaces the addresses it connects to.
  func start(_ id: Int, peers: [UInt16]? = nil, extra: [String] = []) throws {
    let process = Process()
    process.executableURL = URL(filePath: Self.tool)
    var arguments = ["party", Self.experiment, "--session", folder.path + "/session.json", "--id", "\(id)"]
    arguments += ["--identity", "\(folder.path)/p\(id)", "--output", output(id), "--allow-debug", "--quiet"]
    arguments += ["--parties-here", "3"] + Self.overrides.flatMap { ["--set", $0] } + extra
    if let peers { arguments += ["--peers", peers.map { "127.0.0.1:\($0)" }.joined(separator: ",")] }
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    let handle = errors.fileHandleForReading
    Thread.detachNewThread { [records] in
      while true {
        let data = handle.availableData
        if data.isEmpty { return }
        records.logs.withLock { $0[id, default: ""] += String(decoding: data, as: UTF8.self) }
      }
    }
    process.terminationHandler = { [records] _ in records.ends.withLock { $0[id] = .now } }
    try process.run()
    processes.append(process)
  }

  func output(_ id: Int) -> String { "\(folder.path)/out\(id)" }

  var ports: [UInt16] { session.file.parties.map(\.address.port) }

  func signal(_ id: Int, _ number: Int32) { kill(processes[id].processIdentifier, number) }

  /// Returns when `id` has written result rows: the parties are in the middle of their runs.
  func waitUntilRunning(_ id: Int) async throws {
    while (try? FileManager.default.attributesOfItem(atPath: output(id) + "/results.jsonl")[.size] as? Int) ?? 0 == 0 {
      try #require(processes[id].isRunning, "party \(id) ended early: \(records.logs.withLock { $0[id] ?? "" })")
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Waits until `id` has ended.
  func end(of id: Int) async throws -> End {
    while true {
      if let at = records.ends.withLock({ $0[id] }), !processes[id].isRunning {
        return End(code: processes[id].terminationStatus, log: records.logs.withLock { $0[id] ?? "" }, at: at)
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Ends what still runs.
  func killAll() {
    for process in processes where process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }
}
