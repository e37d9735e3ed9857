internal import Glibc
internal import Preprocessing
internal import Synchronization

/// Progress of a generation on stderr, with the time left: a line that is rewritten on terminals, one every ten seconds
/// elsewhere.
final class GenerationLine: Sendable {
  private struct State {
    var activity = ""
    var firstDone = 0
    var started: UInt64 = 0
    var shown: UInt64 = 0
  }

  private let quiet: Bool
  private let isTerminal: Bool
  private let state = Mutex(State())

  init(quiet: Bool) {
    self.quiet = quiet
    isTerminal = isatty(STDERR_FILENO) == 1
  }

  /// Shows where a generation stands, not too often.
  func show(_ progress: GenerationProgress) {
    guard !quiet else { return }
    let now = PartyClock.wall()
    let text: String? = state.withLock { state in
      if state.activity != progress.activity || progress.done < state.firstDone {
        state = State(activity: progress.activity, firstDone: progress.done, started: now, shown: state.shown)
      }
      guard now - state.shown > (isTerminal ? 200_000_000 : 10_000_000_000) else { return nil }
      if state.shown == 0 && !isTerminal {
        state.shown = now
        return nil
      }
      state.shown = now
      return Self.text(progress, since: state.firstDone, seconds: Double(now - state.started) / 1e9)
    }
    if let text { standardError(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n") }
  }

  /// Says what is done now.
  func announce(_ text: String) {
    if !quiet && isTerminal { standardError("\r\u{1B}[K\(text)") }
  }

  /// Removes the line.
  func clear() {
    if !quiet && isTerminal { standardError("\r\u{1B}[K") }
  }

  static func text(_ progress: GenerationProgress, since first: Int, seconds: Double) -> String {
    let start = "\(progress.activity): \(progress.done) of \(progress.total)"
    guard progress.done > first, progress.done < progress.total else { return start }
    let left = seconds / Double(progress.done - first) * Double(progress.total - progress.done)
    let whole = Int(min(left.rounded(.up), 1e9))
    return start + ", about \(whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s") left"
  }
}
