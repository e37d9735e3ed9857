internal import FieldArithmetic
internal import Foundation
internal import InsecureDealer
internal import MPCCore
internal import MaterialStore
internal import SecretSharing
internal import Transport

extension Attack {
  /// Attacks on material that lies on disk.
  static let stores: [Attack] = [
    stored(
      "prep-replay", "prep-replay",
      "restores a backup of its store after a run, so that the next run would use the same items again",
      step: "Store.2", caughtBy: "nothing is reused: the highest cursor that a party reports counts for all"
    ) { run, setting in
      try run.backUp(setting.cheater)
      return run.restoreBackup(of: setting.cheater)
    } expected: { _, _ in
      [nil]
    },
    stored(
      "prep-file-tamper", "prep-file-tamper", "flips a bit in a segment of the victim's store", step: "Store.1",
      caughtBy: "authenticated encryption of every chunk, before anything of it is used"
    ) { run, setting in
      run.flipBit(of: setting.victim)
    } expected: { honest, setting in
      honest == setting.victim
        ? [StoredRun.damaged]
        : setting.honest.flatMap {
          [.abortedByPeer($0, during: StoredRun.use), .peerLost(from: $0, during: StoredRun.use)]
        }
    },
  ]

  /// Two runs on stores; `tamper` acts on the disk before the first one and gives what it does between them.
  private static func stored(
    _ id: String, _ name: String, _ summary: String, step: String, caughtBy: String,
    tamper: @escaping @Sendable (StoredRun, AttackSetting) throws -> @Sendable () throws -> Void,
    expected: @escaping @Sendable (PartyID, AttackSetting) -> [ProtocolAbort?]
  ) -> Attack {
    Attack(
      id: id, phase: .offline, name: name, summary: summary, step: step, caughtBy: caughtBy, escapeBound: "0",
      minimumPartyCount: 2, foolsPassive: false
    ) { setting in
      func run<S: SharingScheme>(_: S.Type) -> AttackVerdict where S.F == P127 {
        var fired = 0
        var ends: [Result<[UInt128], ProtocolAbort>] = []
        var first: [Result<[UInt128], ProtocolAbort>] = []
        do {
          let stores = try StoredRun(setting)
          defer { stores.remove() }
          try stores.fill(S.self)
          let between = setting.isArmed ? try tamper(stores, setting) : nil
          first = stores.use(S.self)
          if let between {
            try between()
            fired += 1
          }
          ends = stores.use(S.self)
        } catch {
          // Without a disk there is no attack: the parties ended for local reasons.
          ends = setting.honest.map { _ in
            .failure(.localFailure(step: StepLabel("Store", 0), detail: "no temporary directory: \(error)"))
          }
        }
        let honest = ends.enumerated().filter { PartyID($0.offset) != setting.cheater }
        let used = Set(first.flatMap { (try? $0.get()) ?? [] })
        let revealed = honest.compactMap { end -> [P127]? in
          guard let items = try? end.element.get() else { return nil }
          return [used.isDisjoint(with: items) ? P127.one : .zero]
        }
        return AttackVerdict(
          fired: fired, expected: setting.honest.map { setting.isArmed ? expected($0, setting) : [nil] },
          detected: honest.map { end in
            if case .failure(let abort) = end.element { abort } else { nil }
          }, revealed: revealed, honestResult: [.one], forbiddenCount: 0, abortsAreClean: true, leak: nil, remark: "")
      }
      return setting.mode == .active ? run(AuthenticatedSharing<P127>.self) : run(AdditiveSharing<P127>.self)
    }
  }
}

/// Stores of all parties in a temporary directory, used in several runs.
private struct StoredRun: Sendable {
  static let use = StepLabel("Store.Use", 1)
  /// Damage, whatever the path.
  static let damaged = ProtocolAbort.localFailure(step: use, detail: "the store is damaged")
  private static let count = 100
  private static let taken = 10

  let setting: AttackSetting
  private let root: String
  private let key = StoreKey.generate()

  init(_ setting: AttackSetting) throws {
    self.setting = setting
    root = FileManager.default.temporaryDirectory.appendingPathComponent("attacked-store-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  func remove() { try? FileManager.default.removeItem(atPath: root) }

  private func directory(_ party: PartyID) -> String { "\(root)/P\(party.index)" }

  /// Squares that are their own numbers: their use can be followed.
  func fill<S: SharingScheme>(_: S.Type) throws {
    for index in 0..<setting.partyCount {
      let terms = StoreTerms(
        S.self, partyCount: setting.partyCount, session: .demonstration,
        parameterDigest: [UInt8](repeating: 1, count: 32), trustModel: .insecureDealer, masks: "bounded")
      let store = try PartyStore<S>.create(
        directory: directory(PartyID(index)), terms: terms, party: PartyID(index), keyShare: S.F(UInt64(5)), under: key)
      let numbers = (0..<Self.count).map { S.F(UInt64($0)) }
      let column = SharedVector<S>(
        components: [[S.F]](repeating: numbers, count: S.mode == .active ? 2 : 1))
      try store.append(MaterialBlock(kind: .squares, count: Self.count, columns: [column, column]))
      try store.finishGenerating()
      store.close()
    }
  }

  /// One run: all open their stores, agree, and take some items; the items by party.
  func use<S: SharingScheme>(_: S.Type) -> [Result<[UInt128], ProtocolAbort>] {
    runSimulated(partyCount: setting.partyCount, seed: setting.seed) { (channel) throws(ProtocolAbort) -> [UInt128] in
      let store = try Self.local { () throws(StoreError) in
        try PartyStore<S>.open(directory: directory(channel.me), under: key)
      }
      defer { store.close() }
      _ = try await store.agree(
        over: channel, random: InsecureSeededRandom(seed: setting.seed, party: channel.me))
      let items = try Self.local { () throws(StoreError) in
        try store.beginUse()
        let items = try store.take(.squares, count: Self.taken).columns[0].values.map(\.canonical)
        try store.settle()
        try store.suspend()
        return items
      }
      _ = try await channel.exchange(UsedItems(count: UInt64(items.count)))
      return items
    }.run.results
  }

  private static func local<R>(_ body: () throws(StoreError) -> R) throws(ProtocolAbort) -> R {
    do throws(StoreError) {
      return try body()
    } catch .damaged {
      throw damaged
    } catch {
      throw .localFailure(step: use, detail: error.description)
    }
  }

  func backUp(_ party: PartyID) throws {
    try FileManager.default.copyItem(atPath: directory(party), toPath: root + "/backup")
  }

  func restoreBackup(of party: PartyID) -> @Sendable () throws -> Void {
    {
      try FileManager.default.removeItem(atPath: directory(party))
      try FileManager.default.copyItem(atPath: root + "/backup", toPath: directory(party))
    }
  }

  /// In the middle of the first segment: in the sealed shares.
  func flipBit(of party: PartyID) -> @Sendable () throws -> Void {
    {
      let names = try FileManager.default.contentsOfDirectory(atPath: directory(party))
      guard let name = names.filter({ $0.hasPrefix("segment-") }).min() else { return }
      let url = URL(fileURLWithPath: directory(party) + "/" + name)
      var bytes = try Data(contentsOf: url)
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: url)
    }
  }
}

/// Tells the others how many items a party took: a round in which all notice if one of them could not.
private struct UsedItems: Message {
  static let step = StoredRun.use
  static let kind = MessageKind(user: 0x41)
  let count: UInt64

  init(count: UInt64) { self.count = count }
  var shape: Int { 0 }
  static func encodedByteCount(_ shape: Int) -> Int { 8 }
  func encode(into writer: inout WireWriter) { writer.append(count) }
  init(from reader: inout WireReader, shape: Int) throws(WireError) { count = try reader.integer() }
}
