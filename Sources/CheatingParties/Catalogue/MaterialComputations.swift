internal import Cryptography
internal import FieldArithmetic
internal import InsecureDealer
internal import MPCCore
internal import Online
internal import SecretSharing

/// Any computation, whose cheater has material of its own.
struct WithDishonestMaterial: AttackedComputation {
  let honest: any AttackedComputation
  let misuse: MaterialMisuse
  let setting: AttackSetting
  let plan: AttackPlan

  var honestResult: [P127] { honest.honestResult }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    guard session.me == setting.cheater else { return try await honest.run(&session) }
    let source = DishonestMaterial(session.source, misuse: misuse, me: session.me) { [plan] in plan.countDeviation() }
    var own: Session<S, C>
    do throws(SessionError) {
      own = try Session(
        over: session.channel, preprocessing: source, random: session.context.random, parameters: session.parameters)
    } catch {
      throw .localFailure(step: StepLabel("Session", 1), detail: "\(error)")
    }
    return try await honest.run(&own)
  }
}

/// b² − b for a random bit: 0.
struct BitRelation: AttackedComputation {
  var honestResult: [P127] { [.zero] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let bit = try await session.draw { source throws(ProtocolAbort) in try await source.bits(1) }.spend()
    let square = try await session.multiply(bit, bit)
    return try await session.reveal(square - bit)
  }
}

/// The matrix product of two 1 × 1 matrices: x of the cheater, y of the victim.
struct RevealedMatrixProduct: AttackedComputation {
  let setting: AttackSetting

  var honestResult: [P127] { [P127(UInt64(42))] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let (cheater, victim) = (setting.cheater, setting.victim)
    let x = try await session.input(session.me == cheater ? [P127(UInt64(6))] : nil, count: 1, from: cheater)
    let y = try await session.input(session.me == victim ? [P127(UInt64(7))] : nil, count: 1, from: victim)
    let product = try await session.multiply(
      SharedMatrix(rows: 1, columns: 1, elements: x), SharedMatrix(rows: 1, columns: 1, elements: y))
    return try await session.reveal(product.elements)
  }
}

/// [x·y < 0], revealed: x is an input of the cheater, y a secret of the victim; a comparison after a product.
struct ComparedProduct: AttackedComputation {
  let setting: AttackSetting
  /// What the cheater adds to its own share of x before the product.
  var shareError = P127.zero

  var honestResult: [P127] { [.zero] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let product = try await RevealedProduct(shareError: shareError, setting).product(&session)
    return try await session.reveal(session.isNegative(product, valueBits: 24))
  }
}

/// x·y, revealed; whoever ends with an abort tries again: in the same session, then in a new one over the same key,
/// material and channel.
struct RetriedProduct: AttackedComputation {
  let setting: AttackSetting
  /// What the cheater adds to its own share of x before the product.
  var shareError = P127.zero

  var honestResult: [P127] { [P127(UInt64(42))] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    do throws(ProtocolAbort) {
      return try await RevealedProduct(shareError: shareError, setting).run(&session)
    } catch {
      let first = error
      if let again = try? await RevealedProduct(setting).run(&session) { return again }
      guard
        var renewed = try? Session<S, C>(
          over: session.channel, preprocessing: session.source, random: session.context.random)
      else { throw first }
      return try await RevealedProduct(setting).run(&renewed)
    }
  }
}

/// x·y of honest parties, revealed after the cheater put an error and the MAC share that fits a guess of α into its share of
/// the product. The guess is as good as the coalition's key shares make it.
struct ProductWithGuessedMAC: AttackedComputation {
  static let shareError = P127(UInt64(5))

  let setting: AttackSetting
  let members: Set<PartyID>
  let plan: AttackPlan
  /// Key shares of the members.
  let shares: AttackMemory<[PartyID: P127]>

  var honestResult: [P127] { [P127(UInt64(42))] }

  func run<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>) async throws(ProtocolAbort) -> [P127]
  where S.F == P127 {
    let me = session.me
    if members.contains(me), let key = session.key as? MACKey<P127> {
      let share = key.withShare { $0 }
      shares { $0[me] = share }
    }
    var product = try await RevealedProduct(setting).product(&session)
    if me == setting.cheater {
      // All members have sent their Beaver shares, and with it have told each other their key shares.
      let guess = shares.current.values.reduce(P127(UInt64(1))) { $0 + $1 }
      product = product.withValueError(Self.shareError).withTagError(guess * Self.shareError)
      plan.countDeviation()
    }
    return try await session.reveal(product)
  }
}
