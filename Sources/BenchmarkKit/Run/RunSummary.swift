internal import SecretSharing

/// The table a run ends with: per workload, layer and mode the medians over the repeats.
///
/// Times are those of the slowest party, bytes the sum of what all parties sent, rounds the largest of any party.
public struct RunSummary: Sendable {
  private let prepared: PreparedExperiment
  private let runs: [MeasuredRun]

  /// Summarises the repeats of an experiment.
  public init(_ prepared: PreparedExperiment, runs: [MeasuredRun]) {
    self.prepared = prepared
    self.runs = runs
  }

  /// Times, bytes and rounds of a layer, or of all, in one mode.
  private struct Figures {
    var offline = 0.0
    var online = 0.0
    var check = 0.0
    var bytes = 0.0
    var rounds = 0.0
    var total: Double { offline + online + check }
  }

  /// The text for a terminal.
  public func rendered() -> String {
    var text = ""
    for (index, workload) in prepared.workloads.enumerated() {
      let summary = workload.summary
      let own = workload.workload.fixedPoint.map { ", f = \($0.f), k = \($0.k)" } ?? ""
      text += "\n\(summary.name): \(summary.testRows) rows, batches of \(workload.workload.batch)\(own)\n\n"
      text += table(index).rendered()
      text += "\naccuracy: clear \(percent(summary.clearAccuracy)), fixed point \(percent(summary.fixedPointAccuracy))"
      for mode in prepared.experiment.modes {
        guard let last = runs.last(where: { $0.workloadIndex == index && $0.mode == mode }),
          !last.outcome.predictions.isEmpty
        else { continue }
        let accuracy = PreparedWorkload.agreement(last.outcome.predictions, workload.test.labels)
        guard !workload.clearPredictions.isEmpty else {
          text += ", \(mode.rawValue) \(percent(accuracy))"
          continue
        }
        let agreement = PreparedWorkload.agreement(last.outcome.predictions, workload.clearPredictions)
        text += ", \(mode.rawValue) \(percent(accuracy)) (same class as clear: \(percent(agreement)))"
      }
      text += "\n"
    }
    let experiment = prepared.experiment
    text +=
      "\n\(experiment.parties) parties, \(experiment.transport.rawValue), link \(experiment.link.profile.rawValue), "
    text += "\(experiment.field.rawValue), f = \(experiment.fixedPoint.f), k = \(experiment.fixedPoint.k), "
    text +=
      "s = \(experiment.fixedPoint.s); medians of \(experiment.repeats); time of the slowest party, bytes of all\n"
    text += setUpLine() + predictionLine()
    text += "trust model: \(experiment.trustModel)\n"
    return text
  }

  /// Medians of the set-ups, which are not part of any layer.
  private func setUpLine() -> String {
    let parts = prepared.experiment.modes.compactMap { mode -> String? in
      let costs = runs.filter { $0.mode == mode }.map { Array($0.outcome.setUp.values) }.filter { !$0.isEmpty }
      guard let time = RunStatistics(costs.map { Double($0.map(\.wallNanoseconds).max() ?? 0) })?.median,
        let bytes = RunStatistics(costs.map { Double($0.map(\.bytesSent).reduce(0, +)) })?.median
      else { return nil }
      return "\(mode.rawValue) \(milliseconds(time)) ms, \(kilobytes(bytes)) kB"
    }
    guard !parts.isEmpty else { return "" }
    if runs.contains(where: { $0.outcome.prediction?.batchSize == 0 }) {
      return
        "agreement on the stores, apart: \(parts.joined(separator: "; ")); offline of a layer: reading its material\n"
    }
    return "set-up, apart: \(parts.joined(separator: "; ")); offline of a layer: its part, by estimated work, of one "
      + "generation of the demand rounded up to whole batches\n"
  }

  /// How well the prediction met the first repeat of each workload and mode.
  private func predictionLine() -> String {
    var lines: [String] = []
    var exact = true
    for run in runs where run.repetition == 0 {
      guard let prediction = run.outcome.prediction else { continue }
      let differences = prediction.differences(from: run.outcome.layers, parties: Set(run.outcome.layers.map(\.party)))
      exact = exact && differences.isEmpty
      lines += differences
    }
    func error(_ predicted: (RunPrediction) -> Double, _ measured: (InferenceOutcome) -> [PhaseCost]) -> String? {
      error(predicted, measured, \.wallNanoseconds)
    }
    func error(
      _ predicted: (RunPrediction) -> Double, _ measured: (InferenceOutcome) -> [PhaseCost],
      _ time: (PhaseCost) -> Int
    ) -> String? {
      let ratios = runs.compactMap { run -> Double? in
        guard let prediction = run.outcome.prediction, predicted(prediction) > 0 else { return nil }
        let longest = measured(run.outcome).map(time).max() ?? 0
        return longest > 0 ? predicted(prediction) / (Double(longest) * 1e-9) : nil
      }
      return RunStatistics(ratios).map { fixed($0.median, 2) }
    }
    func parties(_ phases: [Phase]) -> (InferenceOutcome) -> [PhaseCost] {
      { outcome in
        Dictionary(grouping: outcome.layers, by: \.party).values.map { layers in
          layers.reduce(PhaseCost()) { sum, layer in phases.reduce(sum) { $0 + layer.cost($1) } }
        }
      }
    }
    guard let online = error(\.onlineSeconds, parties([.online, .check])) else { return "" }
    var text = "prediction: bytes, messages and rounds of the online phase "
    text += exact ? "exact" : "DIFFER: " + lines.prefix(3).joined(separator: "; ")
    text += "; predicted ÷ measured time: online \(online)"
    if let offline = error(\.offlineSeconds, parties([.offline])) {
      text += ", offline \(offline)"
      if let cpu = error(\.offlineCoreSeconds, parties([.offline]), \.cpuNanoseconds) {
        text += " (processor time \(cpu))"
      }
    }
    if let setUp = error(\.setUpSeconds, { Array($0.setUp.values) }) { text += ", set-up \(setUp)" }
    return text + "\n"
  }

  private func table(_ index: Int) -> TextTable {
    var table = TextTable([
      ("layer", .right), ("kind", .left), ("mode", .left), ("offline ms", .right), ("online ms", .right),
      ("check ms", .right), ("sent kB", .right), ("rounds", .right), ("÷ passive", .right),
    ])
    let selected = runs.filter { $0.workloadIndex == index }
    var layers: [(index: Int, kind: String)] = []
    for layer in selected.first?.outcome.layers ?? [] where !layers.contains(where: { $0.index == layer.layerIndex }) {
      layers.append((layer.layerIndex, layer.layerKind))
    }
    for layer in layers.sorted(by: { $0.index < $1.index }) {
      append(to: &table, selected, name: layer.index < 0 ? "" : "\(layer.index)", kind: layer.kind) {
        $0.layerIndex == layer.index
      }
    }
    table.appendRule()
    append(to: &table, selected, name: "", kind: "total") { _ in true }
    return table
  }

  private func append(
    to table: inout TextTable, _ runs: [MeasuredRun], name: String, kind: String,
    where belongs: (LayerMeasurement) -> Bool
  ) {
    var passive: Figures?
    for mode in prepared.experiment.modes {
      guard let figures = figures(runs.filter { $0.mode == mode }, where: belongs) else { continue }
      if mode == .passive { passive = figures }
      let ratio = mode == .active ? passive.map { fixed(figures.total / max($0.total, 1), 2) } ?? "" : ""
      table.append([
        name, kind, mode.rawValue, milliseconds(figures.offline), milliseconds(figures.online),
        milliseconds(figures.check), kilobytes(figures.bytes), fixed(figures.rounds, 0), ratio,
      ])
    }
  }

  private func figures(_ runs: [MeasuredRun], where belongs: (LayerMeasurement) -> Bool) -> Figures? {
    func median(_ value: ([PhaseCost]) -> Double, _ phases: [Phase]) -> Double {
      let values = runs.map { run in
        let layers = run.outcome.layers.filter(belongs)
        let parties = Set(layers.map(\.party))
        return value(
          parties.map { party in
            layers.filter { $0.party == party }.reduce(PhaseCost()) { sum, layer in
              phases.reduce(sum) { $0 + layer.cost($1) }
            }
          })
      }
      return RunStatistics(values)?.median ?? 0
    }
    guard !runs.isEmpty else { return nil }
    let slowest: ([PhaseCost]) -> Double = { Double($0.map(\.wallNanoseconds).max() ?? 0) }
    return Figures(
      offline: median(slowest, [.offline]), online: median(slowest, [.online]), check: median(slowest, [.check]),
      bytes: median({ Double($0.map(\.bytesSent).reduce(0, +)) }, Phase.allCases),
      rounds: median({ Double($0.map(\.rounds).max() ?? 0) }, Phase.allCases))
  }
}
