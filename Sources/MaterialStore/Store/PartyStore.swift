internal import Cryptography
internal import FieldArithmetic
public import MPCCore
public import SecretSharing
internal import Synchronization

/// One party's preprocessed material of one session, on disk: nothing is ever given out twice.
///
/// A directory with a catalogue (SQLite), the file `keys`, a lock, and one flat file a segment. Order on writing: segment
/// data synced, directory synced, catalogue committed; what was not committed is removed at the next opening. Order on
/// reading: the cursor is committed *before* the items are read, so a process that dies loses items and never repeats
/// them. `Papers/STORE.md` has the format, the argument, and what cannot be promised.
///
/// Calls block while the disk works; they may come from any thread. The directory is locked until ``close()`` or
/// ``suspend()``, or until the object is released.
public final class PartyStore<S: SharingScheme>: Sendable {
  /// Where the store is.
  public let directory: String
  /// What the store is bound to.
  public let header: StoreHeader
  /// This party's MAC key share; nothing in the passive scheme.
  public let key: S.Key
  private let witness: SharedVector<S>?

  let files: FileSystem
  let catalogue: Catalogue
  let seal: RowSeal
  let headerDigest: [UInt8]
  private let dataKey: SecretBuffer<UInt8>
  let contents: Mutex<Contents>

  /// What changes.
  struct Contents: ~Copyable, Sendable {
    var life: LifeRecord
    var cursors: [KindCode: CursorRecord]
    /// Of each kind in order.
    var segments: [KindCode: [SegmentRecord]]
    /// Reserved items, decrypted, not handed out yet.
    var stock = MaterialStock<S>()
    /// Appended items that do not fill a chunk yet.
    var unwritten = MaterialStock<S>()
    var pending: [KindCode: PendingSegment] = [:]
    var consumption = MaterialCount()
    /// The lock file; nil when closed.
    var lock: OpenFile?
    /// The error after which this object does nothing more than close and destroy.
    var failure: StoreError?
    /// Whether the parties have agreed on cursors since this object was opened.
    var hasAgreed = false
  }

  private init(
    directory: String, header: StoreHeader, keys: SealedKeys.Keys, catalogue: Catalogue, files: FileSystem,
    contents: consuming Contents
  ) throws(StoreError) {
    self.directory = directory
    self.header = header
    self.files = files
    self.catalogue = catalogue
    seal = RowSeal(dataKey: keys.dataKey)
    headerDigest = header.digest
    dataKey = SecretBuffer(copying: keys.dataKey)
    guard keys.keyShare.isEmpty || S.F.decode(keys.keyShare)?.count == 1 else {
      throw .damaged(part: "the MAC key share", path: directory, reason: "it is no element of the field")
    }
    key = S.key(share: S.F.decode(keys.keyShare)?.first ?? .zero)
    witness = try Self.witness(encoded: keys.witness, directory: directory)
    self.contents = Mutex(contents)
  }

  /// The key, and by what a session that adds to this store shows that it continues it; nil if the store was made without
  /// (by a dealer).
  public var continuedKey: ContinuedKey<S>? { witness.map { ContinuedKey(key: key, witness: $0) } }

  /// The shares of a key witness, value first; the passive scheme needs none.
  private static func witness(encoded: [UInt8], directory: String) throws(StoreError) -> SharedVector<S>? {
    guard S.mode == .active else { return SharedVector(zeros: 0) }
    guard !encoded.isEmpty else { return nil }
    guard let shares = S.F.decode(encoded), shares.count == SharedVector<S>(zeros: 1).components.count else {
      throw .damaged(part: "the key witness", path: directory, reason: "it is no authenticated value of the field")
    }
    return SharedVector(components: shares.map { [$0] })
  }

  private static func encoded(_ elements: [S.F]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: elements.count * S.F.encodedByteCount)
    S.F.encode(elements, into: &bytes)
    return bytes
  }

  /// Whether the shares carry MACs: only then are there checks that can be undecided.
  var isAuthenticated: Bool { header.terms.mode == .active }

  func path(of segment: UInt64) -> String { directory + "/" + SegmentRecord.fileName(segment) }

  func segmentFile(_ record: SegmentRecord) -> SegmentFile {
    dataKey.withSpan { span in
      SegmentFile(
        record, header: header, headerDigest: headerDigest, dataKey: span.indices.map { span[$0] })
    }
  }

  /// Wipes what this object knows of the keys.
  func wipeKeys(because reason: ProtocolAbort) {
    dataKey.wipe()
    key.destroy(because: reason)
  }

  // MARK: Making

  /// Makes an empty store in `directory`, which is made if missing; its parent exists. The store is `generating`.
  /// - Parameters:
  ///   - keyShare: α_i of this session; ignored in the passive scheme.
  ///   - witness: of the key, unopened; without one no later session can add to a store of the active scheme.
  ///   - storeKey: what the store is sealed under; see ``StoreKey/loadOrCreate(identityDirectory:)``.
  /// - Throws: `exists`, `inUseElsewhere`, `io`, `diskFull`.
  public static func create(
    directory: String, terms: StoreTerms, party: PartyID, keyShare: S.F, witness: SharedVector<S>? = nil,
    under storeKey: StoreKey
  ) throws(StoreError) -> PartyStore {
    try create(
      directory: directory, terms: terms, party: party, keyShare: keyShare, witness: witness, under: storeKey,
      files: FileSystem())
  }

  package static func create(
    directory: String, terms: StoreTerms, party: PartyID, keyShare: S.F, witness: SharedVector<S>? = nil,
    under storeKey: StoreKey, files: FileSystem
  ) throws(StoreError) -> PartyStore {
    precondition(
      terms.field == S.F.name && terms.mode == S.mode && party.index < terms.partyCount,
      "terms of this scheme and party")
    let isNew = try files.status(directory) == nil
    try files.makeDirectory(directory)
    if isNew { try files.syncDirectory(directory + "/..") }
    let lock = try StoreDirectory.lock(directory, files: files)
    guard try files.status(directory + "/" + SealedKeys.fileName) == nil else { throw .exists(path: directory) }
    // Without the key file nothing here was ever usable: the rest of an interrupted making.
    try StoreDirectory.removeContent(directory, files: files)

    let random = SystemRandom()
    let keys = SealedKeys.Keys(
      dataKey: random.seed(label: "data key"), salt: random.seed(label: "key commitment"),
      keyShare: S.mode == .active ? encoded([keyShare]) : [],
      witness: S.mode == .active ? encoded((witness?.components ?? []).flatMap(\.self)) : [])
    let identifier = Array(random.seed(label: "store identifier").prefix(16))
    let header = StoreHeader(
      terms: terms, party: party, generated: FileSystem.now(), identifier: identifier,
      keyCommitment: keys.commitment(identifier: identifier))
    let life = LifeRecord(
      state: .generating, undecided: nil, resumeCount: 0, run: terms.session.bytes, nextSegment: 1)
    let catalogue = try Catalogue.create(
      directory: directory, header: header, life: life, seal: RowSeal(dataKey: keys.dataKey), files: files)
    try SealedKeys.write(keys, header: header, under: storeKey, directory: directory, files: files)
    return try PartyStore(
      directory: directory, header: header, keys: keys, catalogue: catalogue, files: files,
      contents: Contents(life: life, cursors: [:], segments: [:], lock: lock))
  }

  // MARK: Opening

  /// Opens a store.
  ///
  /// Files of interrupted writes are removed. If the last process died while something was undecided (unchecked openings,
  /// a MAC check between commitment and verdict, a live key epoch), that was an abort: the store is destroyed here.
  /// - Throws: `notAStore`, `inUseElsewhere`, `headerMismatch`, `wrongStoreKey`, `damaged`, `destroyed`, `io`.
  public static func open(
    directory: String, expecting expectation: StoreExpectation = StoreExpectation(), under storeKey: StoreKey
  ) throws(StoreError) -> PartyStore {
    try open(directory: directory, expecting: expectation, under: storeKey, files: FileSystem())
  }

  package static func open(
    directory: String, expecting expectation: StoreExpectation, under storeKey: StoreKey, files: FileSystem
  ) throws(StoreError) -> PartyStore {
    guard let status = try files.status(directory) else {
      throw .notAStore(path: directory, reason: "there is no such directory")
    }
    guard SecurityCheck.storeDirectoryMode.holds(status.mode & 0o022 == 0) else {
      throw .readableByOthers(path: directory, mode: status.mode)
    }
    let lock = try StoreDirectory.lock(directory, files: files)
    guard let sealed = try SealedKeys.read(directory: directory, files: files) else {
      throw .notAStore(path: directory, reason: "it has no key file, its making was interrupted")
    }
    guard case .live(let blob) = sealed else {
      try StoreDirectory.removeSegments(directory, except: [], files: files)
      throw StoreDirectory.destroyedError(directory, sealed)
    }
    let catalogue = try Catalogue.open(directory: directory, files: files)
    let content = try catalogue.content()
    try expectation.check(content.header, of: S.self)
    if content.life.state.isFinal, SecurityCheck.destroyedStoreStaysDead.isKept {
      // The keys go first when a store is destroyed: this key file was put back.
      try SealedKeys.destroy(content.life.state, directory: directory, files: files)
      try StoreDirectory.removeSegments(directory, except: [], files: files)
      throw .destroyed(path: directory, content.life.state)
    }
    let keys = try SealedKeys.open(blob, header: content.header, under: storeKey, directory: directory)
    try content.checkSeals(RowSeal(dataKey: keys.dataKey), path: directory)
    let store = try PartyStore(
      directory: directory, header: content.header, keys: keys, catalogue: catalogue, files: files,
      contents: Contents(
        life: content.life, cursors: Dictionary(content.cursors.map { ($0.code, $0) }) { first, _ in first },
        segments: Dictionary(grouping: content.segments, by: \.code), lock: lock))
    if let undecided = content.life.undecided, SecurityCheck.undecidedStoreDestroyed.isKept {
      try store.destroy(because: "the process that used it ended while \(undecided)")
      throw StoreDirectory.destroyedError(directory, try SealedKeys.read(directory: directory, files: files))
    }
    try store.tidy()
    return store
  }

  /// Drops segments that were used up and files no transaction knows; checks that the others are there.
  private func tidy() throws(StoreError) {
    try contents.withLock { (contents) throws(StoreError) in
      try dropUsedSegments(&contents)
      let numbers = contents.segments.values.joined().map(\.number)
      try StoreDirectory.removeSegments(directory, except: Set(numbers), files: files)
      for record in contents.segments.values.joined() {
        let path = path(of: record.number)
        guard let status = try files.status(path), SecurityCheck.segmentLength.holds(status.bytes == record.fileBytes)
        else {
          throw .damaged(
            part: "segment \(record.number) (\(record.code.kind?.description ?? "unknown kind"))", path: path,
            reason: "the file is missing or has another length than the catalogue says")
        }
      }
    }
  }
}

extension Catalogue.Content {
  /// - Throws: `damaged` naming the first row that was not written by this store.
  func checkSeals(_ seal: RowSeal, path: String) throws(StoreError) {
    var expected = [("the state", life.seal(seal))]
    expected += cursors.map { ("the cursor of \($0.code.kind?.description ?? "unknown kind")", $0.seal(seal)) }
    expected += segments.map { ("the record of segment \($0.number)", $0.seal(seal)) }
    for ((name, right), found) in zip(expected, seals) where !SecurityCheck.catalogueSeal.holds(right == found) {
      throw .damaged(part: name, path: path, reason: "its seal in the catalogue is wrong, the row was changed")
    }
  }
}
