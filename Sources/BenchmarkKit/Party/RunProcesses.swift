internal import Foundation
internal import MPCCore
public import PartyRuntime
internal import Synchronization
internal import Transport

/// `run --processes`: every party a process of its own on this machine, over mutual TLS, with identities and a session
/// file made for this run.
public struct RunProcesses: Sendable {
  private let file: String
  private let overrides: [String]
  private let output: String?
  private let json: Bool
  private let allowDebug: Bool
  private let material: String?
  private let makesMaterial: Bool

  /// Takes the options of the command line.
  public init(
    file: String, overrides: [String], output: String?, json: Bool, allowDebug: Bool, material: String? = nil,
    makesMaterial: Bool = false
  ) {
    self.material = material
    self.makesMaterial = makesMaterial
    self.file = file
    self.overrides = overrides
    self.output = output
    self.json = json
    self.allowDebug = allowDebug
  }

  /// After one process failed, how long the others may take to notice before they are told to stop.
  private static let patience: TimeInterval = 30

  /// Checks ranges with the rows of all owners and the memory for all parties, starts the parties, waits for all, merges
  /// their rows.
  /// - Parameter stop: passes a stop on to all processes.
  /// - Throws: ``ProcessesError`` if a party failed; ``ConfigurationError``, `notTrainable` or ``MaterialTooLarge`` before
  ///   any is started.
  public func run(stop: StopSwitch) async throws {
    if BuildConfiguration.isDebug && !allowDebug { throw ResultError.debugBuild }
    let experiment = try Experiment.load(path: file, overrides: overrides)
    let folder = output ?? "results/\(experiment.name)-\(RunExperiment.newRunID())"
    if FileManager.default.fileExists(atPath: folder + "/results.jsonl") {
      throw ResultError.alreadyExists(path: folder + "/results.jsonl")
    }
    try await check(experiment, stop)
    let secrets = FileManager.default.temporaryDirectory.path + "/spdz-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: secrets) }
    let session = try makeSession(experiment, in: secrets)
    let children = try (0..<experiment.parties).map { index in
      try start(party: index, of: experiment.parties, session: session, secrets: secrets, folder: folder)
    }
    let entry = stop.register { for child in children { child.process.terminate() } }
    defer { stop.unregister(entry) }
    let codes = await wait(children)
    if stop.isRequested { throw PartyError.interrupted }
    if let worst = ProcessesError(codes) { throw worst }
    if makesMaterial, let material {
      standardOutput("stores: \(material)\n")
      return
    }
    let rows = try MergedRows(folder: folder, partyCount: experiment.parties)
    try rows.write(allowDebug: allowDebug)
    standardOutput(json ? rows.jsonLines : rows.rendered() + "results: \(folder)\n")
  }

  /// What no party can see alone: this process may read the data of all of them.
  private func check(_ experiment: Experiment, _ stop: StopSwitch) async throws {
    var experiment = experiment
    experiment.transport = .tls
    standardError("checking ranges and memory with the rows of all parties\n")
    let prepared = try PreparedExperiment.auditedForAllOwners(experiment, file: file) {
      if stop.isRequested { throw PartyError.interrupted }
    }
    // Stores were filled before, under a check of their own.
    guard material == nil else { return }
    try await LocalSecureInference(experiment).requireMemory([prepared])
  }

  private struct Child: Sendable {
    let process: Process
    let reader: Task<Void, Never>
  }

  private func makeSession(_ experiment: Experiment, in secrets: String) throws -> String {
    var session = try SessionFile(name: "local-\(UUID().uuidString.prefix(8))", for: experiment)
    session.deadlines.silence = 600
    session.deadlines.step = 3600
    // The system picks ports nobody uses; all are held until all are known.
    let listeners = try (0..<experiment.parties).map { index in
      try TCPListener(.loopback(port: 0), party: PartyID(index))
    }
    for (index, listener) in listeners.enumerated() {
      let identity = try Identity.create(
        directory: "\(secrets)/p\(index)", name: "party \(index)", validFor: .seconds(86_400 * 30))
      try session.add(
        SessionFile.Party(name: "party \(index)", address: listener.address, fingerprint: identity.fingerprint))
    }
    let path = secrets + "/session.json"
    try session.write(path: path, new: true)
    return path
  }

  private func start(party: Int, of count: Int, session: String, secrets: String, folder: String) throws -> Child {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    var arguments = ["party", file, "--session", session, "--id", "\(party)", "--identity", "\(secrets)/p\(party)"]
    arguments += ["--output", "\(folder)/P\(party)", "--parties-here", "\(count)", "--quiet"]
    if allowDebug { arguments.append("--allow-debug") }
    for text in overrides { arguments += ["--set", text] }
    if let material { arguments += ["--material", material] }
    if makesMaterial { arguments.append("--prepare-material") }
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw ProcessesError.cannotStart(party: party)
    }
    let handle = errors.fileHandleForReading
    let reader = Task.detached {
      while let line = handle.nextLines() { standardError(line.map { "P\(party): \($0)\n" }.joined()) }
    }
    return Child(process: process, reader: reader)
  }

  /// Waits for all; a while after the first failure it tells the others to stop.
  private func wait(_ children: [Child]) async -> [Int32] {
    let failedAt = Mutex<Date?>(nil)
    for child in children {
      child.process.terminationHandler = { process in
        if process.terminationStatus != 0 { failedAt.withLock { $0 = $0 ?? .now } }
      }
    }
    while children.contains(where: { $0.process.isRunning }) {
      try? await Task.sleep(for: .milliseconds(20))
      let failed = children.contains { !$0.process.isRunning && $0.process.terminationStatus != 0 }
      let since = failedAt.withLock { at in
        if failed, at == nil { at = .now }
        return at.map { Date.now.timeIntervalSince($0) } ?? 0
      }
      guard since > Self.patience else { continue }
      for child in children where child.process.isRunning {
        if since > 2 * Self.patience {
          kill(child.process.processIdentifier, SIGKILL)
        } else {
          child.process.terminate()
        }
      }
    }
    for child in children { await child.reader.value }
    return children.map { $0.process.terminationReason == .exit ? $0.process.terminationStatus : -1 }
  }
}

extension FileHandle {
  /// The lines that have come; nil at the end.
  fileprivate func nextLines() -> [Substring]? {
    let data = availableData
    return data.isEmpty ? nil : String(decoding: data, as: UTF8.self).split(separator: "\n")
  }
}

/// Why a run of several processes failed.
public enum ProcessesError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The process of a party cannot be started.
  case cannotStart(party: Int)
  /// A party ended with an error; its own line on stderr says which.
  case partyFailed(party: Int, code: Int32)
  /// A party's results cannot be read.
  case unreadableResults(path: String)

  /// The failure that explains most, if there is one: cheating, then configuration, then local failures, then lost peers.
  init?(_ codes: [Int32]) {
    let order: [Int32] = [76, 65, 64, 73, 70, -1, 75, 69, 74]
    let failed = codes.indices.filter { codes[$0] != 0 }
    let first = failed.min { left, right in
      (order.firstIndex(of: codes[left]) ?? 5) < (order.firstIndex(of: codes[right]) ?? 5)
    }
    guard let first else { return nil }
    self = .partyFailed(party: first, code: codes[first])
  }

  /// The exit code that is passed on.
  var exitCode: RunExitCode {
    if case .partyFailed(_, let code) = self { return RunExitCode(rawValue: code) ?? .localFailure }
    return .localFailure
  }

  /// What happened and what to do.
  public var description: String {
    switch self {
    case .cannotStart(let party): "the process of P\(party) cannot be started; check memory and process limits"
    case .partyFailed(let party, let code):
      code < 0
        ? "the process of P\(party) was killed by a signal; the other parties ended because of it"
        : "P\(party) ended with exit code \(code); its line above says why"
    case .unreadableResults(let path): "\(path): cannot be read as result rows; run again"
    }
  }
}
