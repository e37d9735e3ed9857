import Foundation
import MPCCore
import Transport

@testable import PartyRuntime

/// A session of `count` parties on loopback ports that were free a moment ago, with an identity each.
struct TestSession {
  var file: SessionFile
  var identities: [Identity]

  init(_ count: Int, connect: Double = 20, silence: Double = 20, step: Double = 60) throws {
    file = SessionFile(
      name: "test", partyCount: count, field: "p127", statisticalSecurity: 40, modes: ["active"],
      program: String(repeating: "0", count: 64),
      deadlines: SessionFile.Deadlines(connect: connect, handshake: 5, silence: silence, step: step))
    identities = []
    let listeners = try (0..<count).map { try TCPListener(.loopback(port: 0), party: PartyID($0)) }
    for (index, listener) in listeners.enumerated() {
      let identity = try Identity.generate(name: "party \(index)")
      identities.append(identity)
      try file.add(
        SessionFile.Party(name: "party \(index)", address: listener.address, fingerprint: identity.fingerprint))
    }
  }

  static var now: Int64 { Int64(Date.now.timeIntervalSince1970) }

  func party(_ id: Int, file other: SessionFile? = nil, stop: StopSwitch? = nil) throws -> RealParty {
    try RealParty(
      other ?? file, id: id, identity: identities[id], now: Self.now, partiesOnThisMachine: identities.count,
      stop: stop)
  }
}

/// A message of 64-bit words.
struct Words: Message, Equatable {
  static let step = StepLabel("TestWords", 1)
  static let kind = MessageKind(user: 1)
  var values: [UInt64]
  var shape: Int { values.count }
  static func encodedByteCount(_ shape: Int) -> Int { 8 * shape }
  func encode(into writer: inout WireWriter) { for value in values { writer.append(value) } }
  init(_ values: [UInt64]) { self.values = values }
  init(from reader: inout WireReader, shape: Int) throws(WireError) {
    values = []
    for _ in 0..<shape { values.append(try reader.integer()) }
  }
}

/// A folder that is removed when the value dies.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/spdz-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
