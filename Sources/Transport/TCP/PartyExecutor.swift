internal import COpenSSLShim
internal import DequeModule
internal import Synchronization

/// The task executor of one party, which is also its event loop: one thread runs the party's jobs and, when none is
/// ready, moves bytes over the party's links.
///
/// A received message wakes its task on the same thread, without a hand-over. With as many cores as parties an idle
/// executor polls for up to 50 µs before it sleeps. While a job runs for more than a millisecond a helper thread moves
/// the bytes instead and tells the peers that this party lives. A party that waits says so too: whoever waits for it
/// learns that the silence begins elsewhere.
public final class PartyExecutor: TaskExecutor {
  private struct State {
    var ready: Deque<UnownedJob> = []
    var isAsleep = false
    /// Something other than a job happened (stop, close, unsent bytes) that the next sleep has to look at first.
    var hasNews = false
    var isStopping = false
    var stopped: [Parking<Void>] = []
    var hasEnded = false
  }

  private let state = Guarded(State())
  private let alarm = Alarm()
  private let helperAlarm = Alarm()
  /// When the present batch of jobs began; 0: none runs.
  private let busySince = Atomic<UInt64>(0)
  private let helperIsParked = Atomic<Bool>(false)
  private let hasEnded = Atomic<Bool>(false)
  private let links: TCPLinks
  private let spins: Bool

  private static let helperPatience: UInt64 = 1_000_000

  init(links: TCPLinks, spins: Bool) {
    self.links = links
    self.spins = spins
    links.wakePoller.withLock { wake in wake = { [weak self] in self?.wake() } }
    startThread(named: "spdz-party") { [self] in run() }
    startThread(named: "spdz-io") { [self] in help() }
  }

  /// Called by the runtime when a task has become ready.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let rings = state.withLock { state in
      precondition(!state.hasEnded, "work was started on the executor of a party that has ended")
      state.ready.append(job)
      defer { state.isAsleep = false }
      return state.isAsleep
    }
    if rings { alarm.ring() }
  }

  private func wake() {
    let rings = state.withLock { state in
      defer { state.isAsleep = false }
      state.hasNews = true
      return state.isAsleep
    }
    if rings { alarm.ring() }
  }

  /// Lets the links drain, then ends both threads. Returns when that is done, about a second at most.
  func stop() async {
    state.withLock { $0.isStopping = true }
    wake()
    await Parking<Void>.park { parking in
      let ended = state.withLock { state in
        if !state.hasEnded { state.stopped.append(parking) }
        return state.hasEnded
      }
      if ended { parking.resume() }
    }
  }

  /// What the links carried, by party; empty before ``stop()``.
  var traffic: [WireTraffic?] { links.traffic }

  /// Closes the links and ends the threads of a party that nobody holds any more.
  func abandon() {
    links.close()
    state.withLock { $0.isStopping = true }
    wake()
  }

  // MARK: The party's thread

  private func run() {
    var idleSince: UInt64 = 0
    var patience = SpinPatience()
    let heartbeatPause = heartbeatPause
    var nextHeartbeat = spdz_monotonic_nanoseconds() &+ heartbeatPause
    while true {
      let ran = runReadyJobs()
      let moved = links.pump()
      if ran || moved {
        if idleSince != 0 { patience.succeeded() }
        idleSince = 0
        continue
      }
      let now = spdz_monotonic_nanoseconds()
      let (isReady, isStopping) = state.withLock { (!$0.ready.isEmpty, $0.isStopping) }
      if isReady { continue }
      if isStopping, links.isDrained(now: now) { break }
      if spins {
        if idleSince == 0 { idleSince = now }
        if now &- idleSince < patience.nanoseconds {
          spdz_yield()
          continue
        }
        patience.failed()
      }
      let sleeps = state.withLock { state in
        state.isAsleep = state.ready.isEmpty && !state.hasNews
        state.hasNews = false
        return state.isAsleep
      }
      guard sleeps else { continue }
      if now >= nextHeartbeat {
        links.endpoint.sendHeartbeat()
        nextHeartbeat = now &+ heartbeatPause
      }
      links.wait(alarm, until: isStopping ? now &+ 20_000_000 : nextHeartbeat)
      state.withLock { $0.isAsleep = false }
      alarm.clear()
      idleSince = 0
    }
    links.release()
    hasEnded.store(true, ordering: .sequentiallyConsistent)
    helperAlarm.ring()
    let waiting = state.withLock { state in
      state.hasEnded = true
      defer { state.stopped = [] }
      return state.stopped
    }
    for parking in waiting { parking.resume() }
  }

  private func runReadyJobs() -> Bool {
    guard let first = state.withLock({ $0.ready.popFirst() }) else { return false }
    busySince.store(spdz_monotonic_nanoseconds(), ordering: .relaxed)
    if helperIsParked.load(ordering: .relaxed), helperIsParked.exchange(false, ordering: .relaxed) {
      helperAlarm.ring()
    }
    var job: UnownedJob? = first
    // A bounded batch, so that a stream of short jobs does not keep the links waiting.
    for _ in 0..<64 {
      guard let next = job else { break }
      unsafe next.runSynchronously(on: asUnownedTaskExecutor())
      job = state.withLock { $0.ready.popFirst() }
    }
    if let left = job { state.withLock { $0.ready.prepend(left) } }
    busySince.store(0, ordering: .relaxed)
    return true
  }

  // MARK: The helper's thread

  /// Four signs of life in the time after which a peer gives up.
  private var heartbeatPause: UInt64 { max(links.endpoint.limits.receiveDeadline.nanoseconds / 4, 1_000_000) }

  private func help() {
    let heartbeatPause = heartbeatPause
    var lastHeartbeat: UInt64 = 0
    var idleTicks = 0
    while !hasEnded.load(ordering: .sequentiallyConsistent) {
      let now = spdz_monotonic_nanoseconds()
      let since = busySince.load(ordering: .relaxed)
      if since == 0 || now &- since < PartyExecutor.helperPatience {
        idleTicks = since == 0 ? idleTicks + 1 : 0
        if idleTicks > 50 {
          helperIsParked.store(true, ordering: .sequentiallyConsistent)
          helperAlarm.wait(until: nil)
          idleTicks = 0
        } else {
          helperAlarm.wait(until: now &+ PartyExecutor.helperPatience)
        }
        continue
      }
      idleTicks = 0
      if now &- since > heartbeatPause, now &- lastHeartbeat > heartbeatPause {
        links.endpoint.sendHeartbeat()
        lastHeartbeat = now
      }
      if !links.pump() { helperAlarm.wait(until: now &+ PartyExecutor.helperPatience / 2) }
    }
  }
}

/// How long an idle executor polls before it sleeps: up to 50 µs, less when polling has not paid.
///
/// When other work leaves both parties one core, polling only keeps the peer from running. Every 64th time the full
/// span is tried again.
private struct SpinPatience {
  private static let longest: UInt64 = 50_000
  private static let shortest: UInt64 = 2_000
  private(set) var nanoseconds = longest
  private var base = longest
  private var failures = 0

  mutating func succeeded() {
    base = min(SpinPatience.longest, max(base, nanoseconds) * 2)
    nanoseconds = base
  }

  mutating func failed() {
    failures += 1
    base = max(SpinPatience.shortest, base / 2)
    nanoseconds = failures % 64 == 0 ? SpinPatience.longest : base
  }
}
