import MPCCore
import Testing
import Transport

@testable import PartyRuntime

/// How a party ended: its value, or the error's words.
private func runAll(
  _ session: TestSession, files: [Int: SessionFile] = [:], runs: [Int: String] = [:]
) async throws -> [Result<UInt64, ProtocolAbort>] {
  let parties = try session.identities.indices.map { try session.party($0, file: files[$0]) }
  return try await withThrowingTaskGroup(of: (Int, Result<UInt64, ProtocolAbort>).self) { group in
    for (index, party) in parties.enumerated() {
      group.addTask {
        let report = try await party.run(runs[index] ?? "one") { (channel) async throws(ProtocolAbort) -> UInt64 in
          try await channel.exchange(Words([UInt64(channel.me.index) + 1])).reduce(0) { $0 + $1.values[0] }
        }
        return (index, report.result)
      }
    }
    var results: [Int: Result<UInt64, ProtocolAbort>] = [:]
    for try await (index, result) in group { results[index] = result }
    return results.sorted { $0.key < $1.key }.map(\.value)
  }
}

@Suite("Negotiation", .timeLimit(.minutes(10)))
struct NegotiationTests {
  @Test func `parties with the same session run, several times over the same sockets`() async throws {
    let session = try TestSession(3)
    #expect(try await runAll(session) == [.success(6), .success(6), .success(6)])
    #expect(try await runAll(session) == [.success(6), .success(6), .success(6)])
  }

  /// What the last party does differently, and the name under which the others hear of it.
  static let differences: [(String, @Sendable (inout SessionFile) -> Void, String, String)] = [
    ("modes", { $0.modes = ["passive"] }, "active", "passive"),
    ("modes", { $0.modes = ["active", "passive"] }, "active", "active passive"),
    ("p", { $0.field = "p61" }, "p127", "p61"),
    ("s", { $0.statisticalSecurity = 20 }, "40", "20"),
    ("session name", { $0.name = "other" }, "test", "other"),
    (
      "program hash", { $0.program = String(repeating: "1", count: 64) }, String(repeating: "0", count: 64),
      String(repeating: "1", count: 64)
    ),
    ("P0 name", { $0.parties[0].name = "mallory" }, "party 0", "mallory"),
  ]

  @Test(arguments: differences.indices)
  func `any difference ends the session at every party and is named with both values`(_ number: Int) async throws {
    let (field, change, mine, theirs) = Self.differences[number]
    let session = try TestSession(3)
    var other = session.file
    change(&other)
    let results = try await runAll(session, files: [2: other])
    for party in 0..<2 {
      #expect(
        results[party]
          == .failure(.configurationMismatch(field: field, mine: mine, theirs: theirs, with: PartyID(2))))
    }
    #expect(
      results[2]
        == .failure(.configurationMismatch(field: field, mine: theirs, theirs: mine, with: PartyID(0))))
  }

  @Test func `parties in different runs of a session do not meet`() async throws {
    let session = try TestSession(2)
    let results = try await runAll(session, runs: [1: "two"])
    #expect(
      results[0] == .failure(.configurationMismatch(field: "run", mine: "one", theirs: "two", with: PartyID(1))))
  }

  @Test func `another program version is refused by name`() async {
    let session = SessionManifest(
      SessionFile(
        name: "a", partyCount: 2, field: "p127", statisticalSecurity: 40, modes: ["active"], program: ""), run: "")
    let report = await runInProcess(partyCount: 2) { (channel) async throws(ProtocolAbort) -> Bool in
      let mine = channel.me.index == 0 ? session : session.replacing("program version", with: "spdz-swift 0.1")
      try await mine.negotiate(over: channel)
      return true
    }
    #expect(
      report.results[0]
        == .failure(
          .configurationMismatch(
            field: "program version", mine: ProgramVersion.text, theirs: "spdz-swift 0.1", with: PartyID(1))))
  }

  @Test func `a manifest has one encoding`() throws {
    let manifest = SessionManifest(try TestSession(3).file, run: "r")
    let bytes = manifest.encoded()
    let decoded = try #require(SessionManifest(decoding: bytes))
    #expect(decoded == manifest && decoded.encoded() == bytes && decoded.hash == manifest.hash)
    for length in 0..<bytes.count {
      #expect(SessionManifest(decoding: Array(bytes.prefix(length))) != manifest)
    }
    #expect(SessionManifest(decoding: bytes + [0]) == nil)
    #expect(SessionManifest(decoding: [255, 255, 255, 255, 255, 255, 255, 255, 1]) == nil)
    #expect(manifest.difference(manifest) == nil)
  }

  @Test func `a peer that announces one manifest and shows another is caught`() async {
    let manifest = SessionManifest(
      SessionFile(
        name: "a", partyCount: 2, field: "p127", statisticalSecurity: 40, modes: ["active"], program: ""), run: "")
    let report = await runInProcess(partyCount: 2) { (channel) async throws(ProtocolAbort) -> Bool in
      guard channel.me.index == 1 else {
        try await manifest.negotiate(over: channel)
        return true
      }
      let text = ManifestText(manifest)
      _ = try await channel.exchange(
        ManifestDigest(hash: [UInt8](repeating: 7, count: 32), byteCount: UInt32(text.shape)))
      channel.beginRound()
      try channel.broadcast(text)
      _ = try await channel.receiveBroadcast(ManifestText.self, shape: text.shape, from: PartyID(0))
      return true
    }
    #expect(
      report.results[0]
        == .failure(.malformedMessage(step: ManifestText.step, from: PartyID(1), reason: .nonCanonical)))
  }

  @Test func `a party whose certificate is not the pinned one, or has run out, does not start`() throws {
    var session = try TestSession(2)
    let pinned = session.identities[0].fingerprint
    session.identities[0] = try Identity.generate(name: "new")
    let error = PartyError.session(
      .notOurCertificate(
        party: 0, pinned: pinned.description, ours: session.identities[0].fingerprint.description))
    #expect(throws: error) { try session.party(0) }
    #expect(throws: PartyError.session(.noSuchParty(2, parties: 2))) {
      try RealParty(session.file, id: 2, identity: session.identities[1], now: TestSession.now)
    }
    let certificate = session.identities[1].certificate
    #expect(throws: PartyError.ownCertificateExpired(at: certificate.validUntil)) {
      try RealParty(session.file, id: 1, identity: session.identities[1], now: certificate.validUntil)
    }
    #expect(throws: PartyError.ownCertificateNotYetValid(until: certificate.validFrom)) {
      try RealParty(session.file, id: 1, identity: session.identities[1], now: certificate.validFrom - 1)
    }
  }
}
