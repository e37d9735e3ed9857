internal import FieldArithmetic
internal import MPCCore
internal import MaterialStore
internal import Preprocessing
internal import SecretSharing

/// Items of a store that a set-up which continues its MAC key is compared on; see `LowGear.confirmKey(on:)`. They are spent.
struct KeyComparison: Hashable, Sendable {
  let kind: MaterialKind
  let count: Int

  /// What all parties choose who agreed on `left`; `nil` if nothing in the store is fit.
  init?<S: OfflineSharing>(_ left: [MaterialKind: Int], _: S.Type) {
    for (kind, count) in left.sorted(by: { $0.key.description < $1.key.description }) {
      guard let needed = kind.itemsConfirmingKey(modulusBits: S.F.modulusBits), needed <= count else { continue }
      self.kind = kind
      self.count = needed
      return
    }
    return nil
  }

  /// - Throws: `wrongState` if nothing in the store is fit.
  static func required<S: OfflineSharing>(
    _ left: [MaterialKind: Int], in store: PartyStore<S>
  ) throws(StoreError) -> KeyComparison {
    guard let choice = KeyComparison(left, S.self) else {
      throw .wrongState(
        store.state,
        needed: "a triple, square, random or matrix triple, or 256 bits or masks, to compare the MAC key on before "
          + "material is added; make a new store")
    }
    return choice
  }
}

extension PartyStore where S: OfflineSharing {
  /// Takes the values out, before the set-up. The parties have agreed on the cursors; the store is in use afterwards.
  func take(_ comparison: KeyComparison) throws(StoreError) -> SharedVector<S> {
    if state == .generating { try finishGenerating() }
    try beginUse()
    let block = try take(comparison.kind, count: comparison.count)
    let column = block.columns[0]
    // Nothing of what was taken has been opened.
    try settle()
    let length = min(column.count, 2 * S.F.modulusBits)
    return column.mapLinear { Array($0.prefix(length)) }
  }
}

extension LowGear {
  /// Compares the MAC key of this set-up with the store's, then opens the store for more material.
  /// - Parameter known: what was taken out of the store; `nil` in the passive scheme.
  /// - Throws: `macCheckFailed`, after which the store has to be destroyed; `localFailure` if the store fails.
  mutating func confirmKey(on known: SharedVector<S>?, of store: PartyStore<S>) async throws(ProtocolAbort) {
    func storing(_ body: () throws(StoreError) -> Void) throws(ProtocolAbort) {
      do throws(StoreError) { try body() } catch {
        throw .localFailure(step: StepLabel("KeyComparison", 1), detail: error.description)
      }
    }
    if let known {
      try storing { () throws(StoreError) in
        try store.beginUndecided("the MAC key was being compared with that of the set-up")
      }
      try await confirmKey(on: known)
      do throws(StoreError) { try store.settle(after: session) } catch {
        throw .localFailure(step: StepLabel("KeyComparison", 1), detail: error.description)
      }
    }
    try storing { () throws(StoreError) in try store.beginGenerating() }
  }
}
