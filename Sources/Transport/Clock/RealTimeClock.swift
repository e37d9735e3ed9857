internal import COpenSSLShim

/// The machine's monotonic clock with one timer thread for the whole process, started at first use.
package final class RealTimeClock: TransportClock {
  /// The one instance.
  package static let shared = RealTimeClock()

  private struct State {
    var timers = TimerQueue()
    var started = false
  }

  private let state = Guarded(State())
  private let alarm = Alarm()

  private init() {}

  /// Monotonic time in nanoseconds.
  package func now() -> UInt64 { spdz_monotonic_nanoseconds() }

  /// Runs `action` on the timer thread; it must be short.
  package func schedule(at time: UInt64, _ action: @escaping @Sendable () -> Void) {
    let (start, wake) = state.withLock { state in
      let earliest = state.timers.earliest
      state.timers.insert(at: time, action)
      defer { state.started = true }
      return (!state.started, earliest.map { time < $0 } ?? true)
    }
    if start { startThread(named: "spdz-timer") { [self] in run() } }
    if wake { alarm.ring() }
  }

  private func run() {
    spdz_exact_timers()
    while true {
      let (due, next) = state.withLock { state -> ((@Sendable () -> Void)?, UInt64?) in
        guard let earliest = state.timers.earliest else { return (nil, nil) }
        return earliest <= now() ? (state.timers.removeEarliest()?.action, nil) : (nil, earliest)
      }
      if let due {
        due()
      } else {
        alarm.wait(until: next)
      }
    }
  }
}

/// A wake-up call that is kept when nobody waits: an eventfd.
final class Alarm: Sendable {
  /// The descriptor becomes readable when the alarm rings.
  let descriptor: Int32

  init() {
    descriptor = spdz_event_create()
    precondition(descriptor >= 0, "the process has no file descriptor left for an eventfd; raise its limit (ulimit -n)")
  }

  deinit { spdz_close(descriptor) }

  /// Wakes the present or next waiter.
  func ring() { spdz_event_signal(descriptor) }

  /// Takes back a ring.
  func clear() { spdz_event_clear(descriptor) }

  /// Waits for a ring, at most until `time` on the monotonic clock.
  func wait(until time: UInt64?) {
    spdz_event_wait(descriptor, time ?? UInt64.max)
    clear()
  }
}

/// Starts a detached thread. Ends the process when the system refuses one.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
  let box = unsafe Unmanaged.passRetained(ThreadBody(run: body)).toOpaque()
  let status = unsafe spdz_thread_start(
    name,
    { context in
      guard let context = unsafe context else { return }
      unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
    }, box)
  precondition(status == 1, "the system refused to start a thread; raise the process limits (ulimit -u)")
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(run: @escaping @Sendable () -> Void) { self.run = run }
}
