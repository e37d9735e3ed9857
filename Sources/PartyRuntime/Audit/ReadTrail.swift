internal import Foundation
internal import Transport

/// One trail as read: chain and signatures checked, messages sorted by run.
struct ReadTrail {
  /// Which message of a run: the n-th of a channel, round, kind and peer; links keep the order.
  struct Key: Hashable, CustomStringConvertible {
    var channel: Int, round: Int, kind: Int, peer: Int
    var step: String
    var ordinal = 0
    var description: String {
      "\(step)\(ordinal > 0 ? ", number \(ordinal + 1)," : "") in round \(round) of channel \(channel)"
    }
  }

  struct Entry {
    var digest: String, bytes: Int, line: Int
  }

  /// What happened in one run.
  struct Run {
    var sent: [Key: Entry] = [:]
    var received: [Key: Entry] = [:]
    var counts: [Key: Int] = [:]
    var outcome: String?
  }

  let file: String
  private(set) var findings: [AuditVerification.Finding] = []
  private(set) var summary: AuditVerification.Summary?
  private(set) var runs: [String: Run] = [:]
  private var current: String?
  private var certificate: Certificate?

  init(file: String, text: String, session: SessionFile?) {
    self.file = file
    var previous = AuditLine.firstPrevious
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { continue }
      number += 1
      guard let (entry, signature) = AuditLine.split(line),
        let object = try? JSONSerialization.jsonObject(with: Data(entry.utf8)) as? [String: Any]
      else {
        // The last line of a process that died may be cut; everything before it stands.
        note(number, "is no line of an audit trail")
        break
      }
      guard take(object, number, session) else { break }
      guard let certificate, certificate.verifies(signature, over: AuditLine.message(Array(entry.utf8))) else {
        note(number, "has a wrong signature")
        break
      }
      guard object["number"] as? Int == number - 1, object["previous"] as? String == previous else {
        note(number, "does not follow the line before it: lines were removed, added or moved")
        break
      }
      previous = AuditLine.digest(line)
      summary?.lines = number
    }
    if number == 0 { note(0, "is empty") }
  }

  private mutating func note(_ line: Int, _ what: String) {
    findings.append(AuditVerification.Finding(file: file, line: line, what: what))
  }

  private mutating func take(_ object: [String: Any], _ line: Int, _ session: SessionFile?) -> Bool {
    let event = object["event"] as? String ?? ""
    if line == 1 { return open(object, event, session) }
    if summary?.isClosed == true {
      note(line, "stands after the end of the trail")
      return false
    }
    switch event {
    case "run":
      guard let id = object["id"] as? String, runs[id] == nil else {
        note(line, "begins a run that was there before")
        return false
      }
      runs[id] = Run()
      current = id
      summary?.runs += 1
    case "sent", "received": return message(object, isSent: event == "sent", line)
    case "check": summary?.checks += 1
    case "disclosure": summary?.disclosures += object["values"] as? Int ?? 0
    case "end": if let current { runs[current]?.outcome = object["outcome"] as? String }
    case "close": summary?.isClosed = true
    case "phase": break
    default:
      note(line, "has an unknown event")
      return false
    }
    return true
  }

  private mutating func open(_ object: [String: Any], _ event: String, _ session: SessionFile?) -> Bool {
    guard event == "open", object["schema"] as? Int == 1, let party = object["party"] as? Int,
      let name = object["session"] as? String, let pem = object["certificate"] as? String,
      let shown = try? Certificate(pem: pem, source: file)
    else {
      note(1, "does not begin an audit trail of this format")
      return false
    }
    certificate = shown
    summary = AuditVerification.Summary(file: file, party: party, session: name, fingerprint: shown.fingerprint)
    guard let session else { return true }
    if !session.parties.indices.contains(party) || session.parties[party].fingerprint != shown.fingerprint {
      note(1, "is signed under a certificate that the session does not pin for P\(party)")
    }
    return true
  }

  private mutating func message(_ object: [String: Any], isSent: Bool, _ line: Int) -> Bool {
    guard let current, let channel = object["channel"] as? Int, let round = object["round"] as? Int,
      let kind = object["kind"] as? Int, let peer = object["peer"] as? Int, let step = object["step"] as? String,
      let digest = object["digest"] as? String, let bytes = object["bytes"] as? Int
    else {
      note(line, "is incomplete")
      return false
    }
    var key = Key(channel: channel, round: round, kind: kind, peer: peer, step: step)
    // Sent and received messages are counted apart: no ordinal of one is one of the other.
    var counter = key
    counter.ordinal = isSent ? -1 : -2
    let ordinal = runs[current]?.counts[counter, default: 0] ?? 0
    runs[current]?.counts[counter] = ordinal + 1
    key.ordinal = ordinal
    let entry = Entry(digest: digest, bytes: bytes, line: line)
    if isSent { runs[current]?.sent[key] = entry } else { runs[current]?.received[key] = entry }
    summary?.messages += 1
    return true
  }
}
