internal import MPCCore
internal import MaterialStore
internal import SecretSharing

/// What keeps account, outside the process, of whether a program has something undecided.
protocol StepJournal: Sendable {
  /// Before a step that may open something.
  func begin() throws(ProtocolAbort)
  /// After a step that left nothing undecided: everything opened is checked, everything broadcast compared.
  func settle() throws(ProtocolAbort)
}

/// For material that does not outlive the process.
struct NoJournal: StepJournal {
  func begin() {}
  func settle() {}
}

/// The mark `undecided` of a store: while it is set, the end of the process is an abort and the store is destroyed.
struct StoreJournal<S: SharingScheme>: StepJournal {
  let store: PartyStore<S>

  func begin() throws(ProtocolAbort) {
    // Nothing is checked in the passive scheme, so nothing can be undecided.
    guard S.mode == .active else { return }
    do throws(StoreError) { try store.beginUndecided("a step of the program was open") } catch {
      throw .localFailure(step: StepLabel("Store", 4), detail: error.description)
    }
  }

  func settle() throws(ProtocolAbort) {
    do throws(StoreError) { try store.settle() } catch {
      throw .localFailure(step: StepLabel("Store", 5), detail: error.description)
    }
  }
}
