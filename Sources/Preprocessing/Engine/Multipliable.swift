public import LatticeEncryption
internal import ZeroKnowledge

/// A ciphertext of another party that this one may multiply and reply on: there are three ways to get one.
///
/// A reply on anything else could show the multiplicand: the drowning noise covers proven ciphertexts only.
public struct Multipliable<Role: KeyRole>: Sendable {
  let ciphertext: Ciphertext<Role>

  /// An operand whose proof was verified; it is doubled.
  init(_ operand: ProvenCiphertext<Role>) { ciphertext = operand.doubled }

  /// An operand of a party that is trusted to follow the protocol: the passive scheme's.
  init(passive operand: SeededCiphertext<Role>, _ scheme: BGV) { ciphertext = scheme.expand(operand) }

  #if KILL_MATRIX
  /// An operand without a proof, where the check is disabled.
  init(unproven operand: Ciphertext<Role>, _ scheme: BGV) { ciphertext = scheme.doubled(operand) }
  #endif
}

extension Multipliable where Role == SessionKey {
  /// A MAC key share whose constant proof was verified; exact, not doubled.
  init(_ share: ProvenMACKeyCiphertext) { ciphertext = share.ciphertext }
}
