internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Synchronization

/// Adds d to what some replies multiply by, in one slot or in all.
struct ShiftedMultiplicand: OfflineDishonesty {
  let scheme: BGV
  let plan: AttackPlan
  /// Role of the attacked replies.
  let role: any KeyRole.Type
  let slot: Int?
  /// d for reply `job` of a round to a peer; nil for an honest reply.
  let shift: @Sendable (_ job: Int, _ peer: PartyID) -> UInt128?

  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] {
    guard Role.name == self.role.name, let d = shift(job, peer) else { return honest }
    plan.countDeviation()
    let error: Poly<Evaluations>
    if let slot {
      var slots = SecretBuffer<UInt128>(count: scheme.ringDegree, repeating: 0)
      slots.withMutableSpan { $0[slot] = d }
      error = scheme.multiplicand(slots: slots)
    } else {
      error = scheme.multiplicand(constant: d)
    }
    return honest.map { product in
      var multiplicand = product.multiplicand
      scheme.ring.add(error, to: &multiplicand)
      return (product.ciphertext, multiplicand)
    }
  }
}

/// Adds 1 to the plaintext that the replies for the tag of c are made on: an additive error of its own γ(b), which it may
/// take back in its own share (B4).
struct ShiftedTagShare: OfflineDishonesty {
  let scheme: BGV
  let plan: AttackPlan
  let takesBack: Bool
  let peerCount: Int

  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] {
    guard Role.name == EpochKey.name, job % 3 == 2 else { return honest }
    plan.countDeviation()
    let one = scheme.multiplicand(constant: 1)
    return honest.map { (scheme.add($0.ciphertext, plaintext: one), $0.multiplicand) }
  }

  func alterShares<S: OfflineSharing>(_ columns: inout [SharedVector<S>], key: S.Key) {
    guard takesBack, columns.count == 3, columns[1].components.count == 2 else { return }
    var c = columns[2].components
    for _ in 0..<peerCount { c[1] = S.F.subtract(c[1], columns[1].components[1]) }
    columns[2] = SharedVector(components: c)
  }
}

/// Adds ε to its share of the first c, and (α_j + g)·ε to its tag share: right if g is the sum of the honest α_i.
struct GuessedKey: OfflineDishonesty {
  let plan: AttackPlan
  /// g.
  let guess: UInt64

  func alterShares<S: OfflineSharing>(_ columns: inout [SharedVector<S>], key: S.Key) {
    guard columns.count == 3 else { return }
    plan.countDeviation()
    let error = S.F(UInt64(5))
    var c = columns[2].components
    c[0][0] += error
    if let alpha = S.tagConstants(key).first { c[1][0] += (alpha + S.F(guess)) * error }
    columns[2] = SharedVector(components: c)
  }
}

/// Multiplies an operand of an earlier batch into a reply for the tag of a: e = 1 in slot 0 (B25).
final class StaleOperand: OfflineDishonesty {
  private let scheme: BGV
  private let plan: AttackPlan
  private let seen = Mutex<[PartyID: [(c0: Poly<Evaluations>, c1: Poly<Evaluations>)]]>([:])

  init(_ scheme: BGV, _ plan: AttackPlan) {
    self.scheme = scheme
    self.plan = plan
  }

  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] {
    guard Role.name == EpochKey.name, job == 0, let first = honest.first else { return honest }
    let old = seen.withLock { seen in
      seen[peer, default: []].append((first.ciphertext.c0, first.ciphertext.c1))
      return (seen[peer]?.count ?? 0) > 1 ? seen[peer]?.first : nil
    }
    guard let old else { return honest }
    plan.countDeviation()
    var slots = SecretBuffer<UInt128>(count: scheme.ringDegree, repeating: 0)
    slots.withMutableSpan { $0[0] = 1 }
    let stale = scheme.multiply(
      Ciphertext<Role>(c0: old.c0, c1: old.c1), by: scheme.multiplicand(slots: slots))
    let sum = scheme.add(scheme.multiply(first.ciphertext, by: first.multiplicand), stale)
    return [(sum, scheme.multiplicand(constant: 1))]
  }
}

/// Adds the receiver's encrypted MAC key share, which is under key B, to replies under key A (B21, B24).
///
/// The types forbid the mixture; a cheater's bytes do not. With one key pair for both, α_i times the multiplicand joins
/// the product, and ``alterShares(_:key:)`` makes the forgery consistent.
final class MixedInKeyShare: OfflineDishonesty {
  /// What the forgery is for.
  enum Target: Sendable {
    /// c shifted by γ(b)_j with a valid tag: E_i joins the tag of c.
    case tagProduct
    /// c shifted by α_i·b_j, α read off τ: E_i joins the product.
    case classic
  }

  private let scheme: BGV
  private let plan: AttackPlan
  private let target: Target
  private let setting: AttackSetting
  private let keyShares = Mutex<[PartyID: (c0: Poly<Evaluations>, c1: Poly<Evaluations>)]>([:])
  /// Own shares of b, and τ as the cheater computed it.
  let memory = AttackMemory<(b: [UInt128], tau: [UInt128])>(([], []))

  init(_ stage: OfflineStage, _ plan: AttackPlan, _ target: Target) {
    scheme = stage.suite.scheme
    setting = stage.setting
    self.plan = plan
    self.target = target
  }

  func products<Role: ReplyingRole>(
    _ honest: [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)], role: Role.Type, job: Int,
    to peer: PartyID
  ) -> [(ciphertext: Ciphertext<Role>, multiplicand: Poly<Evaluations>)] {
    guard let first = honest.first else { return honest }
    if Role.name == SessionKey.name {
      keyShares.withLock { $0[peer] = (first.ciphertext.c0, first.ciphertext.c1) }
      return honest
    }
    let isAttacked = target == .tagProduct ? job % 3 == 2 : job % 2 == 0
    guard isAttacked, let share = keyShares.withLock({ $0[peer] }) else { return honest }
    plan.countDeviation()
    let sum = scheme.add(first.ciphertext, Ciphertext<Role>(c0: share.c0, c1: share.c1))
    return [(sum, first.multiplicand)]
  }

  func alterShares<S: OfflineSharing>(_ columns: inout [SharedVector<S>], key: S.Key) {
    switch target {
    case .tagProduct:
      guard columns.count == 3, columns[1].components.count == 2, let alpha = S.tagConstants(key).first else { return }
      let shift = columns[1].components[1]
      var c = columns[2].components
      c[0] = S.F.add(c[0], shift)
      c[1] = S.F.add(c[1], S.F.scale(shift, by: alpha))
      columns[2] = SharedVector(components: c)
    case .classic:
      guard columns.count == 5 else { return }
      memory { $0.b = columns[1].values.map(\.canonical) }
    }
  }

  #if KILL_MATRIX
  func alterTags<S: OfflineSharing>(ofOpenedTau tau: inout SharedVector<S>, t: S.F, key: S.Key) {
    let (b, opened) = memory.current
    guard target == .classic, let own = S.tagConstants(key).first, let b0 = b.first, let tau0 = opened.first,
      let inverse = (t * S.F(reducing: b0)).inverseVariableTime()
    else { return }
    let alpha = own + S.F(reducing: tau0) * inverse
    var components = tau.components
    components[1] = S.F.subtract(components[1], S.F.scale(opened.map { S.F(reducing: $0) }, by: alpha))
    tau = SharedVector(components: components)
  }
  #endif
}
