internal import Cryptography
internal import FieldArithmetic
public import MPCCore
public import SecretSharing
internal import Synchronization

/// A trusted dealer behind `PreprocessingSource`. INSECURE: every party holds the dealer's seed and with it all keys
/// and masks. For tests and for measurements of the online phase alone.
///
/// Shares of P_1, P_2, … are expanded from a seed, P_0's are the rest: so P_0 computes what a dealer would compute and
/// the others expand. Same seed, same calls: same material.
public final class InsecureDealer<S: SharingScheme>: PreprocessingSource {
  let seed: [UInt8]
  let me: PartyID
  let partyCount: Int
  package let alpha: S.F
  /// This party's share of the dealer's α.
  public let key: S.Key

  private struct State {
    var cursor: UInt64 = 0
    var consumption = MaterialCount()
    var isDestroyed = false
  }

  private let state = Mutex(State())

  /// The dealer's end at party `me`.
  /// - Parameter seed: 32 bytes, the same at all parties.
  public init(seed: [UInt8], me: PartyID, partyCount: Int) {
    precondition(seed.count == 32, "a seed has 32 bytes")
    precondition(me.index < partyCount, "the party exists")
    self.seed = seed
    self.me = me
    self.partyCount = partyCount
    let shares: [S.F] = (0..<partyCount).map { party in
      S.F.uniform(1, seed: PRG.deriveSeed(seed, label: "mac-key", context: [UInt64(party)]))[0]
    }
    alpha = S.F.sum(shares.span)
    key = S.key(share: shares[me.index])
  }

  private init(of parent: InsecureDealer, fork: UInt64) {
    seed = PRG.deriveSeed(parent.seed, label: "dealer-fork", context: [fork])
    me = parent.me
    partyCount = parent.partyCount
    alpha = parent.alpha
    key = parent.key
  }

  /// A dealer under the same key with a stream of material of its own, for a fork of the session; see
  /// `Session.concurrently`. All parties use the same number, each number once.
  public func fork(_ number: UInt64) -> InsecureDealer { InsecureDealer(of: self, fork: number) }

  /// `TrustModel/insecureDealer`.
  public var trustModel: TrustModel { .insecureDealer }

  /// What was handed out.
  public var consumption: MaterialCount { state.withLock { $0.consumption } }

  /// After this every call throws.
  public func destroy() {
    state.withLock { $0.isDestroyed = true }
    key.destroy(because: .cancelled(during: StepLabel("InsecureDealer", 1)))
  }

  /// Advances the cursor and counts; the cursor labels everything dealt in one call.
  func advance(_ count: Int, _ kind: String) throws(ProtocolAbort) -> UInt64 {
    let cursor: UInt64? = state.withLock { state in
      guard !state.isDestroyed else { return nil }
      state.consumption.add(count, of: kind)
      defer { state.cursor += 1 }
      return state.cursor
    }
    guard let cursor else { throw .preprocessingExhausted(kind: kind, needed: count, left: 0) }
    return cursor
  }

  /// A stream of the dealer, the same at every party that expands it.
  func stream(_ label: String, _ cursor: UInt64, _ index: Int = 0) -> PRG {
    PRG(seed: PRG.deriveSeed(seed, label: label, context: [cursor, UInt64(index)]))
  }

  /// Uniform values.
  func uniform(_ count: Int, _ label: String, _ cursor: UInt64, _ index: Int = 0) -> [S.F] {
    S.F.uniform(count, seed: PRG.deriveSeed(seed, label: label, context: [cursor, UInt64(index)]))
  }

  /// Deals shares of `count` values; only P_0 evaluates `clear`.
  func deal(_ count: Int, _ label: String, _ cursor: UInt64, _ clear: () -> [S.F]) -> SharedVector<S> {
    if me.index > 0 {
      return SharedVector(
        values: uniform(count, label + "/value", cursor, me.index),
        tags: S.tags { uniform(count, label + "/tag", cursor, me.index) })
    }
    let secret = clear()
    func rest(_ total: [S.F], _ part: String) -> [S.F] {
      var mine = total
      for party in 1..<partyCount {
        let theirs = uniform(count, label + part, cursor, party)
        var span = mine.mutableSpan
        S.F.subtract(&span, theirs.span)
      }
      return mine
    }
    return SharedVector(
      values: rest(secret, "/value"),
      tags: S.tags {
        var macs = secret
        var span = macs.mutableSpan
        S.F.scale(&span, by: alpha)
        return rest(macs, "/tag")
      })
  }
}
