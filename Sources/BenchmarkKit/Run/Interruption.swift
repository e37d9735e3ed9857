internal import Dispatch
internal import Glibc
internal import MPCCore
internal import Synchronization

/// Whether the user wants a run to end: set by the first Ctrl-C (SIGINT) or SIGTERM, or by ``request()``. Parties look at
/// it whenever they send or receive; the second signal ends the process at once.
public final class Interruption: Sendable {
  private let requested = Atomic(false)
  private let sources = Mutex<[any DispatchSourceSignal]>([])

  /// Nothing is requested yet.
  public init() {}

  /// Whether the run should end.
  public var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// Asks the run to end at the next message.
  public func request() { requested.store(true, ordering: .relaxed) }

  /// Takes over SIGINT and SIGTERM of this process until ``stopListening()``.
  /// - Parameter notice: what the user is told at the first one.
  public func listen(
    notice: String = "ending the run; rows written so far are kept (again: end at once)"
  ) {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      sources.withLock { sources in
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { [self] in
          if requested.exchange(true, ordering: .relaxed) { _exit(128 + number) }
          standardError("\ninterrupted: \(notice)\n")
        }
        source.resume()
        sources.append(source)
      }
    }
  }

  /// Gives the signals back.
  public func stopListening() {
    sources.withLock { sources in
      for source in sources { source.cancel() }
      if !sources.isEmpty { for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) } }
      sources = []
    }
  }

  /// - Throws: `cancelled` if the run should end.
  func check(_ step: StepLabel) throws(ProtocolAbort) {
    if isRequested { throw .cancelled(during: step) }
  }

  /// - Throws: ``RunInterrupted`` without a folder if what comes before the first run should end.
  func checkBeforeRuns() throws(RunInterrupted) {
    if isRequested { throw RunInterrupted(folder: nil) }
  }
}

/// A run was ended by the user. Rows that were written are kept, and their manifest says "incomplete".
public struct RunInterrupted: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where the rows are; nil: nothing was measured yet.
  public let folder: String?

  /// What happened and what is left.
  public var description: String {
    guard let folder else { return "interrupted before the first run: nothing was measured; run again" }
    return
      "interrupted: \(folder) holds the rows of finished repeats and a manifest that says incomplete; run again for the rest"
  }
}
