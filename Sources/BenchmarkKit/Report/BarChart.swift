internal import Glibc

/// Horizontal bars as inline SVG: stacked parts, optional whiskers, an axis from zero.
struct BarChart {
  /// One part of a stacked bar.
  struct Part {
    var value: Double
    /// Index into `series`.
    var series: Int
  }

  /// One bar.
  struct Bar {
    var label: String
    var parts: [Part]
    /// What stands behind the bar.
    var text: String
    /// Lower and upper end of the whisker.
    var whisker: ClosedRange<Double>?
    /// Whether a gap comes before it.
    var startsGroup = false
  }

  /// Names of the series, for the legend; empty: no legend.
  var series: [String]
  /// Name of the axis with its unit.
  var axis: String
  var bars: [Bar]
  /// A marked value, for example 1 for ratios.
  var mark: Double?
  /// Whether the axis is logarithmic, for values over several orders of magnitude; only for single bars.
  var isLogarithmic = false

  /// Distinguishable without colour vision and in grey: blue, orange, green.
  static let colours = ["#3b6fb6", "#e08a1e", "#4d9a4f"]

  private static let (barHeight, gap, plotWidth, textWidth) = (16.0, 5.0, 520.0, 180.0)

  /// The chart as an `svg` element.
  func svg() -> String {
    let top = series.isEmpty ? 8.0 : 30.0
    let largest = max(bars.map(\.length).max() ?? 0, mark ?? 0)
    let smallest = min(bars.map { $0.whisker?.lowerBound ?? $0.length }.min() ?? 1, mark ?? 1)
    let ticks = isLogarithmic ? Self.powers(from: smallest, upTo: largest) : Self.ticks(upTo: largest)
    let (first, end) = (ticks.first ?? 0, max(ticks.last ?? 1, largest))
    let labelWidth = max(120, 7 * Double(bars.map(\.label.count).max() ?? 0) + 12)
    func x(_ value: Double) -> Double {
      guard end > first else { return labelWidth }
      let part = isLogarithmic ? log(max(value, first) / first) / log(end / first) : value / end
      return labelWidth + part * Self.plotWidth
    }
    var body = ""
    var y = top
    for bar in bars {
      if bar.startsGroup { y += 7 }
      var start = 0.0
      body += Self.text(labelWidth - 6, y + 12, bar.label, anchor: "end")
      for part in bar.parts where part.value > 0 {
        let left = start == 0 ? labelWidth : x(start)
        let width = max(0.5, x(start + part.value) - left)
        let colour = Self.colours[part.series % Self.colours.count]
        let name = series.indices.contains(part.series) ? series[part.series] : axis
        body += "<rect x=\"\(n(left))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(Self.barHeight))\" "
        body +=
          "fill=\"\(colour)\"><title>\(Report.escaped("\(bar.label): \(name) \(fixed(part.value, 3))"))</title></rect>"
        start += part.value
      }
      if let whisker = bar.whisker {
        let middle = n(y + Self.barHeight / 2)
        let (low, high) = (n(x(whisker.lowerBound)), n(x(whisker.upperBound)))
        body += "<path d=\"M\(low) \(middle)H\(high)M\(low) \(n(y + 4))v8M\(high) \(n(y + 4))v8\" stroke=\"#1b1f24\" "
        body += "stroke-width=\"1.3\" fill=\"none\"/>"
      }
      body += Self.text(x(max(start, bar.whisker?.upperBound ?? 0)) + 6, y + 12, bar.text)
      y += Self.barHeight + Self.gap
    }
    var frame = ""
    for tick in ticks {
      frame += "<path d=\"M\(n(x(tick))) \(n(top - 3))V\(n(y))\" stroke=\"#d0d7de\" stroke-width=\"1\"/>"
      frame += Self.text(x(tick), y + 13, Self.number(tick), anchor: "middle")
    }
    if let mark {
      frame += "<path d=\"M\(n(x(mark))) \(n(top - 3))V\(n(y))\" stroke=\"#57606a\" stroke-dasharray=\"4 3\"/>"
    }
    frame += Self.text(labelWidth + Self.plotWidth / 2, y + 30, axis, anchor: "middle")
    var legend = ""
    for (index, name) in series.enumerated() {
      let left = labelWidth + Double(index) * 110
      legend += "<rect x=\"\(n(left))\" y=\"6\" width=\"12\" height=\"12\" fill=\"\(Self.colours[index % 3])\"/>"
      legend += Self.text(left + 17, 16.5, name)
    }
    let (width, height) = (n(labelWidth + Self.plotWidth + Self.textWidth), n(y + 38))
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
      + "viewBox=\"0 0 \(width) \(height)\" role=\"img\" font-family=\"system-ui,sans-serif\" font-size=\"11.5\">"
      + frame + body + legend + "</svg>\n"
  }

  private func n(_ value: Double) -> String { fixed(value, 1) }

  private static func text(_ x: Double, _ y: Double, _ text: String, anchor: String = "start") -> String {
    "<text x=\"\(fixed(x, 1))\" y=\"\(fixed(y, 1))\" text-anchor=\"\(anchor)\" fill=\"#1b1f24\">\(Report.escaped(text))</text>"
  }

  /// Four to eight round numbers from 0.
  static func ticks(upTo largest: Double) -> [Double] {
    guard largest > 0, largest.isFinite else { return [0] }
    var step = 1.0
    while largest / step > 8 { step *= 10 }
    while largest / step < 0.8 { step /= 10 }
    if largest / step < 1.6 { step /= 5 } else if largest / step < 4 { step /= 2 }
    var ticks: [Double] = []
    var index = 0
    while Double(index) * step <= largest * 1.0001 {
      ticks.append(Double(index) * step)
      index += 1
    }
    return ticks
  }

  /// 1, 2 and 5 times powers of ten around a range of positive values; powers of ten alone if there are many.
  static func powers(from smallest: Double, upTo largest: Double) -> [Double] {
    guard smallest > 0, largest.isFinite, largest > smallest else { return [1, 10] }
    var power = 1.0
    while power > smallest { power /= 10 }
    while power * 10 <= smallest { power *= 10 }
    let steps = largest / smallest > 300 ? [1.0] : [1.0, 2, 5]
    var ticks: [Double] = []
    while (ticks.last ?? 0) < largest {
      for step in steps where (ticks.last ?? 0) < largest { ticks.append(step * power) }
      power *= 10
    }
    while ticks.count > 1, ticks[1] <= smallest { ticks.removeFirst() }
    return ticks
  }

  private static func number(_ value: Double) -> String {
    if value >= 1 || value == 0 { return fixed(value, value == value.rounded() ? 0 : 1) }
    return fixed(value, value >= 0.1 ? 2 : 4)
  }
}

extension BarChart.Bar {
  /// Where bar and whisker end.
  var length: Double { max(parts.reduce(0) { $0 + $1.value }, whisker?.upperBound ?? 0) }
}

extension Report {
  /// Stacked phases of every layer, passive above active.
  func phaseChart(_ figures: WorkloadFigures) -> String {
    var bars: [BarChart.Bar] = []
    for layer in figures.layers {
      for (index, mode) in figures.modes.enumerated() {
        guard let cost = figures.costs[mode]?[layer] else { continue }
        let parts = Phase.allCases.enumerated().map { series, phase in
          BarChart.Part(value: (cost.phases[phase]?.median ?? 0) / 1e6, series: series)
        }
        let name = layer.index < 0 || layer.kind == "output" ? layer.kind : "\(layer.index) \(layer.kind)"
        bars.append(
          BarChart.Bar(
            label: "\(name), \(mode)", parts: parts,
            text: milliseconds(parts.reduce(0) { $0 + $1.value } * 1e6) + " ms",
            startsGroup: index == 0 && !bars.isEmpty))
      }
    }
    return BarChart(series: Phase.allCases.map(\.rawValue), axis: "milliseconds", bars: bars).svg()
  }

  /// Active over passive time of every layer and of the total.
  func ratioChart(_ figures: WorkloadFigures) -> String {
    let layers: [WorkloadFigures.Layer?] = figures.layers.map { $0 } + [nil]
    let bars = layers.compactMap { layer -> BarChart.Bar? in
      guard let ratio = figures.ratio(layer) else { return nil }
      let name = layer.map { $0.index < 0 || $0.kind == "output" ? $0.kind : "\($0.index) \($0.kind)" } ?? "total"
      return BarChart.Bar(
        label: name, parts: [BarChart.Part(value: ratio.median, series: 0)], text: Self.ratio(ratio),
        whisker: ratio.lowerQuartile...ratio.upperQuartile, startsGroup: layer == nil)
    }
    return BarChart(series: [], axis: "active ÷ passive (logarithmic)", bars: bars, mark: 1, isLogarithmic: true).svg()
  }

  /// Accuracy of every workload and mode.
  func accuracyChart() -> String {
    let bars = workloads.flatMap { figures in
      figures.modes.enumerated().compactMap { index, mode -> BarChart.Bar? in
        guard let accuracy = figures.results[mode]?["accuracy"] else { return nil }
        return BarChart.Bar(
          label: "\(figures.setting.title), \(mode)", parts: [BarChart.Part(value: 100 * accuracy, series: 0)],
          text: percent(accuracy), startsGroup: index == 0)
      }
    }
    return BarChart(series: [], axis: "accuracy in %", bars: bars, mark: 100).svg()
  }
}
