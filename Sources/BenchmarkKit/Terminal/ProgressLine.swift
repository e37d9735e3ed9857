internal import Glibc
internal import Synchronization

/// A line on stderr that shows how far a run is and how long it will take; silent unless stderr is a terminal.
public final class ProgressLine: Sendable {
  private let visible: Bool
  private let total: Int
  private let start = ContinuousClock.now
  private let done = Mutex(0)

  /// Creates a line for `total` steps.
  /// - Parameter quiet: never print.
  public init(total: Int, quiet: Bool) {
    self.total = max(1, total)
    visible = !quiet && isatty(STDERR_FILENO) == 1
  }

  /// One more step is done; `text` says what comes next.
  public func advance(_ text: String) {
    let count = done.withLock { count in
      count += 1
      return count
    }
    show(done: count, text)
  }

  /// Shows `text` without progress.
  public func announce(_ text: String) { show(done: done.withLock { $0 }, text) }

  /// Removes the line.
  public func clear() { write("\r\u{1B}[K") }

  private func show(done: Int, _ text: String) {
    guard visible else { return }
    write("\r\u{1B}[K" + Self.line(done: done, total: total, elapsed: ContinuousClock.now - start, text))
  }

  /// The text of the line.
  static func line(done: Int, total: Int, elapsed: Duration, _ text: String) -> String {
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    guard done > 0 else { return "[0/\(total)] \(text)" }
    let left = Int((seconds / Double(done) * Double(max(0, total - done))).rounded(.up))
    let time = left < 60 ? "\(left) s" : "\(left / 60) min \(left % 60) s"
    return "[\(done)/\(total)] \(text), about \(time) left"
  }

  private func write(_ text: String) {
    guard visible else { return }
    let bytes = Array(text.utf8)
    _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
