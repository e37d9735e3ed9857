internal import Cryptography
internal import FieldArithmetic
internal import FoundationEssentials
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing
internal import Transport

/// The stores of all parties of a local run, as `prep generate --store DIR` leaves them: `DIR/P<i>/store`, sealed under
/// the key in `DIR/P<i>/identity`. Or the store of one real party, sealed under the key beside the party's identity.
public struct PrepStores: Sendable {
  private let directory: String
  private let inspections: [StoreInspection]
  /// Whether `directory` is itself a store, of one real party; and where its key is.
  private let isOfOneParty: Bool
  private let identity: String?

  /// Reads the catalogues of all stores in `directory`, or of the one store that it is.
  /// - Parameter identity: folder of the party whose store it is; without it, nothing that needs the key can be done.
  /// - Throws: ``PrepError``: `usage` if there is no store of party 0; `store` if one cannot be read.
  public init(directory: String, identity: String? = nil) throws(PrepError) {
    self.directory = directory
    self.identity = identity
    isOfOneParty = FileManager.default.fileExists(atPath: directory + "/catalogue.sqlite")
    guard !isOfOneParty else {
      do throws(StoreError) { inspections = [try StoreInspection.read(directory: directory)] } catch {
        throw .store(error)
      }
      return
    }
    var inspections: [StoreInspection] = []
    for index in 0..<SecurityParameters.maximumPartyCount {
      let path = StoreFolder.store(directory, PartyID(index))
      guard FileManager.default.fileExists(atPath: path) else { break }
      do throws(StoreError) { inspections.append(try StoreInspection.read(directory: path)) } catch {
        throw .store(error)
      }
    }
    guard !inspections.isEmpty else {
      throw .usage("\(directory) has no store of a party (P0/store); make one with prep generate --store \(directory)")
    }
    self.inspections = inspections
  }

  // MARK: Inspection

  /// What one party's store says; no secret in it.
  public struct Row: Sendable, Codable {
    /// Party, state in a phrase, how often taken up.
    public var party: Int, state: String, undecided: String?, resumed: Int
    /// What it is bound to; nothing if destroyed beyond reading.
    public var mode: String?, field: String?, parties: Int?, masks: String?
    /// Who has to be trusted for it.
    public var trustModel: String?
    /// By kind: items used, items left, segment files, bytes.
    public var kinds: [Kind]

    /// One kind.
    public struct Kind: Sendable, Codable {
      /// Name with shape, items used and left, files, bytes of these.
      public var kind: String, used: Int, left: Int, segments: Int, bytes: Int
    }
    private enum CodingKeys: String, CodingKey {
      case party, state, undecided, resumed, mode, field, parties, masks, kinds
      case trustModel = "trust_model"
    }
  }

  /// By party.
  public var rows: [Row] {
    inspections.enumerated().map { index, store in
      Row(
        party: store.header?.party.index ?? index, state: store.state.text, undecided: store.undecided,
        resumed: Int(clamping: store.resumeCount), mode: store.header?.terms.mode.rawValue,
        field: store.header?.terms.field, parties: store.header?.terms.partyCount, masks: store.header?.terms.masks,
        trustModel: store.header?.terms.trustModel.description,
        kinds: store.kinds.map {
          Row.Kind(
            kind: $0.kind.description, used: $0.usedCount, left: $0.leftCount, segments: $0.segmentCount,
            bytes: $0.bytes)
        })
    }
  }

  /// For people.
  public var table: String {
    var table = TextTable([
      ("party", .left), ("state", .left), ("kind", .left), ("left", .right), ("used", .right), ("bytes", .right),
    ])
    for row in rows {
      if row.kinds.isEmpty { table.append(["P\(row.party)", row.state, "–", "0", "0", "0"]) }
      for kind in row.kinds {
        table.append(["P\(row.party)", row.state, kind.kind, "\(kind.left)", "\(kind.used)", "\(kind.bytes)"])
      }
    }
    let trust = rows.compactMap(\.trustModel).first.map { "trust model: \($0)\n" } ?? ""
    let notes = rows.compactMap { row in
      row.undecided.map { what in
        "P\(row.party): \(what); unless a process is at work in it, the next opening destroys keys and material, by design: "
          + "purge it and make a new store\n"
      }
    }
    return trust + table.rendered() + notes.joined()
  }

  // MARK: Whole stores

  /// Checks every store alone: seals, lengths, chunks, ranges. Nothing is used up.
  /// - Returns: a line a party.
  /// - Throws: `store` naming the first part that is wrong.
  public func verify() throws(PrepError) -> [String] {
    try requireKey()
    switch try scheme(ofAll: false) {
    case .p127Active: return try verify(AuthenticatedSharing<P127>.self)
    case .p127Passive: return try verify(AdditiveSharing<P127>.self)
    case .p61Active: return try verify(AuthenticatedSharing<P61>.self)
    case .p61Passive: return try verify(AdditiveSharing<P61>.self)
    }
  }

  /// **Insecure**: opens everything that is left in clear and checks every relation and MAC; the stores are spent by it.
  /// - Returns: how many items are right.
  /// - Throws: `wrongMaterial`, `store`, `aborted`.
  public func reveal() async throws(PrepError) -> Int {
    switch try scheme(ofAll: true) {
    case .p127Active: try await reveal(AuthenticatedSharing<P127>.self)
    case .p127Passive: try await reveal(AdditiveSharing<P127>.self)
    case .p61Active: try await reveal(AuthenticatedSharing<P61>.self)
    case .p61Passive: try await reveal(AdditiveSharing<P61>.self)
    }
  }

  /// Writes everything that is left in MP-SPDZ's format; the stores are spent by it, with their keys.
  /// - Returns: the folder.
  /// - Throws: `usage` for a passive store or a kind that the format lacks, before anything is used up; as ``reveal()``.
  public func exportMPSPDZ(to output: String) async throws(PrepError) -> String {
    let scheme = try scheme(ofAll: true)
    for kind in inspections.flatMap(\.kinds) where kind.leftCount > 0 {
      switch kind.kind {
      case .triples, .squares, .bits, .inputMasks: break
      default:
        throw .usage(
          "\(kind.kind) are not in MP-SPDZ's format; triples, squares, bits and inputs are; nothing was used")
      }
    }
    switch scheme {
    case .p127Active: return try await export(AuthenticatedSharing<P127>.self, output)
    case .p61Active: return try await export(AuthenticatedSharing<P61>.self, output)
    case .p127Passive, .p61Passive:
      throw .usage("MP-SPDZ's format holds shares with MACs; the store is passive; nothing was used")
    }
  }

  /// Destroys keys and material of all parties for ever; stores that are destroyed already stay so.
  /// - Throws: `store`; all stores are tried.
  public func purge() throws(PrepError) {
    try requireKey()
    guard let live = inspections.firstIndex(where: { !$0.state.isFinal }) else {
      throw .store(.destroyed(path: path(PartyID(0)), inspections[0].state))
    }
    switch try scheme(of: inspections[live]) {
    case .p127Active: try purge(AuthenticatedSharing<P127>.self)
    case .p127Passive: try purge(AdditiveSharing<P127>.self)
    case .p61Active: try purge(AuthenticatedSharing<P61>.self)
    case .p61Passive: try purge(AdditiveSharing<P61>.self)
    }
  }
}

extension PrepStores {
  private enum Scheme { case p127Active, p127Passive, p61Active, p61Passive }

  /// The type of the stores, once all parties' are there.
  /// - Parameter all: whether the stores of all parties are needed.
  private func scheme(ofAll all: Bool) throws(PrepError) -> Scheme {
    for (index, store) in inspections.enumerated() where store.state.isFinal {
      throw .store(.destroyed(path: path(PartyID(index)), store.state))
    }
    guard !isOfOneParty || !all else {
      throw .usage("\(directory) is the store of one party; this takes the stores of all parties")
    }
    guard isOfOneParty == false else { return try scheme(of: inspections[0]) }
    guard let terms = inspections[0].header?.terms, terms.partyCount == inspections.count else {
      let needed = inspections[0].header.map { "\($0.terms.partyCount)" } ?? "all"
      throw .usage("\(directory) holds the stores of \(inspections.count) parties, \(needed) are needed")
    }
    return try scheme(of: inspections[0])
  }

  private func scheme(of store: StoreInspection) throws(PrepError) -> Scheme {
    guard let terms = store.header?.terms else {
      throw .usage("\(directory): the catalogue says nothing of the material; remove the directory")
    }
    switch (terms.modulus, terms.mode) {
    case (P127.modulus, .active): return .p127Active
    case (P127.modulus, .passive): return .p127Passive
    case (P61.modulus, .active): return .p61Active
    case (P61.modulus, .passive): return .p61Passive
    default: throw .usage("\(directory): material over \(terms.field), known fields are p127 and p61")
    }
  }

  private func open<S: SharingScheme>(_: S.Type) throws(PrepError) -> [PartyStore<S>] {
    var stores: [PartyStore<S>] = []
    do throws(StoreError) {
      for index in inspections.indices { stores.append(try open(S.self, PartyID(index))) }
    } catch {
      for store in stores { store.close() }
      throw .store(error)
    }
    return stores
  }

  private func open<S: SharingScheme>(_: S.Type, _ party: PartyID) throws(StoreError) -> PartyStore<S> {
    try PartyStore<S>.open(
      directory: path(party), expecting: StoreExpectation(party: isOfOneParty ? nil : party),
      under: try StoreKey.load(
        identityDirectory: isOfOneParty ? identity ?? directory : StoreFolder.identity(directory, party)))
  }

  private func path(_ party: PartyID) -> String {
    isOfOneParty ? directory : StoreFolder.store(directory, party)
  }

  /// - Throws: `usage` if the key of one party's store is needed and not known.
  private func requireKey() throws(PrepError) {
    guard isOfOneParty && identity == nil else { return }
    throw .usage("\(directory) is the store of one party; say where its key is: --identity DIR")
  }

  private func verify<S: SharingScheme>(_: S.Type) throws(PrepError) -> [String] {
    var lines: [String] = []
    let stores = try open(S.self)
    defer { for store in stores { store.close() } }
    for store in stores {
      do throws(StoreError) {
        let found = try store.verify()
        lines.append(
          "\(store.header.party): \(found.leftCount) items left, \(found.chunkCount) chunks in \(found.segmentCount) "
            + "segments, \(found.bytes) bytes, all as written")
      } catch {
        throw .store(error)
      }
    }
    return lines
  }

  private func reveal<S: OfflineSharing>(_: S.Type) async throws(PrepError) -> Int {
    let check = ClearCheck<S.F>(partyCount: inspections.count)
    try await spend(S.self, into: check, because: "revealed in a test")
    return check.checkedCount
  }

  private func export<S: OfflineSharing>(_: S.Type, _ output: String) async throws(PrepError) -> String {
    let export = try MPSPDZExport<S.F>(directory: output, partyCount: inspections.count)
    try await spend(S.self, into: export, because: "exported to MP-SPDZ")
    return export.folder
  }

  private func purge<S: SharingScheme>(_: S.Type) throws(PrepError) {
    var first: StoreError?
    for (index, inspection) in inspections.enumerated() where !inspection.state.isFinal {
      do throws(StoreError) {
        try open(S.self, PartyID(index)).purge(because: "purged by its owner")
      } catch .destroyed {
        // A process was killed in a live key epoch: opening it was its end.
      } catch {
        first = first ?? error
      }
    }
    if let first { throw .store(first) }
  }

  /// Items taken at once.
  private static var partCount: Int { 1 << 16 }

  /// Takes everything that is left of all stores; each cursor is durable before its items are given to `sink`. Whatever
  /// happens after the first item, keys and material are destroyed.
  private func spend<S: OfflineSharing>(
    _: S.Type, into sink: some ShareSink<S.F>, because reason: String
  ) async throws(PrepError) {
    let stores = try open(S.self)
    let report = await runInProcess(
      partyCount: stores.count,
      options: RunOptions(
        session: SessionID(bytes: SystemRandom().seed(label: "session", context: [])), limits: .oneMachine)
    ) { (channel) throws(ProtocolAbort) in
      let store = stores[channel.me.index]
      let left = try await store.agree(over: channel, random: SystemRandom()).left
      let source: StoredSource<S>
      do throws(StoreError) {
        if store.state == .generating { try store.finishGenerating() }
        source = try store.source()
      } catch {
        throw Self.failure("\(error)")
      }
      let share = S.tagConstants(store.key).first
      for (kind, count) in left.sorted(by: { $0.key.description < $1.key.description }) {
        var done = 0
        while done < count {
          let elements = max(1, kind.columnWidths.reduce(0, +))
          let part = min(max(1, Self.partCount / elements), count - done)
          let block = try await source.take(kind, count: part)
          let shares = PartyShares<S.F>(block, party: channel.me, keyShare: share)
          do throws(PrepError) { try sink.accept(shares) } catch { throw Self.failure("\(error)") }
          done += part
        }
      }
    }
    var failure: PrepError?
    do throws(ProtocolAbort) { _ = try report.values() } catch { failure = .aborted(error) }
    do throws(PrepError) { if failure == nil { try sink.finish() } } catch { failure = error }
    for store in stores {
      do throws(StoreError) { try store.purge(because: reason) } catch { failure = failure ?? .store(error) }
    }
    if let failure { throw failure }
  }

  private static func failure(_ detail: String) -> ProtocolAbort {
    .localFailure(step: StepLabel("Prep", 2), detail: detail)
  }
}
