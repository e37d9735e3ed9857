/// The security parameters of a session.
///
/// Source: `Papers/MODEL.md`, section "Adversary". Soundness of one MAC check is 2/p, so the field must satisfy
/// p ≥ 2^(s+2); ``SecurityParameters`` holds s, the field says p, and a session checks the two against each other.
public struct SecurityParameters: Hashable, Sendable, Codable {
  /// The largest party count of a session.
  @inlinable public static var maximumPartyCount: Int { 8 }

  /// λ, in bits: commitments, seeds, hashes, proofs of plaintext knowledge. Never tied to `statisticalSecurity`.
  public var computationalSecurity: Int
  /// s, in bits: how far a statistically masked opening may be from uniform, and the error of checks over the field.
  public var statisticalSecurity: Int

  /// Creates parameters; the defaults are λ = 128 and s = 40.
  public init(computationalSecurity: Int = 128, statisticalSecurity: Int = 40) {
    self.computationalSecurity = computationalSecurity
    self.statisticalSecurity = statisticalSecurity
  }
}
