/// Median and spread of repeated measurements.
public struct RunStatistics: Hashable, Sendable, Codable {
  /// How many values.
  public let count: Int
  /// The smallest value.
  public let minimum: Double
  /// A quarter of the values lies below.
  public let lowerQuartile: Double
  /// Half of the values lies below.
  public let median: Double
  /// Three quarters of the values lie below.
  public let upperQuartile: Double
  /// The largest value.
  public let maximum: Double

  /// Statistics of `values`, nil if there are none. Quartiles are interpolated linearly between order statistics.
  public init?(_ values: some Sequence<Double>) {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    func quantile(_ part: Double) -> Double {
      let position = part * Double(sorted.count - 1)
      let below = Int(position)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
    count = sorted.count
    minimum = first
    lowerQuartile = quantile(0.25)
    median = quantile(0.5)
    upperQuartile = quantile(0.75)
    maximum = last
  }

  /// The distance between the quartiles.
  public var interquartileRange: Double { upperQuartile - lowerQuartile }
}
