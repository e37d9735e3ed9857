/// A task executor on one thread that picks the next ready job by a seed, with a virtual clock.
///
/// The same seed and program give the same order of events. When no job is ready, time jumps to the next timer: waits
/// cost nothing, and a deadlock shows as deadlines that pass. Tasks started with this preference stay on it; `Task {}`
/// without it, Dispatch and real clocks escape the simulation.
public final class SimulationExecutor: TaskExecutor, TransportClock {
  private struct State {
    var ready: [UnownedJob] = []
    var timers = TimerQueue()
    var now: UInt64 = 0
    var random: SplitMix64
    var trace: UInt64 = 0xCBF2_9CE4_8422_2325
    var steps = 0
    var isWaiting = false
  }

  private let state: Guarded<State>
  private let alarm = Alarm()

  /// Creates an executor whose order of events follows `seed`.
  public init(seed: UInt64) { state = Guarded(State(random: SplitMix64(seed: seed))) }

  /// Called by the runtime when a task has become ready.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let wake = state.withLock { state in
      state.ready.append(job)
      return state.isWaiting
    }
    if wake { alarm.ring() }
  }

  /// Virtual time in nanoseconds, from 0.
  public func now() -> UInt64 { state.withLock { $0.now } }

  /// Runs `action` at virtual `time`, on the simulation's thread.
  public func schedule(at time: UInt64, _ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.timers.insert(at: max(time, $0.now), action) }
  }

  /// How many jobs and timers have run.
  public var stepCount: Int { state.withLock { $0.steps } }

  /// A fingerprint of the order of events: equal in two runs that went alike.
  public var trace: UInt64 { state.withLock { $0.trace } }

  private enum Step {
    case job(UnownedJob)
    case timer(@Sendable () -> Void)
    case nothing
  }

  private func next() -> Step {
    state.withLock { state in
      if !state.ready.isEmpty {
        let index = Int(state.random.below(UInt64(state.ready.count)))
        record(UInt64(index) << 32 | UInt64(state.ready.count), &state)
        return .job(state.ready.remove(at: index))
      }
      guard let entry = state.timers.removeEarliest() else {
        state.isWaiting = true
        return .nothing
      }
      state.now = max(state.now, entry.time)
      record(entry.time, &state)
      return .timer(entry.action)
    }
  }

  private func record(_ event: UInt64, _ state: inout State) {
    state.trace = (state.trace ^ event) &* 0x0000_0100_0000_01B3
    state.steps += 1
  }

  /// Runs jobs and timers on the calling thread until `isDone`.
  /// - Returns: `false` when nothing is left to run although it is not done: something waits outside the simulation.
  func run(until isDone: () -> Bool) -> Bool {
    while !isDone() {
      switch next() {
      case .job(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
      case .timer(let action): action()
      case .nothing:
        // A job may be on its way from a thread outside; a simulated program never needs this.
        alarm.wait(until: RealTimeClock.shared.now() &+ 1_000_000_000)
        let isStuck = state.withLock { state in
          state.isWaiting = false
          return state.ready.isEmpty && state.timers.earliest == nil
        }
        if isStuck { return false }
      }
    }
    return true
  }
}
