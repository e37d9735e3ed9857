import CheatingParties
import FieldArithmetic
import InsecureDealer
import MPCCore
import Preprocessing
import SecretSharing
import Synchronization
import Testing
import Transport

@Suite("Range proof of bounded values under attack")
struct BoundedValueAttackTests {
  typealias S = AuthenticatedSharing<P127>

  /// P_1 inputs `value` as its only bounded value of 8 bits and follows `claims` where honest code computes v_j.
  static func run(
    _ value: P127, statisticalSecurity s: Int, seed: UInt64,
    claims:
      @escaping @Sendable (_ attempt: Int, _ masks: [P127], _ coefficients: [[P127]], _ proof: BoundedValueProof)
      -> [P127]
  ) async -> AttackOutcome<Bool> {
    await runParties(2, S.self, cheaters: [PartyID(1): AttackPlan()], seed: seed, over: .simulated(seed: seed)) {
      (session) throws(ProtocolAbort) -> Bool in
      let proof = BoundedValueProof(count: 1, bits: 8, statisticalSecurity: s)
      var values: [SharedVector<S>] = []
      for party in session.parties {
        let mine = party.index == 1 ? value : P127(UInt64(200))
        values.append(try await session.input(party == session.me ? [mine] : nil, count: 1, from: party))
      }
      let cheats = session.me.index == 1
      try await BoundedValueProtocol.prove(values, proof, in: &session) { attempt, masks, coefficients in
        cheats
          ? claims(attempt, masks, coefficients, proof)
          : zip(masks, coefficients).map { $0 + $1[0] * P127(UInt64(200)) }
      }
      return true
    }
  }

  @Test func honestValuesPass() async {
    let outcome = await Self.run(P127(UInt64(255)), statisticalSecurity: 40, seed: 1) { _, masks, coefficients, _ in
      zip(masks, coefficients).map { $0 + $1[0] * P127(UInt64(255)) }
    }
    #expect(outcome.aborts == [nil])
  }

  @Test func aValueOutsideTheBoundIsCaughtAndItsOwnerNamed() async {
    // Claims what an honest prover would claim for a value of 0: always inside the interval.
    let outcome = await Self.run(P127.powerOfTwo(90), statisticalSecurity: 40, seed: 2) { _, masks, _, proof in
      masks.map { _ in P127(UInt64(proof.count)) * P127.powerOfTwo(proof.bits) }
    }
    #expect(outcome.aborts == [.rangeCheckFailed(step: StepLabel("BoundedValues", 4), from: PartyID(1))])
    #expect(outcome.honestAbortsAreClean)
  }

  /// The best strategy: restart until the coin multiplies the value by 0 everywhere. Bound 16·2^−L, L = s + 4.
  @Test func aProverThatWaitsForAFavourableCoinEscapesAsSeldomAsTheBoundSays() async {
    let s = 3
    let proof = BoundedValueProof(count: 1, bits: 8, statisticalSecurity: s)
    let trials = 300
    var escapes = 0
    for trial in 0..<trials {
      let outcome = await Self.run(P127.powerOfTwo(90), statisticalSecurity: s, seed: UInt64(trial)) {
        _, _, coefficients, proof in
        let isFavourable = coefficients.allSatisfy { $0[0] == .zero }
        let inside = P127(UInt64(proof.count)) * P127.powerOfTwo(proof.bits)
        return coefficients.map { _ in isFavourable ? inside : .zero }
      }
      switch outcome.aborts[0] {
      case nil: escapes += 1
      case .rangeCheckFailed(_, PartyID(1)): break
      case let other: Issue.record("trial \(trial): \(String(describing: other))")
      }
    }
    var bound = 16.0
    for _ in 0..<proof.repetitions { bound /= 2 }
    let deviation = (bound * (1 - bound) * Double(trials)).squareRoot()
    #expect(Double(escapes) <= bound * Double(trials) + 4 * deviation, "\(escapes) of \(trials), bound \(bound)")
    #expect(escapes > 0, "the strategy is the one the bound is about")
  }
}
