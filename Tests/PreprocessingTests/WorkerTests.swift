import Cryptography
import FieldArithmetic
import InsecureDealer
import LatticeEncryption
import MPCCore
import SecretSharing
import Synchronization
import Testing
import Transport

@testable import Preprocessing

/// Several sub-sessions of a party under one MAC key.
@Suite("Workers", .timeLimit(.minutes(2)))
struct WorkerTests {
  private static let options = {
    var options = OfflineOptions()
    options.workerCount = 3
    return options
  }()

  /// Runs `make` after a set-up with workers; by party.
  private static func run<S: OfflineSharing, R: Sendable>(
    _: S.Type, parties: Int, options: @escaping @Sendable (PartyID) -> OfflineOptions = { _ in Self.options },
    run: RunOptions = RunOptions(),
    _ make: @escaping @Sendable (inout LowGear<S, WireChannel>) async throws(ProtocolAbort) -> R
  ) async throws -> RunReport<R> {
    let suite = try toySuite(S.self)
    return await runInProcess(partyCount: parties, options: run) { channel throws(ProtocolAbort) -> R in
      var party = try await LowGear<S, WireChannel>.setUp(
        over: channel, suite: suite, random: SystemRandom(), options: options(channel.me))
      return try await make(&party)
    }
  }

  /// A party's key share, and one column of a block with its tags.
  private struct Shares<F: PrimeField>: Sendable {
    var key: [F]
    var columns: [[[F]]]
  }

  private static func shares<S: OfflineSharing>(
    _ party: borrowing LowGear<S, WireChannel>, _ kind: MaterialKind
  ) throws(ProtocolAbort) -> Shares<S.F> {
    let block = try party.stock.withdraw(kind, count: party.stock.count(of: kind))
    return Shares(
      key: S.tagConstants(party.session.key),
      columns: block.columns.map { $0.components })
  }

  @Test(arguments: [2, 3]) func `what three workers make fits together under one key`(parties: Int) async throws {
    typealias S = AuthenticatedSharing<P127>
    let report = try await Self.run(S.self, parties: parties) { (party) throws(ProtocolAbort) -> [Shares<P127>] in
      try await party.generate([.triples: 400, .bits: 150, .inputMasks(PartyID(1)): 10])
      return [try Self.shares(party, .triples), try Self.shares(party, .bits)]
    }
    let all = try report.values()
    let alpha = all.reduce(P127.zero) { $0 + $1[0].key[0] }
    func values(_ kind: Int, _ column: Int, _ component: Int) -> [P127] {
      (0..<all[0][kind].columns[column][component].count).map { item in
        all.reduce(P127.zero) { $0 + $1[kind].columns[column][component][item] }
      }
    }
    // Component 0 holds values, component 1 tags.
    for (kind, columns) in [(0, 3), (1, 1)] {
      for column in 0..<columns {
        let (x, tags) = (values(kind, column, 0), values(kind, column, 1))
        #expect(x.count >= (kind == 0 ? 400 : 150))
        #expect(zip(x, tags).allSatisfy { alpha * $0 == $1 }, "kind \(kind), column \(column)")
      }
    }
    let (a, b, c) = (values(0, 0, 0), values(0, 1, 0), values(0, 2, 0))
    #expect(zip(zip(a, b), c).allSatisfy { $0.0 * $0.1 == $1 })
    // Uniform and different: no worker repeats what another drew.
    #expect(Set(a + b).count == a.count + b.count)
    for share in all { #expect(Set(share[0].columns[0][0]).count == a.count) }
    #expect(ChannelStatistics.imbalance(between: report.statistics) == nil)
  }

  @Test func `the passive scheme has workers too`() async throws {
    let report = try await Self.run(AdditiveSharing<P61>.self, parties: 2) {
      (party) throws(ProtocolAbort) -> Shares<P61> in
      try await party.generate([.triples: 300])
      return try Self.shares(party, .triples)
    }
    let all = try report.values()
    let (a, b, c) = (0, 1, 2)
    func value(_ column: Int, _ item: Int) -> P61 { all.reduce(P61.zero) { $0 + $1.columns[column][0][item] } }
    for item in 0..<300 { #expect(value(a, item) * value(b, item) == value(c, item)) }
  }

  @Test func `workers have channels, epochs and streams of their own`() async throws {
    let report = try await Self.run(AuthenticatedSharing<P61>.self, parties: 2) {
      (party) throws(ProtocolAbort) -> (channels: [UInt32], epochs: [Int], seeds: [[UInt8]], coins: [[UInt8]]) in
      var (channels, epochs, seeds, coins): ([UInt32], [Int], [[UInt8]], [[UInt8]]) = ([], [], [], [])
      for _ in 0..<3 {
        var worker = try party.fork()
        channels.append(worker.session.channel.channelID.number)
        seeds.append(worker.session.context.random.seed(label: "operands", context: [1, 1]))
        coins.append(try await worker.session.coin())
        let epoch = try await worker.beginEpoch()
        epochs.append(epoch.number)
        _ = try await worker.retire(epoch)
      }
      return (channels, epochs, seeds, coins)
    }
    let all = try report.values()
    for party in all {
      #expect(Set(party.channels).count == 3 && Set(party.epochs).count == 3 && Set(party.coins).count == 3)
    }
    #expect(all[0].epochs == all[1].epochs && all[0].coins == all[1].coins)
    #expect(Set(all.flatMap(\.seeds)).count == 6)
  }

  @Test func `a proof of one worker is refused by another`() async throws {
    // P0 sends in worker 2 what it sent in worker 1: ciphertexts and proof of the first exchange of operands.
    let recorded = Mutex<[UInt16: [UInt8]]>([:])
    var options = RunOptions()
    let replayed = Mutex(0)
    options.tap = FrameTap { bytes, from, _ in
      guard from == PartyID(0), bytes.count > FrameHeader.byteCount else { return [bytes] }
      let kind: UInt16 = bytes.littleEndianInteger(at: 51)
      let channel: UInt32 = bytes.littleEndianInteger(at: 37)
      guard kind == OperandProofMessage.kind.code else { return [bytes] }
      return recorded.withLock { recorded in
        if channel == 1 { recorded[kind] = recorded[kind] ?? Array(bytes[FrameHeader.byteCount...]) }
        guard channel == 2, let old = recorded[kind] else { return [bytes] }
        replayed.withLock { $0 += 1 }
        return [Array(bytes[..<FrameHeader.byteCount]) + old]
      }
    }
    let report = try await Self.run(AuthenticatedSharing<P61>.self, parties: 2, run: options) {
      (party) throws(ProtocolAbort) -> Int in
      // One after the other, so that the first has sent before the second begins.
      for _ in 0..<2 {
        var worker = try party.fork()
        try await worker.generate([.triples: 10])
      }
      return party.stock.count(of: .triples)
    }
    #expect(replayed.withLock { $0 } == 1)
    guard case .failure(.proofRejected(_, from: PartyID(0))) = report.results[1] else {
      Issue.record("P1 ended with \(report.results[1])")
      return
    }
  }

  @Test func `one failing worker ends all and destroys key and material`() async throws {
    // A reply to the second worker is changed on its way: its batch check fails, whatever the others do.
    var options = RunOptions()
    let changed = Mutex(false)
    options.tap = FrameTap { bytes, from, _ in
      let channel: UInt32 = bytes.count > FrameHeader.byteCount ? bytes.littleEndianInteger(at: 37) : 0
      let kind: UInt16 = channel == 2 ? bytes.littleEndianInteger(at: 51) : 0
      guard from == PartyID(0), kind == ReplyMessage<EpochKey>.kind.code, !changed.withLock({ $0 }) else {
        return [bytes]
      }
      changed.withLock { $0 = true }
      var bad = bytes
      bad[FrameHeader.byteCount] ^= 1
      return [bad]
    }
    let left = Mutex<[Int]>([])
    let report = try await Self.run(AuthenticatedSharing<P61>.self, parties: 2, run: options) {
      (party) throws(ProtocolAbort) -> Int in
      let stock = party.stock
      do throws(ProtocolAbort) {
        try await party.generate([.triples: 400])
      } catch {
        left.withLock { $0.append(stock.count(of: .triples)) }
        if !stock.key.isDestroyed { left.withLock { $0.append(-1) } }
        // The session is dead on every channel.
        do throws(ProtocolAbort) {
          _ = try await party.session.coin()
        } catch {
          throw error
        }
        return -1
      }
      return stock.count(of: .triples)
    }
    #expect(changed.withLock { $0 })
    #expect(left.withLock { $0 } == [0, 0])
    for result in report.results {
      guard case .failure(let abort) = result else {
        Issue.record("a party went on: \(result)")
        continue
      }
      #expect(abort.group == .cheating || abort.group == .peerLost, "\(abort)")
    }
    let isCaught = report.results.contains { if case .failure(.sacrificeFailed) = $0 { true } else { false } }
    #expect(isCaught, "the batch check of the second worker: \(report.results)")
  }

  @Test func `different numbers of workers are named before the first key`() async throws {
    let report = try await Self.run(
      AuthenticatedSharing<P61>.self, parties: 2,
      options: { me in
        var options = Self.options
        options.workerCount = me.index + 2
        return options
      }
    ) { (party) throws(ProtocolAbort) -> Int in 0 }
    #expect(
      report.results[0]
        == .failure(.configurationMismatch(field: "workers", mine: "2", theirs: "3", with: PartyID(1))))
  }

  /// A cheater's set-up of a later session encrypts α_1 + 1: with the check both parties end, without it all checks of that
  /// session pass.
  @Test("Another MAC key share in a later session is caught", arguments: [true, false])
  func anotherKeyShareInALaterSession(cheats: Bool) async throws {
    typealias S = AuthenticatedSharing<P127>
    let suite = try toySuite(S.self)
    let report = try await Self.run(S.self, parties: 2, options: { _ in OfflineOptions() }) {
      (party) throws(ProtocolAbort) -> Int in
      try await party.generate([.triples: 5, .bits: 10])
      let isCheater = cheats && party.session.me.index == 1
      let key = try await party.makeContinuedKey()
      let other = ContinuedKey<S>(
        key: MACKey<P127>(share: party.stock.key.withShare { $0 } + .one), witness: key.witness)
      var later = try await LowGear<S, WireChannel>.setUp(
        over: try party.session.channel.fork(), suite: suite, random: SystemRandom(),
        continuing: isCheater ? other : key
      ) {}
      try await later.generate([.triples: 5])
      return later.stock.count(of: .triples)
    }
    for result in report.results {
      switch result {
      case .success(let count): #expect(!cheats && count > 0)
      case .failure(let abort): #expect(cheats && abort.group == .cheating, "\(abort)")
      }
    }
  }
}
