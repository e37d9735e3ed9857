internal import FoundationEssentials
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// What one secure inference is going to cost, known before it runs.
///
/// Material, and bytes, messages and rounds of online phase and checks, are exact: they come from a run on zeros.
/// Everything else is an estimate: the time of the online phase is the computation of the run on zeros plus rounds ×
/// one-way delay plus bytes over bandwidth; set-up and offline phase are counted in whole batches, proofs, replies and key
/// epochs and multiplied with the rates of this machine.
public struct RunPrediction: Hashable, Sendable, Codable {
  /// Online phase and checks by party and layer.
  public var layers: [LayerMeasurement]
  /// Consumed material by kind and shape.
  public var demand: [String: Int]
  /// What it is made from, before batches are rounded up.
  public var rawTuples: [String: Int]
  /// Values are made in vectors of this length; 0 with the insecure dealer.
  public var batchSize: Int
  /// Estimates for the set-up of keys: bytes one party sends, seconds of one core of a party, seconds over the link.
  public var setUpBytes = 0, setUpCoreSeconds = 0.0, setUpSeconds = 0.0
  /// Key epochs and proofs of a party that the offline phase takes.
  public var epochs = 0, proofs = 0
  /// Estimate: bytes one party sends offline, whole batches.
  public var offlineBytes: Int
  /// Estimate: seconds of one core of a party offline.
  public var offlineCoreSeconds: Double
  /// Estimate: seconds of the offline phase with all parties on this machine over the link.
  public var offlineSeconds: Double
  /// Estimate: seconds of online phase and checks over the link, of the slowest party.
  public var onlineSeconds: Double

  /// - Parameter rates: of the offline phase on this machine.
  init<S: OfflineSharing>(
    _ rehearsal: Rehearsal, experiment: Experiment, rates: OfflineRates, _ scheme: S.Type
  ) throws {
    let schedule = MaterialSchedule(
      rehearsal.demand, parties: experiment.parties, settings: experiment.offline,
      options: experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s), scheme)
    try self.init(
      demand: rehearsal.demand.total, layers: rehearsal.layers, chunks: schedule.chunks.count, experiment: experiment,
      rates: rates, scheme)
  }

  /// The cost of consuming `total` and of the online phases of `layers`.
  /// - Parameter chunks: in how many parts the material is made; nil: as its memory suggests.
  init<S: OfflineSharing>(
    demand total: [MaterialKind: Int], layers: [LayerMeasurement], chunks: Int?, experiment: Experiment,
    rates: OfflineRates, _: S.Type
  ) throws {
    self.layers = layers
    demand = Dictionary(uniqueKeysWithValues: total.map { ($0.key.description, $0.value) })
    let parties = experiment.parties
    let link = experiment.link
    onlineSeconds =
      (0..<parties).map { party in
        let cost = layers.filter { $0.party == party }.reduce(PhaseCost()) { $0 + $1.online + $1.check }
        return Double(cost.wallNanoseconds) * 1e-9
          + link.seconds(rounds: cost.rounds, bytes: cost.bytesSent, partyCount: parties)
      }.max() ?? 0
    let options = experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s)
    let plan = GenerationPlan(total, parties: parties, options: options, S.self)
    var raw = ["triples": plan.triples, "squares": plan.squares, "randoms": plan.randoms]
    for (party, count) in plan.inputs { raw["inputs of \(party)"] = count }
    for (kind, count) in plan.bilinear { raw[kind.description] = count }
    rawTuples = raw.filter { $0.value > 0 }
    (batchSize, offlineBytes, offlineCoreSeconds, offlineSeconds) = (0, 0, 0, 0)
    guard !experiment.insecureDealer else { return }
    let parameters = try experiment.offline.parameters(S.self)
    let limit = Double(experiment.offline.chunkMegabytes) * 1e6
    let chunks = chunks ?? Int((MaterialMemory.bytes(plan, S.self) / limit).rounded(.up))
    let cost = GenerationCost(
      plan, parameters: parameters, parties: parties, options: options, rates: rates, chunks: chunks,
      wholeBatches: true, S.self)
    let setUp = GenerationCost.setUp(parameters, parties: parties, rates: rates, S.self)
    let cores = OfflineCalibration.cores(experiment, parties: parties)
    let (threads, workers) = (experiment.offline.threads, experiment.offline.workers)
    func onLink(_ cost: GenerationCost, workers: Int) -> Double {
      cost.seconds(cores: cores, threads: threads, workers: workers)
        + link.seconds(rounds: cost.roundCount, bytes: Int(cost.bytes), partyCount: parties)
    }
    batchSize = parameters.ringDegree
    (epochs, proofs) = (cost.epochCount, Int(cost.proofCount.rounded(.up)))
    (offlineBytes, offlineCoreSeconds, offlineSeconds) = (Int(cost.bytes), cost.seconds, onLink(cost, workers: workers))
    (setUpBytes, setUpCoreSeconds, setUpSeconds) = (Int(setUp.bytes), setUp.seconds, onLink(setUp, workers: 1))
  }

  /// The same for material that is there already.
  var withoutOffline: RunPrediction {
    var copy = self
    (copy.batchSize, copy.offlineBytes, copy.offlineCoreSeconds, copy.offlineSeconds) = (0, 0, 0, 0)
    (copy.setUpBytes, copy.setUpCoreSeconds, copy.setUpSeconds, copy.epochs, copy.proofs) = (0, 0, 0, 0, 0)
    return copy
  }

  /// Online phase and checks of one party, all layers.
  public func online(party: Int) -> PhaseCost {
    layers.filter { $0.party == party }.reduce(PhaseCost()) { $0 + $1.online + $1.check }
  }

  /// Compares bytes, messages and rounds of every party and layer with those measured.
  /// - Parameter parties: whose layers are compared, nil: everybody's; one of several processes knows only its own.
  /// - Returns: one entry a difference; empty if the prediction was exact.
  public func differences(from measured: [LayerMeasurement], parties: Set<Int>? = nil) -> [String] {
    func key(_ layer: LayerMeasurement) -> String { "party \(layer.party), layer \(layer.layerIndex)" }
    let found = Dictionary(measured.map { (key($0), $0) }) { first, _ in first }
    return layers.filter { parties?.contains($0.party) ?? true }.flatMap { expected -> [String] in
      guard let layer = found[key(expected)] else { return ["\(key(expected)): not measured"] }
      let pairs = [
        ("bytes sent", expected.online.bytesSent, layer.online.bytesSent),
        ("rounds", expected.online.rounds, layer.online.rounds),
        ("messages", expected.online.messages, layer.online.messages),
        ("bytes sent in checks", expected.check.bytesSent, layer.check.bytesSent),
        ("rounds in checks", expected.check.rounds, layer.check.rounds),
      ]
      return pairs.filter { $0.1 != $0.2 }.map {
        "\(key(expected)) (\(layer.layerKind)): \($0.0) \($0.1) predicted, \($0.2) measured"
      }
    }
  }
}

extension LinkProfile {
  /// Delay and transmission of so many rounds and of `bytes` sent in equal parts to all others.
  func seconds(rounds: Int, bytes: Int, partyCount: Int) -> Double {
    let delay = Double(rounds) * latencyMilliseconds * 1e-3
    guard bandwidthMbit > 0 else { return delay }
    return delay + Double(bytes) * 8 / (Double(max(1, partyCount - 1)) * bandwidthMbit * 1e6)
  }
}
