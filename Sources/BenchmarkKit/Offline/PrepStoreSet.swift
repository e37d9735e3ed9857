internal import Cryptography
internal import FieldArithmetic
internal import FoundationEssentials
internal import LatticeEncryption
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing

/// The parties' stores in one directory that a generation adds to: stores of an earlier one, or new ones, which can be
/// made once the parties have a MAC key.
struct PrepStoreSet<S: OfflineSharing>: Sendable {
  /// Where they are.
  let directory: String
  /// By party; empty if they are to be made.
  let existing: [PartyStore<S>]
  private let parameterDigest: [UInt8]
  private let partyCount: Int
  private let masks: String
  private let insecureToyDegree: Int?

  /// Makes the folders of the parties, opens the stores that are there, and sees to it that the demand fits on the disk.
  /// - Throws: ``PrepError``: `usage` if only some parties have a store, or theirs were made with other parameters;
  ///   `store` if one cannot be opened, or the disk is too small; `cannotWrite`.
  init(
    _ directory: String, _ request: PrepRequest, _ demand: [MaterialKind: Int], _ parameters: Parameters
  ) throws(PrepError) {
    self.directory = directory
    parameterDigest = PrepRequest.digest(parameters.literal, request.options)
    partyCount = request.partyCount
    masks = request.options.masks.rawValue
    insecureToyDegree = request.insecureToyDegree
    let all = (0..<request.partyCount).map { PartyID($0) }
    for party in all {
      do {
        try FileManager.default.createDirectory(
          atPath: StoreFolder.party(directory, party), withIntermediateDirectories: true,
          attributes: [.posixPermissions: 0o700])
      } catch {
        throw .cannotWrite(path: StoreFolder.party(directory, party), reason: "the folder cannot be made")
      }
    }
    func hasStore(_ party: PartyID) -> Bool {
      FileManager.default.fileExists(atPath: StoreFolder.store(directory, party))
    }
    let present = (0..<SecurityParameters.maximumPartyCount).map { PartyID($0) }.filter(hasStore)
    guard present.isEmpty || present == all else {
      let names = present.map(\.description).joined(separator: ", ")
      throw .usage(
        "\(directory) has stores of \(names), this run has \(request.partyCount) parties; give their number with "
          + "--parties, or choose another directory")
    }
    // All parties write to one disk here.
    let together = demand.mapValues { $0.multipliedReportingOverflow(by: all.count).partialValue }
    do throws(StoreError) {
      try StoreBudget.requireSpace(for: together, S.self, party: all[0], directory: directory)
    } catch {
      throw .store(error)
    }
    existing = try Self.open(present, directory, partyCount: request.partyCount, masks, parameterDigest)
  }

  private static func open(
    _ parties: [PartyID], _ directory: String, partyCount: Int, _ masks: String, _ digest: [UInt8]
  ) throws(PrepError) -> [PartyStore<S>] {
    var stores: [PartyStore<S>] = []
    do throws(StoreError) {
      for party in parties {
        stores.append(
          try PartyStore<S>.open(
            directory: StoreFolder.store(directory, party),
            expecting: StoreExpectation(party: party, partyCount: partyCount, parameterDigest: digest, masks: masks),
            under: try StoreKey.load(identityDirectory: StoreFolder.identity(directory, party))))
      }
    } catch {
      if case .destroyed(let path, let state) = error {
        for store in stores { store.close() }
        var why = ""
        if case .aborted = state {
          why =
            ". A process that dies while a key epoch is live destroys its store, by design: nobody who can kill a process "
            + "may get a second look at the same keys. One Ctrl-C ends a generation in order and keeps what was made"
        }
        throw .unusableStore(directory: directory, reason: "\(path) is \(state.text)\(why)")
      }
      for store in stores { store.close() }
      if case .headerMismatch(let field, let asked, let stored) = error {
        let values = field == "parameter block" ? "" : ": stored \(stored), asked for \(asked)"
        throw .usage(
          "the stores in \(directory) were made with another \(field)\(values); material is added with the same "
            + "--parties, --mode, --field, --triples and --masks, or to another directory")
      }
      throw .store(error)
    }
    return stores
  }

  /// Before the set-up: the parties agree on what their stores hold.
  /// - Returns: the store to continue; `nil` if it is to be made.
  func takeUp<C: Channel>(over channel: C, random: any RandomSource) async throws(ProtocolAbort) -> PartyStore<S>? {
    guard !existing.isEmpty else { return nil }
    let store = existing[channel.me.index]
    _ = try await store.agree(over: channel, random: random)
    return store
  }

  /// After the set-up: a new store under its MAC key.
  func make(
    _ key: ContinuedKey<S>, _ trust: TrustModel, at me: PartyID, session: SessionID
  ) throws(ProtocolAbort) -> PartyStore<S> {
    let trust: TrustModel =
      switch (insecureToyDegree, S.mode) {
      case (nil, _): trust
      case (let degree?, .active): .dishonestMajorityActive(assumption: "INSECURE toy ring of degree \(degree)")
      case (_, .passive): .insecureDealer
      }
    let terms = StoreTerms(
      S.self, partyCount: partyCount, session: session, parameterDigest: parameterDigest, trustModel: trust,
      masks: masks)
    do throws(StoreError) {
      return try PartyStore<S>.create(
        directory: StoreFolder.store(directory, me), terms: terms, party: me,
        keyShare: S.tagConstants(key.key).first ?? .zero, witness: key.witness,
        under: try StoreKey.loadOrCreate(identityDirectory: StoreFolder.identity(directory, me)))
    } catch {
      throw Self.failure(error)
    }
  }

  static func failure(_ error: StoreError) -> ProtocolAbort {
    .localFailure(step: StepLabel("Prep", 1), detail: error.description)
  }
}

/// Where a local run keeps the parties' stores and store keys: `DIR/P<i>/store` and `DIR/P<i>/identity`.
enum StoreFolder {
  static func party(_ directory: String, _ party: PartyID) -> String { "\(directory)/P\(party.index)" }
  static func store(_ directory: String, _ party: PartyID) -> String { "\(Self.party(directory, party))/store" }
  static func identity(_ directory: String, _ party: PartyID) -> String { "\(Self.party(directory, party))/identity" }
}
