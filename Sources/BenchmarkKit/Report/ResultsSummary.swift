/// `summary.json`: medians and quartiles over the repeats, by configuration, workload, mode, layer and phase. Times are those
/// of the slowest party in nanoseconds, bytes the sum over parties, rounds the largest of any party.
struct ResultsSummary: Encodable {
  struct Entry: Encodable {
    var configuration: String, workload: String, mode: String
    /// Nil for all layers together.
    var layerIndex: Int?, layerKind: String?
    var phase: String
    var count: Int
    var minimum: Double, lowerQuartile: Double, median: Double, upperQuartile: Double, maximum: Double
    var bytes: Double, rounds: Double

    private enum CodingKeys: String, CodingKey {
      case configuration, workload, mode, phase, count, minimum, median, maximum, bytes, rounds
      case layerIndex = "layer_index"
      case layerKind = "layer_kind"
      case lowerQuartile = "lower_quartile"
      case upperQuartile = "upper_quartile"
    }
  }

  var schema = 1
  var entries: [Entry] = []

  init(_ rows: [ResultRow]) {
    for figures in WorkloadFigures.all(in: rows) {
      let layers: [WorkloadFigures.Layer?] = figures.layers.map { $0 } + [nil]
      for mode in figures.modes {
        for layer in layers {
          guard let cost = figures.costs[mode]?[layer] else { continue }
          for phase in Phase.allCases {
            guard let time = cost.phases[phase] else { continue }
            entries.append(
              Entry(
                configuration: figures.setting.configuration, workload: figures.setting.workload, mode: mode,
                layerIndex: layer?.index, layerKind: layer?.kind, phase: phase.rawValue, count: time.count,
                minimum: time.minimum, lowerQuartile: time.lowerQuartile, median: time.median,
                upperQuartile: time.upperQuartile, maximum: time.maximum, bytes: cost.bytes[phase] ?? 0,
                rounds: cost.rounds[phase] ?? 0))
          }
        }
      }
    }
  }
}
