internal import Cryptography
internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import SecretSharing

/// What a party multiplies into each peer's ciphertexts to make one reply: a sum over some of them.
typealias ReplyTerms = [(index: Int, multiplicand: Poly<Evaluations>)]

/// In which form decrypted replies are wanted: products in slots, or polynomial coefficients.
enum PlaintextForm {
  case slots
  case coefficients
}

/// LowGear's pairwise products, for all ordered pairs of parties at once.
///
/// P_j multiplies x_j into ciphertexts of P_i and returns the drowned, switched result masked by −r; P_j's share is −r,
/// P_i's what it decrypts. Nothing reacts to what a reply decrypts to: the batch check decides.
/// Source: [KPR18, section 3, Fig. 4], with modulus switching.
struct PairwiseProducts<Role: ReplyingRole, C: Channel> {
  let suite: OfflineSuite
  let keys: KeyRing<Role>
  /// By party, what may be multiplied: proven ciphertexts in the active scheme. Empty for the own index.
  let ciphertexts: [[Multipliable<Role>]]

  /// One round: `count` replies to every peer, and as many from it. Result j: the sum over all pairs of this party's
  /// shares of product j, N values, without the local product.
  /// - Parameters:
  ///   - responders: the one party that multiplies, or all.
  ///   - terms: for reply j, what to multiply; must be callable from several threads.
  func shares<F: PrimeField>(
    _ count: Int, as form: PlaintextForm = .slots, responder: PartyID? = nil, context: inout ProtocolContext<C>,
    _: F.Type = F.self, _ terms: @escaping @Sendable (Int) -> ReplyTerms
  ) async throws(ProtocolAbort) -> [[F]] {
    let channel = context.channel
    let (me, peers) = (channel.me, channel.peers)
    channel.beginRound()
    var sums = [[F]](repeating: [], count: count)
    if responder == nil || responder == me {
      for peer in peers { try keys.countReplies(count, to: peer) }
      let seed = context.random.seed(label: "replies", context: [])
      try await orderedMap(
        count, threads: suite.threadCount,
        { job in
          replies(terms(job), to: peers, seed: PRG.deriveSeed(seed, label: "reply", context: [UInt64(job)]), F.self)
        }
      ) { (job, made) throws(ProtocolAbort) in
        for (peer, reply) in zip(peers, made.replies) {
          try channel.send(ReplyMessage(reply, suite.parameters), to: peer)
        }
        sums[job] = made.shares
      }
    }
    if responder != me {
      let senders = responder.map { [$0] } ?? peers
      for job in 0..<count {
        var received: [Reply<Role>] = []
        for sender in senders {
          received.append(
            try await channel.receive(ReplyMessage<Role>.self, shape: suite.parameters, from: sender).reply)
        }
        for reply in received {
          let part = suite.scheme.elements(F.self, suite.scheme.decrypt(reply, with: keys.secret))
          sums[job] = sums[job].isEmpty ? part : F.add(sums[job], part)
        }
      }
    }
    guard form == .slots else { return sums }
    return sums.map { inSlots($0) }
  }

  /// Coefficients to slots.
  private func inSlots<F: PrimeField>(_ coefficients: [F]) -> [F] {
    let values = suite.scheme.integers(coefficients.span)
    return suite.scheme.elements(F.self, suite.scheme.slots(fromCoefficients: values))
  }

  /// The replies of one job to all peers, and this party's share −Σ r of them, in coefficients.
  private func replies<F: PrimeField>(
    _ terms: ReplyTerms, to peers: [PartyID], seed: [UInt8], _: F.Type
  ) -> (replies: [Reply<Role>], shares: [F]) {
    let scheme = suite.scheme
    var sampler = SecretSampler(PRG(seed: seed))
    var shares: [F] = []
    var replies: [Reply<Role>] = []
    for peer in peers {
      let mask = sampler.plaintext(count: suite.ringDegree, modulus: scheme.plaintextModulus)
      let products = terms.map {
        (ciphertext: ciphertexts[peer.index][$0.index].ciphertext, multiplicand: $0.multiplicand)
      }
      replies.append(scheme.reply(products, mask: mask, under: keys.publicKeys[peer.index], from: &sampler))
      let r = scheme.elements(F.self, mask)
      shares = shares.isEmpty ? F.negate(r) : F.subtract(shares, r)
    }
    return (replies, shares)
  }
}

/// Applies `work` to 0 ..< count and hands the results to `consume` in order. With one thread everything runs in place;
/// with more at most 2·threads results are waiting at a time.
func orderedMap<R: Sendable>(
  _ count: Int, threads: Int, _ work: @escaping @Sendable (Int) -> R,
  _ consume: (Int, R) throws(ProtocolAbort) -> Void
) async throws(ProtocolAbort) {
  guard threads > 1 && count > 1 else {
    for index in 0..<count { try consume(index, work(index)) }
    return
  }
  let failure: ProtocolAbort? = await withTaskGroup(of: (Int, R).self) { group in
    var started = 0
    var due = 0
    var waiting: [Int: R] = [:]
    func start() {
      guard started < count else { return }
      let index = started
      started += 1
      group.addTask(executorPreference: globalConcurrentExecutor) { (index, work(index)) }
    }
    for _ in 0..<threads { start() }
    while let (index, result) = await group.next() {
      waiting[index] = result
      while let next = waiting.removeValue(forKey: due) {
        do throws(ProtocolAbort) {
          try consume(due, next)
        } catch {
          group.cancelAll()
          return error
        }
        due += 1
      }
      if started - due < 2 * threads { start() }
    }
    return nil
  }
  if let failure { throw failure }
}
