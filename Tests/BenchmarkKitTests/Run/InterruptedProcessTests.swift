import Foundation
import Glibc
import Synchronization
import Testing

@testable import BenchmarkKit

@Suite("Ctrl-C ends a process of the tool", .serialized)
struct InterruptedProcessTests {
  /// `spdz-bench` with output and errors kept.
  private final class Tool {
    let process = Process()
    private let errors = Errors()

    /// What the process has written to stderr.
    private final class Errors: Sendable {
      let text = Mutex("")
      let isComplete = Mutex(false)
    }

    static var path: String {
      Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "spdz-bench").path ?? ""
    }

    init(_ arguments: [String], folder: String) throws {
      process.executableURL = URL(filePath: Self.path)
      process.arguments = arguments
      process.currentDirectoryURL = URL(filePath: folder)
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      let pipe = Pipe()
      process.standardError = pipe
      let handle = pipe.fileHandleForReading
      try process.run()
      Thread.detachNewThread { [errors] in
        while case let data = handle.availableData, !data.isEmpty {
          errors.text.withLock { $0 += String(decoding: data, as: UTF8.self) }
        }
        errors.isComplete.withLock { $0 = true }
      }
    }

    var log: String { errors.text.withLock { $0 } }

    /// Returns when `condition` holds.
    func wait(until condition: () -> Bool) async throws {
      while !condition() {
        try #require(process.isRunning, "ended early: \(log)")
        try await Task.sleep(for: .milliseconds(5))
      }
    }

    /// Sends SIGINT and waits for the end.
    func interrupt() async throws -> (code: Int32, log: String, took: Duration) {
      let start = ContinuousClock.now
      kill(process.processIdentifier, SIGINT)
      while process.isRunning || !errors.isComplete.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
      return (process.terminationReason == .exit ? process.terminationStatus : -1, log, ContinuousClock.now - start)
    }
  }

  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "spdz-bench-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func run(_ folder: Folder, _ overrides: [String], _ options: [String] = []) throws -> Tool {
    let arguments =
      ["run", "\(benchmarksFolder)/quickstart.json", "--output", "results", "--allow-debug", "--insecure-dealer"]
      + overrides.flatMap { ["--set", $0] } + options
    return try Tool(arguments, folder: folder.path)
  }

  @Test(.timeLimit(.minutes(2)), arguments: [[], ["--prepare-only"]])
  func `while a model is trained in clear, at once and with the same exit code`(_ options: [String]) async throws {
    let folder = try Folder()
    // Hours of training.
    let tool = try run(folder, ["workloads.0.train.epochs=10000", "workloads.0.train.batch=1"], options)
    try await tool.wait { tool.log.contains("training on") }
    let end = try await tool.interrupt()
    #expect(end.code == RunExitCode.stopped.rawValue, "\(end.log)")
    #expect(end.log.contains("error: interrupted before the first run: nothing was measured"), "\(end.log)")
    #expect(end.took < .seconds(30), "a step, not a training")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/results/results.jsonl"))
  }

  @Test(.timeLimit(.minutes(2)))
  func `after the first rows: they stay, the report reads them`() async throws {
    let folder = try Folder()
    let overrides = [
      "batch=2", "workloads.0.testRows=2", "workloads.0.train.epochs=1", "workloads.1.testRows=1",
      "workloads.1.train.epochs=1", "repeats=5000", "warmup=0",
    ]
    let tool = try run(folder, overrides, ["--quiet"])
    let rows = "\(folder.path)/results/results.jsonl"
    try await tool.wait {
      (try? FileManager.default.attributesOfItem(atPath: rows)[.size] as? Int) ?? 0 > 0
    }
    let end = try await tool.interrupt()
    #expect(end.code == RunExitCode.stopped.rawValue, "\(end.log)")
    #expect(end.log.contains("results holds the rows of finished repeats"), "\(end.log)")
    let results = try ResultSet(path: "\(folder.path)/results")
    #expect(!results.rows.isEmpty && results.rows.contains { $0.phase == "online" })
    let report = try Tool(["report", "results", "--format", "md"], folder: folder.path)
    report.process.waitUntilExit()
    #expect(report.process.terminationStatus == 0, "\(report.log)")
  }
}
