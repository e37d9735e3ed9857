import ArgumentParser
import BenchmarkKit
import PartyRuntime
import Transport

/// `spdz-bench session`: what the parties agree on.
struct SessionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "session", abstract: "Make, complete and check the file that the parties of a session share.",
    discussion: """
      One party makes the file, every party's certificate and address are added in the order of the party numbers, and \
      all parties get the same file. Fingerprints are what identifies a party: compare them over another way.

      EXAMPLES
        spdz-bench session init session.json --program exp.json --parties 3
        spdz-bench session add session.json --certificate p0.pem --address a.example:7000
        spdz-bench session check session.json
      """,
    subcommands: [SessionInit.self, SessionAdd.self, SessionUpdate.self, SessionCheck.self])
}

/// `spdz-bench session init`.
struct SessionInit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a session file for an experiment, without parties; never overwrites one.",
    discussion: "EXAMPLE\n  spdz-bench session init session.json --program exp.json --parties 3 --modes active")

  @Argument(help: "The session file.") var session: String
  @Option(help: "The experiment file.") var program: String
  @Option(help: "Number of parties; default: the experiment's.") var parties: Int?
  @Option(parsing: .upToNextOption, help: "active, passive or both; only these ever run.") var modes: [String] = [
    "active"
  ]
  @Option(help: "Name of the session.") var name: String?
  @Option(name: .customLong("set"), help: "Replace a value of the experiment; all parties give the same options.")
  var overrides: [String] = []
  @Option(help: "Seconds for all links to come up.") var connectDeadline: Double?
  @Option(help: "Seconds without a sign of life from a peer.") var silenceDeadline: Double?
  @Option(help: "Seconds for one message, signs of life or not.") var stepDeadline: Double?
  @Option(help: "Seconds for a whole run; 0: no limit.") var totalDeadline: Double?

  func run() throws {
    do {
      var all = overrides
      if let parties { all.append("parties=\(parties)") }
      all.append("modes=[\(modes.map { "\"\($0)\"" }.joined(separator: ","))]")
      let experiment = try Experiment.load(path: program, overrides: all)
      var file = try SessionFile(name: name ?? experiment.name, for: experiment)
      if let connectDeadline { file.deadlines.connect = connectDeadline }
      if let silenceDeadline { file.deadlines.silence = silenceDeadline }
      if let stepDeadline { file.deadlines.step = stepDeadline }
      if let totalDeadline { file.deadlines.total = totalDeadline }
      try file.write(path: session, new: true)
      print("\(session): \(file.partyCount) parties, \(file.modes.joined(separator: " and ")), program \(file.program)")
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}

/// `spdz-bench session add`.
struct SessionAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add the next party.",
    discussion: "EXAMPLE\n  spdz-bench session add session.json --certificate p0.pem --address a.example:7000")

  @Argument(help: "The session file.") var session: String
  @Option(help: "The party's certificate (PEM).") var certificate: String
  @Option(help: "host:port where the others reach it.") var address: String
  @Option(help: "host:port where it listens, if that differs.") var listen: String?
  @Option(help: "Name for people; default: the name in the certificate.") var name: String?

  func run() throws {
    do {
      var file = try SessionFile.load(path: session, complete: false)
      let shown = try Certificate.load(path: certificate)
      let number = try file.add(
        SessionFile.Party(
          name: name ?? shown.name, address: try parse(address), listen: try listen.map(parse),
          fingerprint: shown.fingerprint))
      try file.write(path: session, new: false)
      print("P\(number) of \(file.partyCount): \(file.parties[number].name), \(shown.fingerprint)")
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }

  private func parse(_ text: String) throws -> SocketAddress {
    guard let address = SocketAddress(text), address.port != 0 else {
      throw SessionFileError.invalid(key: "address", what: "\"\(text)\"", remedy: "write host:port")
    }
    return address
  }
}

/// `spdz-bench session check`.
struct SessionCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a complete session file; with --program also that it is for this experiment.",
    discussion: "EXAMPLE\n  spdz-bench session check session.json --program exp.json")

  @Argument(help: "The session file.") var session: String
  @Option(help: "The experiment file.") var program: String?
  @Option(name: .customLong("set"), help: "Replace a value of the experiment.") var overrides: [String] = []
  @Flag(help: "Print the file in its canonical form.") var json = false

  func run() throws {
    do {
      let file = try SessionFile.load(path: session)
      if let program { try file.check(against: Experiment.load(path: program, overrides: overrides)) }
      if json { return print(file.json(), terminator: "") }
      print("\(file.name): \(file.partyCount) parties, \(file.modes.joined(separator: " and ")), \(file.field)")
      for (index, party) in file.parties.enumerated() {
        print("P\(index)  \(party.address)  \(party.fingerprint)  \(party.name)")
      }
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}

/// `spdz-bench session update`.
struct SessionUpdate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Take over a party's new certificate after 'identity rotate'.",
    discussion: "EXAMPLE\n  spdz-bench session update session.json --statement p0-rotation.txt")

  @Argument(help: "The session file.") var session: String
  @Option(help: "The statement of the party that rotated.") var statement: String

  func run() throws {
    do {
      var file = try SessionFile.load(path: session, complete: false)
      let text = try IdentityReport.text(of: statement)
      let number = try file.rotate(try RotationStatement(text: text, source: statement))
      try file.write(path: session, new: false)
      print("P\(number): \(file.parties[number].fingerprint)")
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }
}
