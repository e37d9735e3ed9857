internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// Several sessions under one MAC key. *Own derivation*; `Papers/LowGear.md`, "Several sessions under one key".
///
/// Why: nothing in a set-up says which α_j a party encrypts. With α_j + δ in the later session all of its checks pass, as
/// the cheater corrects its σ_j by δ times opened values. But the first check of x − a with x of the earlier and a of the
/// later session fails with δ·χ·a in the honest σ, which everybody sees: the cheater computes a, and x with it.
///
/// How: the first session makes a witness, one uniform [r] that is never opened. Each later one makes a second tag for it,
/// on the very same shares; the difference of both tags is a sharing of (α − α′)·r, and enters a MAC check as a tag of the
/// public value 0. If an α_j differs by δ, the check needs δ times the honest part of r, which nobody knows; if a party
/// multiplied something else, now or when the witness was made, it needs a multiple of an honest α_i. So it passes with
/// probability at most 3/p: 2/p for the check, 1/p for guessing r.
///
/// Why the witness can be used again: if the check passes, the honest σ sum up to what the adversary had sent before, and
/// each alone is masked by its fresh share of the second tag, so r is as unknown as before. After a failing check, which
/// shows forms of r and α, both are destroyed, like all material under the key.
extension LowGear {
  /// The key of this session with a new witness, to be kept with its material.
  public mutating func makeContinuedKey() async throws(ProtocolAbort) -> ContinuedKey<S> {
    guard S.mode == .active else { return ContinuedKey(key: session.key, witness: SharedVector(zeros: 0)) }
    let uniform = try await authenticatedUniform(1)[0]
    return ContinuedKey(key: session.key, witness: uniform.mapLinear { Array($0.prefix(1)) })
  }

  /// Shows that this set-up encrypted the key shares that the witness's tag was made with: the last step of
  /// ``setUp(over:suite:random:options:continuing:beforeConfirming:)``.
  /// - Throws: `macCheckFailed`; then the key is destroyed.
  mutating func confirmKey(_ witness: SharedVector<S>) async throws(ProtocolAbort) {
    let padding = S.F.filled(batchSize - witness.count, with: .zero)
    let tagged = try await authenticate([witness.values + padding])[0]
    let difference = witness.mapLinear(tagged) { old, new in S.F.subtract(old, Array(new.prefix(old.count))) }
    _ = session.record((), opened: S.F.filled(witness.count, with: .zero), tags: difference.tags)
    try await session.verify()
  }
}
