internal import FieldArithmetic
public import MPCCore
public import SecretSharing

extension LowGear {
  /// Shows that this set-up encrypted the MAC key shares that earlier material was made with: once, before anything else,
  /// after a set-up that continued a key. The commands that add to stores do not call it yet, so adding to a store trusts the
  /// parties to continue their own key; a store made in one session does not.
  ///
  /// Why: nothing in a set-up says which α_j a party encrypts. With α_j + δ in the later session all of its checks pass, as
  /// the cheater corrects its σ_j by δ times opened values. But the first check of x − a with x of the earlier and a of the
  /// later session fails with δ·χ·a in the honest σ, which everybody sees: the cheater computes a, and x with it.
  ///
  /// How: values of the earlier session get tags of this one on top, on the very same shares; the difference of both
  /// tags is a sharing of (α − α′)·x, and enters a MAC check as a tag of the public value 0. If an α_j differs by δ,
  /// the check needs δ times the honest shares of Σ χ_k·x_k, which nobody knows; if a party multiplied something else,
  /// it needs a multiple of an honest α_i. It passes with probability at most 2/p plus 2^−m, for m bits of joint
  /// entropy in x. A failing check shows forms of x and α, and ends both keys. *Own derivation.*
  /// - Parameter known: authenticated under the earlier session's tags; unopened, unknown to every single party, at least
  ///   log2 p bits of entropy together, and spent by this; at most N.
  /// - Throws: `macCheckFailed`; then the key is destroyed and the material under it has to be.
  public mutating func confirmKey(on known: SharedVector<S>) async throws(ProtocolAbort) {
    precondition((1...batchSize).contains(known.count), "1 to N values")
    guard SecurityCheck.laterSessionHasTheKey.isKept else { return }
    let padding = S.F.filled(batchSize - known.count, with: .zero)
    let tagged = try await authenticate([known.values + padding])[0]
    let difference = known.mapLinear(tagged) { old, new in
      var out = old
      for index in out.indices { out[index] = old[index] - new[index] }
      return out
    }
    _ = session.record((), opened: S.F.filled(known.count, with: .zero), tags: difference.tags)
    try await session.verify()
  }
}
