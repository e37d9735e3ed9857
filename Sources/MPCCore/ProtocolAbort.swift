/// Why a protocol ended early. Terminal: a session that threw one repeats it for ever, its keys are gone.
///
/// Three groups. *A party deviated* is thrown if and only if data from another party breaks the protocol; *the world
/// failed* and *we ran out* accuse nobody. No payload ever depends on a secret.
public enum ProtocolAbort: Error, Hashable, Sendable {
  // MARK: A party deviated

  /// The sum of the σ_i of a MAC check over `openings` opened values was not zero. Names nobody: any party can cause it.
  case macCheckFailed(openings: Int)
  /// `from` opened a commitment to a value that does not match it.
  case commitmentMismatch(step: StepLabel, from: PartyID)
  /// The broadcast transcripts of this party and `from` differ: somebody told parties different things.
  case transcriptMismatch(step: StepLabel, from: PartyID)
  /// A range or bit proof of values input by `from` failed.
  case rangeCheckFailed(step: StepLabel, from: PartyID)
  /// A zero-knowledge proof by `from` was rejected.
  case proofRejected(step: StepLabel, from: PartyID)
  /// A batch of preprocessed material failed its check (sacrifice or batch check).
  case sacrificeFailed(step: StepLabel)
  /// Bytes from `from` are not what this step of the protocol allows.
  case malformedMessage(step: StepLabel, from: PartyID, reason: MalformedReason)
  /// `from` ended the session (it saw a deviation, lost a peer, or was stopped).
  case abortedByPeer(PartyID, during: StepLabel)

  // MARK: The world failed

  /// The link to `from` closed.
  case peerLost(from: PartyID, during: StepLabel)
  /// Nothing usable came from `from` before the deadline.
  case timedOut(waitingFor: PartyID, during: StepLabel)
  /// The local caller cancelled the work.
  case cancelled(during: StepLabel)

  /// `with` runs another protocol or other parameters. Accuses nobody; nothing secret has been made yet.
  case configurationMismatch(field: String, mine: String, theirs: String, with: PartyID)

  // MARK: We ran out

  /// The preprocessing source has too little material.
  case preprocessingExhausted(kind: String, needed: Int, left: Int)
  /// A local resource failed (disk, store). `detail` says what and what to do.
  case localFailure(step: StepLabel, detail: String)
}

/// In which way received bytes break the protocol.
public enum MalformedReason: Error, Hashable, Sendable {
  /// The frame does not start with our magic, or has another version.
  case notAFrame
  /// The frame belongs to another session.
  case wrongSession
  /// The frame belongs to another round: a replay, a duplicate, or a message out of order.
  case wrongRound(expected: UInt64, received: UInt64)
  /// The frame claims another sender than the link it came over.
  case wrongSender
  /// The frame holds another message kind than this step expects.
  case wrongKind(expected: UInt16, received: UInt16)
  /// The declared length is not the one this step prescribes.
  case wrongLength(expected: Int, received: Int)
  /// A field element was ≥ p or a value is otherwise not in its one accepted encoding.
  case nonCanonical
  /// More bytes arrived for other channels than are kept.
  case tooMuchUnread(limitBytes: Int)
}

extension ProtocolAbort {
  /// What kind of failure this is; exit codes and reports are chosen by it.
  public enum Group: String, Sendable, Codable {
    /// Another party broke the protocol.
    case cheating
    /// A peer or the network failed.
    case peerLost = "peer-lost"
    /// Local resources ran out or the caller stopped.
    case local
  }

  /// The group this abort belongs to.
  public var group: Group {
    switch self {
    case .macCheckFailed, .commitmentMismatch, .transcriptMismatch, .rangeCheckFailed, .proofRejected, .sacrificeFailed,
      .malformedMessage:
      .cheating
    case .abortedByPeer, .peerLost, .timedOut: .peerLost
    case .cancelled, .configurationMismatch, .preprocessingExhausted, .localFailure: .local
    }
  }
}

extension ProtocolAbort: CustomStringConvertible {
  /// What happened, where, and what to do next, in one line.
  public var description: String {
    switch self {
    case .macCheckFailed(let openings):
      "cheating detected: the MAC check over \(openings) opened values failed; keys and material are destroyed, "
        + "start a new session with new keys"
    case .commitmentMismatch(let step, let party):
      "cheating detected at \(step): \(party) opened a commitment to another value; start a new session"
    case .transcriptMismatch(let step, let party):
      "cheating detected at \(step): \(party) saw other broadcasts than we did; start a new session"
    case .rangeCheckFailed(let step, let party):
      "cheating detected at \(step): an input of \(party) is out of its range; start a new session"
    case .proofRejected(let step, let party):
      "cheating detected at \(step): the proof of \(party) was rejected; start a new session"
    case .sacrificeFailed(let step):
      "cheating detected at \(step): a batch of preprocessed material is wrong; start a new session with new keys"
    case .malformedMessage(let step, let party, let reason):
      "cheating detected at \(step): malformed message from \(party) (\(reason)); start a new session"
    case .abortedByPeer(let party, let step):
      "\(party) aborted the session during \(step); its log says why, start a new session"
    case .peerLost(let party, let step):
      "lost the connection to \(party) during \(step); check that its process is running, then start a new session"
    case .timedOut(let party, let step):
      "nothing came from \(party) during \(step) before the deadline; check the peer and the network, or raise the "
        + "deadline, then start a new session"
    case .configurationMismatch(let field, let mine, let theirs, let party):
      "\(party) runs with another \(field): \(theirs), here \(mine); start all parties with the same configuration"
    case .cancelled(let step): "cancelled during \(step)"
    case .preprocessingExhausted(let kind, let needed, let left):
      "out of preprocessing: \(needed) \(kind) needed, \(left) left; generate more and start again"
    case .localFailure(let step, let detail): "local failure during \(step): \(detail)"
    }
  }
}

extension MalformedReason: CustomStringConvertible {
  /// One phrase.
  public var description: String {
    switch self {
    case .notAFrame: "not a frame of this protocol version"
    case .wrongSession: "frame of another session"
    case .wrongRound(let expected, let received): "frame of round \(received) in round \(expected)"
    case .wrongSender: "frame claims another sender"
    case .wrongKind(let expected, let received): "message kind \(received) where \(expected) is due"
    case .wrongLength(let expected, let received): "length \(received) where \(expected) is due"
    case .nonCanonical: "non-canonical encoding"
    case .tooMuchUnread(let limit): "more than \(limit) bytes sent ahead"
    }
  }
}
