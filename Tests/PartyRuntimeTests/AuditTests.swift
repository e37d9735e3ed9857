import Foundation
import MPCCore
import Testing
import Transport

@testable import PartyRuntime

/// Three audited parties that exchange words and note events.
private func trails(in folder: TemporaryFolder, failing: Int? = nil) async throws -> (TestSession, [String]) {
  let session = try TestSession(3)
  let paths = (0..<3).map { "\(folder.path)/\($0).jsonl" }
  let parties = try (0..<3).map {
    try RealParty(
      session.file, id: $0, identity: session.identities[$0], now: TestSession.now, partiesOnThisMachine: 3,
      auditPath: paths[$0])
  }
  for run in ["one", "two"] {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for party in parties {
        group.addTask {
          _ = try await party.run(run) { (channel) async throws(ProtocolAbort) -> Bool in
            channel.note(.phase("online"))
            _ = try await channel.exchange(Words([1234567890123 + UInt64(channel.me.index)]))
            channel.note(.checkPassed(Words.step, count: 3))
            if run == "two", channel.me.index == failing {
              throw .localFailure(step: Words.step, detail: "as the test wants it")
            }
            channel.beginRound()
            let next = PartyID((channel.me.index + 1) % 3), before = PartyID((channel.me.index + 2) % 3)
            for word: UInt64 in 0..<3 { try channel.send(Words([word]), to: next) }
            for _ in 0..<3 { _ = try await channel.receive(Words.self, shape: 1, from: before) }
            channel.note(.disclosed(Words.step, count: 7, to: PartyID(2)))
            return true
          }
        }
      }
      try await group.waitForAll()
    }
  }
  for party in parties { try party.closeAudit() }
  return (session, paths)
}

/// Writes the lines of a trail after `change`.
private func rewrite(_ path: String, _ change: (inout [String]) -> Void) throws {
  var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  change(&lines)
  try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
}

@Suite("Audit trail", .timeLimit(.minutes(10)))
struct AuditTests {
  @Test func `honest trails verify, agree with each other, and hold no value`() async throws {
    let folder = try TemporaryFolder()
    let (session, paths) = try await trails(in: folder)
    let verification = try AuditVerification(paths, session: session.file)
    #expect(verification.findings == [])
    #expect(verification.summaries.map(\.party) == [0, 1, 2])
    #expect(verification.summaries.map(\.fingerprint) == session.identities.map(\.fingerprint))
    for trail in verification.summaries {
      #expect(trail.runs == 2 && trail.checks == 2 && trail.disclosures == 14 && trail.isClosed)
      // Negotiation: 2 + 2 messages each way; the exchange: 2; then 3 one way.
      #expect(trail.messages == 2 * (2 * 2 + 2 * 2 + 2 * 2 + 3 + 3))
    }
    #expect(verification.matched == verification.summaries.reduce(0) { $0 + $1.messages } / 2)
    for path in paths {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      for party: UInt64 in 0..<3 {
        let value = 1_234_567_890_123 + party
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        #expect(!text.contains("\(value)") && !text.contains(bytes.hexadecimal))
      }
      #expect(!text.contains("PRIVATE"))
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
  }

  @Test func `digests of the same message differ from link to link and from run to run`() async throws {
    let folder = try TemporaryFolder()
    let (_, paths) = try await trails(in: folder)
    // P_0 broadcasts the same word to both peers in both runs.
    let lines = try String(contentsOfFile: paths[0], encoding: .utf8).split(separator: "\n")
      .filter { $0.contains("\"sent\"") && $0.contains("TestWords.1") && $0.contains("\"round\":3,") }
    let digests = lines.compactMap { $0.split(separator: "\"digest\":\"").last?.prefix(64) }
    #expect(lines.count == 4 && Set(digests).count == 4)
  }

  @Test func `a run that one party aborts leaves trails without findings`() async throws {
    let folder = try TemporaryFolder()
    let (session, paths) = try await trails(in: folder, failing: 1)
    #expect(try AuditVerification(paths, session: session.file).findings == [])
    let text = try String(contentsOfFile: paths[1], encoding: .utf8)
    #expect(text.contains("as the test wants it"))
  }

  static let forgeries: [(String, @Sendable (inout [String]) -> Void, String)] = [
    ("a removed line", { $0.remove(at: 10) }, "does not follow the line before it"),
    ("two swapped lines", { $0.swapAt(10, 11) }, "does not follow the line before it"),
    ("a repeated line", { $0.insert($0[10], at: 11) }, "does not follow the line before it"),
    (
      "another length",
      { lines in
        if let index = lines.firstIndex(where: { $0.contains("\"bytes\":") }) {
          lines[index] = lines[index].replacing("\"bytes\":", with: "\"bytes\":1")
        }
      }, "has a wrong signature"
    ),
    ("a cut line", { $0[10] = String($0[10].dropLast(4)) }, "is no line of an audit trail"),
    ("another first line", { $0[0] = $0[0].replacing("\"party\":1", with: "\"party\":2") }, "has a wrong signature"),
    ("a line after the end", { $0.append($0[$0.count - 1]) }, "stands after the end of the trail"),
    ("nothing", { $0 = [] }, "is empty"),
    ("no trail", { $0 = ["{\"entry\":{},\"signature\":\"\"}"] }, "does not begin an audit trail"),
  ]

  @Test(arguments: forgeries.indices) func `an altered trail is found out`(_ number: Int) async throws {
    let (name, change, finding) = Self.forgeries[number]
    let folder = try TemporaryFolder()
    let (session, paths) = try await trails(in: folder)
    try rewrite(paths[1], change)
    let verification = try AuditVerification(paths, session: session.file)
    #expect(verification.findings.contains { $0.file == paths[1] && $0.what.contains(finding) }, "\(name)")
  }

  @Test func `a trail cut at the end is valid by itself, and its peers show what is missing`() async throws {
    let folder = try TemporaryFolder()
    let (session, paths) = try await trails(in: folder)
    try rewrite(paths[1]) { $0.removeLast($0.count / 2) }
    let alone = try AuditVerification([paths[1]], session: session.file)
    #expect(alone.findings == [] && alone.summaries.first?.isClosed == false)
    let together = try AuditVerification(paths, session: session.file)
    #expect(together.findings.contains { $0.what.contains("P1") || $0.file == paths[1] })
  }

  @Test func `a party that signs something else than it sent is found out by its peer's trail`() async throws {
    let folder = try TemporaryFolder()
    let (session, paths) = try await trails(in: folder)
    // P_1 re-signs its whole trail with one digest changed: only the other end knows better.
    let signer = try session.identities[1].signer()
    var previous = AuditLine.firstPrevious
    try rewrite(paths[1]) { lines in
      for index in lines.indices {
        guard let (entry, _) = AuditLine.split(Substring(lines[index])) else { return }
        var text = String(entry)
        if let start = text.range(of: "\"previous\":\"")?.upperBound {
          text.replaceSubrange(start..<text.index(start, offsetBy: 64), with: previous)
        }
        if text.contains("\"sent\""), text.contains("TestWords.1"), let digest = text.range(of: "\"digest\":\"") {
          text.replaceSubrange(digest.upperBound..<text.index(digest.upperBound, offsetBy: 4), with: "0000")
        }
        let signature = (try? signer.sign(AuditLine.message(Array(text.utf8)))) ?? []
        lines[index] = AuditLine.text(entry: text, signature: signature)
        previous = AuditLine.digest(lines[index])
      }
    }
    #expect(try AuditVerification([paths[1]], session: session.file).findings == [])
    let findings = try AuditVerification(paths, session: session.file).findings
    #expect(findings.contains { $0.what.contains("from P1, which says it sent something else") })
  }

  @Test func `a trail is never overwritten, and another certificate than the session's is a finding`() async throws {
    let folder = try TemporaryFolder()
    let (session, paths) = try await trails(in: folder)
    #expect(throws: PartyError.audit(.cannotWrite(path: paths[0]))) {
      try RealParty(
        session.file, id: 0, identity: session.identities[0], now: TestSession.now, auditPath: paths[0])
    }
    var other = session.file
    other.parties[0].fingerprint = try Identity.generate(name: "x").fingerprint
    let findings = try AuditVerification(paths, session: other).findings
    #expect(findings.count == 1 && findings[0].what.contains("does not pin for P0"))
    #expect(throws: AuditError.cannotRead(path: "/nowhere")) { try AuditVerification(["/nowhere"]) }
  }
}
