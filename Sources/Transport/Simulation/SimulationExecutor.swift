/// A task executor on one thread that picks the next ready job in a prescribed order, with a virtual clock.
///
/// The same order and program give the same order of events. When no job is ready, time jumps to the next timer: waits
/// cost nothing, and a deadlock shows as deadlines that pass. Tasks started with this preference stay on it; `Task {}`
/// without it, Dispatch and real clocks escape the simulation.
public final class SimulationExecutor: TaskExecutor, TransportClock {
  private struct State {
    var ready: [UnownedJob] = []
    var timers = TimerQueue()
    var now: UInt64 = 0
    var choice: Choice
    var trace: UInt64 = 0xCBF2_9CE4_8422_2325
    var steps = 0
    var isWaiting = false
  }

  /// Where the choices among ready jobs come from.
  private enum Choice {
    case random(SplitMix64)
    case explored(ScheduleExplorer)

    mutating func next(_ count: Int) -> Int {
      switch self {
      case .random(var generator):
        let index = Int(generator.below(UInt64(count)))
        self = .random(generator)
        return index
      case .explored(let explorer): return explorer.choose(count)
      }
    }
  }

  private let state: Guarded<State>
  private let alarm = Alarm()

  /// Creates an executor whose order of events follows `seed`.
  public convenience init(seed: UInt64) { self.init(order: .seeded(seed)) }

  /// Creates an executor with a given order of events.
  public init(order: SimulationOrder) {
    let choice: Choice =
      switch order {
      case .seeded(let seed): .random(SplitMix64(seed: seed))
      case .explored(let explorer): .explored(explorer)
      }
    state = Guarded(State(choice: choice))
  }

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
        let index = state.choice.next(state.ready.count)
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
