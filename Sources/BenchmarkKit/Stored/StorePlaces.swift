internal import Cryptography
internal import FieldArithmetic
internal import FoundationEssentials
internal import LatticeEncryption
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing

/// Where the parties of this process keep the stores that an experiment's material comes from.
///
/// A store is of one mode. Stores of all parties, as `prep generate --store DIR` makes them, lie in `DIR/P<i>`, or in
/// `DIR/<mode>/P<i>` if an experiment runs in both modes. The store of one real party lies in `DIR/<mode>`, and its key
/// beside the party's identity.
public struct StorePlaces: Sendable {
  private enum Owner: Sendable {
    case allParties
    case oneParty(identity: String)
  }

  /// As given on the command line.
  public let directory: String
  private let owner: Owner

  private init(_ directory: String, _ owner: Owner) {
    self.directory = directory
    self.owner = owner
  }

  /// The stores of all parties of a local run.
  public static func allParties(in directory: String) -> StorePlaces { StorePlaces(directory, .allParties) }

  /// The stores of one real party.
  /// - Parameter identity: the folder of the party's identity, where the store key lies too.
  public static func ofOneParty(in directory: String, identity: String) -> StorePlaces {
    StorePlaces(directory, .oneParty(identity: identity))
  }

  /// Whether these are the stores of one party of several processes.
  var isOfOneParty: Bool {
    if case .oneParty = owner { true } else { false }
  }

  /// The directory that `prep generate --store` fills for a mode of the experiment.
  func root(_ mode: SecurityMode, _ experiment: Experiment) -> String {
    let own = "\(directory)/\(mode.rawValue)"
    if isOfOneParty || experiment.modes.count > 1 { return own }
    return FileManager.default.fileExists(atPath: own) ? own : directory
  }

  /// The store of a party.
  func store(_ mode: SecurityMode, _ party: PartyID, _ experiment: Experiment) -> String {
    let root = root(mode, experiment)
    return isOfOneParty ? root : StoreFolder.store(root, party)
  }

  private func keyFolder(_ mode: SecurityMode, _ party: PartyID, _ experiment: Experiment) -> String {
    switch owner {
    case .allParties: StoreFolder.identity(root(mode, experiment), party)
    case .oneParty(let identity): identity
    }
  }

  /// Whether there is a store, living or destroyed.
  func hasStore(_ mode: SecurityMode, _ party: PartyID, _ experiment: Experiment) -> Bool {
    FileManager.default.fileExists(atPath: store(mode, party, experiment) + "/keys")
  }

  /// Opens a party's store if it was made for what the experiment needs. A store whose process died while something was
  /// undecided is destroyed by this.
  /// - Throws: ``PrepError/store(_:)``: `headerMismatch` with field, wanted and found value; `destroyed`, `inUseElsewhere`,
  ///   `notAStore`, …
  func open<S: OfflineSharing>(_: S.Type, _ party: PartyID, _ experiment: Experiment) throws -> PartyStore<S> {
    guard hasStore(S.mode, party, experiment) else {
      throw PrepError.store(
        .notAStore(path: store(S.mode, party, experiment), reason: "there is none yet, --prepare-material makes it"))
    }
    let options = experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s)
    let expectation = StoreExpectation(
      party: party, partyCount: experiment.parties,
      parameterDigest: PrepRequest.digest(try experiment.offline.parameters(S.self).literal, options),
      masks: options.masks.rawValue)
    do throws(StoreError) {
      return try PartyStore<S>.open(
        directory: store(S.mode, party, experiment), expecting: expectation,
        under: try StoreKey.load(identityDirectory: keyFolder(S.mode, party, experiment)))
    } catch {
      throw PrepError.store(error)
    }
  }

  /// Opens and closes the stores of a party: whether they are there, alive and made for the experiment.
  /// - Throws: as ``open(_:_:_:)-(_,PartyID,_)``.
  func requireUsable(_ experiment: Experiment, _ party: PartyID) throws {
    for mode in experiment.modes {
      switch (experiment.field, mode) {
      case (.p127, .active): try open(AuthenticatedSharing<P127>.self, party, experiment).close()
      case (.p127, .passive): try open(AdditiveSharing<P127>.self, party, experiment).close()
      case (.p61, .active): try open(AuthenticatedSharing<P61>.self, party, experiment).close()
      case (.p61, .passive): try open(AdditiveSharing<P61>.self, party, experiment).close()
      }
    }
  }

  /// Opens the stores of some parties; if one cannot be used, none stays open.
  func open<S: OfflineSharing>(_: S.Type, _ parties: [PartyID], _ experiment: Experiment) throws
    -> [PartyID: PartyStore<S>]
  {
    var stores: [PartyID: PartyStore<S>] = [:]
    do {
      for party in parties { stores[party] = try open(S.self, party, experiment) }
    } catch {
      for store in stores.values { store.close() }
      throw error
    }
    return stores
  }

  /// Makes the store of a party whose generation has set up its keys.
  func make<S: OfflineSharing>(
    _ key: ContinuedKey<S>, _ trust: TrustModel, at party: PartyID, session: SessionID, _ experiment: Experiment
  ) throws -> PartyStore<S> {
    let options = experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s)
    let toy = experiment.offline.insecureRingDegree
    let trust: TrustModel =
      switch (toy, S.mode) {
      case (0, _): trust
      case (_, .active): .dishonestMajorityActive(assumption: "INSECURE toy ring of degree \(toy)")
      case (_, .passive): .insecureDealer
      }
    let terms = StoreTerms(
      S.self, partyCount: experiment.parties, session: session,
      parameterDigest: PrepRequest.digest(try experiment.offline.parameters(S.self).literal, options),
      trustModel: trust, masks: options.masks.rawValue)
    try makeFolder(of: S.mode, party, experiment)
    return try PartyStore<S>.create(
      directory: store(S.mode, party, experiment), terms: terms, party: party,
      keyShare: S.tagConstants(key.key).first ?? .zero, witness: key.witness,
      under: try StoreKey.loadOrCreate(identityDirectory: keyFolder(S.mode, party, experiment)))
  }

  /// Makes the folder that a party's store will lie in.
  func makeFolder(of mode: SecurityMode, _ party: PartyID, _ experiment: Experiment) throws {
    let root = root(mode, experiment)
    let folder = isOfOneParty ? directory : StoreFolder.party(root, party)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw PrepError.cannotWrite(path: folder, reason: "the folder cannot be made")
    }
  }

  /// For reports.
  var text: String { isOfOneParty ? "this party's stores in \(directory)" : "the parties' stores in \(directory)" }
}
