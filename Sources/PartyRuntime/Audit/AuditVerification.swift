internal import Foundation
public import Transport

/// Checks audit trails: each for itself, then each pair against each other.
public struct AuditVerification: Sendable {
  /// Something that must not be.
  public struct Finding: Hashable, Sendable {
    /// The file.
    public var file: String
    /// The line, from 1; 0: the file as a whole.
    public var line: Int
    /// What is wrong.
    public var what: String
  }

  /// What one trail holds.
  public struct Summary: Hashable, Sendable {
    /// The file.
    public var file: String
    /// The party and the session it took part in.
    public var party: Int, session: String
    /// SHA-256 of the certificate its lines are signed under.
    public var fingerprint: CertificateFingerprint
    /// How many lines, runs, messages, passed checks and disclosed values there are.
    public var lines = 0, runs = 0, messages = 0, checks = 0, disclosures = 0
    /// Whether the last line says that nothing follows; a process that was killed leaves none.
    public var isClosed = false
  }

  /// All that is wrong; empty: nothing.
  public private(set) var findings: [Finding] = []
  /// One entry a readable trail.
  public private(set) var summaries: [Summary] = []
  /// How many messages were found at both ends.
  public private(set) var matched = 0

  /// Reads and checks the trails.
  /// - Parameter session: certificates must be those of this session, if given.
  /// - Throws: `cannotRead`.
  public init(_ paths: [String], session: SessionFile? = nil) throws(AuditError) {
    var trails: [ReadTrail] = []
    for path in paths {
      guard let data = FileManager.default.contents(atPath: path) else { throw .cannotRead(path: path) }
      let trail = ReadTrail(file: path, text: String(decoding: data, as: UTF8.self), session: session)
      findings += trail.findings
      guard let summary = trail.summary else { continue }
      if let twin = trails.first(where: { $0.summary?.party == summary.party }) {
        findings.append(
          Finding(file: path, line: 1, what: "is of P\(summary.party), as \(twin.file); give one trail a party"))
        continue
      }
      if let first = trails.first?.summary, first.session != summary.session {
        findings.append(
          Finding(file: path, line: 1, what: "is of session \(summary.session), the first one of \(first.session)"))
        continue
      }
      summaries.append(summary)
      trails.append(trail)
    }
    for sender in trails { for receiver in trails where receiver.file != sender.file { compare(sender, receiver) } }
  }

  /// What `sender` says it sent the other must be what that one says it received.
  private mutating func compare(_ sender: ReadTrail, _ receiver: ReadTrail) {
    guard let from = sender.summary?.party, let to = receiver.summary?.party else { return }
    for (run, events) in receiver.runs {
      guard let others = sender.runs[run] else {
        if events.received.contains(where: { $0.key.peer == from }) {
          findings.append(
            Finding(
              file: sender.file, line: 0, what: "knows nothing of run \(run.prefix(16)), in which P\(to) heard it"))
        }
        continue
      }
      for (key, got) in events.received where key.peer == from {
        var sentKey = key
        sentKey.peer = to
        guard let gave = others.sent[sentKey] else {
          findings.append(
            Finding(
              file: receiver.file, line: got.line,
              what: "received \(key) from P\(from), which does not say that it sent this"))
          continue
        }
        guard gave.digest == got.digest, gave.bytes == got.bytes else {
          findings.append(
            Finding(
              file: receiver.file, line: got.line,
              what: "received \(key) of \(got.bytes) bytes from P\(from), which says it sent something else "
                + "(\(sender.file), line \(gave.line))"))
          continue
        }
        matched += 1
      }
      // What is under way when a run is aborted need not arrive; when both completed it, everything did.
      guard events.outcome == "completed", others.outcome == "completed" else { continue }
      for (key, gave) in others.sent where key.peer == to {
        var receivedKey = key
        receivedKey.peer = from
        if events.received[receivedKey] == nil {
          findings.append(
            Finding(
              file: sender.file, line: gave.line, what: "sent \(key) to P\(to), which does not say that it received it")
          )
        }
      }
    }
  }
}
