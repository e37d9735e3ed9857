/// Which of several ready jobs a simulation runs next.
public enum SimulationOrder: Sendable {
  /// Decided by a seed: the same seed gives the same order.
  case seeded(UInt64)
  /// Prescribed by an explorer, which goes through all of them.
  case explored(ScheduleExplorer)

  var description: String {
    switch self {
    case .seeded(let seed): "seed \(seed)"
    case .explored(let explorer): "schedule \(explorer.schedule)"
    }
  }
}

/// Goes through *all* orders of a simulation's events, depth first.
///
/// ```swift
/// let explorer = ScheduleExplorer(depth: 12)
/// repeat {
///   let report = runSimulated(partyCount: 2, order: .explored(explorer)) { channel in … }
///   #expect(…, "schedule \(explorer.schedule)")
/// } while explorer.advance()
/// ```
/// A choice is a moment at which several jobs are ready. Of `depth` choices, from number `start` on, every alternative is
/// tried; before and behind them the job that became ready first runs. The program must behave alike in equal orders, as
/// simulated programs do. One simulation at a time.
public final class ScheduleExplorer: Sendable {
  private struct Choice {
    var taken: Int
    let alternatives: Int
  }

  private struct State {
    var choices: [Choice] = []
    /// Choices met in this run, and in the one before.
    var met = 0
    var metBefore = 0
    var runs = 1
  }

  /// The first choice whose alternatives are tried.
  public let start: Int
  /// How many choices are explored.
  public let depth: Int
  private let state: Guarded<State>

  /// Starts with the order in which the first ready job always runs.
  public init(from start: Int = 0, depth: Int) {
    precondition(start >= 0 && depth >= 0, "counts")
    self.start = start
    self.depth = depth
    state = Guarded(State())
  }

  /// Starts with a schedule, to repeat one run of an exploration with the same `start`.
  public init(repeating schedule: [Int], from start: Int = 0) {
    self.start = start
    depth = schedule.count
    state = Guarded(State(choices: schedule.map { Choice(taken: $0, alternatives: 0) }))
  }

  /// What the explored choices of the last run were: which of the ready jobs ran.
  public var schedule: [Int] { state.withLock { $0.choices.map(\.taken) } }

  /// How many orders have been run, the current one included.
  public var runCount: Int { state.withLock { $0.runs } }

  /// How many choices the last run met in all.
  public var choiceCount: Int { state.withLock { $0.met > 0 ? $0.met : $0.metBefore } }

  /// Turns to the next order.
  /// - Returns: `false` when all have been run.
  public func advance() -> Bool {
    state.withLock { state in
      (state.metBefore, state.met) = (state.met, 0)
      while let last = state.choices.last {
        if last.taken + 1 < last.alternatives {
          state.choices[state.choices.count - 1].taken += 1
          state.runs += 1
          return true
        }
        state.choices.removeLast()
      }
      return false
    }
  }

  /// Which of `count` ready jobs runs.
  func choose(_ count: Int) -> Int {
    guard count > 1 else { return 0 }
    return state.withLock { state in
      let index = state.met - start
      state.met += 1
      guard index >= 0, index < depth else { return 0 }
      if index == state.choices.count { state.choices.append(Choice(taken: 0, alternatives: count)) }
      return min(state.choices[index].taken, count - 1)
    }
  }
}
