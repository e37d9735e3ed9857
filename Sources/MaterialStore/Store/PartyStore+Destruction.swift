public import MPCCore
internal import SecretSharing
internal import Synchronization

extension PartyStore {
  /// Ends the store as a session that died of `reason` demands.
  ///
  /// A lost peer, a deadline, missing material or a local failure *while nothing is undecided* suspends the session: the
  /// store stays as it is and can be taken up again. Everything else is an abort, after which keys and material are
  /// destroyed durably. If the disk fails while destroying, the next opening completes it:
  /// the mark `undecided` is on disk.
  public func end(because reason: ProtocolAbort) {
    let isSuspension: Bool =
      switch reason {
      case .peerLost, .timedOut, .preprocessingExhausted, .localFailure, .configurationMismatch: undecided == nil
      default: false
      }
    if isSuspension {
      key.destroy(because: reason)
      do throws(StoreError) { try suspend() } catch { close() }
    } else {
      try? destroy(because: reason.description)
    }
  }

  /// Destroys keys and material for ever: the keys are overwritten in place and synced first (nothing can be decrypted any
  /// more), then the catalogue notes why, then the segments are removed. All steps are tried whatever happens to the
  /// others, and an interrupted destruction is completed by the next opening. Idempotent.
  /// - Throws: `io` if the keys could not be overwritten: then destroy the store key too. The object is unusable anyway.
  public func destroy(because reason: String) throws(StoreError) {
    try retire(reason) { .aborted(reason: $0, date: $1) }
  }

  /// Destroys keys and material because they went elsewhere (export) or are not wanted any more (purge).
  /// - Throws: as ``destroy(because:)``.
  public func purge(because reason: String) throws(StoreError) { try retire(reason) { .spent(reason: $0, date: $1) } }

  private func retire(_ reason: String, _ final: (String, Int64) -> StoreState) throws(StoreError) {
    wipeKeys(because: .cancelled(during: StepLabel("Store", 3)))
    try contents.withLock { (contents) throws(StoreError) in
      guard contents.lock != nil, !contents.life.state.isFinal else { return }
      let state = final(String(reason.unicodeScalars.prefix(100)), FileSystem.now())
      contents.stock.removeAll()
      contents.unwritten.removeAll()
      contents.failure = .destroyed(path: directory, state)
      var first: StoreError?
      func attempt(_ body: () throws(StoreError) -> Void) {
        do throws(StoreError) { try body() } catch { first = first ?? error }
      }
      attempt { () throws(StoreError) in
        try SealedKeys.destroy(state, directory: directory, files: files)
      }
      contents.life.state = state
      contents.life.undecided = nil
      let life = contents.life
      attempt { () throws(StoreError) in try catalogue.retire(life, seal: seal) }
      contents.pending = [:]
      contents.segments = [:]
      attempt { () throws(StoreError) in
        try StoreDirectory.removeSegments(directory, except: [], files: files)
      }
      release(&contents)
      if let first { throw first }
    }
  }
}
