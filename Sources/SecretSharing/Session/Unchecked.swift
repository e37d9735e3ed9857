package import MPCCore

/// A value that was opened and whose MAC has not been checked: it may be anything a cheater wanted.
///
/// It can be used where a uniformly masked opening may be used before its check, as public factor or summand of shares,
/// and read only after the check: `session.verified(value)`. Source: `Papers/MODEL.md`, "What must be checked before what".
public struct Unchecked<Value: Sendable>: Sendable {
  /// The value, for the protocols of this package that are allowed to use it unread.
  package let unverified: Value
  /// How many openings the session had made when this one was recorded.
  package let serial: Int
  package let channel: ChannelID
  package let session: SessionID

  package init(_ value: Value, serial: Int, channel: ChannelID, session: SessionID) {
    unverified = value
    self.serial = serial
    self.channel = channel
    self.session = session
  }

  /// A value computed from this one; it stays unchecked. Not public: the closure reads what nobody may read yet.
  package func map<R: Sendable>(_ transform: (Value) -> R) -> Unchecked<R> {
    Unchecked<R>(transform(unverified), serial: serial, channel: channel, session: session)
  }
}

extension Unchecked: CustomStringConvertible, CustomReflectable {
  /// Shows nothing of the value.
  public var description: String { "(unchecked value)" }
  /// Empty.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Shares that hide their secret behind a mask uniform in F_p, so they may be opened before any check.
///
/// Made from one-use uniform masks only, see ``SharedVector/masked(by:)``.
public struct UniformlyMasked<S: SharingScheme>: Sendable {
  package let shares: SharedVector<S>

  /// The caller vouches that every element contains its own fresh mask, uniform in F_p and used nowhere else.
  package init(_ shares: SharedVector<S>) { self.shares = shares }
}

/// Shares that hide their secret behind a *bounded* mask: opening them is safe only if everything opened before is
/// right, so the opening checks first (`Papers/MODEL.md`, "What must be checked before what", rule 2).
public struct StatisticallyMasked<S: SharingScheme>: Sendable {
  package let shares: SharedVector<S>

  /// The caller vouches that every element contains its own fresh mask, s bits longer than the range of its secret.
  package init(_ shares: SharedVector<S>) { self.shares = shares }
}

extension SharedVector {
  /// x − r for a fresh uniform mask; the mask is spent and its shares come back for the protocol's later steps.
  public func masked(by mask: consuming UniformMask<S>) -> (masked: UniformlyMasked<S>, mask: SharedVector<S>) {
    let r = mask.spend()
    precondition(r.count == count, "one mask a value")
    return (UniformlyMasked(self - r), r)
  }
}
