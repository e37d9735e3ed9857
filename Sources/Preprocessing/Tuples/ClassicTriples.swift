internal import Cryptography
public import FieldArithmetic
internal import LatticeEncryption
public import MPCCore
public import SecretSharing

extension LowGear {
  /// Batches of triples with the sacrifice of Overdrive: one operand a, two factors b and b′; all of a, b, b′, c, c′ get
  /// their tags from the encrypted α; c′ is sacrificed.
  ///
  /// Steps: 1 operands with proof; 2 c = ab and c′ = ab′; 3 tags; 4 coin t after all messages, ρ = t·b − b′ is opened;
  /// 5 MAC check of ρ and of τ = t·c − c′ − ρ·a, which is **never opened**: it enters with the public value 0 (an opened τ
  /// shows a rushing party a linear form of the keys, attack B24).
  /// Error 1/p + 2/p. Source: [KPR18, Fig. 7] with this change; `Papers/LowGear.md`, "Classic triples".
  public mutating func classicTriples(batches: Int, in epoch: inout LiveEpoch<S>) async throws(ProtocolAbort) {
    let (slots, ciphertexts) = try await uniformOperands(batches, in: &epoch)  // 1
    let random = session.context.random
    let copies = S.checksBatches ? 2 : 1
    let factors = (0..<batches).map { _ in
      (0..<copies).map { _ in S.F.uniform(batchSize, seed: random.seed(label: "classic")) }
    }
    let products = try await products(  // 2
      of: slots, encrypted: ciphertexts, with: factors.map { $0.map { .vector($0) } }, in: epoch)
    var vectors: [[S.F]] = []
    for batch in 0..<batches { vectors += [slots[batch]] + factors[batch] + products[batch] }
    let shared = try await authenticate(vectors)  // 3
    func column(_ index: Int) -> SharedVector<S> {
      SharedVector.concatenate((0..<batches).map { shared[$0 * (1 + 2 * copies) + index] })
    }
    let altered = suite.altered((0..<(1 + 2 * copies)).map(column), key: session.key)
    let (a, b, c) = (altered[0], altered[1], altered[1 + copies])
    if S.checksBatches { try await sacrifice(a: a, b: b, c: c, spare: (b: altered[2], c: altered[4])) }
    lock(MaterialBlock(kind: .triples, count: a.count, columns: [a, b, c]), in: &epoch)
  }

  /// Steps 4 and 5.
  private mutating func sacrifice(
    a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>, spare: (b: SharedVector<S>, c: SharedVector<S>)
  ) async throws(ProtocolAbort) {
    try await session.verify()
    let seed = try await session.coin()
    let t = S.F.uniform(1, seed: seed)[0]
    let rhoShares = b.scaled(by: t) - spare.b
    let key = session.key
    #if KILL_MATRIX
    let dishonesty = suite.dishonesty
    #endif
    try await session.gatedStep { (context) throws(ProtocolAbort) in
      let rho = try await context.openShares(SacrificeOpening<S.F>.self, rhoShares.values)
      #if KILL_MATRIX
      var tau = c.scaled(by: t) - spare.c - a.scaled(by: rho)
      if !SecurityCheck.tauNeverOpened.isKept {
        let opened = try await context.openShares(SacrificeOpening<S.F>.self, tau.values)
        // A cheater knows what it announced.
        guard dishonesty != nil || opened.allSatisfy({ $0 == .zero }) else {
          throw .sacrificeFailed(step: SacrificeOpening<S.F>.step)
        }
        dishonesty?.alterTags(ofOpenedTau: &tau, t: t, key: key)
      }
      #else
      let tau = c.scaled(by: t) - spare.c - a.scaled(by: rho)
      #endif
      try await S.checkSacrifice(opened: rho, rhoShares, zero: tau, key: key, context: &context)
      context.markConfirmed()
    }
  }
}

/// A share of ρ, one a triple.
public struct SacrificeOpening<F: PrimeField>: FieldVectorMessage {
  public static var step: StepLabel { StepLabel("LowGear.Sacrifice", 4) }
  public static var kind: MessageKind { MessageKind(library: 0x14e) }
  public var values: [F]
  public init(values: [F]) { self.values = values }
}
