import ArgumentParser
import BenchmarkKit
import Foundation
import PartyRuntime
import Transport

/// `spdz-bench doctor`: preflight between the parties.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check this party's machine and its links to the others; all parties run it at once.",
    discussion: """
      Looks at certificate, processor, memory and disk, connects to all parties, compares the session, and measures \
      round trip, bandwidth and clock of every link. Exit code 0: ready.

      --idle leaves the links quiet for so many seconds before it ends: for routers that forget quiet connections.

      EXAMPLE
        spdz-bench doctor --session session.json --id 0 --identity parties/p0
      """)

  @Option(help: "The session file.") var session: String
  @Option(help: "The party number; default: from the launcher.") var id: Int?
  @Option(help: "Folder of this party's identity; {id} becomes the party number.") var identity: String
  @Option(help: "host:port of every party, comma separated, in place of the session's addresses.") var peers: String?
  @Option(help: "Seconds the links lie idle before they must still work; the same at all parties.") var idle = 0
  @Flag(help: "Print one JSON array.") var json = false

  func validate() throws {
    _ = try peers.map(parsePeers)
    guard (0...604_800).contains(idle) else { throw ValidationError("--idle \(idle): 0…604800 seconds are possible") }
  }

  func run() async throws {
    do {
      let file = try SessionFile.load(path: session)
      let number = try LauncherPosition.id(
        given: id, partyCount: file.partyCount, environment: ProcessInfo.processInfo.environment)
      var doctor = RunDoctor(
        session: session, id: number, identity: identity.replacing("{id}", with: "\(number)"),
        peers: try peers.map(parsePeers), idleSeconds: idle)
      do {
        try await doctor.run()
      } catch {
        try show(doctor)
        throw error
      }
      try show(doctor)
    } catch {
      throw ExitCode(RunExperiment.report(error).rawValue)
    }
  }

  private func show(_ doctor: RunDoctor) throws {
    guard json else { return print(doctor.rendered(), terminator: "") }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(doctor.report), as: UTF8.self))
  }
}

/// "a:1,b:2" as addresses.
func parsePeers(_ text: String) throws -> [SocketAddress] {
  try text.split(separator: ",").map { part in
    guard let address = SocketAddress(String(part)) else {
      throw ValidationError("--peers: \"\(part)\" is not host:port")
    }
    return address
  }
}
