public import MPCCore
internal import Synchronization

/// One gate per MAC key. Whatever must not overlap a MAC check passes through it, one at a time: the checks themselves,
/// commitment openings, statistically masked openings and outputs of *all* channels of a session.
///
/// Two overlapping checks under one α let a cheater read α from the first one's σ and forge in the second, before the
/// abort spreads [RS25]. So a check keeps the gate from its commitments to its *verdict*; a failing check never opens
/// it again: `close` refuses all who wait and all who come later.
public final class CheckGate: Sendable {
  private struct State {
    var isBusy = false
    var closed: ProtocolAbort?
    var waiting: [CheckedContinuation<Bool, Never>] = []
  }

  private let state = Mutex(State())

  /// An open gate.
  public init() {}

  /// Whether the session died.
  public var isClosed: Bool { closedBecause != nil }

  /// The abort that killed the session.
  public var closedBecause: ProtocolAbort? { state.withLock { $0.closed } }

  /// Waits until nobody else is inside, in order of arrival.
  /// - Returns: false if the gate was closed instead; then nothing may be sent.
  package func enter() async -> Bool {
    await withCheckedContinuation { continuation in
      let answer: Bool? = state.withLock { state in
        if state.closed != nil { return false }
        if !state.isBusy || !SecurityCheck.oneMACCheckAtATime.isKept {
          state.isBusy = true
          return true
        }
        state.waiting.append(continuation)
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// Lets the next one in. Called only after a verdict.
  package func leave() {
    let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
      precondition(
        state.isBusy || state.closed != nil || !SecurityCheck.oneMACCheckAtATime.isKept
          || !SecurityCheck.verdictInsideGate.isKept, "leave follows enter")
      if state.closed != nil || state.waiting.isEmpty {
        state.isBusy = false
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume(returning: true)
  }

  /// Closes for ever; the first reason stays.
  package func close(because reason: ProtocolAbort) {
    let refused: [CheckedContinuation<Bool, Never>] = state.withLock { state in
      state.closed = state.closed ?? reason
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in refused { continuation.resume(returning: false) }
  }
}
