import Foundation
import MPCCore
import Testing
import Transport

@testable import PartyRuntime

@Suite("Rotation, expiry and preflight", .timeLimit(.minutes(10)))
struct RotationTests {
  @Test func `a rotated identity is taken over by its statement, and only by the right one`() throws {
    let folder = try TemporaryFolder()
    let directory = folder.path + "/p0"
    let old = try Identity.create(directory: directory, name: "hospital A")
    let (new, statement) = try Identity.rotate(directory: directory, validFor: .seconds(86_400))
    #expect(try Identity.load(directory: directory).fingerprint == new.fingerprint)
    #expect(new.certificate.predecessor == old.fingerprint && old.certificate.predecessor == nil)
    let retired = "\(directory)/retired-\(old.fingerprint.description.prefix(16))"
    #expect(try Identity.load(directory: retired).fingerprint == old.fingerprint)
    let read = try RotationStatement(text: statement.text, source: "s")
    #expect(read == statement && read.new == new.certificate)

    var session = try TestSession(2).file
    #expect(throws: SessionFileError.notPinned(old.fingerprint.description)) { try session.rotate(read) }
    session.parties[1].fingerprint = old.fingerprint
    #expect(try session.rotate(read) == 1)
    #expect(session.parties[1].fingerprint == new.fingerprint)
  }

  @Test func `a statement with another certificate, signature or form is refused`() throws {
    let folder = try TemporaryFolder()
    _ = try Identity.create(directory: folder.path + "/a", name: "a")
    let (_, statement) = try Identity.rotate(directory: folder.path + "/a", validFor: .seconds(86_400))
    let stranger = try Identity.generate(name: "mallory").certificate
    let texts = [
      statement.text.replacing(statement.new.pem, with: stranger.pem),
      statement.text.replacing(statement.old.pem, with: stranger.pem), stranger.pem, "",
      statement.text.replacing("signature 30", with: "signature 31"), statement.text.replacing("signature", with: ""),
    ]
    for text in texts {
      #expect(throws: IdentityError.unreadableCertificate(source: "s")) {
        try RotationStatement(text: text, source: "s")
      }
    }
  }

  /// Two parties connect; the second shows `identity` instead of the pinned one.
  private func connect(_ session: TestSession, showing identity: Identity) async throws -> TransportError? {
    var theirs = session.file
    theirs.parties[1].fingerprint = identity.fingerprint
    let first = try session.party(0)
    let second = try RealParty(theirs, id: 1, identity: identity, now: TestSession.now, partiesOnThisMachine: 2)
    async let other: Void = {
      _ = try? await second.run("one") { (_) async throws(ProtocolAbort) -> Bool in true }
    }()
    var seen: TransportError?
    do throws(PartyError) {
      _ = try await first.run("one") { (_) async throws(ProtocolAbort) -> Bool in true }
    } catch {
      if case .transport(let error) = error { seen = error }
    }
    await other
    return seen
  }

  @Test func `a peer that rotated is told apart from a stranger`() async throws {
    let session = try TestSession(2, connect: 10)
    let rotated = try Identity.generate(name: "party 1", replacing: session.identities[1].fingerprint)
    let error = try #require(try await connect(session, showing: rotated))
    #expect(error.party == PartyID(1))
    #expect(error.description.contains("claims to replace the pinned one of P1"), "\(error)")
    let stranger = try await connect(try TestSession(2, connect: 10), showing: try Identity.generate(name: "mallory"))
    let text = try #require(stranger).description
    #expect(text.contains("certificate that is not pinned") && !text.contains("claims to replace"), "\(text)")
  }

  @Test func `the doctor measures every link at every party`() async throws {
    let session = try TestSession(3)
    let parties = try (0..<3).map { try session.party($0) }
    let all = try await withThrowingTaskGroup(of: (Int, [LinkMeasurement]).self) { group in
      for party in parties {
        group.addTask {
          let links = try await party.probeLinks(
            availableMemory: 1 << 30, freeDisk: 1 << 40, processors: 4 + party.me.index, vectorLevel: "avx2"
          ) {
            let now = Date.now.timeIntervalSince1970 + Double(party.me.index) * 10
            return (UInt64(now * 1e9), Int64(now * 1e9))
          }
          return (party.me.index, links)
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for me in 0..<3 {
      let links = try #require(all[me])
      #expect(links.map(\.peer) == (0..<3).filter { $0 != me })
      for link in links {
        #expect(link.roundTrip > 0 && link.roundTrip < 5 && link.bitsPerSecond > 0)
        #expect(abs(link.clockOffset - Double(link.peer - me) * 10) < 5)
        #expect(link.processors == 4 + link.peer && link.vectorLevel == "avx2" && link.freeDisk == 1 << 40)
      }
    }
  }
}
