internal import FieldArithmetic
internal import InsecureDealer
internal import MPCCore
internal import Online
internal import SecretSharing

/// x·y, revealed; x is an input of the cheater, y a secret of the victim.
struct RevealedProduct: AttackedComputation {
  let x: P127
  let y: P127
  let setting: AttackSetting
  /// What the cheater adds to its own share of x before the product.
  let shareError: P127

  init(x: UInt64 = 6, y: UInt64 = 7, shareError: P127 = .zero, _ setting: AttackSetting) {
    self.x = P127(x)
    self.y = P127(y)
    self.shareError = shareError
    self.setting = setting
  }

  var honestResult: [P127] { [x * y] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let product = try await product(&session)
    return try await session.reveal(product)
  }

  func product<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort)
    -> SharedVector<S> where S.F == P127
  {
    let mine = session.me == setting.cheater
    var x = try await session.input(mine ? [x] : nil, count: 1, from: setting.cheater)
    if mine { x = x.withValueError(shareError) }
    let y = try await session.input(session.me == setting.victim ? [y] : nil, count: 1, from: setting.victim)
    return try await session.multiply(x, y)
  }
}

/// ⌊x·y/2^16⌋ (or one more), revealed after a truncation: x is an input of the cheater, y a secret of the victim.
struct TruncatedProduct: AttackedComputation {
  static let valueBits = 48
  static let droppedBits = 16
  static let inputBits = 24
  /// Beyond every statistical mask: 2^(k+s+4).
  static let beyondMask = P127.powerOfTwo(valueBits + 40 + 4)

  /// How the cheater's x comes in.
  enum InputKind: Sendable {
    case plain
    case rangeChecked
    /// In the range-checked input, digit 0 is this.
    case dishonestDigit(P127)
  }

  let y: UInt64 = 0xBEEF7
  let x: P127
  let kind: InputKind
  /// What the cheater adds to its own share of x before the product.
  let shareError: P127
  let setting: AttackSetting

  /// The digits of 2^16 + 2^23, as ``Session/inputRange(_:count:bits:from:)`` shares 2^16, with another digit 0.
  private static func digits(first: P127) -> [P127] {
    var digits = form.digits(of: [1 << 16 + 1 << (inputBits - 1)], P127.self)
    digits[0] = first
    return digits
  }

  private static var form: DigitForm { DigitForm(count: 1, bits: inputBits) }

  init(x: P127 = P127(UInt64(1) << 16), kind: InputKind = .plain, shareError: P127 = .zero, _ setting: AttackSetting) {
    self.x = x
    self.kind = kind
    self.shareError = shareError
    self.setting = setting
  }

  var honestResult: [P127] { [P127(y)] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let mine = session.me == setting.cheater
    var x =
      switch kind {
      case .plain: try await session.input(mine ? [x] : nil, count: 1, from: setting.cheater)
      case .rangeChecked:
        try await session.inputRange(mine ? [1 << 16] : nil, count: 1, bits: Self.inputBits, from: setting.cheater)
      case .dishonestDigit(let digit):
        session.add(
          -P127.powerOfTwo(Self.inputBits - 1),
          to: try await DigitProof.input(
            digits: mine ? Self.digits(first: digit) : nil, form: Self.form, from: setting.cheater, in: &session
          ) { DigitGroups.quotient($0, $1, form: Self.form) }.values)
      }
    if mine { x = x.withValueError(shareError) }
    let y = try await session.input(session.me == setting.victim ? [P127(y)] : nil, count: 1, from: setting.victim)
    let product = try await session.multiply(x, y)
    let truncated = try await session.truncateProbabilistically(
      product, valueBits: Self.valueBits, droppedBits: Self.droppedBits)
    return try await session.reveal(truncated)
  }
}

/// The victim alone gets x·y; everybody else outputs nothing.
struct PrivateProduct: AttackedComputation {
  let setting: AttackSetting

  var honestResult: [P127] { [] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let product = try await RevealedProduct(setting).product(&session)
    let received = try await session.revealPrivately(product, to: setting.victim)
    // Only that it is right is returned, so that all honest parties end alike.
    return received == nil || received == [P127(UInt64(42))] ? [] : [.one]
  }
}

/// x·y revealed, with errors that the cheater puts into its own shares before it multiplies.
struct ProductOfBadShares: AttackedComputation {
  let tagError: P127
  let setting: AttackSetting
  let plan: AttackPlan

  var honestResult: [P127] { [P127(UInt64(42))] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    var product = try await RevealedProduct(setting).product(&session)
    if setting.isArmed && session.me == setting.cheater {
      product = product.withTagError(tagError)
      plan.countDeviation()
    }
    return try await session.reveal(product)
  }
}

/// Cheater and victim input a value each, which are shared and confirmed, and nothing more.
struct InputAlone: AttackedComputation {
  let setting: AttackSetting

  var honestResult: [P127] { [] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let mine = session.me == setting.cheater
    _ = try await session.input(mine ? [P127(UInt64(6))] : nil, count: 1, from: setting.cheater)
    _ = try await session.input(
      session.me == setting.victim ? [P127(UInt64(7))] : nil, count: 1, from: setting.victim)
    try await session.verify()
    return []
  }
}

/// Two products, each revealed: two coins, four MAC checks.
struct TwoProducts: AttackedComputation {
  let setting: AttackSetting

  var honestResult: [P127] { [P127(UInt64(42)), P127(UInt64(42))] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let first = try await RevealedProduct(setting).product(&session)
    try await session.verify()
    let second = try await RevealedProduct(setting).product(&session)
    return try await session.reveal(SharedVector.concatenate([first, second]))
  }
}

/// One product on each of two forks, in parallel or one after the other, each revealed there.
struct ProductsOnForks: AttackedComputation {
  let setting: AttackSetting
  let inParallel: Bool

  var honestResult: [P127] { [P127(UInt64(42)), P127(UInt64(42))] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let dealer = InsecureDealer<S>(run: setting.seed, me: session.me, partyCount: setting.partyCount)
    let sources = [dealer.fork(1), dealer.fork(2)]
    let setting = setting
    let body: @Sendable (Int, inout Session<S, C>) async throws(ProtocolAbort) -> [P127] = {
      (_, session: inout Session<S, C>) throws(ProtocolAbort) in
      try await session.reveal(try await RevealedProduct(setting).product(&session))
    }
    if inParallel { return try await session.concurrently(sources, body).flatMap { $0 } }
    return try await session.concurrently([sources[0]], body)[0] + session.concurrently([sources[1]], body)[0]
  }
}

/// ``ProductsOnForks`` in parallel, whose cheater shifts its share on both, has a gate of its own for each fork, and goes
/// on after its own aborts: so it answers on one channel while a check on the other one is undecided.
struct CheatedForks: AttackedComputation {
  static let shareError = P127(UInt64(5))

  let setting: AttackSetting
  let plan: AttackPlan

  var honestResult: [P127] { ProductsOnForks(setting: setting, inParallel: true).honestResult }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    guard session.me == setting.cheater else {
      return try await ProductsOnForks(setting: setting, inParallel: true).run(&session)
    }
    plan.countDeviation()
    let setting = setting
    let forks = [try session.channel.fork(), try session.channel.fork()]
    let results = await withTaskGroup(of: Result<[P127], ProtocolAbort>.self) { group in
      for (index, channel) in forks.enumerated() {
        group.addTask { await Self.cheat(on: channel, fork: UInt64(index + 1), S.self, setting) }
      }
      var results: [Result<[P127], ProtocolAbort>] = []
      for await result in group { results.append(result) }
      return results
    }
    var all: [P127] = []
    for result in results { all += try result.get() }
    return all
  }

  private static func cheat<S: SharingScheme, C: Channel>(
    on channel: C, fork: UInt64, _ scheme: S.Type, _ setting: AttackSetting
  ) async -> Result<[P127], ProtocolAbort> where S.F == P127 {
    let dealer = InsecureDealer<S>(run: setting.seed, me: setting.cheater, partyCount: setting.partyCount).fork(fork)
    let random = InsecureSeededRandom(seed: setting.seed ^ fork, party: setting.cheater)
    do throws(SessionError) {
      var session = try Session<S, C>(over: channel, preprocessing: dealer, random: random)
      session.context.ordersChecks = true
      do throws(ProtocolAbort) {
        let product = try await RevealedProduct(shareError: shareError, setting).product(&session)
        return .success(try await session.reveal(product))
      } catch {
        return .failure(error)
      }
    } catch {
      return .failure(.localFailure(step: StepLabel("Session", 1), detail: "\(error)"))
    }
  }
}
