internal import MPCCore
internal import Synchronization
internal import Transport

/// A channel that tells how much of the time, the rounds and the traffic belongs to MAC checks.
///
/// Protocols know no clock; this wrapper sees their messages. A check lasts from its first coin commitment to the last
/// message of its σ openings; the local work between them is part of it.
final class MeasuringChannel: Channel {
  /// Time and rounds inside checks.
  struct CheckTime: Sendable, Equatable {
    var wallNanoseconds: UInt64 = 0
    var cpuNanoseconds: UInt64 = 0
    var rounds = 0

    static func - (left: CheckTime, right: CheckTime) -> CheckTime {
      CheckTime(
        wallNanoseconds: left.wallNanoseconds - right.wallNanoseconds,
        cpuNanoseconds: left.cpuNanoseconds - right.cpuNanoseconds, rounds: left.rounds - right.rounds)
    }
  }

  private struct State {
    var check = CheckTime()
    var started: (wall: UInt64, cpu: UInt64)?
    var lastRound: UInt64 = 0
  }

  /// Sub-protocols that count as checks.
  static let checkProtocols: Set<String> = ["CoinToss", "MACCheck", "CheckGate", "Broadcast"]

  let base: WireChannel
  /// How many parties share the processor time of this process.
  let partiesInProcess: Int
  private let state = Mutex(State())

  private let interruption: Interruption?

  /// - Parameter interruption: looked at before every message.
  init(_ base: WireChannel, partiesInProcess: Int? = nil, interruption: Interruption? = nil) {
    self.base = base
    self.partiesInProcess = partiesInProcess ?? base.partyCount
    self.interruption = interruption
  }

  var me: PartyID { base.me }
  var partyCount: Int { base.partyCount }
  var sessionID: SessionID { base.sessionID }
  var channelID: ChannelID { base.channelID }
  var round: UInt64 { base.round }

  /// Time and rounds of checks so far.
  var checkTime: CheckTime { state.withLock { $0.check } }

  private static func isCheck(_ step: StepLabel) -> Bool { checkProtocols.contains("\(step.protocolName)") }

  private func note(_ step: StepLabel) {
    let isCheck = Self.isCheck(step)
    let (round, wall, cpu) = (base.round, PartyClock.wall(), PartyClock.processCPU())
    state.withLock { state in
      guard isCheck else {
        state.started = nil
        return
      }
      if let started = state.started {
        state.check.wallNanoseconds += wall - started.wall
        state.check.cpuNanoseconds += cpu - started.cpu
      }
      state.started = (wall, cpu)
      if round != state.lastRound {
        state.check.rounds += 1
        state.lastRound = round
      }
    }
  }

  func beginRound() { base.beginRound() }

  func send<M: Message>(_ message: M, to peer: PartyID) throws(ProtocolAbort) {
    try interruption?.check(M.step)
    note(M.step)
    try base.send(message, to: peer)
  }

  func receive<M: Message>(_ type: M.Type, shape: M.Shape, from peer: PartyID) async throws(ProtocolAbort) -> M {
    try interruption?.check(M.step)
    let message = try await base.receive(type, shape: shape, from: peer)
    note(M.step)
    return message
  }

  func broadcast<M: Message>(_ message: M) throws(ProtocolAbort) {
    try interruption?.check(M.step)
    note(M.step)
    try base.broadcast(message)
  }

  func receiveBroadcast<M: Message>(_ type: M.Type, shape: M.Shape, from peer: PartyID) async throws(ProtocolAbort) -> M
  {
    try interruption?.check(M.step)
    let message = try await base.receiveBroadcast(type, shape: shape, from: peer)
    note(M.step)
    return message
  }

  func transcriptDigest() -> [UInt8] { base.transcriptDigest() }
  func fork() throws(ProtocolAbort) -> MeasuringChannel {
    MeasuringChannel(try base.fork(), partiesInProcess: partiesInProcess, interruption: interruption)
  }
  func note(_ event: ProtocolEvent) { base.note(event) }
  func abort(_ reason: ProtocolAbort) { base.abort(reason) }
}

/// Measures pieces of a program at one party, split into online and check.
struct PieceClock {
  private let channel: MeasuringChannel
  private let countsForks: Bool
  private let statistics: ChannelStatistics
  private let check: MeasuringChannel.CheckTime
  private let wall = PartyClock.wall()
  private let cpu = PartyClock.processCPU()

  /// Starts now.
  /// - Parameter countsForks: also what goes over all other channels of the session, as workers have their own.
  init(_ channel: MeasuringChannel, countsForks: Bool = false) {
    self.channel = channel
    self.countsForks = countsForks
    statistics = countsForks ? channel.base.sessionStatistics() : channel.base.statistics()
    check = channel.checkTime
  }

  /// What happened since. CPU time is that of the process, divided by the parties that share it.
  func stop() -> (online: PhaseCost, check: PhaseCost) {
    let wall = PartyClock.wall() - wall
    let cpu = PartyClock.processCPU() - cpu
    let used = (countsForks ? channel.base.sessionStatistics() : channel.base.statistics()) - statistics
    let checked = channel.checkTime - check
    func isCheck(_ key: ChannelStatistics.Key) -> Bool {
      MeasuringChannel.checkProtocols.contains("\(key.step.protocolName)")
    }
    func total(_ traffic: [ChannelStatistics.Key: ChannelStatistics.Traffic], _ inCheck: Bool)
      -> ChannelStatistics.Traffic
    {
      traffic.reduce(.zero) { isCheck($1.key) == inCheck ? $0 + $1.value : $0 }
    }
    func cost(inCheck: Bool, wall: UInt64, cpu: UInt64, blocked: UInt64, rounds: Int) -> PhaseCost {
      let (sent, received) = (total(used.sent, inCheck), total(used.received, inCheck))
      return PhaseCost(
        wallNanoseconds: Int(wall), blockedNanoseconds: Int(blocked),
        cpuNanoseconds: Int(cpu) / channel.partiesInProcess, bytesSent: sent.frameByteCount,
        bytesReceived: received.frameByteCount, messages: sent.messageCount, rounds: rounds)
    }
    let blocked = UInt64(max(0, used.waiting / .nanoseconds(1)))
    return (
      cost(
        inCheck: false, wall: wall - checked.wallNanoseconds, cpu: cpu - min(cpu, checked.cpuNanoseconds),
        blocked: blocked, rounds: used.roundCount - checked.rounds),
      cost(
        inCheck: true, wall: checked.wallNanoseconds, cpu: checked.cpuNanoseconds, blocked: 0, rounds: checked.rounds)
    )
  }
}
