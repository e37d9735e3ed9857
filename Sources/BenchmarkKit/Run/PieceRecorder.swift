internal import MPCCore
internal import SecretSharing

/// Measures the pieces of a program one after another: material first, then all parties start together.
struct PieceRecorder<S: SharingScheme> {
  let channel: MeasuringChannel
  let source: PreparedSource<S>
  let demands: [[MaterialDemand]]?
  private let journal: any StepJournal
  /// What was consumed before: generation takes from its own stock, and how much depends on how often a proof is repeated.
  private let consumedBefore: MaterialCount
  private(set) var recorded: [[MaterialDemand]] = []
  private(set) var executions: [LayerMeasurement] = []
  private var order: [ProgramPiece] = []
  private var costs: [ProgramPiece: (offline: PhaseCost, online: PhaseCost, check: PhaseCost)] = [:]

  init(channel: MeasuringChannel, source: PreparedSource<S>, demands: [[MaterialDemand]]?, journal: any StepJournal) {
    self.channel = channel
    self.source = source
    self.demands = demands
    self.journal = journal
    consumedBefore = source.consumption
  }

  /// What the pieces have consumed, by kind.
  var consumption: [String: Int] { source.consumption.since(consumedBefore).amounts }

  mutating func measure<R>(
    _ piece: ProgramPiece, in session: inout Session<S, MeasuringChannel>,
    _ body: (inout Session<S, MeasuringChannel>) async throws(ProtocolAbort) -> R
  ) async throws(ProtocolAbort) -> R {
    _ = try await session.exchange(Barrier())
    let dealing = PieceClock(channel)
    if let demands { try await source.prepare(demands[recorded.count]) }
    let offline = dealing.stop().online
    try journal.begin()
    _ = try await session.exchange(Barrier())
    let clock = PieceClock(channel)
    let result = try await body(&session)
    let (online, check) = clock.stop()
    recorded.append(source.takeDemands())
    if costs[piece] == nil { order.append(piece) }
    executions.append(
      LayerMeasurement(
        party: channel.me.index, layerIndex: piece.index, layerKind: piece.kind, offline: offline, online: online,
        check: check))
    let before = costs[piece] ?? (PhaseCost(), PhaseCost(), PhaseCost())
    costs[piece] = (before.offline + offline, before.online + online, before.check + check)
    // When the last piece is over, what was broadcast last is compared too: nothing is left undecided.
    if recorded.count == demands?.count { try await session.verify() }
    if session.abortReason == nil, session.uncheckedCount == 0, !session.context.hasUnconfirmedBroadcasts {
      try journal.settle()
    }
    return result
  }

  func measurements(party: PartyID) -> [LayerMeasurement] {
    order.compactMap { piece in
      costs[piece].map {
        LayerMeasurement(
          party: party.index, layerIndex: piece.index, layerKind: piece.kind, offline: $0.offline, online: $0.online,
          check: $0.check)
      }
    }
  }
}
