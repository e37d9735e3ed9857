public import Cryptography
internal import FieldArithmetic
internal import LatticeEncryption
public import MPCCore
public import SecretSharing
internal import ZeroKnowledge

/// One party of LowGear: after ``setUp(over:suite:random:options:)`` it makes tuples in key epochs.
///
/// Not copyable and used by one task at a time, like a `Session`, which it runs on: the same key, the same gate, the
/// same end. Any abort destroys key, epoch and material.
/// Source: [KPR18], with tag products instead of the sacrifice; `Papers/LowGear.md`.
public struct LowGear<S: OfflineSharing, C: Channel>: ~Copyable, Sendable {
  /// Encryption, proofs, threads.
  public let suite: OfflineSuite
  /// Which protocols make what.
  public let options: OfflineOptions
  /// What was made and not taken yet.
  public let stock: StockSource<S>
  package var session: Session<S, C>
  let encryption: S.MACKeyEncryption
  var epochCount = 0

  /// The session set-up: compares parameters, exchanges and proves keys, encrypts and proves MAC key shares.
  /// - Parameters:
  ///   - channel: a channel of its own; nothing else runs on it.
  ///   - suite: of a set made for the scheme's adversary and field.
  /// - Throws: `configurationMismatch` naming field, own and other value; `proofRejected`; what the channel throws.
  public static func setUp(
    over channel: C, suite: OfflineSuite, random: any RandomSource, options: OfflineOptions = OfflineOptions()
  ) async throws(ProtocolAbort) -> LowGear {
    try await setUp(over: channel, suite: suite, random: random, options: options, unconfirmed: nil)
  }

  /// The session set-up under the MAC key of an earlier session whose material this one adds to: all parties continue
  /// theirs. Key pairs and encryptions are new; that they encrypt the same key shares is confirmed before this returns.
  /// - Parameters:
  ///   - continued: taken up from the parties' stores.
  ///   - note: called before the first message of the confirmation, in the active scheme only: from then until this returns
  ///     a loss is an abort, and a process that dies must leave the key destroyed (`PartyStore.beginUndecided`), or a
  ///     cheater could see σ_i and ask again. Until then nothing is computed under the key, and a loss costs nothing.
  /// - Throws: as ``setUp(over:suite:random:options:)``; `macCheckFailed` if the key is not the earlier one: it is destroyed
  ///   then, and the material under it has to be; what `note` throws.
  public static func setUp(
    over channel: C, suite: OfflineSuite, random: any RandomSource, options: OfflineOptions = OfflineOptions(),
    continuing continued: ContinuedKey<S>, beforeConfirming note: () throws(ProtocolAbort) -> Void
  ) async throws(ProtocolAbort) -> LowGear {
    var party = try await setUp(
      over: channel, suite: suite, random: random, options: options, unconfirmed: continued.key)
    guard S.mode == .active, SecurityCheck.laterSessionHasTheKey.isKept else { return party }
    do throws(ProtocolAbort) {
      try note()
      try await party.confirmKey(continued.witness)
    } catch {
      throw party.session.end(error)
    }
    return party
  }

  private static func setUp(
    over channel: C, suite: OfflineSuite, random: any RandomSource, options: OfflineOptions, unconfirmed: S.Key?
  ) async throws(ProtocolAbort) -> LowGear {
    precondition(suite.scheme.plaintextModulus == S.F.modulus, "the set's plaintexts are the field's elements")
    precondition(suite.parameters.literal.adversary == S.adversary, "the set is made for the scheme's adversary")
    precondition((1...64).contains(options.workerCount), "1 to 64 workers")
    var context = ProtocolContext(channel: channel, random: random)
    do throws(ProtocolAbort) {
      try await ParameterBlock(suite.parameters, options: options, mode: S.mode, partyCount: channel.partyCount)
        .compare(over: channel)
      let (key, encryption) = try await S.setUpMACKey(existing: unconfirmed, suite: suite, context: &context)
      try await context.confirmBroadcasts()
      context.markConfirmed()
      let stock = StockSource<S>(key: key, trustModel: S.trustModel(options))
      return try LowGear(suite, options, stock, context, encryption)
    } catch {
      channel.abort(error)
      throw error
    }
  }

  private init(
    _ suite: OfflineSuite, _ options: OfflineOptions, _ stock: StockSource<S>, _ context: ProtocolContext<C>,
    _ encryption: S.MACKeyEncryption
  ) throws(ProtocolAbort) {
    self.suite = suite
    self.options = options
    self.stock = stock
    self.encryption = encryption
    do throws(SessionError) {
      session = try Session(continuing: context, preprocessing: stock, parameters: options.security)
    } catch {
      throw .localFailure(step: StepLabel("LowGear", 0), detail: "\(error)")
    }
  }

  /// A worker: a fork of the session with a stock of its own, the same keys B and encryptions of the MAC key.
  mutating func fork() throws(ProtocolAbort) -> LowGear {
    let stock = StockSource<S>(key: stock.key, trustModel: stock.trustModel)
    var options = options
    options.workerCount = 1
    return LowGear(suite, options, stock, try session.fork(preprocessing: stock), encryption)
  }

  private init(
    _ suite: OfflineSuite, _ options: OfflineOptions, _ stock: StockSource<S>, _ session: consuming Session<S, C>,
    _ encryption: S.MACKeyEncryption
  ) {
    self.suite = suite
    self.options = options
    self.stock = stock
    self.encryption = encryption
    self.session = session
  }

  /// N, the number of values in one vector.
  public var batchSize: Int { suite.ringDegree }
  /// U, how many vectors are encrypted, proven and checked together.
  public var batchesPerProof: Int { suite.parameters.vectorsPerGroup }

  // MARK: Epochs

  /// Starts an epoch: fresh keys A, proven in the active scheme.
  public mutating func beginEpoch() async throws(ProtocolAbort) -> LiveEpoch<S> {
    epochCount += 1
    precondition(epochCount < Self.epochsOfChannel, "a channel has fewer than 2^20 epochs; start a new session")
    // Numbers of workers never meet: labels of keys, proofs and samplers are made of them.
    let number = Int(session.channel.channelID.number) * Self.epochsOfChannel + epochCount
    let suite = suite
    // A coin's opening waits for the gate, as a check of another worker may be under way.
    let coin = try await session.coin()
    let keys = try await session.step { (context) throws(ProtocolAbort) in
      try await S.exchangeKeys(epoch: number, coin: coin, suite: suite, context: &context)
    }
    return LiveEpoch(number: number, keys: keys)
  }

  /// Ends an epoch: erases the own key A, tells so and waits until all have; then the epoch's material may be used.
  public mutating func retire(_ epoch: consuming LiveEpoch<S>) async throws(ProtocolAbort) -> RetiredEpoch {
    let number = epoch.number
    let locked = epoch.end()
    _ = try await session.exchange(EpochRetiredMessage(epoch: number))
    let proof = RetiredEpoch(confirmed: number)
    var material = locked.unlock(proof)
    for (kind, count) in material.contents {
      if let block = material.take(kind, count: count) { stock.deposit(block) }
    }
    return proof
  }

  // MARK: Steps that all tuples share

  /// Fresh uniform operands: their slots at this party, and the ciphertexts of all others.
  mutating func uniformOperands(_ count: Int, in epoch: inout LiveEpoch<S>)
    async throws(ProtocolAbort) -> (slots: [[S.F]], ciphertexts: [[Multipliable<EpochKey>]])
  {
    let scheme = suite.scheme
    let random = session.context.random
    var sampler = SecretSampler(random, label: "uniform-operands", context: [UInt64(epoch.number)])
    var plaintexts = (0..<count).map { _ in
      PlaintextWitness(
        sampler.plaintext(count: suite.ringDegree, modulus: scheme.plaintextModulus), suite.parameters, from: &sampler)
    }
    if let dishonesty = suite.dishonesty { plaintexts = dishonesty.operands(plaintexts) }
    let ciphertexts = try await exchange(plaintexts, in: &epoch)
    let slots = plaintexts.map { plaintext in
      S.F.scale(
        scheme.elements(S.F.self, scheme.slots(fromCoefficients: plaintext.message)), by: S.F(S.operandFactor))
    }
    return (slots, ciphertexts)
  }

  /// Exchanges operands in groups of at most U; by party, in the order of `plaintexts`.
  mutating func exchange(_ plaintexts: [PlaintextWitness], in epoch: inout LiveEpoch<S>)
    async throws(ProtocolAbort) -> [[Multipliable<EpochKey>]]
  {
    let (suite, keys) = (suite, epoch.keys)
    var result = [[Multipliable<EpochKey>]](repeating: [], count: session.parties.count)
    for start in stride(from: 0, to: plaintexts.count, by: batchesPerProof) {
      let group = Array(plaintexts[start..<min(start + batchesPerProof, plaintexts.count)])
      let label = epoch.nextLabel()
      let theirs = try await session.step { (context) throws(ProtocolAbort) in
        try await S.exchangeOperands(group, keys: keys, label: label, suite: suite, context: &context)
      }
      for party in result.indices { result[party] += theirs[party] }
    }
    return result
  }

  /// Shares of products of the operands with one vector a job; see ``PairwiseProducts``.
  mutating func products(
    _ count: Int, on ciphertexts: [[Multipliable<EpochKey>]], in epoch: borrowing LiveEpoch<S>,
    as form: PlaintextForm = .slots, _ terms: @escaping @Sendable (Int) -> ReplyTerms
  ) async throws(ProtocolAbort) -> [[S.F]] {
    let products = PairwiseProducts<EpochKey, C>(suite: suite, keys: epoch.keys, ciphertexts: ciphertexts)
    return try await session.step { (context) throws(ProtocolAbort) in
      try await products.shares(count, as: form, context: &context, S.F.self, terms)
    }
  }

  /// Vectors of uniform values with tags (step 3): uniform at every party, or known to `owner` and 0 elsewhere.
  mutating func authenticatedUniform(_ count: Int, owner: PartyID? = nil, keeping pairs: PairwiseTags<S.F>? = nil)
    async throws(ProtocolAbort) -> [SharedVector<S>]
  {
    let random = session.context.random
    let isZero = owner != nil && owner != session.me
    let values = (0..<count).map { index in
      isZero
        ? S.F.filled(batchSize, with: .zero)
        : S.F.uniform(batchSize, seed: random.seed(label: "step-3", context: [UInt64(index)]))
    }
    return try await authenticate(values, owner: owner, keeping: pairs)
  }

  /// Tags for vectors of shares.
  mutating func authenticate(_ values: [[S.F]], owner: PartyID? = nil, keeping pairs: PairwiseTags<S.F>? = nil)
    async throws(ProtocolAbort) -> [SharedVector<S>]
  {
    let (suite, key, encryption) = (suite, session.key, encryption)
    return try await session.step { (context) throws(ProtocolAbort) in
      try await S.authenticate(
        values, owner: owner, keeping: pairs, key: key, encryption: encryption, suite: suite, context: &context)
    }
  }

  /// Keeps checked material until its epoch is retired.
  func lock(_ block: consuming MaterialBlock<S>, in epoch: inout LiveEpoch<S>) {
    #if KILL_MATRIX
    if !SecurityCheck.epochRetirement.isKept { return stock.deposit(block) }
    #endif
    epoch.lock(block)
  }

  /// Runs the batch check inside the key's gate.
  mutating func check(_ batch: consuming BatchCheck<S>) async throws(ProtocolAbort) {
    let key = suite.checkingKey(session.key, S.self)
    let once = SendingOnce(batch)
    try await session.gatedStep { (context) throws(ProtocolAbort) in
      guard let batch = once.take() else { preconditionFailure("a batch is checked once") }
      try await S.checkBatch(batch, key: key, context: &context)
      context.markConfirmed()
    }
  }
}
