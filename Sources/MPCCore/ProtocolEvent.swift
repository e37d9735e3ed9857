/// What a protocol tells its channel besides messages, for audit trails. Never a share, a value or anything that depends
/// on one.
public enum ProtocolEvent: Sendable, Hashable {
  /// A part of the program begins.
  case phase(String)
  /// A check of `count` items passed. Failed ones end the session with an abort instead.
  case checkPassed(StepLabel, count: Int)
  /// `count` values became known to a party, or to all.
  case disclosed(StepLabel, count: Int, to: PartyID?)
}
