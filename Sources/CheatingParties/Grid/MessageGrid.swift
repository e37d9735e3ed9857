public import MPCCore
internal import Transport

/// The grid: every kind of message × every deviation × every position of the cheater × 2 and 3 parties.
///
/// Runs are simulated: seeded, in virtual time, on the calling thread.
public final class MessageGrid: Sendable {
  /// Which message of its kind is altered, of those from one party to another.
  public enum Occurrence: String, CaseIterable, Codable, Sendable {
    /// The first one.
    case first
    /// The last one: everything before it was honest.
    case last
  }

  /// One run of the grid.
  public struct Case: Sendable, CustomStringConvertible {
    /// The message that is attacked.
    public let row: MessageKindRow
    /// What is done to it.
    public let deviation: GridDeviation
    /// n.
    public let partyCount: Int
    /// Who does it.
    public let cheater: PartyID
    /// Which message of the kind.
    public var occurrence = Occurrence.first
    /// Who does the same besides.
    public var allies: Set<PartyID> = []

    /// All who deviate.
    public var cheaters: Set<PartyID> { allies.union([cheater]) }

    /// For reports.
    public var description: String {
      "\(occurrence.rawValue) \(row.name) (0x\(String(row.code, radix: 16))), \(deviation.rawValue), n = \(partyCount), cheater \(cheater)"
        + (allies.isEmpty ? "" : " with \(allies.sorted().map(\.description).joined(separator: ", "))")
    }
  }

  /// What came of a run.
  public enum Outcome: Sendable, Hashable {
    /// The deviation does not apply: an empty payload, no earlier message, the honest bytes by chance; or the last
    /// message of the kind is the first one.
    case notApplicable
    /// At least one honest party ended with a typed abort, and none has a wrong output. `all`: every one ended so.
    case caught(ProtocolAbort, all: Bool)
    /// All honest parties finished with the right output.
    case harmless
    /// All honest parties finished with the same output, as of another input of the cheater.
    case anotherInput
    /// Something else: that is a defect.
    case violation(String)
  }

  private struct Place: Hashable, Sendable {
    var scenario: String
    var partyCount: Int
  }

  /// An honest run: its output, and how many messages of each kind each party sent to each other one.
  private struct Honest: Sendable {
    var output: [UInt128]
    var counts: [Sent: Int]
  }

  private let honestRuns = AttackMemory<[Place: Honest]>([:])
  private let recordings = AttackMemory<[Place: [Sent: [[UInt8]]]]>([:])

  /// What one party sent to another, by kind.
  private struct Sent: Hashable, Sendable {
    var from: PartyID
    var to: PartyID
    var kind: UInt16
  }

  /// A grid; it remembers honest runs.
  public init() {}

  /// All runs for the given numbers of parties, with the first or the last message of each kind.
  public static func cases(parties: [Int] = [2, 3], occurrence: Occurrence = .first) -> [Case] {
    MessageKindRow.all.filter { $0.scenario != nil }.flatMap { row in
      parties.filter { $0 >= row.minimumPartyCount }.flatMap { n in
        (row.senders ?? Array(0..<n)).flatMap { cheater in
          GridDeviation.allCases.filter { $0 != .equivocate || n > 2 }.map {
            Case(row: row, deviation: $0, partyCount: n, cheater: PartyID(cheater), occurrence: occurrence)
          }
        }
      }
    }
  }

  /// All parties but one cheat together: every deviation of every message that more than one party sends.
  public static func coalitions(of partyCount: Int) -> [Case] {
    cases(parties: [partyCount]).filter { $0.row.senders == nil }.map { run in
      var run = run
      let victim = run.cheater.index == 0 ? 1 : 0
      run.allies = Set((0..<partyCount).filter { $0 != victim && $0 != run.cheater.index }.map(PartyID.init))
      return run
    }
  }

  /// Runs one case. Where the deviation needs to have seen another's message first, other orders of events are tried.
  public func run(_ run: Case, seed: UInt64 = 1) -> Outcome {
    guard let scenario = run.row.scenario else { return .notApplicable }
    var outcome = Outcome.notApplicable
    for order in seed..<(seed + (run.deviation == .reflect ? 6 : 1)) {
      outcome = attack(scenario, run, seed: seed, order: order)
      if outcome != .notApplicable { break }
    }
    return outcome
  }

  private func attack(_ scenario: GridScenario, _ run: Case, seed: UInt64, order: UInt64) -> Outcome {
    let honest = honestRun(scenario, run.partyCount)
    let old = run.deviation == .replayOldSession ? recording(scenario, run.partyCount) : [:]
    let fired = AttackMemory(0)
    let theirs = AttackMemory<[[UInt8]]>([])
    let tally = FrameTally()
    let altering = tally.tap(
      cheaters: run.cheaters,
      alter: tap(run, seed: seed, old: old, honest: theirs, counts: honest.counts) { fired { $0 += 1 } })
    var options = RunOptions()
    options.tap = FrameTap { bytes, from, to in
      if !run.cheaters.contains(from), let frame = RawFrame(bytes), frame.kind == run.row.code {
        theirs { $0.append(frame.payload) }
      }
      return altering.pass(bytes, from, to)
    }
    let probe = GridProbe(seed: 1)
    let report = runSimulated(partyCount: run.partyCount, seed: order, options: options) {
      (channel) throws(ProtocolAbort) in
      try await scenario.program(channel, probe)
    }
    guard fired.current > 0 else { return .notApplicable }
    return judge(run, scenario, report.run.results, honest: honest.output, probe, tally)
  }

  private func judge(
    _ run: Case, _ scenario: GridScenario, _ results: [Result<[UInt128], ProtocolAbort>], honest: [UInt128],
    _ probe: GridProbe, _ tally: FrameTally
  ) -> Outcome {
    var aborts: [ProtocolAbort] = []
    var values: [[UInt128]] = []
    for (index, result) in results.enumerated() where !run.cheaters.contains(PartyID(index)) {
      switch result {
      case .success(let value): values.append(value)
      case .failure(let abort):
        aborts.append(abort)
        let party = PartyID(index)
        if probe.keptKey(party) { return .violation("\(party) kept its key after \(abort)") }
        if !tally.abortedOnce(party, peerCount: results.count - 1) {
          return .violation("\(party) sent something after its abort, or no abort: \(abort)")
        }
      }
    }
    if let abort = aborts.first {
      // Security with abort: who finished has the right output, or, where the cheater may choose its input, any.
      let allowsAnything: Bool = if case .anotherInput = run.row.allowance { true } else { !scenario.isActive }
      guard allowsAnything || values.allSatisfy({ $0 == honest }) else {
        return .violation("wrong output \(values) beside \(abort)")
      }
      return .caught(abort, all: values.isEmpty)
    }
    if values.allSatisfy({ $0 == honest }) { return .harmless }
    guard Set(values).count == 1 else {
      return scenario.isActive ? .violation("honest parties finished with different outputs") : .anotherInput
    }
    return .anotherInput
  }

  /// Whether this is a right end of this run.
  public static func isRight(_ outcome: Outcome, of run: Case) -> Bool {
    switch outcome {
    case .notApplicable, .caught: true
    case .violation: false
    case .harmless:
      switch run.row.allowance {
      case .nothing: false
      case .sameResult, .anotherInput: true
      }
    case .anotherInput:
      switch run.row.allowance {
      case .anotherInput: run.deviation.keepsForm
      case .nothing, .sameResult: false
      }
    }
  }

  // MARK: Honest runs

  /// What happens when nobody cheats.
  private func honestRun(_ scenario: GridScenario, _ partyCount: Int) -> Honest {
    let place = Place(scenario: scenario.name, partyCount: partyCount)
    if let known = honestRuns.current[place] { return known }
    let counts = AttackMemory<[Sent: Int]>([:])
    var options = RunOptions()
    options.tap = FrameTap { bytes, from, to in
      if let frame = RawFrame(bytes) { counts { $0[Sent(from: from, to: to, kind: frame.kind), default: 0] += 1 } }
      return [bytes]
    }
    let probe = GridProbe(seed: 1)
    let report = runSimulated(partyCount: partyCount, seed: 1, options: options) { (channel) throws(ProtocolAbort) in
      try await scenario.program(channel, probe)
    }
    // An honest run that aborts has no output; every run of the grid then shows it as a violation.
    let honest = Honest(output: (try? report.run.results[0].get()) ?? [], counts: counts.current)
    honestRuns { $0[place] = honest }
    return honest
  }

  /// What the parties sent in an earlier session: another identifier, other randomness.
  private func recording(_ scenario: GridScenario, _ partyCount: Int) -> [Sent: [[UInt8]]] {
    let place = Place(scenario: scenario.name, partyCount: partyCount)
    if let known = recordings.current[place] { return known }
    let sent = AttackMemory<[Sent: [[UInt8]]]>([:])
    var options = RunOptions(session: SessionID(bytes: [UInt8](repeating: 0xE0, count: 32)))
    options.tap = FrameTap { bytes, from, to in
      if let frame = RawFrame(bytes) {
        sent { $0[Sent(from: from, to: to, kind: frame.kind), default: []].append(frame.payload) }
      }
      return [bytes]
    }
    let probe = GridProbe(seed: 99)
    _ = runSimulated(partyCount: partyCount, seed: 1, options: options) { (channel) throws(ProtocolAbort) in
      try await scenario.program(channel, probe)
    }
    recordings { $0[place] = sent.current }
    return sent.current
  }

  // MARK: The cheater

  private func tap(
    _ run: Case, seed: UInt64, old: [Sent: [[UInt8]]], honest: AttackMemory<[[UInt8]]>,
    counts: [Sent: Int], fired: @escaping @Sendable () -> Void
  ) -> FrameTampering {
    struct Seen: Sendable {
      var counts: [[PartyID]: Int] = [:]
      var first: [[PartyID]: [UInt8]] = [:]
      var previous: [[PartyID]: [UInt8]] = [:]
    }
    let seen = AttackMemory(Seen())
    let earliest = run.deviation == .replaySession ? 1 : 0
    let victim = (0..<run.partyCount).map(PartyID.init).first { !run.cheaters.contains($0) } ?? run.cheater
    return { bytes, from, to in
      guard let frame = RawFrame(bytes) else { return [bytes] }
      let link = [from, to]
      let (index, context) = seen { seen -> (Int?, GridContext) in
        let context = GridContext(
          seed: seed, victim: victim, previous: seen.previous[link], first: seen.first[link],
          old: old[Sent(from: from, to: to, kind: frame.kind)]?.first, honest: honest.current)
        if !frame.isControl { seen.previous[link] = bytes }
        guard frame.kind == run.row.code else { return (nil, context) }
        let index = seen.counts[link, default: 0]
        seen.counts[link] = index + 1
        if index == 0 { seen.first[link] = frame.payload }
        return (index, context)
      }
      let target =
        switch run.occurrence {
        case .first: earliest
        case .last: counts[Sent(from: from, to: to, kind: frame.kind), default: 0] - 1
        }
      guard let index, index == target, run.occurrence == .first || index > earliest else { return [bytes] }
      let sent = run.deviation.apply(frame, to: to, context)
      if sent != [bytes] { fired() }
      return sent
    }
  }
}
