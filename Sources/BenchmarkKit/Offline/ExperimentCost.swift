internal import FieldArithmetic
internal import LatticeEncryption
internal import MPCCore
internal import Preprocessing
internal import SecretSharing

/// What the workloads of an experiment need, computed before anything runs: `spdz-bench cost`.
public struct ExperimentCost: Sendable, Codable {
  /// One workload in one mode.
  public struct Entry: Sendable, Codable {
    /// Workload and mode.
    public var workload: String, mode: String
    /// Exactly what the program consumes, by kind and shape.
    public var demand: [String: Int]
    /// Raw tuples it is made from: triples, squares, randoms, inputs of each party; before batches are rounded up.
    public var rawTuples: [String: Int]
    /// N: values are made in vectors of this length.
    public var batchSize: Int
    /// Estimates, whole batches: bytes one party sends, seconds of one core of a party.
    public var estimatedBytes: Int, estimatedSeconds: Double

    private enum CodingKeys: String, CodingKey {
      case workload, mode, demand
      case rawTuples = "raw_tuples"
      case batchSize = "batch_size"
      case estimatedBytes = "estimated_bytes_per_party"
      case estimatedSeconds = "estimated_core_seconds_per_party"
    }
  }

  /// By workload and mode.
  public private(set) var entries: [Entry] = []
  /// Who has to be trusted for the material.
  public let trustModel: String

  /// Computes the demand of every workload: trains in clear, runs the program on zeros, makes no material.
  /// - Throws: as `spdz-bench run` does for a wrong experiment.
  public init(file: String, overrides: [String]) async throws {
    let experiment = try Experiment.load(path: file, overrides: overrides)
    let prepared = try PreparedExperiment(experiment, file: file)
    trustModel = experiment.trustModel
    for workload in prepared.workloads {
      for mode in experiment.modes {
        switch (experiment.field, mode) {
        case (.p127, .active): try await add(workload, experiment, AuthenticatedSharing<P127>.self)
        case (.p127, .passive): try await add(workload, experiment, AdditiveSharing<P127>.self)
        case (.p61, .active): try await add(workload, experiment, AuthenticatedSharing<P61>.self)
        case (.p61, .passive): try await add(workload, experiment, AdditiveSharing<P61>.self)
        }
      }
    }
  }

  private mutating func add<S: OfflineSharing>(
    _ workload: PreparedWorkload, _ experiment: Experiment, _ scheme: S.Type
  ) async throws {
    let program = try InferenceProgram(workload, experiment: experiment, field: S.F.self)
    let demand = try await program.demand(scheme, partyCount: experiment.parties).total
    let options = experiment.offline.options(statisticalSecurity: experiment.fixedPoint.s)
    let parameters = try experiment.offline.parameters(scheme)
    let plan = GenerationPlan(demand, parties: experiment.parties, options: options, scheme)
    let cost = GenerationCost(
      plan, parameters: parameters, parties: experiment.parties, options: options, wholeBatches: true, scheme)
    var raw = ["triples": plan.triples, "squares": plan.squares, "randoms": plan.randoms]
    for (party, count) in plan.inputs { raw["inputs of \(party)"] = count }
    for (kind, count) in plan.bilinear { raw[kind.description] = count }
    entries.append(
      Entry(
        workload: workload.workload.name, mode: S.mode.rawValue,
        demand: Dictionary(uniqueKeysWithValues: demand.map { ($0.key.description, $0.value) }),
        rawTuples: raw.filter { $0.value > 0 }, batchSize: parameters.ringDegree, estimatedBytes: Int(cost.bytes),
        estimatedSeconds: cost.seconds))
  }

  /// As a table for people.
  public func rendered() -> String {
    var text = "trust model: \(trustModel)\n"
    for entry in entries {
      text += "\n\(entry.workload), \(entry.mode): about \(fixed(Double(entry.estimatedBytes) / 1e6, 1)) MB sent per "
      text +=
        "party, \(fixed(entry.estimatedSeconds, 2)) core seconds per party (estimates, batches of \(entry.batchSize))\n"
      var table = TextTable([("kind", .left), ("needed", .right)])
      for (kind, count) in entry.demand.sorted(by: { $0.key < $1.key }) { table.append([kind, "\(count)"]) }
      text += table.rendered()
      text +=
        "made from: "
        + entry.rawTuples.sorted(by: { $0.key < $1.key }).map { "\($0.value) \($0.key)" }.joined(separator: ", ") + "\n"
    }
    return text
  }
}
