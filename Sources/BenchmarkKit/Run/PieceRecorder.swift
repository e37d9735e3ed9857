internal import MPCCore
internal import SecretSharing

/// Measures the pieces of a program one after another: material first, then all parties start together.
struct PieceRecorder<S: SharingScheme> {
  let channel: MeasuringChannel
  let source: PreparedSource<S>
  /// Where material comes from; nil on the run that learns what is needed.
  let supply: MaterialSupply?
  private let journal: any StepJournal
  /// What others than the pieces consumed: generation takes from its own stock, and how much depends on how often a proof
  /// is repeated.
  private var consumedElsewhere: MaterialCount
  private(set) var recorded: [[MaterialDemand]] = []
  private(set) var executions: [LayerMeasurement] = []
  /// Of all material that was made.
  private(set) var generation = PhaseCost()
  private var order: [ProgramPiece] = []
  private var costs: [ProgramPiece: (offline: PhaseCost, online: PhaseCost, check: PhaseCost)] = [:]

  init(channel: MeasuringChannel, source: PreparedSource<S>, supply: MaterialSupply?, journal: any StepJournal) {
    self.channel = channel
    self.source = source
    self.supply = supply
    self.journal = journal
    consumedElsewhere = source.consumption
  }

  /// What the pieces have consumed, by kind.
  var consumption: [String: Int] { source.consumption.since(consumedElsewhere).amounts }

  mutating func measure<R>(
    _ piece: ProgramPiece, in session: inout Session<S, MeasuringChannel>,
    _ body: (inout Session<S, MeasuringChannel>) async throws(ProtocolAbort) -> R
  ) async throws(ProtocolAbort) -> R {
    _ = try await session.exchange(Barrier())
    let before = source.consumption
    if let made = try await supply?.beforePiece(recorded.count) { generation = generation + made }
    for (kind, count) in source.consumption.since(before).amounts { consumedElsewhere.add(count, of: kind) }
    let dealing = PieceClock(channel)
    if let supply { try await source.prepare(supply.schedule.pieces[recorded.count]) }
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
    let earlier = costs[piece] ?? (PhaseCost(), PhaseCost(), PhaseCost())
    costs[piece] = (earlier.offline + offline, earlier.online + online, earlier.check + check)
    // When the last piece is over, what was broadcast last is compared too: nothing is left undecided.
    if recorded.count == supply?.schedule.pieces.count { try await session.verify() }
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
