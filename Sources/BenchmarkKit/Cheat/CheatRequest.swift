internal import CheatingParties
internal import MPCCore
internal import SecretSharing
internal import Transport

/// What carries the messages of an attacked run.
public enum CheatTransport: String, Sendable, CaseIterable, Codable {
  /// One thread, virtual time, an order of events that follows the seed.
  case simulated
  /// Tasks of this process.
  case inproc
  /// TCP over loopback.
  case tcp
  /// TCP with mutual TLS 1.3 over loopback.
  case tls

  /// The transport of a run with this seed.
  func transport(seed: UInt64) -> AttackTransport {
    switch self {
    case .simulated: .simulated(seed: seed)
    case .inproc: .inProcess
    case .tcp: .tcp(.insecurePlaintext)
    case .tls: .tcp(.mutualTLS)
    }
  }
}

/// Attacks to run, each at the positions asked for.
public struct CheatRequest: Sendable {
  /// The attacks.
  public var selection: AttackSelection
  /// n; `nil`: the fewest the attack can do with.
  public var partyCount: Int?
  /// Which party cheats; `nil`: each in turn.
  public var position: Int?
  /// How often, with seeds that count up from `seed`.
  public var repeats: Int
  /// The first seed.
  public var seed: UInt64
  /// What carries the messages.
  public var transport: CheatTransport

  /// Creates a request.
  public init(
    _ selection: AttackSelection, partyCount: Int? = nil, position: Int? = nil, repeats: Int = 1, seed: UInt64 = 1,
    transport: CheatTransport = .simulated
  ) {
    precondition(repeats > 0, "an attack runs at least once")
    self.selection = selection
    self.partyCount = partyCount
    self.position = position
    self.repeats = repeats
    self.seed = seed
    self.transport = transport
  }

  /// One run of the table: an attack at a position.
  struct Place: Sendable {
    let attack: Attack
    let partyCount: Int
    let cheater: Int
  }

  /// The rows this request is for. Attacks that need more parties than given are left out if they were not named.
  /// - Parameter skipsUnsuitable: leave out attacks that need more parties instead of throwing.
  func places(skipsUnsuitable: Bool) throws(CheatError) -> [Place] {
    var places: [Place] = []
    for attack in selection.attacks {
      let n = partyCount ?? max(2, attack.minimumPartyCount)
      guard n >= attack.minimumPartyCount else {
        if skipsUnsuitable { continue }
        throw .tooFewParties(attack: attack.id, needed: attack.minimumPartyCount, given: n)
      }
      if let position {
        guard (0..<n).contains(position) else { throw .noSuchPosition(position, parties: n) }
        places.append(Place(attack: attack, partyCount: n, cheater: position))
      } else {
        places += (0..<n).map { Place(attack: attack, partyCount: n, cheater: $0) }
      }
    }
    return places
  }

  /// Runs all attacks.
  /// - Parameters:
  ///   - skipsUnsuitable: leave out attacks that need more parties than given.
  ///   - progress: called before each row with its number, the number of rows, and what comes.
  ///   - report: gets each row as soon as it is there.
  /// - Returns: the rows, in order.
  public func run(
    skipsUnsuitable: Bool, progress: (Int, Int, String) -> Void = { _, _, _ in },
    report: (CheatRow) throws -> Void = { _ in }
  ) async throws -> [CheatRow] {
    let places = try places(skipsUnsuitable: skipsUnsuitable)
    var rows: [CheatRow] = []
    for (index, place) in places.enumerated() {
      progress(index, places.count, "\(place.attack.id), cheater \(place.cheater) of \(place.partyCount)")
      let row = await run(place)
      try report(row)
      rows.append(row)
    }
    return rows
  }

  private func run(_ place: Place) async -> CheatRow {
    var verdicts: [AttackVerdict] = []
    for index in 0..<repeats { verdicts.append(await place.attack.run(setting(place, run: index, .active))) }
    let passive = await place.attack.run(setting(place, run: 0, .passive))
    return CheatRow(place, verdicts: verdicts, passive: passive, transport: transport)
  }

  private func setting(_ place: Place, run index: Int, _ mode: SecurityMode) -> AttackSetting {
    let seed = seed &+ UInt64(index)
    return AttackSetting(
      partyCount: place.partyCount, cheater: PartyID(place.cheater), seed: seed, mode: mode,
      transport: transport == .simulated ? nil : transport.transport(seed: seed))
  }
}
