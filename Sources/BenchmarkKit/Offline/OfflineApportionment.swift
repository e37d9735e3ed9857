internal import LatticeEncryption
internal import Preprocessing
internal import SecretSharing

/// Divides the cost of one generation among the pieces of a program, by the estimated work of what each consumes; the
/// parts add up to the whole exactly. Material is made together, so a piece's own cost cannot be measured.
struct OfflineApportionment {
  /// By `layer_index`, the part of the whole; adds up to 1.
  private let shares: [Int: Double]

  init<S: OfflineSharing>(
    _ demand: ProgramDemand, _ program: some SecureProgram, parameters: Parameters, parties: Int,
    options: OfflineOptions,
    _ scheme: S.Type
  ) {
    var byPiece: [Int: [MaterialDemand]] = [:]
    for (index, demands) in zip(program.pieceIndices(demand.pieces.count), demand.pieces) {
      byPiece[index, default: []] += demands
    }
    let work = byPiece.mapValues { demands in
      let plan = GenerationPlan(ProgramDemand.total(demands), parties: parties, options: options, scheme)
      return GenerationCost(
        plan, parameters: parameters, parties: parties, options: options,
        rates: OfflineRates(ruleOfThumb: parameters), wholeBatches: false, scheme
      ).seconds
    }
    let total = work.values.reduce(0, +)
    shares = total > 0 ? work.mapValues { $0 / total } : [:]
  }

  /// Adds the parts of `whole` to the offline costs of a party's layers.
  func add(_ whole: PhaseCost, party: Int, to layers: inout [LayerMeasurement]) {
    var passed = 0.0
    var given = PhaseCost()
    let own = layers.indices.filter { layers[$0].party == party }
    for index in own {
      passed += shares[layers[index].layerIndex] ?? 0
      let upTo = index == own.last ? whole : whole.scaled(by: min(1, passed))
      layers[index].offline = layers[index].offline + (upTo - given)
      given = upTo
    }
  }
}

extension PhaseCost {
  /// Everything times `part`, rounded down.
  func scaled(by part: Double) -> PhaseCost {
    func scale(_ value: Int) -> Int { Int(Double(value) * part) }
    return PhaseCost(
      wallNanoseconds: scale(wallNanoseconds), blockedNanoseconds: scale(blockedNanoseconds),
      cpuNanoseconds: scale(cpuNanoseconds), bytesSent: scale(bytesSent), bytesReceived: scale(bytesReceived),
      messages: scale(messages), rounds: scale(rounds))
  }

  fileprivate static func - (left: PhaseCost, right: PhaseCost) -> PhaseCost {
    PhaseCost(
      wallNanoseconds: left.wallNanoseconds - right.wallNanoseconds,
      blockedNanoseconds: left.blockedNanoseconds - right.blockedNanoseconds,
      cpuNanoseconds: left.cpuNanoseconds - right.cpuNanoseconds, bytesSent: left.bytesSent - right.bytesSent,
      bytesReceived: left.bytesReceived - right.bytesReceived, messages: left.messages - right.messages,
      rounds: left.rounds - right.rounds)
  }
}
