/// The affine map (x − mean)/deviation per feature, fitted on training rows only.
public struct Standardization: Hashable, Sendable, Codable {
  /// Mean of each feature.
  public var means: [Double]
  /// Standard deviation of each feature; 1 where a feature is constant.
  public var deviations: [Double]
  /// Mapped features beyond ±clip become ±clip; 0: no limit.
  public var clip: Double

  /// Fits means and (population) standard deviations to the rows of `data`.
  public init(fitting data: Dataset, clip: Double = 0) {
    self.clip = clip
    let width = data.featureCount
    let rows = Double(max(1, data.rowCount))
    means = [Double](repeating: 0, count: width)
    deviations = [Double](repeating: 0, count: width)
    for (index, value) in data.features.enumerated() { means[index % width] += value }
    for column in 0..<width { means[column] /= rows }
    for (index, value) in data.features.enumerated() {
      let difference = value - means[index % width]
      deviations[index % width] += difference * difference
    }
    for column in 0..<width {
      let deviation = (deviations[column] / rows).squareRoot()
      deviations[column] = deviation > 1e-12 ? deviation : 1
    }
  }

  /// The map x/m for all features, m the largest magnitude in `data`; 1 if all are 0.
  public init(unitOf data: Dataset, clip: Double = 0) {
    self.clip = clip
    let largest = data.features.reduce(0) { max($0, $1.magnitude) }
    means = [Double](repeating: 0, count: data.featureCount)
    deviations = [Double](repeating: largest > 0 ? largest : 1, count: data.featureCount)
  }

  /// x itself, for so many features.
  public init(identityOf featureCount: Int, clip: Double = 0) {
    self.clip = clip
    means = [Double](repeating: 0, count: featureCount)
    deviations = [Double](repeating: 1, count: featureCount)
  }

  /// The rows of `data`, mapped.
  public func applied(to data: Dataset) -> Dataset {
    var result = data
    let width = data.featureCount
    for index in result.features.indices {
      let mapped = (result.features[index] - means[index % width]) / deviations[index % width]
      result.features[index] = clip > 0 ? min(max(mapped, -clip), clip) : mapped
    }
    return result
  }
}

extension Dataset {
  /// Checks that every feature lies in the range that is proven when it is shared.
  /// - Throws: `featureOutOfRange` naming feature, row and value.
  public func requireEncodable(_ fixedPoint: FixedPointSettings) throws(DataError) {
    let limit =
      Double(UInt64(1) << UInt64(min(fixedPoint.featureBits, fixedPoint.k) - 1))
      / Double(UInt64(1) << UInt64(fixedPoint.f))
    for (index, value) in features.enumerated() where !(value.magnitude < limit) {
      throw .featureOutOfRange(
        file: file, feature: featureNames[index % featureCount], row: index / featureCount + 1, value: value,
        limit: limit)
    }
  }
}
