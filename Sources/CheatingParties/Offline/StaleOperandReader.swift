internal import Cryptography
internal import FieldArithmetic
internal import MPCCore
internal import Preprocessing
internal import SecretSharing
internal import Transport

/// Makes a batch, uses a triple of it if it can be had while the epoch lives, and makes another batch.
struct UsedBetweenBatches: OfflineProgram {
  /// The victim's input.
  static let secret: UInt64 = 0xBEEF7

  let setting: AttackSetting
  /// Where the cheater notes its share of the first operand that is used.
  var ownOperand = AttackMemory<UInt128>(0)

  func run<S: OfflineSharing, C: Channel>(_ party: inout LowGear<S, C>) async throws(ProtocolAbort) {
    try await party.inputMasks(batches: 1, for: setting.victim)
    var epoch = try await party.beginEpoch()
    try await party.tagProductTriples(batches: 1, in: &epoch)
    if party.stock.count(of: .triples) > 0 {  // never while the rule of key epochs holds
      let mine = party.session.me == setting.victim ? [S.F(Self.secret)] : nil
      let x = try await party.session.input(mine, count: 1, from: setting.victim)
      let block = try party.stock.withdraw(.triples, count: 1)
      if party.session.me == setting.cheater {
        let share = block.columns[0].values[0].canonical
        ownOperand { $0 = share }
      }
      _ = try await party.session.multiply(x, x, spending: block.multiplicationTriples())
      try await party.session.verify()
    }
    try await party.tagProductTriples(batches: 1, in: &epoch)
    _ = try await party.retire(epoch)
  }
}

/// What a cheater reads off a failing batch check: Σσ is χ·a_old for the honest parties' old operand, and x = (x − a) + a.
final class StaleOperandReader: Sendable {
  private struct Seen: Sendable {
    /// Counters and seeds of the coins so far, in order.
    var coins: [(counter: UInt64, seeds: [PartyID: [UInt8]])] = []
    var sigmas: [[PartyID: P61]] = []
    var heardCoins: [PartyID: Int] = [:]
    var heardSigmas: [PartyID: Int] = [:]
    var commitments: UInt64 = 0
    /// x − a, summed up; and from whom.
    var opened: P61 = .zero
    var openers: Set<PartyID> = []
  }

  let ownOperand = AttackMemory<UInt128>(0)
  private let setting: AttackSetting
  private let seen = AttackMemory<Seen>(Seen())

  init(_ setting: AttackSetting) { self.setting = setting }

  /// Notes coins, σ and the opening of x − a.
  func watching(_ plan: AttackPlan) -> AttackPlan {
    let (seen, setting) = (seen, setting)
    return
      plan
      .tampering(CoinToss.Opening.self) { message, at in
        guard at.recipient == setting.victim else { return }
        seen { seen in
          seen.coins.append((UInt64(at.channel.number) << 32 | seen.commitments, [setting.cheater: message.value]))
          seen.commitments += 1
        }
      }.observing(CoinToss.Opening.self) { message, from, _ in
        seen { seen in
          let index = seen.heardCoins[from, default: 0]
          seen.heardCoins[from] = index + 1
          if index < seen.coins.count { seen.coins[index].seeds[from] = message.value }
        }
      }.tampering(MACCheck.Opening.self) { message, at in
        guard at.recipient == setting.victim else { return }
        seen { seen in
          seen.sigmas.append([setting.cheater: Self.sigma(in: message)])
          seen.commitments += 1
        }
      }.observing(MACCheck.Opening.self) { message, from, _ in
        seen { seen in
          let index = seen.heardSigmas[from, default: 0]
          seen.heardSigmas[from] = index + 1
          if index < seen.sigmas.count { seen.sigmas[index][from] = Self.sigma(in: message) }
        }
      }.tampering(Opening.UniformShares<P61>.self) { message, at in
        guard at.recipient == setting.victim else { return }
        seen { seen in
          seen.opened += message.values[0]
          seen.openers.insert(setting.cheater)
        }
      }.observing(Opening.UniformShares<P61>.self) { message, from, _ in
        seen { seen in
          seen.opened += message.values[0]
          seen.openers.insert(from)
        }
      }
  }

  /// The victim's secret, if the attack shows it.
  var leak: String? {
    let seen = seen.current
    guard seen.openers.count == setting.partyCount, seen.coins.count >= 2,
      let batch = coefficient(seen.coins[seen.coins.count - 2]),
      let check = coefficient(seen.coins[seen.coins.count - 1]),
      let sigmas = seen.sigmas.last, sigmas.count == setting.partyCount,
      let inverse = (batch * check).inverseVariableTime()
    else { return nil }
    let operand = sigmas.values.reduce(P61.zero) { $0 + $1 } * inverse
    let x = seen.opened + operand + P61(reducing: ownOperand.current)
    return x == P61(UsedBetweenBatches.secret) ? String(x.canonical) : nil
  }

  /// The first coefficient that a coin stands for.
  private func coefficient(_ coin: (counter: UInt64, seeds: [PartyID: [UInt8]])) -> P61? {
    guard coin.seeds.count == setting.partyCount else { return nil }
    let seeds = coin.seeds.sorted { $0.key < $1.key }.map(\.value)
    return P61.uniform(1, seed: Coin.combine(session: .demonstration, counter: coin.counter, seeds: seeds))[0]
  }

  private static func sigma(in opening: MACCheck.Opening) -> P61 {
    var reader = WireReader(opening.value)
    return (try? reader.fields(1, as: P61.self))?.first ?? .zero
  }
}
