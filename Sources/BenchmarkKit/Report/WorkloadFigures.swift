/// What was measured of one workload in one configuration: the table a report shows.
public struct WorkloadFigures: Sendable {
  /// What has to be equal so that rows belong together.
  public struct Setting: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Columns `preset`, `op`, `configuration`, `transport`, `link_profile`.
    public var preset: String, workload: String, configuration: String, transport: String, link: String
    /// Columns `n_parties`, `field_bits`, `k`, `f`, `sigma`, `size`, `batch`, `threads`.
    public var parties: Int, fieldBits: Int, k: Int, f: Int, sigma: Int, size: Int, batch: Int, threads: Int
    /// Column `fake_offline`.
    public var usesDealer: Bool

    init(_ row: ResultRow) {
      (preset, workload) = (row.preset, row.op ?? "")
      configuration = row.configuration ?? ""
      (transport, link) = (row.transport ?? "", row.linkProfile ?? "none")
      (parties, fieldBits) = (row.partyCount ?? 0, row.fieldBits ?? 0)
      (k, f, sigma) = (row.k ?? 0, row.f ?? 0, row.sigma ?? 0)
      (size, batch, threads) = (row.size ?? 0, row.batch ?? 0, row.threads ?? 1)
      usesDealer = row.fakeOffline ?? false
    }

    /// Parties, link, field and format in words.
    public var description: String {
      "\(parties) parties, \(transport), link \(link), \(fieldBits)-bit field, k = \(k), f = \(f), s = \(sigma), "
        + "\(size) rows in batches of \(batch)" + (threads > 1 ? ", \(threads) threads" : "")
    }

    /// Workload, and the configuration if there are several.
    public var title: String { configuration.isEmpty ? workload : "\(workload) (\(configuration))" }

    /// By configuration, then workload.
    public static func < (left: Setting, right: Setting) -> Bool {
      (left.configuration, left.workload) < (right.configuration, right.workload)
    }
  }

  /// A layer, or the pieces around the layers.
  public struct Layer: Hashable, Sendable {
    /// Column `layer_index`.
    public var index: Int
    /// Column `layer_kind`.
    public var kind: String
  }

  /// One layer, or the total, in one mode; times are those of the slowest party, bytes the sum of all parties, rounds
  /// the largest of any party.
  public struct Cost: Sendable {
    /// Nanoseconds by phase (offline, online, check), over the repeats.
    public var phases: [Phase: RunStatistics] = [:]
    /// Nanoseconds of all phases, repeat by repeat.
    public var totals: [Int: Double] = [:]
    /// Bytes sent by phase; medians over the repeats.
    public var bytes: [Phase: Double] = [:]
    /// Rounds by phase; medians over the repeats.
    public var rounds: [Phase: Double] = [:]

    /// All phases together.
    public var total: RunStatistics? { RunStatistics(totals.values) }
    /// Bytes of all phases.
    public var allBytes: Double { bytes.values.reduce(0, +) }
    /// Rounds of online phase and checks.
    public var onlineRounds: Double { (rounds[.online] ?? 0) + (rounds[.check] ?? 0) }
  }

  /// Where and with what.
  public let setting: Setting
  /// passive before active; those that were run.
  public let modes: [String]
  /// Who has to be trusted, by mode.
  public let trustModels: [String: String]
  /// The layers in order.
  public let layers: [Layer]
  /// Cost by mode and layer; the key nil is the total.
  public let costs: [String: [Layer?: Cost]]
  /// Cost by mode of layers and output together, without the inputs of model and rows; empty if there are no inputs.
  public let layersOnly: [String: Cost]
  /// How many parties the costs are of; single operations have only one, the party that sends most.
  public let measuredParties: Int
  /// Accuracies and errors by mode and unit; medians over the repeats.
  public let results: [String: [String: Double]]
  /// Set-up of keys in nanoseconds by mode.
  public let setUp: [String: RunStatistics]
  /// Bytes of the set-up by mode: sum of the parties measured, median over the repeats.
  public let setUpBytes: [String: Double]
  /// Measured repeats.
  public let repeats: Int
  /// Column `check_result` of the predictions: whether online bytes and rounds were as predicted; nil if nothing was.
  public let predictionIsExact: Bool?

  /// The workloads of a run in order of configuration.
  public static func all(in rows: [ResultRow]) -> [WorkloadFigures] {
    var order: [Setting] = []
    var groups: [Setting: [ResultRow]] = [:]
    for row in rows {
      let setting = Setting(row)
      if groups[setting] == nil { order.append(setting) }
      groups[setting, default: []].append(row)
    }
    return order.map { WorkloadFigures($0, groups[$0] ?? []) }
  }

  private init(_ setting: Setting, _ rows: [ResultRow]) {
    self.setting = setting
    let found = Set(rows.compactMap(\.mode))
    modes = ["passive", "active"].filter(found.contains) + found.subtracting(["passive", "active"]).sorted()
    repeats = Set(rows.compactMap(\.repetition)).count
    var layers: [Layer] = []
    var seen: Set<Layer> = []
    var trust: [String: String] = [:]
    for row in rows {
      if let mode = row.mode, trust[mode] == nil { trust[mode] = row.trustModel }
      guard let index = row.layerIndex, let kind = row.layerKind else { continue }
      if seen.insert(Layer(index: index, kind: kind)).inserted { layers.append(Layer(index: index, kind: kind)) }
    }
    trustModels = trust
    self.layers = layers.sorted { $0.index < $1.index }
    var costs: [String: [Layer?: Cost]] = [:]
    var layersOnly: [String: Cost] = [:]
    var results: [String: [String: Double]] = [:]
    var setUp: [String: RunStatistics] = [:]
    var setUpBytes: [String: Double] = [:]
    for mode in modes {
      let own = rows.filter { $0.mode == mode }
      let measured = own.filter { $0.layerIndex != nil }
      let byLayer = Dictionary(grouping: measured) { Layer(index: $0.layerIndex ?? 0, kind: $0.layerKind ?? "") }
      costs[mode] = [:]
      for (layer, rows) in byLayer { costs[mode]?[layer] = Self.cost(rows) }
      costs[mode]?[nil as Layer?] = Self.cost(measured)
      let inner = measured.filter { $0.layerIndex ?? 0 >= 0 }
      if inner.count < measured.count { layersOnly[mode] = Self.cost(inner) }
      let values = own.filter { $0.phase == "result" }
      for (unit, rows) in Dictionary(grouping: values, by: { $0.unit ?? "" }) {
        results[mode, default: [:]][unit] = RunStatistics(rows.compactMap(\.value))?.median
      }
      let keys = Dictionary(grouping: own.filter { $0.phase == "setup" }, by: \.repetition).values
      setUpBytes[mode] = RunStatistics(keys.map { Double($0.reduce(0) { $0 + ($1.bytesSent ?? 0) }) })?.median
      setUp[mode] = RunStatistics(keys.map { Double($0.compactMap(\.wallNanoseconds).max() ?? 0) })
    }
    self.costs = costs
    self.layersOnly = layersOnly
    measuredParties = Set(rows.filter { $0.layerIndex != nil }.compactMap(\.party)).count
    self.results = results
    self.setUp = setUp
    self.setUpBytes = setUpBytes
    let predictions = rows.filter { $0.phase == "predicted-online" }
    predictionIsExact = predictions.isEmpty ? nil : predictions.allSatisfy { $0.checkResult == "exact" }
  }

  /// Sums over layers, per repeat and party; then the slowest party.
  private static func cost(_ rows: [ResultRow]) -> Cost {
    struct Sum { var wall: [Phase: Int] = [:], bytes: [Phase: Int] = [:], rounds: [Phase: Int] = [:] }
    var sums: [Int: [Int: Sum]] = [:]  // by repeat and party
    for row in rows {
      guard let phase = row.phase.flatMap(Phase.init), let party = row.party, let repetition = row.repetition else {
        continue
      }
      var sum = sums[repetition, default: [:]][party, default: Sum()]
      sum.wall[phase, default: 0] += row.wallNanoseconds ?? 0
      sum.bytes[phase, default: 0] += row.bytesSent ?? 0
      sum.rounds[phase, default: 0] += row.rounds ?? 0
      sums[repetition, default: [:]][party] = sum
    }
    var cost = Cost()
    for phase in Phase.allCases {
      func median(_ value: ([Sum]) -> Int) -> RunStatistics? {
        RunStatistics(sums.values.map { Double(value(Array($0.values))) })
      }
      cost.phases[phase] = median { $0.map { $0.wall[phase] ?? 0 }.max() ?? 0 }
      cost.bytes[phase] = median { $0.reduce(0) { $0 + ($1.bytes[phase] ?? 0) } }?.median
      cost.rounds[phase] = median { $0.map { $0.rounds[phase] ?? 0 }.max() ?? 0 }?.median
    }
    cost.totals = sums.mapValues { parties in
      Double(parties.values.map { $0.wall.values.reduce(0, +) }.max() ?? 0)
    }
    return cost
  }

  /// Active over passive time of a layer, or of the total, repeat by repeat: they ran one after the other.
  public func ratio(_ layer: Layer?) -> RunStatistics? {
    guard let passive = costs["passive"]?[layer]?.totals, let active = costs["active"]?[layer]?.totals else {
      return nil
    }
    return RunStatistics(
      active.compactMap { repetition, time in
        guard let base = passive[repetition], base > 0 else { return nil }
        return time / base
      })
  }
}
