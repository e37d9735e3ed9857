internal import Cryptography
internal import MPCCore
internal import SecretSharing
internal import Transport

/// What a program consumes and sends, from a run on zeros.
struct Rehearsal: Sendable {
  /// Material, exactly.
  let demand: ProgramDemand
  /// Online phase and checks by party and piece. Bytes, messages and rounds are exact; times are those of the run on
  /// zeros, with all parties in this process and no link.
  let layers: [LayerMeasurement]
}

extension SecureProgram {
  /// Runs the program on zeros, all parties in this process, each shape once: no weight, no row, no dealer and
  /// no key is involved. Control flow is public and messages have public lengths, so the values do not matter.
  /// - Throws: the abort of a program that cannot run.
  func rehearse<S: SharingScheme>(_ scheme: S.Type, partyCount: Int) async throws -> Rehearsal {
    let shapes = shapesOnly()
    let body: PartyBody<ProgramOutcome> = { (channel) async throws(ProtocolAbort) -> ProgramOutcome in
      let source = PreparedSource<S>(ShapeSource<S>(me: channel.me))
      return try await shapes.run(
        scheme, over: MeasuringChannel(channel), source: source, random: SystemRandom(), supply: nil,
        journal: NoJournal())
    }
    let report = await runInProcess(partyCount: partyCount, options: RunOptions(limits: .oneMachine), body)
    let parties = try report.values()
    var layers: [LayerMeasurement] = []
    for party in parties {
      var own: [LayerMeasurement] = []
      for execution in expanded(party.executions, of: shapes) {
        if let index = own.firstIndex(where: { $0.layerIndex == execution.layerIndex }) {
          own[index].online = own[index].online + execution.online
          own[index].check = own[index].check + execution.check
        } else {
          own.append(execution)
        }
      }
      layers += own
    }
    return Rehearsal(demand: ProgramDemand(pieces: expanded(parties[0].demands, of: shapes)), layers: layers)
  }

  /// What ``rehearse(_:partyCount:)`` says of the material.
  func demand<S: SharingScheme>(_ scheme: S.Type, partyCount: Int) async throws -> ProgramDemand {
    try await rehearse(scheme, partyCount: partyCount).demand
  }
}
