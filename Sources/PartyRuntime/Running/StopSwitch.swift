internal import Dispatch
internal import Glibc
internal import Synchronization

/// An orderly stop: who is running is told to end, and ends its session with an abort frame.
public final class StopSwitch: Sendable {
  private struct State {
    var isRequested = false
    var next = 0
    var actions: [Int: @Sendable () -> Void] = [:]
    var sources: [SignalSource] = []
  }

  /// Sendable: dispatch objects may be used from any thread; this one is only kept alive.
  private final class SignalSource: @unchecked Sendable {
    private let source: any DispatchSourceSignal
    init(source: any DispatchSourceSignal) { self.source = source }
  }

  private let state = Mutex(State())

  /// Creates one that nobody has requested.
  public init() {}

  /// Whether a stop was asked for.
  public var isRequested: Bool { state.withLock { $0.isRequested } }

  /// Asks for a stop; the registered actions run once, on the caller's thread.
  /// - Returns: how many there were.
  @discardableResult
  public func request() -> Int {
    let actions = state.withLock { state in
      state.isRequested = true
      defer { state.actions = [:] }
      return state.actions.sorted { $0.key < $1.key }.map(\.value)
    }
    for action in actions { action() }
    return actions.count
  }

  /// What to do when a stop is asked for; at once if that has happened.
  /// - Returns: a number for ``unregister(_:)``.
  public func register(_ action: @escaping @Sendable () -> Void) -> Int {
    let (number, isLate) = state.withLock { state in
      state.next += 1
      if !state.isRequested { state.actions[state.next] = action }
      return (state.next, state.isRequested)
    }
    if isLate { action() }
    return number
  }

  /// Takes back an action.
  public func unregister(_ number: Int) { state.withLock { $0.actions[number] = nil } }

  /// Requests the stop when SIGTERM or SIGINT comes. For programs: it changes how the process handles these signals.
  /// - Parameters:
  ///   - grace: how long the process may take to end by itself.
  ///   - exit: what ends it otherwise, and at once when nothing is running: nobody has to be told then.
  public func installSignals(grace: Duration, exit: @escaping @Sendable () -> Void) {
    for number in [SIGTERM, SIGINT] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        if request() == 0 { exit() }
        let seconds = Double(grace.components.seconds) + Double(grace.components.attoseconds) * 1e-18
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { exit() }
      }
      source.resume()
      let kept = SignalSource(source: source)
      state.withLock { $0.sources.append(kept) }
    }
  }
}
