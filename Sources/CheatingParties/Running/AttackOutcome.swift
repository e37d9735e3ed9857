public import MPCCore

/// How a run with cheaters ended.
public struct AttackOutcome<R: Sendable>: Sendable {
  /// How one party ended.
  public struct Party: Sendable {
    /// Which one.
    public let id: PartyID
    /// What its program returned, or why it ended.
    public let result: Result<R, ProtocolAbort>
    /// What it sent.
    public let log: MessageLog
    /// Whether its MAC key share is gone.
    public let keyDestroyed: Bool
    /// After an abort: whether the session repeats it when it is used again, and sends nothing more.
    public let repeatsAbort: Bool
    /// After an abort: whether every peer got exactly one abort frame and nothing after it; `nil` where frames are not
    /// counted.
    public let abortsOnce: Bool?
  }

  /// All parties, in order.
  public let parties: [Party]
  /// Those with an attack plan.
  public let cheaters: Set<PartyID>

  /// The honest parties, in order.
  public var honestParties: [Party] { parties.filter { !cheaters.contains($0.id) } }

  /// What the honest parties returned, or why they ended, in party order.
  public var honest: [Result<R, ProtocolAbort>] { honestParties.map(\.result) }

  /// The aborts of the honest parties, in party order; `nil` for one that finished.
  public var aborts: [ProtocolAbort?] {
    honest.map { result in
      if case .failure(let abort) = result { abort } else { nil }
    }
  }

  /// What the honest programs returned: empty when nothing got out.
  public var revealed: [R] { honest.compactMap { try? $0.get() } }

  /// How many messages of a type the honest parties sent.
  public func honestlySent<M: Message>(_ type: M.Type, on channel: ChannelID? = nil) -> Int {
    honestParties.reduce(0) { $0 + $1.log.count(type, on: channel) }
  }

  /// How many messages honest parties sent after they had ended the session; control frames not counted.
  public var sentAfterAbort: Int { honestParties.reduce(0) { $0 + $1.log.sentAfterAbort } }

  /// Whether the MAC key share of every honest party that aborted is gone; `nil` if none aborted.
  public var keysDestroyed: Bool? {
    let ended = zip(honestParties, aborts).filter { $0.1 != nil }
    return ended.isEmpty ? nil : ended.allSatisfy(\.0.keyDestroyed)
  }

  /// Whether every honest party that aborted wiped its key, repeats its abort, and sent one abort frame and nothing more.
  public var honestAbortsAreClean: Bool {
    zip(honestParties, aborts).allSatisfy { party, abort in
      abort == nil
        || (party.keyDestroyed && party.repeatsAbort && party.log.sentAfterAbort == 0 && party.abortsOnce != false)
    }
  }
}
