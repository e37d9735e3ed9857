internal import MPCCore
internal import Transport

extension SessionFile {
  /// Checks every value.
  /// - Parameter complete: whether all parties must have been added.
  /// - Throws: the first rule that is broken, with the key concerned.
  public func check(complete: Bool) throws(SessionFileError) {
    func require(_ holds: Bool, _ key: String, _ what: String, _ remedy: String) throws(SessionFileError) {
      if !holds { throw .invalid(key: key, what: what, remedy: remedy) }
    }
    try require(
      !name.isEmpty && name.utf8.count <= 64 && name.utf8.allSatisfy { (0x21...0x7e).contains($0) }, "name",
      "\"\(name)\" is not a name", "use 1 to 64 printable ASCII characters without spaces")
    try require(
      (2...SecurityParameters.maximumPartyCount).contains(partyCount), "n", "\(partyCount) parties",
      "a session has 2 to \(SecurityParameters.maximumPartyCount)")
    try require(
      protocolName == SessionFile.protocolName, "protocol", "\"\(protocolName)\" is not known",
      "use \"\(SessionFile.protocolName)\"")
    try require(["p127", "p61"].contains(field), "p", "\"\(field)\" is not a field", "use \"p127\" or \"p61\"")
    try require((20...80).contains(statisticalSecurity), "s", "\(statisticalSecurity) bits", "use 20 to 80")
    try require(
      !modes.isEmpty && Set(modes).count == modes.count && modes.allSatisfy { ["active", "passive"].contains($0) },
      "modes", "\(modes)", "use \"active\", \"passive\" or both, each once")
    try require(
      program.utf8.count == 64 && program.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) },
      "program", "\"\(program)\" is not a SHA-256", "make the file with 'spdz-bench session init --program FILE'")
    for (key, value, range) in [
      ("connect", deadlines.connect, 0.1...86_400), ("handshake", deadlines.handshake, 0.1...3_600),
      ("silence", deadlines.silence, 0.1...86_400), ("step", deadlines.step, 0.1...604_800),
      ("total", deadlines.total, 0...31_536_000),
    ] {
      try require(range.contains(value), "deadlines.\(key)", "\(value) seconds", "use \(range) seconds")
    }
    try require(
      deadlines.step >= deadlines.silence, "deadlines.step", "\(deadlines.step) s, less than the silence deadline",
      "a step waits at least as long as for a sign of life")
    try checkParties(complete: complete)
  }

  private func checkParties(complete: Bool) throws(SessionFileError) {
    guard parties.count <= partyCount else { throw .full(parties: partyCount) }
    var seen = SessionFile(
      name: name, partyCount: partyCount, field: field, statisticalSecurity: statisticalSecurity, modes: modes,
      program: program)
    for (index, party) in parties.enumerated() {
      guard !party.name.isEmpty, party.name.utf8.count <= 64,
        party.name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
      else {
        throw .invalid(key: "parties[\(index)].name", what: "\"\(party.name)\"", remedy: "use 1 to 64 bytes of text")
      }
      guard party.address.port != 0 else {
        throw .invalid(key: "parties[\(index)].address", what: "port 0", remedy: "give the port the others connect to")
      }
      try seen.add(party)
    }
    guard !complete || parties.count == partyCount else {
      throw .incomplete(added: parties.count, needed: partyCount)
    }
  }
}

/// Why a session file cannot be used.
public enum SessionFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file cannot be read or written.
  case file(path: String, reason: String)
  /// The file is not JSON of this form.
  case malformed(path: String, what: String)
  /// A value breaks a rule.
  case invalid(key: String, what: String, remedy: String)
  /// A value that must be unique occurs twice.
  case repeated(String, party: Int)
  /// All parties have been added.
  case full(parties: Int)
  /// Parties are missing.
  case incomplete(added: Int, needed: Int)
  /// A file with this name exists.
  case exists(path: String)
  /// Our own certificate is not the one of this party in the file.
  case notOurCertificate(party: Int, pinned: String, ours: String)
  /// No party of the session has the certificate that is to be replaced.
  case notPinned(String)
  /// The party number is not one of the session.
  case noSuchParty(Int, parties: Int)
  /// The experiment is not the one of the session.
  case otherProgram(field: String, session: String, experiment: String)

  /// What happened, where, what to do.
  public var description: String {
    switch self {
    case .file(let path, let reason): "session file \(path): \(reason); check the path and its permissions"
    case .malformed(let path, let what):
      "session file \(path): \(what); correct it or make a new one with 'spdz-bench session init'"
    case .invalid(let key, let what, let remedy): "session file: \(key): \(what); \(remedy)"
    case .repeated(let what, let party):
      "session file: \(what) is that of P\(party) already; every party has its own name, address and certificate"
    case .full(let parties): "session file: all \(parties) parties are there; use a session with more parties"
    case .incomplete(let added, let needed):
      "session file: \(added) of \(needed) parties; add the others with 'spdz-bench session add'"
    case .exists(let path): "\(path) exists; choose another name or remove it"
    case .notOurCertificate(let party, let pinned, let ours):
      "the session pins certificate \(pinned) for P\(party), ours is \(ours); if it was rotated, give the new one to all "
        + "parties, otherwise check --id and --identity"
    case .notPinned(let fingerprint):
      "session file: no party has the certificate \(fingerprint) that is replaced; check that this is the session, or that "
        + "the rotation has not been taken over already"
    case .noSuchParty(let id, let parties): "the session has no party \(id); use 0 to \(parties - 1)"
    case .otherProgram(let field, let session, let experiment):
      "the session is for another experiment: \(field) is \(session) there, \(experiment) here; use the file and options "
        + "the parties agreed on, or make a new session"
    }
  }
}
