internal import FoundationEssentials
internal import MPCCore
public import PartyRuntime
internal import SecretSharing
internal import Synchronization
public import Transport

/// The `party` command without its option parsing: one real party of an experiment.
public struct RunParty: Sendable {
  /// The experiment file and its `--set` options.
  public var file: String, overrides: [String]
  /// The session file.
  public var session: String
  /// The party number; nil: from the launcher's environment.
  public var id: Int?
  /// Folder of the party's identity.
  public var identity: String
  /// Addresses in place of those of the session file.
  public var peers: [SocketAddress]?
  /// This party's own data files, one a workload, in place of its part of the experiment's files.
  public var data: [String] = []
  /// Folder of this party's stores, if material is taken from there.
  public var store: String?
  /// The same for stores that lie as those of a local run.
  public var material: String?
  /// Make what the stores lack for all runs, and stop.
  public var preparesMaterial = false
  /// Workers of this party where material is made, in place of the experiment's; all parties give the same.
  public var workers: Int?
  /// Folder of the results.
  public var output: String?
  /// A new file for the audit trail.
  public var audit: String?
  /// How many parties share this machine.
  public var partiesHere = 1
  /// Rows on stdout instead of a table.
  public var json = false
  /// Whether debug builds may write results.
  public var allowDebug = false
  /// No progress line.
  public var quiet = false

  /// Takes the options that must be given.
  public init(file: String, overrides: [String], session: String, id: Int?, identity: String) {
    self.file = file
    self.overrides = overrides
    self.session = session
    self.id = id
    self.identity = identity
  }

  /// Runs the party to its end.
  /// - Parameter stop: stops it in order.
  /// - Throws: see ``RunExitCode``.
  public func run(stop: StopSwitch) async throws {
    if BuildConfiguration.isDebug && !allowDebug { throw ResultError.debugBuild }
    let session = try SessionFile.load(path: session)
    var experiment = try Experiment.load(path: file, overrides: overrides).inSession(session)
    try session.requireProgram(of: experiment)
    if let workers {
      guard OfflineSettings.workerRange.contains(workers) else {
        throw PrepError.usage("--workers \(workers): 1 to 64")
      }
      // Not part of the program's hash: set-up compares the parties' numbers.
      experiment.offline.workers = workers
    }
    let id = try LauncherPosition.id(
      given: id, partyCount: session.partyCount, environment: ProcessInfo.processInfo.environment)
    let party = try RealParty(
      session, id: id, identity: try Identity.load(directory: identity), peers: peers,
      now: Int64(Date.now.timeIntervalSince1970), partiesOnThisMachine: partiesHere, auditPath: audit, stop: stop)
    standardError("\(party.me) of \(session.partyCount), session \(session.name)\n")
    standardError("trust model: \(experiment.trustModel)\n")
    if let places, !preparesMaterial {
      try places.requireUsable(experiment, party.me)
      // The first signal always waits for the end of a run, also when it comes between two.
      _ = stop.register {}
    }
    do {
      try await run(experiment, as: party, stop)
    } catch {
      // The trail of a run that failed ends in order too; what ended the run is told first.
      try? party.closeAudit()
      throw error
    }
  }

  private func run(_ experiment: Experiment, as party: RealParty, _ stop: StopSwitch) async throws {
    let prepared = try await prepare(experiment, party, stop)
    for warning in prepared.rangeWarnings() { standardError("warning: \(warning)\n") }
    let command = RunExperiment(
      file: file, output: output, overrides: overrides, json: json, allowDebug: allowDebug, quiet: quiet,
      prepareOnly: false)
    let start = RealPartyStart(party: party, stopsBetweenRuns: places != nil, partiesHere: partiesHere)
    let inference = LocalSecureInference(experiment, start: start, stores: places)
    if let places, preparesMaterial {
      let generation = MaterialGeneration(places: places, start: RealPartyStart(party: party), quiet: quiet)
      let made = try await generation.fill([prepared], inference)
      try party.closeAudit()
      standardOutput(made)
      return
    }
    try await inference.requireMaterial(
      [prepared], remedy: "the command of this run with --prepare-material, at all parties")
    try await inference.requireMemory([prepared])
    let text = try await command.measure(prepared, with: inference)
    try party.closeAudit()
    standardOutput(text)
  }

  private var places: StorePlaces? {
    if let material { return .allParties(in: material) }
    return store.map { .ofOneParty(in: $0, identity: identity) }
  }

  /// The first run of a session: the own data are read while the links are up, so that a party that trains for long shows
  /// that it lives.
  private func prepare(_ experiment: Experiment, _ party: RealParty, _ stop: StopSwitch) async throws
    -> PreparedExperiment
  {
    let (file, data) = (file, data)
    let folder = file.lastIndex(of: "/").map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
    // The error of local data with its type: the exit code depends on it.
    let failure = Failure()
    do {
      let start = RealPartyStart(party: party)
      let body: PartyBody<PreparedExperiment> = { (channel) async throws(ProtocolAbort) -> PreparedExperiment in
        let own: OwnData
        do {
          own = try OwnData(experiment, folder: folder, file: file, me: channel.me, ownFiles: data) {
            if stop.isRequested { throw PartyError.interrupted }
          }
        } catch {
          failure.error.withLock { $0 = error }
          throw .localFailure(step: StepLabel("OwnData", 1), detail: "\(error)")
        }
        return try await PreparedExperiment.exchange(own, experiment, folder: folder, file: file, over: channel)
      }
      let results = try await start.run("prepare", experiment: experiment, options: RunOptions(), body)
      return results[0].result
    } catch {
      throw failure.error.withLock { $0 } ?? error
    }
  }

  private final class Failure: Sendable {
    let error = Mutex<(any Error)?>(nil)
  }
}

extension Experiment {
  /// The experiment as a session runs it: the session says how many parties there are and in which modes, and real
  /// parties always use TLS.
  public func inSession(_ session: SessionFile) -> Experiment {
    var experiment = self
    experiment.parties = session.partyCount
    experiment.modes = session.modes.compactMap(SecurityMode.init(rawValue:))
    experiment.transport = .tls
    return experiment
  }
}

extension SessionFile {
  /// A session without parties for `experiment`.
  public init(name: String, for experiment: Experiment) throws {
    var experiment = experiment
    experiment.transport = .tls
    self.init(
      name: name, partyCount: experiment.parties, field: experiment.field.rawValue,
      statisticalSecurity: experiment.fixedPoint.s, modes: experiment.modes.map(\.rawValue),
      program: try experiment.canonicalSHA256())
  }

  /// Checks that this session is for `experiment`.
  /// - Throws: `otherProgram` naming what differs.
  public func check(against experiment: Experiment) throws { try requireProgram(of: experiment.inSession(self)) }

  /// - Throws: `otherProgram` naming what differs.
  func requireProgram(of experiment: Experiment) throws {
    let pairs = [
      ("p", field, experiment.field.rawValue), ("s", "\(statisticalSecurity)", "\(experiment.fixedPoint.s)"),
      ("the program hash", program, try experiment.canonicalSHA256()),
    ]
    for (field, session, here) in pairs where session != here {
      throw SessionFileError.otherProgram(field: field, session: session, experiment: here)
    }
  }
}
