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
  ///   - responder: the one party that multiplies; nil for all.
  ///   - terms: for reply j, what to multiply; must be callable from several threads.
  func shares<F: PrimeField>(
    _ count: Int, as form: PlaintextForm = .slots, responder: PartyID? = nil, keeping pairs: PairwiseTags<F>? = nil,
    context: inout ProtocolContext<C>, _: F.Type = F.self, _ terms: @escaping @Sendable (Int) -> ReplyTerms
  ) async throws(ProtocolAbort) -> [[F]] {
    let sums = try await exchange(
      groups: (0..<count).map { $0..<($0 + 1) }, responder: responder, lifetime: count, keeping: pairs,
      context: &context, F.self
    ) { group, peers, sampler in
      let terms = terms(group.lowerBound)
      return [peers.map { reply(terms, job: group.lowerBound, to: $0, from: &sampler, F.self) }]
    }
    return form == .slots ? sums.map { inSlots($0) } : sums
  }

  /// The same for sums over several ciphertexts, made in groups of replies that share the ciphertexts; in coefficients.
  /// - Parameters:
  ///   - groups: ranges of reply numbers, one after the other.
  ///   - lifetime: how many ordinary replies these count as.
  ///   - sums: for a group and a peer, what is to be drowned.
  func shares<F: PrimeField>(
    groups: [Range<Int>], lifetime: Int, context: inout ProtocolContext<C>, _: F.Type,
    sums: @escaping @Sendable (Range<Int>, _ ciphertexts: [Ciphertext<Role>]) -> [ProductSum<Role>]
  ) async throws(ProtocolAbort) -> [[F]] {
    try await exchange(groups: groups, responder: nil, lifetime: lifetime, context: &context, F.self) {
      group, peers, sampler in
      let ofPeers = peers.map { peer -> [MaskedReply<F>] in
        sums(group, ciphertexts[peer.index].map(\.ciphertext)).map { sum in
          let mask = sampler.plaintext(count: suite.ringDegree, modulus: suite.scheme.plaintextModulus)
          let reply = suite.scheme.reply(sum, mask: mask, under: keys.publicKeys[peer.index], from: &sampler)
          return MaskedReply(reply: reply, mask: suite.scheme.elements(F.self, mask))
        }
      }
      return group.indices.map { job in ofPeers.map { $0[job - group.lowerBound] } }
    }
  }

  /// A reply with its mask r in coefficients; the multiplier's share is −r.
  private struct MaskedReply<F: PrimeField>: Sendable {
    let reply: Reply<Role>
    let mask: [F]
  }

  private func reply<F: PrimeField>(
    _ terms: ReplyTerms, job: Int, to peer: PartyID, from sampler: inout SecretSampler, _: F.Type
  ) -> MaskedReply<F> {
    let scheme = suite.scheme
    let mask = sampler.plaintext(count: suite.ringDegree, modulus: scheme.plaintextModulus)
    var products = terms.map {
      (ciphertext: ciphertexts[peer.index][$0.index].ciphertext, multiplicand: $0.multiplicand)
    }
    if let dishonesty = suite.dishonesty {
      products = dishonesty.products(products, role: Role.self, job: job, to: peer)
    }
    let reply = scheme.reply(products, mask: mask, under: keys.publicKeys[peer.index], from: &sampler)
    return MaskedReply(reply: reply, mask: scheme.elements(F.self, mask))
  }

  /// The round: `make` gives for every job of a group the replies to all peers.
  private func exchange<F: PrimeField>(
    groups: [Range<Int>], responder: PartyID?, lifetime: Int, keeping pairs: PairwiseTags<F>? = nil,
    context: inout ProtocolContext<C>, _: F.Type,
    _ make: @escaping @Sendable (Range<Int>, [PartyID], inout SecretSampler) -> [[MaskedReply<F>]]
  ) async throws(ProtocolAbort) -> [[F]] {
    let channel = context.channel
    let (me, peers) = (channel.me, channel.peers)
    let count = groups.last?.upperBound ?? 0
    channel.beginRound()
    var sums = [[F]](repeating: [], count: count)
    if responder == nil || responder == me {
      for peer in peers { try keys.countReplies(lifetime, to: peer) }
      let seed = context.random.seed(label: "replies", context: [])
      try await orderedMap(
        groups.count, threads: suite.threadCount,
        { index in
          let group = groups[index]
          var sampler = SecretSampler(
            PRG(seed: PRG.deriveSeed(seed, label: "reply", context: [UInt64(group.lowerBound)])))
          return make(group, peers, &sampler)
        }
      ) { (index, made) throws(ProtocolAbort) in
        for (job, replies) in zip(groups[index], made) {
          for (peer, masked) in zip(peers, replies) {
            try channel.send(ReplyMessage(masked.reply, suite.parameters), to: peer)
            pairs?.append(F.negate(masked.mask), with: peer)
            sums[job] = sums[job].isEmpty ? F.negate(masked.mask) : F.subtract(sums[job], masked.mask)
          }
        }
      }
    }
    if responder != me {
      try await receive(count, from: responder.map { [$0] } ?? peers, over: channel, keeping: pairs, adding: &sums)
    }
    return sums
  }

  private func receive<F: PrimeField>(
    _ count: Int, from senders: [PartyID], over channel: C, keeping pairs: PairwiseTags<F>?, adding sums: inout [[F]]
  ) async throws(ProtocolAbort) {
    let window = suite.threadCount
    for start in stride(from: 0, to: count, by: window) {
      var received: [[Reply<Role>]] = []
      for _ in start..<min(start + window, count) {
        var replies: [Reply<Role>] = []
        for sender in senders {
          replies.append(
            try await channel.receive(ReplyMessage<Role>.self, shape: suite.parameters, from: sender).reply)
        }
        received.append(replies)
      }
      let (suite, keys, batch) = (suite, keys, received)
      try await orderedMap(
        batch.count, threads: suite.threadCount,
        { index in
          batch[index].map { suite.scheme.elements(F.self, suite.scheme.decrypt($0, with: keys.secret)) }
        }
      ) { (index, parts) throws(ProtocolAbort) in
        for (sender, part) in zip(senders, parts) {
          pairs?.append(part, with: sender)
          sums[start + index] = sums[start + index].isEmpty ? part : F.add(sums[start + index], part)
        }
      }
    }
  }

  /// Coefficients to slots.
  private func inSlots<F: PrimeField>(_ coefficients: [F]) -> [F] {
    let values = suite.scheme.integers(coefficients.span)
    return suite.scheme.elements(F.self, suite.scheme.slots(fromCoefficients: values))
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
