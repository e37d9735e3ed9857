internal import Cryptography
internal import MPCCore
internal import MaterialStore
internal import SecretSharing

/// One party's run on its store: the parties agree where their stores stand, the program takes what it needs, the store
/// rests again. `Papers/STORE.md` has the rules for everything that can come between.
struct StoredRun<S: SharingScheme>: Sendable {
  let store: PartyStore<S>
  /// What the program will take, exactly.
  let demand: [MaterialKind: Int]
  /// Told what a person should know of the agreement.
  let notify: @Sendable (String) -> Void

  /// Agrees with the other parties and sees to it that there is enough.
  ///
  /// Nothing is computed under the keys before this ends. So whatever fails leaves the store as it is, unless somebody
  /// cheated.
  /// - Throws: what ``PartyStore/agree(over:random:)`` throws; `preprocessingExhausted`; `localFailure` with the store's error.
  func takeUp<C: Channel>(over channel: C) async throws(ProtocolAbort) -> StoredSource<S> {
    do throws(ProtocolAbort) {
      let agreement = try await store.agree(over: channel, random: SystemRandom())
      if let notice = agreement.notice(channel.me) { notify(notice) }
      for (kind, needed) in demand.sorted(by: { $0.key.description < $1.key.description }) {
        let left = agreement.left[kind] ?? 0
        guard left >= needed else {
          throw .preprocessingExhausted(kind: kind.description, needed: needed, left: left)
        }
      }
      do throws(StoreError) {
        if store.state == .generating { try store.finishGenerating() }
        return try store.source()
      } catch {
        throw Self.failure(error)
      }
    } catch {
      if error.group == .cheating { store.end(because: error) } else { store.close() }
      throw error
    }
  }

  /// Runs `body`, and lets the store rest or end as its outcome demands.
  /// - Throws: what `body` throws; `localFailure` if another amount was taken than predicted: then the store is at rest.
  func use<R>(_ body: () async throws(ProtocolAbort) -> sending R) async throws(ProtocolAbort) -> sending R {
    let before = store.left
    let result: R
    do throws(ProtocolAbort) { result = try await body() } catch {
      store.end(because: error)
      throw error
    }
    let after = store.left
    do throws(StoreError) { try store.suspend() } catch {
      store.end(because: Self.failure(error))
      throw Self.failure(error)
    }
    for (kind, count) in before {
      let (used, predicted) = (count - (after[kind] ?? 0), demand[kind] ?? 0)
      guard used == predicted else {
        let error = AccountingError(kind: kind.description, predicted: predicted, used: used)
        throw .localFailure(step: StepLabel("Store", 7), detail: error.description)
      }
    }
    return result
  }

  private static func failure(_ error: StoreError) -> ProtocolAbort {
    .localFailure(step: StepLabel("Store", 6), detail: error.description)
  }
}

extension StoreAgreement {
  /// What a person should know of it; nil if all stores stood at the same place.
  func notice(_ party: PartyID) -> String? {
    guard missedCount > 0 || !lost.isEmpty else { return nil }
    var text = "\(party): "
    if missedCount > 0 {
      text +=
        "this store missed \(missedCount) of the \(resumeCount - 1) times the stores were taken up: it is an older copy, or "
        + "its process died at that moment; "
    }
    let kinds = lost.sorted { $0.key.description < $1.key.description }.map { "\($0.value) \($0.key)" }
    text += kinds.isEmpty ? "no items were given up" : "given up, used elsewhere: \(kinds.joined(separator: ", "))"
    return text + "; nothing is used twice\n"
  }
}
