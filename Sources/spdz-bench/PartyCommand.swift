import ArgumentParser
import BenchmarkKit
import Foundation
import PartyRuntime
import Transport

/// `spdz-bench party FILE`: one real party.
struct PartyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "party", abstract: "Run one party of an experiment; the others run elsewhere.",
    discussion: """
      All parties have the same experiment file and session file; keys and data are their own. P0 trains and gives the \
      model, the last party gives the rows and alone gets the results, the others help. Links are TLS 1.3 with pinned \
      certificates on both sides. The session says how many parties there are and which modes run.

      Without --id the party number comes from the launcher: OMPI_COMM_WORLD_RANK, SLURM_PROCID or JOB_COMPLETION_INDEX.
      SIGTERM and SIGINT stop in order: the peers get an abort frame, keys are wiped, exit code 75.

      With --store the material comes from this party's store, which --prepare-material fills beforehand for all runs, in a \
      session of its own with the others. A peer that is lost while nothing is undecided suspends (exit code 74): start all \
      parties again to resume under the same keys. Any other loss destroys keys and material. SIGTERM and SIGINT wait for \
      the end of the run that is on; a second one ends at once.

      --workers W makes material in W sub-sessions at once over the same links, under one MAC key and into one store: while \
      one waits for the network or for its turn at the MAC check, others compute on other cores. All parties say the same \
      W, here or as offline.workers of the file; another number ends the session naming "workers". \
      Where one worker a party fills all cores, more cost: 0.9 of the throughput with 2 on 2 cores for both parties.

      EXAMPLES
        spdz-bench party exp.json --session session.json --id 0 --identity parties/p0
        spdz-bench party exp.json --session session.json --id 1 --identity parties/p1 --data ours.csv
        spdz-bench party exp.json --session session.json --id 1 --identity parties/p1 --store store --prepare-material
        spdz-bench party exp.json --session session.json --id 1 --identity parties/p1 --store store
        mpirun -n 3 spdz-bench party exp.json --session session.json --identity 'parties/p{id}'
        mpirun -n 3 spdz-bench party exp.json --session session.json --identity 'parties/p{id}' \\
          --store 'stores/p{id}' --prepare-material --workers 4

      EXIT CODES
      \(RunExitCode.table)
      """)

  @Argument(help: "The experiment file (JSON), the same at all parties.") var file: String
  @Option(help: "The session file.") var session: String
  @Option(help: "The party number, from 0.") var id: Int?
  @Option(help: "Folder of this party's identity; {id} becomes the party number.") var identity: String
  @Option(help: "host:port of every party, comma separated, in place of the session's addresses.") var peers: String?
  @Option(help: "This party's own data file, one a workload, in the experiment's format. Repeatable.")
  var data: [String] = []
  @Option(name: .customLong("set"), help: "Replace a value of the experiment, as for run; the same at all parties.")
  var overrides: [String] = []
  @Option(help: "Take material from this party's stores in this folder, one a mode; {id} becomes the party number.")
  var store: String?
  @Option(help: .hidden) var material: String?
  @Flag(help: "With --store: make what the stores lack for all runs, with the other parties, and stop.")
  var prepareMaterial = false
  @Option(
    help:
      "Workers that make material at once, 1 to 64, as for prep generate; the same at all parties. Default: the file's."
  )
  var workers: Int?
  @Option(help: "Folder for the results; it must not hold results yet. {id} becomes the party number.")
  var output: String?
  @Option(help: "How many parties run on this machine; with more parties than cores idle ones sleep.")
  var partiesHere = 1
  @Option(help: "A new file for the signed audit trail; {id} becomes the party number.") var audit: String?
  @Flag(help: "Print rows as JSON Lines on stdout instead of a table.") var json = false
  @Flag(help: "Accept a debug build, whose times mean nothing.") var allowDebug = false
  @Flag(help: "No progress line.") var quiet = false

  func validate() throws {
    for text in overrides where !text.contains("=") {
      throw ValidationError("--set \(text): has no '='; write --set key=value")
    }
    if prepareMaterial && store == nil && material == nil {
      throw ValidationError("--prepare-material: say into which store with --store DIR")
    }
    if let workers {
      guard (1...64).contains(workers) else { throw ValidationError("--workers \(workers): 1 to 64") }
      guard prepareMaterial || store == nil && material == nil else {
        throw ValidationError(
          "--workers: only where material is made, not for a run from --store; add --prepare-material")
      }
    }
    if let id, id < 0 { throw ValidationError("--id \(id): party numbers count from 0") }
    _ = try parsedPeers()
  }

  private func parsedPeers() throws -> [SocketAddress]? {
    guard let text = peers ?? ProcessInfo.processInfo.environment["SPDZ_PEERS"] else { return nil }
    return try parsePeers(text)
  }

  func run() async throws {
    do {
      let sessionFile = try SessionFile.load(path: session)
      let number = try LauncherPosition.id(
        given: id, partyCount: sessionFile.partyCount, environment: ProcessInfo.processInfo.environment)
      func named(_ path: String) -> String { path.replacing("{id}", with: "\(number)") }
      var command = RunParty(
        file: file, overrides: overrides, session: session, id: number, identity: named(identity))
      command.peers = try parsedPeers()
      command.data = data
      command.store = store.map(named)
      command.material = material
      command.preparesMaterial = prepareMaterial
      command.workers = workers
      command.output = output.map(named)
      command.audit = audit.map(named)
      command.partiesHere = partiesHere
      command.json = json
      command.allowDebug = allowDebug
      command.quiet = quiet
      if !ProcessMemory.forbidDumps() {
        FileHandle.standardError.write(Data("warning: core dumps cannot be forbidden; they would hold keys\n".utf8))
      }
      let stop = StopSwitch()
      // A run on stored material is ended, not broken off; a second signal does that.
      let grace = store == nil && material == nil || prepareMaterial ? Duration.seconds(5) : .seconds(86_400)
      stop.installSignals(grace: grace) { Foundation.exit(RunExitCode.stopped.rawValue) }
      try await command.run(stop: stop)
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}
