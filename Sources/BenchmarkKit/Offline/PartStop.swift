internal import Synchronization

/// Whether the parties of this process go on with the next part of a generation. What the first party to ask learns holds
/// for all, so that nobody waits for one that has stopped.
final class PartStop: Sendable {
  private let interruption: Interruption
  /// The first part that is not made any more.
  private let decided = Mutex<(lastAsked: Int, end: Int?)>((-1, nil))

  init(_ interruption: Interruption) { self.interruption = interruption }

  /// Parties ask before each part, in order of parts.
  func stops(before part: Int) -> Bool {
    decided.withLock { decided in
      if part > decided.lastAsked {
        decided.lastAsked = part
        if interruption.isRequested { decided.end = decided.end ?? part }
      }
      return decided.end.map { part >= $0 } ?? false
    }
  }
}
