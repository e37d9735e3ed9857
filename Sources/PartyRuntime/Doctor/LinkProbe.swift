internal import Cryptography
internal import MPCCore
internal import Transport

/// What one party measured of its link to another.
public struct LinkMeasurement: Hashable, Sendable {
  /// The other party.
  public var peer: Int
  /// Shortest of several round trips, in seconds.
  public var roundTrip: Double
  /// Their clock minus ours, in seconds; known to half a round trip.
  public var clockOffset: Double
  /// Bits per second of one transfer towards the peer, its round trip taken off; short transfers understate fast links.
  public var bitsPerSecond: Double
  /// What the peer says of its machine: memory and disk in bytes, processors.
  public var availableMemory: UInt64, freeDisk: UInt64, processors: Int
  /// "portable", "avx2" or "ifma".
  public var vectorLevel: String
}

/// Measures all links of a session, pair by pair, so that transfers do not disturb each other.
struct LinkProbe: Sendable {
  static let levels = ["portable", "avx2", "ifma"]

  var facts: MachineFacts
  /// Monotonic time and time since 1970, in nanoseconds.
  var clock: @Sendable () -> (monotonic: UInt64, unix: Int64)
  var pings = 5
  var ballastByteCount = 1 << 20

  /// Runs the probe; all parties do so at once.
  /// - Returns: one entry a peer, in party order.
  func run<C: Channel>(over channel: C) async throws(ProtocolAbort) -> [LinkMeasurement] {
    let all = try await channel.exchange(facts)
    let ballast = Ballast(PRG(seed: [UInt8](repeating: 7, count: 32)).bytes(ballastByteCount))
    var results: [LinkMeasurement] = []
    for first in channel.parties {
      for second in channel.parties where second != first {
        let isMine = channel.me == first
        var best: (trip: UInt64, offset: Double)?
        for _ in 0..<pings {
          channel.beginRound()
          let start = clock()
          if isMine { try channel.send(ClockReading(start.unix), to: second) }
          if channel.me == second {
            _ = try await channel.receive(ClockReading.self, shape: MachineFacts.Fixed(), from: first)
          }
          channel.beginRound()
          if channel.me == second { try channel.send(ClockReading(clock().unix), to: first) }
          guard isMine else { continue }
          let theirs = try await channel.receive(ClockReading.self, shape: MachineFacts.Fixed(), from: second)
          let trip = clock().monotonic - start.monotonic
          let offset = Double(theirs.nanoseconds - start.unix) - Double(trip) / 2
          if trip < best?.trip ?? .max { best = (trip, offset) }
        }
        channel.beginRound()
        let start = clock().monotonic
        if isMine { try channel.send(ballast, to: second) }
        if channel.me == second {
          _ = try await channel.receive(Ballast.self, shape: ballastByteCount, from: first)
        }
        channel.beginRound()
        if channel.me == second { try channel.send(ClockReading(clock().unix), to: first) }
        guard isMine else { continue }
        _ = try await channel.receive(ClockReading.self, shape: MachineFacts.Fixed(), from: second)
        let whole = clock().monotonic - start
        let trip = best?.trip ?? 0
        let transfer = max(1, Double(whole) - Double(min(trip, whole)))
        let theirs = all[second.index]
        results.append(
          LinkMeasurement(
            peer: second.index, roundTrip: Double(trip) * 1e-9, clockOffset: (best?.offset ?? 0) * 1e-9,
            bitsPerSecond: Double(8 * ballastByteCount) / (transfer * 1e-9), availableMemory: theirs.availableMemory,
            freeDisk: theirs.freeDisk, processors: Int(theirs.processors),
            vectorLevel: Self.levels[Int(theirs.vectorLevel)]))
      }
    }
    return results
  }
}

extension RealParty {
  /// Connects to all parties, negotiates, and measures every link; see ``LinkMeasurement``. All parties do this at once.
  /// - Parameters:
  ///   - availableMemory: of this machine, in bytes; told to the others.
  ///   - freeDisk: likewise.
  ///   - vectorLevel: "portable", "avx2" or "ifma".
  ///   - idle: how long the links then lie idle, carrying heartbeats alone, before a last exchange shows that they still
  ///     work; for routers that forget quiet connections. The same at all parties, or the shortest waits for the longest.
  ///   - clock: monotonic time and time since 1970, in nanoseconds.
  /// - Throws: ``PartyError`` if links do not come up, `ProtocolAbort` for what happens afterwards.
  public func probeLinks(
    availableMemory: UInt64, freeDisk: UInt64, processors: Int, vectorLevel: String, idle: Duration = .zero,
    clock: @escaping @Sendable () -> (monotonic: UInt64, unix: Int64)
  ) async throws -> [LinkMeasurement] {
    let facts = MachineFacts(
      availableMemory: availableMemory, freeDisk: freeDisk, processors: UInt32(clamping: processors),
      vectorLevel: UInt32(LinkProbe.levels.firstIndex(of: vectorLevel) ?? 0))
    let probe = LinkProbe(facts: facts, clock: clock)
    return try await run("doctor") { (channel) async throws(ProtocolAbort) -> [LinkMeasurement] in
      let links = try await probe.run(over: channel)
      guard idle > .zero else { return links }
      do { try await Task.sleep(for: idle) } catch { throw .cancelled(during: StepLabel("Idle", 1)) }
      _ = try await channel.exchange(facts)
      return links
    }.result.get()
  }
}
