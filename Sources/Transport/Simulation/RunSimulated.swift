internal import MPCCore

/// A finished simulation.
public struct SimulationReport<R: Sendable>: Sendable {
  /// Results, accounting and digests.
  public var run: RunReport<R>
  /// Virtual time at the end.
  public var elapsed: Duration
  /// How many jobs and timers ran.
  public var stepCount: Int
  /// A fingerprint of the order of events.
  public var trace: UInt64
  /// With faults: every frame that was sent, and what became of it.
  public var events: [SimulatedEvent]
}

/// Runs all parties of a session under a seeded single-thread executor with a virtual clock, on the calling thread.
///
/// Deadlines, emulated links and waiting are in virtual time. The same seed, options and program give the same report.
/// - Parameters:
///   - seed: decides which of several ready jobs runs next.
///   - faults: what goes wrong in the network.
///   - body: the program of a party; it must not start tasks outside the simulation.
public func runSimulated<R: Sendable>(
  partyCount: Int, seed: UInt64, options: RunOptions = RunOptions(), faults: SimulatedFaults? = nil,
  _ body: @escaping PartyBody<R>
) -> SimulationReport<R> {
  runSimulated(partyCount: partyCount, order: .seeded(seed), options: options, faults: faults, body)
}

/// Runs all parties of a session as ``runSimulated(partyCount:seed:options:faults:_:)``, in an order by seed or by an
/// explorer of all orders.
public func runSimulated<R: Sendable>(
  partyCount: Int, order: SimulationOrder, options: RunOptions = RunOptions(), faults: SimulatedFaults? = nil,
  _ body: @escaping PartyBody<R>
) -> SimulationReport<R> {
  let executor = SimulationExecutor(order: order)
  let injector = faults.map { FaultInjector($0, clock: executor) }
  let network = InProcessNetwork(partyCount: partyCount, options: options, clock: executor, faults: injector)
  injector?.attach(network)
  defer { injector?.detach() }
  let reports = Reports<R>(count: partyCount)
  for index in 0..<partyCount {
    let channel = network.channel(of: PartyID(index))
    Task(executorPreference: executor) {
      let report = await runParty(channel, body)
      reports.set(index, report)
    }
  }
  let finished = executor.run { reports.all != nil }
  guard finished, let parties = reports.all else {
    preconditionFailure("simulation with \(order.description): a party waits for something outside the simulation")
  }
  return SimulationReport(
    run: RunReport(parties), elapsed: .nanoseconds(executor.now()), stepCount: executor.stepCount,
    trace: executor.trace, events: injector?.events ?? [])
}

/// Collects the reports of the parties.
private final class Reports<R: Sendable>: Sendable {
  private let slots: Guarded<[PartyReport<R>?]>

  init(count: Int) { slots = Guarded([PartyReport<R>?](repeating: nil, count: count)) }

  func set(_ index: Int, _ report: PartyReport<R>) { slots.withLock { $0[index] = report } }

  /// All reports, once there.
  var all: [PartyReport<R>]? {
    slots.withLock { slots in
      let present = slots.compactMap { $0 }
      return present.count == slots.count ? present : nil
    }
  }
}
