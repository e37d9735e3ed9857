public import MPCCore
public import SecretSharing

/// The online phase's source of material from a store.
///
/// Items are set apart in whole chunks, decrypted in order and kept until asked for: memory is the largest demand plus one
/// chunk (at most 1 MiB, or one item if it is larger) a kind.
public final class StoredSource<S: SharingScheme>: BlockSource {
  /// Where the material comes from.
  public let store: PartyStore<S>

  init(_ store: PartyStore<S>) { self.store = store }

  /// This party's key share.
  public var key: S.Key { store.key }
  /// Who has to be trusted for the store.
  public var trustModel: TrustModel { store.header.terms.trustModel }
  /// What was handed out since the store was opened.
  public var consumption: MaterialCount { store.consumption }

  /// The next `count` items.
  /// - Throws: `preprocessingExhausted`; `localFailure` with the store's own words for everything else.
  public func take(_ kind: MaterialKind, count: Int) async throws(ProtocolAbort) -> MaterialBlock<S> {
    do throws(StoreError) {
      return try store.take(kind, count: count)
    } catch .exhausted(let kind, let needed, let left) {
      throw .preprocessingExhausted(kind: kind, needed: needed, left: left)
    } catch {
      throw .localFailure(step: StepLabel("Store", 1), detail: error.description)
    }
  }

  /// What a session calls when it ends early: see ``PartyStore/end(because:)``.
  public func destroy() {
    store.end(because: key.gate.closedBecause ?? .cancelled(during: StepLabel("Store", 2)))
  }
}
