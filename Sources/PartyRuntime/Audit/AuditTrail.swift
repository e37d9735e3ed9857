internal import Cryptography
internal import Dispatch
internal import Foundation
public import MPCCore
internal import Synchronization
public import Transport

/// What a party did, line by line, for people who were not there: every message by step, peer, length and salted digest,
/// every passed check, every disclosure. Never a share or a value.
///
/// Lines are chained by hashes and signed with the party's key (`AuditLine`). Digests are salted with 32 bytes that only
/// the two ends of a link know, so that nobody guesses short messages from them; the two ends' lines can still be
/// compared. Hashing and signing happen on a queue of their own.
public final class AuditTrail: Sendable {
  private struct State {
    var handle: FileHandle
    var number = 0
    var previous = AuditLine.firstPrevious
    var run = ""
    var salts: [[UInt8]] = []
    var failed = false
  }

  let path: String
  private let signer: IdentitySigner
  private let queue = DispatchQueue(label: "spdz-audit")
  // Touched on the queue only.
  private let state: Mutex<State>
  /// Payload bytes that wait for the queue.
  private let waiting = Atomic<Int>(0)
  private static let waitingLimit = 256 << 20

  /// Starts a trail; the file must not exist.
  /// - Throws: ``AuditError/cannotWrite(path:)``.
  public init(path: String, session: SessionFile, me: PartyID, identity: Identity) throws(AuditError) {
    self.path = path
    do throws(IdentityError) { signer = try identity.signer() } catch { throw .cannotSign }
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .cannotWrite(path: path) }
    state = Mutex(State(handle: FileHandle(fileDescriptor: file, closeOnDealloc: true)))
    var entry = AuditObject()
    entry.add("event", "open")
    entry.add("schema", 1)
    entry.add("program", ProgramVersion.text)
    entry.add("session", session.name)
    entry.add("party", me.index)
    entry.add("parties", session.partyCount)
    entry.add("manifest", SessionManifest(session, run: "").hash.hexadecimal)
    entry.add("certificate", identity.certificate.pem)
    append(entry)
  }

  /// A run's links are up.
  func begin(run: String, session: SessionID, partyCount: Int) {
    var entry = AuditObject()
    entry.add("event", "run")
    entry.add("name", run)
    entry.add("id", session.bytes.hexadecimal)
    queue.sync {
      state.withLock { state in
        state.run = session.bytes.hexadecimal
        state.salts = [[UInt8]](repeating: [], count: partyCount)
      }
    }
    append(entry)
  }

  /// The salts of the links, by party; digests of later messages use them.
  func setSalts(_ salts: [[UInt8]]) { queue.sync { state.withLock { $0.salts = salts } } }

  /// A run has ended.
  func end(_ outcome: String) {
    var entry = AuditObject()
    entry.add("event", "end")
    entry.add("outcome", outcome)
    append(entry)
  }

  /// Ends the trail: nothing follows. Returns when all lines are on disk.
  /// - Throws: ``AuditError/cannotWrite(path:)`` if any line could not be written.
  public func close() throws(AuditError) {
    var entry = AuditObject()
    entry.add("event", "close")
    append(entry)
    let isComplete = queue.sync {
      state.withLock { state in !state.failed && (try? state.handle.synchronize()) != nil }
    }
    guard isComplete else { throw .cannotWrite(path: path) }
  }

  /// Whether a line could not be written; a run that must be audited ends then.
  var hasFailed: Bool { queue.sync { state.withLock { $0.failed } } }

  private func append(_ entry: AuditObject) {
    let time = Int64(Date.now.timeIntervalSince1970 * 1000)
    queue.async { [self] in
      state.withLock { state in write(entry, time, &state) }
    }
  }

  private func write(_ entry: AuditObject, _ time: Int64, _ state: inout sending State) {
    guard !state.failed else { return }
    var whole = AuditObject()
    whole.add("number", state.number)
    whole.add("previous", state.previous)
    whole.add("ms", time)
    let text = "{" + whole.text + "," + entry.text + "}"
    do {
      let line = AuditLine.text(entry: text, signature: try signer.sign(AuditLine.message(Array(text.utf8))))
      try state.handle.write(contentsOf: Data((line + "\n").utf8))
      state.number += 1
      state.previous = AuditLine.digest(line)
    } catch {
      state.failed = true
    }
  }

  private func append(_ direction: String, _ message: ObservedMessage) {
    let time = Int64(Date.now.timeIntervalSince1970 * 1000)
    let count = message.payload.count
    let work: @Sendable () -> Void = { [self] in
      state.withLock { state in
        var entry = AuditObject()
        entry.add("event", direction)
        entry.add("run", String(state.run.prefix(16)))
        entry.add("channel", message.channel.number)
        entry.add("round", message.round)
        entry.add("step", message.step.description)
        entry.add("kind", message.kind.code)
        entry.add("peer", message.peer.index)
        entry.add("bytes", count)
        entry.add("digest", AuditTrail.digest(message, salt: state.salts[message.peer.index]).hexadecimal)
        write(entry, time, &state)
      }
      waiting.subtract(count, ordering: .relaxed)
    }
    if waiting.add(count, ordering: .relaxed).newValue > AuditTrail.waitingLimit {
      queue.sync(execute: work)
    } else {
      queue.async(execute: work)
    }
  }

  /// SHA-256("audit-message/v1" | salt | payload); negotiation is public and not salted.
  private static func digest(_ message: ObservedMessage, salt: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(text: "audit-message/v1")
    hash.update(lengthPrefixed: "\(message.step.protocolName)" == "Negotiation" ? [] : salt)
    hash.update(message.payload)
    return hash.finalize()
  }
}

extension AuditTrail: MessageObserver {
  /// Writes a line about a sent message.
  public func sent(_ message: ObservedMessage) { append("sent", message) }
  /// Writes a line about a received message.
  public func received(_ message: ObservedMessage) { append("received", message) }

  /// Writes a line about a phase, a passed check or a disclosure.
  public func noted(_ event: ProtocolEvent, channel: ChannelID, round: UInt64) {
    var entry = AuditObject()
    switch event {
    case .phase(let name):
      entry.add("event", "phase")
      entry.add("name", name)
    case .checkPassed(let step, let count):
      entry.add("event", "check")
      entry.add("step", step.description)
      entry.add("items", count)
      entry.add("outcome", "passed")
    case .disclosed(let step, let count, let party):
      entry.add("event", "disclosure")
      entry.add("step", step.description)
      entry.add("values", count)
      entry.add("to", party.map { "P\($0.index)" } ?? "all")
    }
    entry.add("channel", channel.number)
    entry.add("round", round)
    append(entry)
  }
}

/// Why an audit trail cannot be kept or read.
public enum AuditError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file exists or cannot be written.
  case cannotWrite(path: String)
  /// The identity's key cannot sign.
  case cannotSign
  /// The file cannot be read.
  case cannotRead(path: String)

  /// What happened and what to do.
  public var description: String {
    switch self {
    case .cannotWrite(let path):
      "audit trail \(path): exists already or cannot be written; choose a new file on a disk with room"
    case .cannotSign: "the identity's key cannot sign; make a new identity"
    case .cannotRead(let path): "audit trail \(path): cannot be read; check the path"
    }
  }
}
