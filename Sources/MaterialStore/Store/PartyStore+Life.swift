public import MPCCore
public import SecretSharing
internal import Synchronization

/// The states of the store, and what may be lost when a process dies.
///
/// A session may be taken up again after a process stopped only if nothing was undecided at that moment: no opening
/// without its MAC check, no check between commitment and verdict, no live key epoch. The store knows only what was
/// recorded durably. So in the active scheme the first items handed out after a rest set the mark `undecided`, in the same
/// transaction as the cursor, and only ``settle(after:)`` or ``suspend()`` clears it. A process killed in between, or whose
/// peer was lost in between, leaves the mark: the next opening destroys the store. A process killed while the mark was
/// clear is a lost peer with an empty ledger: the store is taken up again as after a suspension. The passive scheme checks
/// nothing; there a kill only loses what was reserved.
extension PartyStore {
  /// Where the store is in its life.
  public var state: StoreState { contents.withLock { $0.life.state } }
  /// How often the parties took the store up.
  public var resumeCount: UInt64 { contents.withLock { $0.life.resumeCount } }
  /// What would be left open if the process died now.
  public var undecided: String? { contents.withLock { $0.life.undecided } }

  /// Ends generation: everything appended is durable, the store is `ready`.
  /// - Throws: `wrongState`, `io`, `diskFull`.
  public func finishGenerating() throws(StoreError) {
    try contents.withLock { (contents) throws(StoreError) in
      try requireState(&contents, "the store to be generating") { $0 == .generating }
      try requireSettled(contents)
      try commit(&contents)
      try changeLife(&contents) { $0.state = .ready }
    }
  }

  /// Goes back to generation, to append more.
  /// - Throws: `wrongState` unless the store is generating, ready, suspended or at rest; `io`, `diskFull`.
  public func beginGenerating() throws(StoreError) {
    try contents.withLock { (contents) throws(StoreError) in
      try requireState(&contents, "a store that is not destroyed") { !$0.isFinal }
      try requireSettled(contents)
      if contents.life.state != .generating { try changeLife(&contents) { $0.state = .generating } }
    }
  }

  /// Starts handing out. The parties have agreed on the cursors before; see ``agree(over:random:)``.
  /// - Throws: `wrongState`, `io`, `diskFull`.
  public func beginUse() throws(StoreError) {
    try contents.withLock { (contents) throws(StoreError) in
      try requireState(&contents, "a complete store") { $0 == .ready || $0 == .suspended || $0 == .inUse }
      guard SecurityCheck.agreementBeforeUse.holds(contents.hasAgreed) else {
        throw .wrongState(
          contents.life.state, needed: "the parties' agreement on cursors first: call agree(over:random:)")
      }
      if contents.life.state != .inUse { try changeLife(&contents) { $0.state = .inUse } }
    }
  }

  /// ``beginUse()`` without the parties' agreement, for tools and tests: after a restored backup items would be reused.
  package func beginUseAlone() throws(StoreError) {
    contents.withLock { $0.hasAgreed = true }
    try beginUse()
  }

  /// The preprocessing source of an online phase; starts the use of the store.
  /// - Throws: as ``beginUse()``.
  public func source() throws(StoreError) -> StoredSource<S> {
    try beginUse()
    return StoredSource(self)
  }

  /// Notes durably that something is undecided from now on, for example `"a key epoch is live"`: before anything is sent
  /// that a dead process could not take back. Free if something is noted already.
  /// - Throws: `io`, `diskFull`, `destroyed`.
  public func beginUndecided(_ what: String) throws(StoreError) {
    try contents.withLock { (contents) throws(StoreError) in
      try requireAlive(contents)
      if contents.life.undecided == nil { try changeLife(&contents) { $0.undecided = what } }
    }
  }

  /// Notes durably that nothing is undecided: every opening is checked, every verdict known, no key epoch live. Until the
  /// next ``beginUndecided(_:)``, or the next items handed out, nothing may be opened.
  /// - Throws: `io`, `diskFull`, `destroyed`.
  public func settle() throws(StoreError) {
    try contents.withLock { (contents) throws(StoreError) in
      try requireAlive(contents)
      if contents.life.undecided != nil { try changeLife(&contents) { $0.undecided = nil } }
    }
  }

  /// ``settle()`` between two steps of a session: for example after each training epoch.
  /// - Throws: `wrongState` if the session has unchecked openings or was aborted; as ``settle()``.
  public func settle<C: Channel>(after session: borrowing Session<S, C>) throws(StoreError) {
    guard SecurityCheck.settledAfterCheck.holds(session.abortReason == nil && session.uncheckedCount == 0) else {
      throw .wrongState(state, needed: "a session without unchecked openings: verify first")
    }
    try settle()
  }

  /// Ends the use in order: the store can be taken up again, and reserved items that were not handed out stay in it.
  /// - Throws: `wrongState` if something is undecided; then nothing changed. `io`, `diskFull`.
  public func suspend() throws(StoreError) {
    try contents.withLock { (contents) throws(StoreError) in
      try requireAlive(contents)
      try requireSettled(contents)
      try commit(&contents)
      var change = Catalogue.Change()
      for (kind, count) in contents.stock.contents {
        guard var cursor = contents.cursors[KindCode(kind)] else { continue }
        cursor.cursor -= count
        change.cursors.append(cursor)
      }
      var life = contents.life
      if life.state == .inUse { life.state = .suspended }
      change.life = life
      try write(change, &contents)
      contents.stock.removeAll()
      release(&contents)
    }
  }

  /// Gives the directory free as it is, as a killed process would. Idempotent.
  public func close() { contents.withLock { release(&$0) } }

  // MARK: Shared by the parts of the store

  func release(_ contents: inout Contents) {
    guard contents.lock != nil else { return }
    contents.stock.removeAll()
    contents.unwritten.removeAll()
    contents.pending = [:]
    catalogue.close()
    contents.lock = nil
  }

  func requireAlive(_ contents: borrowing Contents) throws(StoreError) {
    if let failure = contents.failure { throw failure }
    guard contents.lock != nil else { throw .wrongState(contents.life.state, needed: "the store to be open") }
  }

  func requireState(_ contents: inout Contents, _ needed: String, _ fits: (StoreState) -> Bool) throws(StoreError) {
    try requireAlive(contents)
    guard fits(contents.life.state) else { throw .wrongState(contents.life.state, needed: needed) }
  }

  private func requireSettled(_ contents: borrowing Contents) throws(StoreError) {
    guard let undecided = contents.life.undecided else { return }
    throw .wrongState(contents.life.state, needed: "nothing to be undecided, but \(undecided): verify and settle first")
  }

  private func changeLife(_ contents: inout Contents, _ body: (inout LifeRecord) -> Void) throws(StoreError) {
    var life = contents.life
    body(&life)
    try write(Catalogue.Change(life: life), &contents)
  }

  /// Commits a change and takes it over. After a failure the object is unusable: what is on disk is not known.
  func write(_ change: Catalogue.Change, _ contents: inout Contents) throws(StoreError) {
    do {
      try catalogue.commit(change, seal: seal)
    } catch {
      contents.failure = error
      throw error
    }
    contents.life = change.life ?? contents.life
    for cursor in change.cursors { contents.cursors[cursor.code] = cursor }
    for segment in change.addedSegments { contents.segments[segment.code, default: []].append(segment) }
    if !change.removedSegments.isEmpty {
      let removed = Set(change.removedSegments)
      for code in contents.segments.keys { contents.segments[code]?.removeAll { removed.contains($0.number) } }
    }
  }
}
