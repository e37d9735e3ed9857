public import Cryptography
internal import FieldArithmetic
public import MPCCore

/// One party's end of a running protocol: channel, keys, unchecked openings, preprocessing.
///
/// Not copyable and passed `inout`: two steps in flight on one session do not compile, so every party runs the steps in
/// program order. Parallel work uses ``concurrently(_:_:)``. Any `ProtocolAbort` is terminal: the keys are wiped, the peers get one
/// abort frame, the material is destroyed, and the session repeats its abort for ever.
public struct Session<S: SharingScheme, C: Channel>: ~Copyable, Sendable {
  /// Security parameters; s decides the length of statistical masks.
  public let parameters: SecurityParameters
  package let key: S.Key
  package var context: ProtocolContext<C>
  package var ledger = S.Ledger()
  package let source: any PreprocessingSource<S>
  /// Openings recorded so far, and how many of them a check has covered.
  private var openedCount = 0
  private var verifiedCount = 0
  private var failure: ProtocolAbort?

  /// Starts a session.
  /// - Parameters:
  ///   - channel: connected to all parties.
  ///   - preprocessing: where triples and other material come from; it holds this party's MAC key share.
  ///   - random: where fresh secrets come from.
  /// - Throws: ``SessionError/fieldTooSmall(field:bits:needed:)`` if p < 2^(s+2).
  public init(
    over channel: C, preprocessing: any PreprocessingSource<S>, random: any RandomSource,
    parameters: SecurityParameters = SecurityParameters()
  ) throws(SessionError) {
    try parameters.check(S.F.self)
    self.parameters = parameters
    key = preprocessing.key
    context = ProtocolContext(channel: channel, random: random)
    source = preprocessing
  }

  /// Continues on the channel of a set-up that made the keys: its commitments are counted on, so none repeats.
  /// - Throws: as ``init(over:preprocessing:random:parameters:)``.
  package init(
    continuing context: ProtocolContext<C>, preprocessing: any PreprocessingSource<S>, parameters: SecurityParameters
  ) throws(SessionError) {
    try parameters.check(S.F.self)
    self.parameters = parameters
    key = preprocessing.key
    self.context = context
    source = preprocessing
  }

  /// The local party.
  public var me: PartyID { context.channel.me }
  /// All parties in order.
  public var parties: [PartyID] { context.channel.parties }
  /// The channel, for messages of protocols written outside the library.
  public var channel: C { context.channel }
  /// How many opened values await their MAC check.
  public var uncheckedCount: Int { ledger.count }
  /// The abort that ended this session, if one did.
  public var abortReason: ProtocolAbort? { failure }

  /// A second session under the same keys, on its own channel; see ``concurrently(_:_:)``, which makes it safe.
  ///
  /// Only for code that verifies *every* fork before shares made on one meet another: shares do not remember on which
  /// channel the openings they depend on await their check.
  package mutating func fork(preprocessing: any PreprocessingSource<S>) throws(ProtocolAbort) -> Session {
    try ensureAlive()
    context.ordersChecks = true
    let forked: C
    do throws(ProtocolAbort) {
      forked = try context.channel.fork()
    } catch {
      throw end(error)
    }
    var child = ProtocolContext(channel: forked, random: ForkedRandom(of: context.random))
    child.ordersChecks = true
    return Session(parent: self, context: child, source: preprocessing)
  }

  private init(parent: borrowing Session, context: ProtocolContext<C>, source: any PreprocessingSource<S>) {
    parameters = parent.parameters
    key = parent.key
    self.context = context
    self.source = source
  }
}

extension SecurityParameters {
  fileprivate func check<F: PrimeField>(_ field: F.Type) throws(SessionError) {
    let needed = statisticalSecurity + 2
    guard F.isInsecureToy || F.modulusBits > needed else {
      throw .fieldTooSmall(field: F.name, bits: F.modulusBits, needed: needed)
    }
  }
}

/// Why a session cannot start.
public enum SessionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The soundness error of a MAC check is 2/p, so p ≥ 2^(s+2) is required.
  case fieldTooSmall(field: String, bits: Int, needed: Int)

  /// Cause and remedy.
  public var description: String {
    switch self {
    case .fieldTooSmall(let field, let bits, let needed):
      "the field \(field) has \(bits) bits, s = \(needed - 2) needs more than \(needed); choose a larger field or a smaller s"
    }
  }
}

// MARK: - Ends

extension Session {
  /// Throws the abort that ended this session, or another channel of it.
  package mutating func ensureAlive() throws(ProtocolAbort) {
    guard SecurityCheck.abortIsTerminal.isKept else { return }
    if let failure { throw failure }
    if let reason = key.gate.closedBecause { throw end(reason) }
  }

  /// Ends the session: wipes the keys, closes the gate, tells the peers, destroys the material.
  /// - Returns: the abort to throw: the first one this session met.
  package mutating func end(_ reason: ProtocolAbort) -> ProtocolAbort {
    if let failure { return failure }
    failure = reason
    key.destroy(because: reason)
    ledger.removeAll()
    if SecurityCheck.materialDestroyedByAbort.isKept { source.destroy() }
    context.channel.abort(reason)
    return reason
  }

  /// Ends the session because the caller wants to.
  public mutating func abort() { _ = end(.cancelled(during: StepLabel("Session", 0))) }

  /// Runs one step and ends the session if the step throws.
  package mutating func step<R>(
    _ body: (inout ProtocolContext<C>) async throws(ProtocolAbort) -> R
  ) async throws(ProtocolAbort) -> R {
    try ensureAlive()
    do {
      return try await body(&context)
    } catch {
      throw end(error)
    }
  }

  /// Like ``step(_:)``, inside the key's gate: nothing else that must not overlap a MAC check runs meanwhile.
  ///
  /// With several channels under one key all parties must enter in the same order: P_0 enters first and announces its
  /// turn. A step that throws never leaves the gate.
  package mutating func gatedStep<R>(
    _ body: (inout ProtocolContext<C>) async throws(ProtocolAbort) -> R
  ) async throws(ProtocolAbort) -> R {
    let gate = key.gate
    let ordered = context.ordersChecks && SecurityCheck.checksInOneOrder.isKept
    let leader = me.index == 0
    if ordered && !leader {
      try await step { (context) throws(ProtocolAbort) in
        _ = try await context.channel.broadcastRound(nil, shape: 0, from: PartyID(0)) as GateTurn
      }
    }
    guard await gate.enter() else {
      throw end(gate.closedBecause ?? .cancelled(during: GateTurn.step))
    }
    if ordered && leader {
      try await step { (context) throws(ProtocolAbort) in
        _ = try await context.channel.broadcastRound(GateTurn(), shape: 0, from: PartyID(0))
      }
    }
    let result = try await step(body)
    gate.leave()
    return result
  }
}

/// P_0 has entered the gate; the others may follow. Only sent when several channels share a key.
public struct GateTurn: Message {
  public static let step = StepLabel("CheckGate", 1)
  public static let kind = MessageKind(library: 0x104)
  public init() {}
  public var shape: Int { 0 }
  public static func encodedByteCount(_ shape: Int) -> Int { 0 }
  public func encode(into writer: inout WireWriter) {}
  public init(from reader: inout WireReader, shape: Int) throws(WireError) {}
}

// MARK: - Checks, coins, exchanges

extension Session {
  /// Checks the MACs of everything opened, and confirms everything broadcast, since the last check; free if nothing was.
  /// - Throws: `macCheckFailed`; then the keys are gone.
  public mutating func verify() async throws(ProtocolAbort) {
    try ensureAlive()
    guard ledger.count > 0 || context.hasUnconfirmedBroadcasts else { return }
    var pending = ledger
    ledger = S.Ledger()
    let covered = openedCount
    let key = key
    try await gatedStep { (context) throws(ProtocolAbort) in
      try await S.verify(&pending, key: key, context: &context)
      context.markConfirmed()
    }
    verifiedCount = covered
  }

  /// The value, after a MAC check that covers it.
  public mutating func verified<V: Sendable>(_ value: Unchecked<V>) async throws(ProtocolAbort) -> V {
    precondition(
      value.channel == context.channel.channelID && value.session == context.channel.sessionID,
      "the value was opened on another channel or in another session")
    if !SecurityCheck.checkAfterOutput.holds(value.serial <= verifiedCount) { try await verify() }
    try ensureAlive()
    return value.unverified
  }

  /// A fresh joint coin of 32 bytes; see ``CoinToss``.
  public mutating func coin() async throws(ProtocolAbort) -> [UInt8] {
    try await gatedStep { (context) throws(ProtocolAbort) in try await context.coinToss() }
  }

  /// Every party commits to a value of the same length, then all open; see ``ProtocolContext``.
  /// - Returns: all values in party order.
  public mutating func commitThenOpen<Commit: CommitmentMessage, Open: CommitmentOpening>(
    _ value: [UInt8], _ commit: Commit.Type, _ open: Open.Type
  ) async throws(ProtocolAbort) -> [[UInt8]] {
    try await gatedStep { (context) throws(ProtocolAbort) in
      let counter = context.nextCounter()
      return try await context.commitThenOpen(value, counter: counter, commit, open)
    }
  }

  /// One round in which every party broadcasts one message of the same shape; all messages in party order.
  public mutating func exchange<M: Message>(_ message: M) async throws(ProtocolAbort) -> [M] {
    try await step { (context) throws(ProtocolAbort) in try await context.channel.exchange(message) }
  }

  /// One round in which `sender` alone broadcasts.
  public mutating func broadcast<M: Message>(_ message: M?, shape: M.Shape, from sender: PartyID)
    async throws(ProtocolAbort) -> M
  {
    try await step { (context) throws(ProtocolAbort) in
      try await context.channel.broadcastRound(message, shape: shape, from: sender)
    }
  }

  /// Adds opened values to the ledger.
  package mutating func record<V: Sendable>(_ value: V, opened: [S.F], tags: S.Tags) -> Unchecked<V> {
    if SecurityCheck.everyOpeningChecked.isKept { ledger.record(opened: opened, tags: tags) }
    openedCount += opened.count
    return Unchecked(
      value, serial: openedCount, channel: context.channel.channelID, session: context.channel.sessionID)
  }

  /// Adds opened differences to the ledger.
  package mutating func record(opened: [S.F], differences: [(S.Tags, S.Tags)]) {
    if SecurityCheck.everyOpeningChecked.isKept { ledger.record(opened: opened, differences: differences) }
    openedCount += opened.count
  }

  /// Shares of public values, without communication.
  public func constant(_ values: [S.F]) -> SharedVector<S> {
    var shares = SharedVector<S>(zeros: values.count)
    shares.addPublic(values, me: me, key: key)
    return shares
  }

  /// [x + c] for public values c.
  public func add(_ c: [S.F], to x: SharedVector<S>) -> SharedVector<S> {
    var sum = x
    sum.addPublic(c, me: me, key: key)
    return sum
  }

  /// [x + c] for one public c.
  public func add(_ c: S.F, to x: SharedVector<S>) -> SharedVector<S> {
    add(S.F.filled(x.count, with: c), to: x)
  }

  /// [x + e] for an opened, still unchecked e.
  public func add(_ e: Unchecked<[S.F]>, to x: SharedVector<S>) -> SharedVector<S> { add(e.unverified, to: x) }

  /// [e∘x] for an opened, still unchecked e.
  public func scale(_ x: SharedVector<S>, by e: Unchecked<[S.F]>) -> SharedVector<S> { x.scaled(by: e.unverified) }
}
