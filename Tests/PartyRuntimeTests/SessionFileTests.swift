import MPCCore
import Testing
import Transport

@testable import PartyRuntime

@Suite("Session file")
struct SessionFileTests {
  @Test func `a session file reads back as it was written, and is never overwritten by init`() throws {
    let folder = try TemporaryFolder()
    let session = try TestSession(3)
    var file = session.file
    file.parties[1].listen = SocketAddress(host: "::1", port: 7001)
    let path = folder.path + "/session.json"
    try file.write(path: path, new: true)
    #expect(try SessionFile.load(path: path) == file)
    #expect(throws: SessionFileError.exists(path: path)) { try file.write(path: path, new: true) }
    file.name = "other"
    try file.write(path: path, new: false)
    #expect(try SessionFile.load(path: path).name == "other")
  }

  @Test func `a session is used only when all parties are there`() throws {
    var file = try TestSession(3).file
    let last = file.parties.removeLast()
    #expect(throws: SessionFileError.incomplete(added: 2, needed: 3)) { try file.check(complete: true) }
    #expect(throws: Never.self) { try file.check(complete: false) }
    #expect(throws: SessionFileError.repeated("name \"party 0\"", party: 0)) { try file.add(file.parties[0]) }
    var twin = last
    twin.fingerprint = file.parties[1].fingerprint
    #expect(throws: SessionFileError.repeated("certificate \(twin.fingerprint)", party: 1)) { try file.add(twin) }
    #expect(try file.add(last) == 2)
    #expect(throws: SessionFileError.full(parties: 3)) { try file.add(last) }
  }

  static let broken: [(String, String, String)] = [
    ("\"n\" : 2", "\"n\" : 9", "n: 9 parties"),
    ("\"n\" : 2", "\"n\" : \"2\"", "n: expected Int"),
    ("\"n\" : 2", "\"m\" : 2", "unknown key \"m\""),
    ("\"p\" : \"p127\"", "\"p\" : \"p128\"", "\"p128\" is not a field"),
    ("\"s\" : 40", "\"s\" : 4", "s: 4 bits"),
    ("spdz-lowgear", "spdz-highgear", "\"spdz-highgear\" is not known"),
    ("\"active\"", "\"semi\"", "modes"),
    ("\"silence\" : 20", "\"silence\" : -1", "deadlines.silence: -1.0 seconds"),
    ("\"silence\" : 20", "\"silense\" : 20", "unknown key \"silense\""),
    ("\"step\" : 60", "\"step\" : 1", "deadlines.step"),
    ("\"schema\" : 1", "\"schema\" : 2", "schema 2"),
    ("\"address\" : \"127.0.0.1", "\"address\" : \"127.0.0.1:", "parties[0].address"),
    ("00000000", "0000000g", "program"),
    ("\"certificate\" : \"", "\"certificate\" : \"zz", "parties[0].certificate"),
    ("{", "[", "not"),
  ]

  @Test(arguments: broken) func `what is wrong in a session file is named`(_ change: (String, String, String)) throws {
    let text = try TestSession(2).file.json()
    #expect(text.contains(change.0))
    let broken = text.replacing(change.0, with: change.1, maxReplacements: 1)
    do throws(SessionFileError) {
      _ = try SessionFile.decode(Array(broken.utf8), path: "s.json", complete: true)
      Issue.record("\(change.1) was accepted")
    } catch {
      #expect(error.description.contains(change.2), "\(error)")
      #expect(!error.description.contains("\n"))
    }
  }

  @Test(arguments: [
    ("a.example:7000", "a.example", 7000), ("127.0.0.1:1", "127.0.0.1", 1), ("[::1]:65535", "::1", 65535),
  ])
  func `addresses are host and port`(_ text: String, host: String, port: UInt16) {
    let address = SocketAddress(text)
    #expect(address == SocketAddress(host: host, port: port))
    #expect(address?.description == text)
  }

  @Test(arguments: ["", "host", ":1", "host:", "host:65536", "host:-1", "::1:7000", "[::1:7000", "ho st:1", "h\u{7}:1"])
  func `what is no address is refused`(_ text: String) { #expect(SocketAddress(text) == nil) }
}

@Suite("Launchers")
struct LauncherTests {
  @Test(arguments: [
    (["OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "3"], 2), (["SLURM_PROCID": "1", "SLURM_NTASKS": "3"], 1),
    (["JOB_COMPLETION_INDEX": "0"], 0), (["OMPI_COMM_WORLD_RANK": "1", "SLURM_PROCID": "0", "SLURM_NTASKS": "1"], 1),
  ])
  func `the party number comes from the launcher`(_ environment: [String: String], id: Int) throws {
    #expect(try LauncherPosition.id(given: nil, partyCount: 3, environment: environment) == id)
    #expect(try LauncherPosition.id(given: 2, partyCount: 3, environment: environment) == 2)
  }

  @Test func `without a number, with nonsense, or with the wrong count the launcher is told what to do`() {
    #expect(throws: LauncherError.self) { try LauncherPosition.id(given: nil, partyCount: 3, environment: [:]) }
    #expect(throws: LauncherError.notANumber(variable: "SLURM_PROCID", value: "x")) {
      try LauncherPosition.id(given: nil, partyCount: 3, environment: ["SLURM_PROCID": "x"])
    }
    #expect(throws: LauncherError.wrongCount(launcher: "Open MPI", started: 4, parties: 3)) {
      try LauncherPosition.id(
        given: nil, partyCount: 3, environment: ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "4"])
    }
  }
}
