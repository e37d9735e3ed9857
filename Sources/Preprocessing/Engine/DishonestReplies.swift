package import LatticeEncryption
package import MPCCore

/// What a cheating party multiplies instead of what the protocol says: the door for attacks on replies. Honest parties have
/// none.
package protocol DishonestReplies: Sendable {
  /// The products that reply `job` of this round to `peer` really sums.
  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)]

  /// The plaintext coefficients that ciphertext `number` of a packed operand really encrypts.
  func packedOperand(_ coefficients: inout SecretBuffer<UInt128>, number: Int)
}

extension DishonestReplies {
  /// The honest plaintext.
  package func packedOperand(_ coefficients: inout SecretBuffer<UInt128>, number: Int) {}
}

extension OfflineSuite {
  /// The suite of a party that cheats in its replies.
  package func cheating(_ dishonesty: any DishonestReplies) -> OfflineSuite {
    var suite = self
    suite.dishonesty = dishonesty
    return suite
  }
}
