import CheatingParties
import FieldArithmetic
import LatticeEncryption
import MPCCore
import Preprocessing
import SecretSharing
import Synchronization
import Testing

/// Encrypts a value at a position where the packing has no entry.
private struct StrayCoefficient: DishonestReplies {
  let position: Int

  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] { honest }

  func packedOperand(_ coefficients: inout SecretBuffer<UInt128>, number: Int) {
    coefficients.withMutableSpan { $0[position] = 17 }
  }
}

@Suite("Attacks on packed tuples")
struct PackedTupleAttackTests {
  private typealias S = AuthenticatedSharing<P61>
  private static let shape = ConvolutionShape(
    channels: 1, height: 4, width: 5, filters: 2, kernelHeight: 2, kernelWidth: 2)

  /// One convolution fills the ring: positions are coefficients.
  private static func packing(_ parameters: Parameters) throws -> ConvolutionPacking {
    let packing = try #require(
      ConvolutionPacking(
        shape, encrypting: .left, channels: 1, filters: 2, ringDegree: parameters.ringDegree,
        maximumWeight: parameters.maximumReplyWeight))
    try #require(packing.transformLayers == 0 && packing.ciphertextCount == 1)
    return packing
  }

  private static func run(
    _ suite: OfflineSuite, parties: Int = 2, dishonesty: (any DishonestReplies)? = nil, plan: AttackPlan? = nil
  ) throws -> [TupleAttackTests.Outcome] {
    let packing = try packing(suite.scheme.parameters)
    return TupleAttackTests.run(
      S.self, parties: parties, cheater: PartyID(1), suite: suite, dishonesty: dishonesty, plan: plan
    ) { (party) throws(ProtocolAbort) in
      var epoch = try await party.beginEpoch()
      try await party.bilinearTriples(packing, as: .convolutionTriple(shape), in: &epoch)
      _ = try await party.retire(epoch)
    }
  }

  @Test(arguments: [2, 3])
  func aStrayCoefficientOfAnOperandIsCaught(parties: Int) throws {  // B23
    let suite = try toySuite(S.self)
    let zeros = try Self.packing(suite.scheme.parameters).declaredZeros(ciphertext: 0)
    // The plaintext is in range and its proof honest. The cheater does not put the stray into its own shares of C, so the
    // combination of the batch check fails too: that the rule is needed is not shown here.
    for position in [try #require(zeros.first), try #require(zeros.last)] {
      let outcomes = try Self.run(suite, parties: parties, dishonesty: StrayCoefficient(position: position))
      TupleAttackTests.expectCaught(
        outcomes, cheater: PartyID(1), step: MaskedSum<P61>.step, "stray coefficient \(position)")
    }
  }

  /// Adds 1 to one coefficient of the reply that carries C.
  private static func shifting(_ position: Int, _ parameters: Parameters) -> AttackPlan {
    let seen = Mutex(0)
    return AttackPlan().tampering(ReplyMessage<EpochKey>.self) { message, _ in
      let number = seen.withLock { count in
        count += 1
        return count
      }
      guard number == 2 else { return }  // 1 carries α·A, 2 C, 3 its tag
      var c0 = message.reply.c0
      for limb in 0..<c0.limbCount {
        let q = parameters.basis.moduli[limb].value
        c0.withMutableLimb(limb) { $0[position] = ($0[position] + 1) % q }
      }
      message.reply = Reply(c0: c0, c1: message.reply.c1)
    }
  }

  @Test func anErrorInOneEntryIsCaughtAndOneInGarbageIsIgnored() throws {  // B20
    let suite = try toySuite(S.self)
    let parameters = suite.scheme.parameters
    let used = Set(try Self.packing(parameters).outputs(reply: 0).map { Int($0.position) })
    let entry = try #require(used.min())
    let garbage = try #require((0..<parameters.ringDegree).first { !used.contains($0) })
    TupleAttackTests.expectCaught(
      try Self.run(suite, plan: Self.shifting(entry, parameters)), cheater: PartyID(1), step: MaskedSum<P61>.step,
      "error in C")
    let ignored = try Self.run(suite, plan: Self.shifting(garbage, parameters))
    #expect(ignored.map(\.abort) == [nil, nil])
  }
}
