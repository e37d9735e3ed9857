import Foundation
import Glibc
import Testing
import Transport

@testable import PartyRuntime

/// Two real parties, a process each over TLS, with stores of their own on a toy ring.
final class StoredParties {
  let folder: TemporaryFolder
  let session: TestSession
  private let overrides: [String]

  /// - Parameter connect: how long a party waits for one that does not come, in seconds.
  init(repeats: Int, connect: Double = 40) throws {
    folder = try TemporaryFolder()
    session = try TestSession(2)
    overrides = ["repeats=\(repeats)"]
    let data = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Benchmarks/Data/breast_cancer.csv").standardized.path
    let text = """
      {
        "name": "stored", "modes": ["active"], "batch": 2, "warmup": 0,
        "fixedPoint": { "f": 16, "k": 62, "s": 40, "featureBits": 21, "weightBits": 18 },
        "offline": { "insecureRingDegree": 1024 },
        "workloads": [
          {
            "name": "small", "testRows": 2,
            "dataset": { "path": "\(data)", "header": true, "classes": 2, "testFraction": 0.25 },
            "model": {
              "layers": [
                { "kind": "dense", "outputs": 2 }, { "kind": "square" }, { "kind": "dense", "outputs": 1 },
                { "kind": "sigmoid", "method": "piecewise" }
              ]
            },
            "train": { "epochs": 1, "batch": 16, "learningRate": 0.02 }
          }
        ]
      }
      """
    try Data(text.utf8).write(to: URL(filePath: path("e.json")))
    for id in 0..<2 { _ = try Identity.create(directory: path("id\(id)"), name: "party \(id)") }
    try makeSession("session.json", connect: connect)
  }

  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func makeSession(_ name: String, connect: Double) throws {
    var arguments = ["session", "init", path(name), "--program", path("e.json"), "--parties", "2"]
    arguments += overrides.flatMap { ["--set", $0] }
    arguments += ["--connect-deadline", "\(connect)", "--silence-deadline", "20", "--step-deadline", "60"]
    #expect(try run(arguments).code == 0)
    for id in 0..<2 {
      let added = try run([
        "session", "add", path(name), "--certificate", path("id\(id)/certificate.pem"), "--address",
        session.file.parties[id].address.description,
      ])
      #expect(added.code == 0, "\(added.log)")
    }
  }

  /// How a process ended.
  struct End {
    var code: Int32
    /// Standard error, then standard output.
    var log: String
    /// The line of the error that ended it.
    var error: String { log.split(separator: "\n").last { $0.hasPrefix("error: ") }.map(String.init) ?? "" }
  }

  /// A process that runs.
  final class Running {
    let process = Process()
    private let log: String

    init(_ arguments: [String], log: String, program: String = PartyProcesses.tool) throws {
      self.log = log
      process.executableURL = URL(filePath: program)
      process.arguments = arguments
      _ = FileManager.default.createFile(atPath: log, contents: nil)
      let file = FileHandle(forWritingAtPath: log)
      process.standardOutput = file
      process.standardError = file
      try process.run()
    }

    func end() -> End {
      process.waitUntilExit()
      return End(
        code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
        log: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
    }
  }

  /// Starts both parties with one command line under Open MPI, which says who is who.
  func underMPI(_ extra: [String]) throws -> End {
    // A machine has as many slots as cores, and root may be all there is in a container.
    var arguments = ["-n", "2", "--oversubscribe", "--allow-run-as-root", PartyProcesses.tool]
    arguments += ["party", path("e.json"), "--session", path("session.json"), "--identity", path("id{id}")]
    arguments += ["--store", path("store{id}"), "--allow-debug", "--quiet", "--parties-here", "2"]
    arguments += overrides.flatMap { ["--set", $0] } + extra
    return try Running(arguments, log: path("log-\(UUID().uuidString)"), program: Self.mpirun ?? "").end()
  }

  /// Debian's Open MPI, if it is installed.
  static let mpirun = ["/usr/bin/mpirun"].first { FileManager.default.isExecutableFile(atPath: $0) }

  func run(_ arguments: [String]) throws -> End {
    try Running(arguments, log: path("log-\(UUID().uuidString)")).end()
  }

  /// Starts party `id`; its results go to a new folder.
  /// - Parameters:
  ///   - peers: ports in place of those of the session.
  ///   - program: `--set` options in place of those of the session.
  ///   - extra: further options.
  func start(
    _ id: Int, prepare: Bool = false, output: String? = nil, peers: [UInt16]? = nil,
    program: [String]? = nil, extra: [String] = []
  ) throws -> Running {
    var arguments = ["party", path("e.json"), "--session", path("session.json"), "--id", "\(id)"]
    arguments += ["--identity", path("id\(id)"), "--store", path("store\(id)"), "--allow-debug", "--quiet"]
    arguments += ["--parties-here", "2", "--output", path(output ?? "out-\(UUID().uuidString)")]
    arguments += (program ?? overrides).flatMap { ["--set", $0] }
    if prepare { arguments.append("--prepare-material") }
    if let peers { arguments += ["--peers", peers.map { "127.0.0.1:\($0)" }.joined(separator: ",")] }
    arguments += extra
    return try Running(arguments, log: path("log-\(UUID().uuidString)"))
  }

  /// Runs both parties to their ends.
  func both(prepare: Bool = false) throws -> [End] {
    let running = try (0..<2).map { try start($0, prepare: prepare) }
    return running.map { $0.end() }
  }

  /// Makes what the stores lack.
  func fill() throws {
    for end in try both(prepare: true) { #expect(end.code == 0, "\(end.log)") }
  }

  /// What `prep inspect` says of a party's store.
  struct Store: Decodable {
    struct Kind: Decodable, Equatable {
      var kind: String, used: Int, left: Int
    }
    var party: Int, state: String, undecided: String?, resumed: Int, kinds: [Kind]
    var isDead: Bool { state.hasPrefix("destroyed") || state.hasPrefix("spent") }
    var used: [String: Int] { Dictionary(uniqueKeysWithValues: kinds.map { ($0.kind, $0.used) }) }
  }

  func store(_ id: Int) throws -> Store {
    let end = try run(["prep", "inspect", path("store\(id)/active"), "--json"])
    #expect(end.code == 0, "\(end.log)")
    return try JSONDecoder().decode(Store.self, from: Data(end.log.utf8))
  }

  func copy(_ name: String, to copy: String) throws {
    try? FileManager.default.removeItem(atPath: path(copy))
    try FileManager.default.copyItem(atPath: path(name), toPath: path(copy))
  }

  /// Returns when a party has written result rows: the runs are under way.
  func waitForRows(_ output: String, of running: Running) async throws {
    let file = path(output) + "/results.jsonl"
    while (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0 == 0 {
      try #require(running.process.isRunning, "ended early: \(running.end().log)")
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
