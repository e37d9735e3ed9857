internal import Cryptography
internal import FieldArithmetic
internal import InsecureDealer
internal import MPCCore
internal import Online
internal import Preprocessing
internal import SecretSharing
internal import Synchronization
internal import Transport

/// A program in which certain kinds of messages occur: what the grid attacks.
public struct GridScenario: Sendable {
  /// For reports.
  public let name: String
  /// What a party runs; its output, in canonical integers. `probe` hears how its secrets ended.
  let program: @Sendable (WireChannel, GridProbe) async throws(ProtocolAbort) -> [UInt128]
  /// Whether honest parties must notice what is wrong; the passive scheme only has to end.
  let isActive: Bool
}

/// What a party leaves behind in a run of the grid.
final class GridProbe: Sendable {
  let seed: UInt64
  private let survivors = AttackMemory<Set<PartyID>>([])

  init(seed: UInt64) { self.seed = seed }

  /// Notes that a party aborted and its key is still there.
  func noteKeptKey(_ party: PartyID) { survivors { _ = $0.insert(party) } }

  /// Whether an honest party that aborted still holds its key.
  func keptKey(_ party: PartyID) -> Bool { survivors.current.contains(party) }
}

extension GridScenario {
  /// Inputs of all parties, products, a truncation, an output, and the same on two forks.
  static let online = GridScenario(
    name: "online",
    program: { (channel, probe) throws(ProtocolAbort) in
      typealias S = AuthenticatedSharing<P127>
      let dealer = InsecureDealer<S>(run: 1, me: channel.me, partyCount: channel.partyCount)
      var session = try GridScenario.session(channel, dealer, seed: probe.seed)
      do throws(ProtocolAbort) {
        let product = try await GridScenario.productOfInputs(&session)
        let truncated = try await session.truncateProbabilistically(product, valueBits: 48, droppedBits: 4)
        let output = try await session.reveal(truncated)
        let forked = try await session.concurrently([dealer.fork(1), dealer.fork(2)]) {
          (_, fork: inout Session<S, WireChannel>) throws(ProtocolAbort) in
          try await fork.reveal(fork.multiply(truncated, truncated))
        }
        return (output + forked.flatMap { $0 }).map(\.canonical)
      } catch {
        let first = session.end(error)
        if !dealer.key.isDestroyed { probe.noteKeptKey(channel.me) }
        throw first
      }
    }, isActive: true)

  /// One value of 8 bits from each party, proven bounded; their sum.
  static let bounded = GridScenario(
    name: "bounded values",
    program: { (channel, probe) throws(ProtocolAbort) in
      typealias S = AuthenticatedSharing<P127>
      let dealer = InsecureDealer<S>(run: 2, me: channel.me, partyCount: channel.partyCount)
      var session = try GridScenario.session(channel, dealer, seed: probe.seed)
      do throws(ProtocolAbort) {
        let proof = BoundedValueProof(count: 1, bits: 8, statisticalSecurity: 40)
        let mine = P127(UInt64(200))
        var values: [SharedVector<S>] = []
        for party in session.parties {
          values.append(try await session.input(party == session.me ? [mine] : nil, count: 1, from: party))
        }
        try await BoundedValueProtocol.prove(values, proof, in: &session) { _, masks, coefficients in
          zip(masks, coefficients).map { $0 + $1[0] * mine }
        }
        return try await session.reveal(values.dropFirst().reduce(values[0]) { $0 + $1 }).map(\.canonical)
      } catch {
        let first = session.end(error)
        if !dealer.key.isDestroyed { probe.noteKeptKey(channel.me) }
        throw first
      }
    }, isActive: true)

  static func session<S: SharingScheme>(_ channel: WireChannel, _ dealer: InsecureDealer<S>, seed: UInt64)
    throws(ProtocolAbort) -> Session<S, WireChannel>
  {
    do throws(SessionError) {
      return try Session(
        over: channel, preprocessing: dealer, random: InsecureSeededRandom(seed: seed, party: channel.me))
    } catch {
      throw .localFailure(step: StepLabel("Session", 1), detail: "\(error)")
    }
  }

  /// ∏ (6 + i) over the parties' inputs.
  static func productOfInputs<S: SharingScheme, C: Channel>(_ session: inout Session<S, C>)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    var product: SharedVector<S>?
    for party in session.parties {
      let mine = party == session.me ? [S.F(UInt64(6 + party.index))] : nil
      let input = try await session.input(mine, count: 1, from: party)
      if let left = product { product = try await session.multiply(left, input) } else { product = input }
    }
    return product ?? SharedVector(zeros: 1)
  }
}
