/// A party's part of the MAC key of a session whose material a later session adds to.
///
/// The witness [r] is one random value with its tag, made in the first session: nobody knows it, it is never opened and
/// used for nothing else than showing that every party encrypts the same α_j again; see `LowGear+KeyContinuity.swift` and
/// `Papers/LowGear.md`, "Several sessions under one key".
public struct ContinuedKey<S: SharingScheme>: Sendable {
  /// α_j; nothing in the passive scheme.
  public let key: S.Key
  /// [r]: one value in an authenticated scheme, none in the passive one.
  public let witness: SharedVector<S>

  /// Puts both together.
  /// - Precondition: one value, or none in the passive scheme.
  public init(key: S.Key, witness: SharedVector<S>) {
    precondition(witness.count == Self.witnessCount, "one value, or none in the passive scheme")
    self.key = key
    self.witness = witness
  }

  /// How many values a witness has.
  public static var witnessCount: Int { S.mode == .active ? 1 : 0 }
}
