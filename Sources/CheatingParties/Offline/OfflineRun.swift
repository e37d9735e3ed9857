internal import FieldArithmetic
internal import InsecureDealer
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Synchronization
internal import Transport

/// What all parties of an attacked run make after the set-up; written once over scheme and channel.
protocol OfflineProgram: Sendable {
  /// Which protocols make it.
  var options: OfflineOptions { get }
  /// The honest code of one party.
  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort)
}

extension OfflineProgram {
  var options: OfflineOptions { OfflineOptions() }
}

/// What a cheater brings into one run of the offline phase.
struct OfflineArmament: Sendable {
  var plan = AttackPlan()
  var dishonesty: (any OfflineDishonesty)?
  var frames: FrameTampering?
  /// What it runs instead of the honest program.
  var program: (any OfflineProgram)?
  /// Other parameters than everybody else's.
  var suite: OfflineSuite?
  /// The secret it reads off afterwards, if it can.
  var leak: @Sendable () -> String? = { nil }
}

/// One run of set-up and program at all parties, one of them cheating.
struct OfflineRun<S: OfflineSharing>: Sendable {
  let setting: AttackSetting
  let suite: OfflineSuite
  let program: any OfflineProgram
  let armament: OfflineArmament

  /// 1: what came out satisfies all its relations when it is put together in clear; 0: it does not.
  static var right: [P127] { [.one] }

  /// How every party ended; who finished returns ``right`` or 0.
  func outcome() async -> AttackOutcome<[P127]> {
    let ends = Ends()
    let tally = FrameTally()
    let options = options(tally)
    let (count, body) = (setting.partyCount, body(ends))
    let results: [Result<Void, ProtocolAbort>]
    switch setting.transport ?? .simulated(seed: setting.seed) {
    case .simulated(let seed): results = runSimulated(partyCount: count, seed: seed, options: options, body).run.results
    case .explored(let explorer):
      results = runSimulated(partyCount: count, order: .explored(explorer), options: options, body).run.results
    case .inProcess: results = await runInProcess(partyCount: count, options: options, body).results
    case .tcp(let security):
      // Links that cannot be set up leave an outcome without parties.
      let report = try? await runOverTCP(partyCount: count, security: security, options: options, body)
      results = report?.results ?? []
    }
    return combine(ends, results, tally)
  }

  /// The same in a simulation, whatever the setting says, and the virtual time at its end.
  func simulated() -> (outcome: AttackOutcome<[P127]>, elapsed: Duration) {
    let ends = Ends()
    let tally = FrameTally()
    let report = runSimulated(
      partyCount: setting.partyCount, seed: setting.seed, options: options(tally), body(ends))
    return (combine(ends, report.run.results, tally), report.elapsed)
  }

  private func options(_ tally: FrameTally) -> RunOptions {
    var options = RunOptions()
    options.tap = tally.tap(cheaters: [setting.cheater], alter: armament.frames)
    return options
  }

  private func body(_ ends: Ends) -> PartyBody<Void> {
    { (channel) throws(ProtocolAbort) in
      let end = await party(channel)
      ends.add(end, of: channel.me)
      if let abort = end.abort { throw abort }
    }
  }

  /// Where the parties leave how they ended.
  private final class Ends: Sendable {
    private let ends = Mutex<[PartyID: End]>([:])
    func add(_ end: End, of party: PartyID) { ends.withLock { $0[party] = end } }
    subscript(party: PartyID) -> End? { ends.withLock { $0[party] } }
  }

  private struct End: Sendable {
    var abort: ProtocolAbort?
    var log: MessageLog
    var nothingIsLeft = true
    var repeatsAbort = true
    var material: PartyMaterial<S.F>?
  }

  private func party(_ channel: WireChannel) async -> End {
    let cheats = channel.me == setting.cheater
    let wrapped = TamperingChannel(
      channel, plan: cheats ? armament.plan : nil, coalition: cheats ? [setting.cheater] : [])
    var suite = suite
    var program = program
    if cheats {
      suite = armament.suite ?? suite
      if let dishonesty = armament.dishonesty { suite = suite.cheating(dishonesty) }
      program = armament.program ?? program
    }
    do throws(ProtocolAbort) {
      var party = try await LowGear<S, TamperingChannel<WireChannel>>.setUp(
        over: wrapped, suite: suite, random: InsecureSeededRandom(seed: setting.seed, party: channel.me),
        options: program.options)
      do throws(ProtocolAbort) {
        try await program.run(&party)
        try wrapped.releaseRushing()
        return End(abort: nil, log: wrapped.log, material: try PartyMaterial(takingAllOf: party))
      } catch {
        let first = party.session.end(error)
        var repeats = false
        do throws(ProtocolAbort) { _ = try await party.beginEpoch() } catch let again { repeats = again == first }
        return End(
          abort: first, log: wrapped.log,
          nothingIsLeft: (S.mode == .passive || party.stock.key.isDestroyed) && party.stock.contents.isEmpty,
          repeatsAbort: repeats)
      }
    } catch {
      return End(abort: error, log: wrapped.log)  // no key outlives a set-up that failed
    }
  }

  private func combine(
    _ ends: Ends, _ results: [Result<Void, ProtocolAbort>], _ tally: FrameTally
  ) -> AttackOutcome<[P127]> {
    let material = (0..<setting.partyCount).compactMap { ends[PartyID($0)]?.material }
    let isRight = material.count == setting.partyCount && ClearMaterial.isRight(material)
    let parties = (0..<setting.partyCount).compactMap { index -> AttackOutcome<[P127]>.Party? in
      let id = PartyID(index)
      guard let end = ends[id], index < results.count else { return nil }
      var abort = end.abort
      // Frames that nobody received show at the very end.
      if case .failure(let late) = results[index], abort == nil { abort = late }
      return AttackOutcome<[P127]>.Party(
        id: id, result: abort.map { .failure($0) } ?? .success(isRight ? Self.right : [.zero]), log: end.log,
        keyDestroyed: end.nothingIsLeft, repeatsAbort: end.repeatsAbort,
        abortsOnce: abort == nil ? nil : tally.abortedOnce(id, peerCount: setting.partyCount - 1))
    }
    return AttackOutcome(parties: parties, cheaters: [setting.cheater])
  }
}
