/// A table of numbers with a class label a row.
public struct Dataset: Hashable, Sendable {
  /// The file it came from, for messages.
  public var file: String
  /// One name a feature: "x1", "x2", … in column order.
  public var featureNames: [String]
  /// rows × featureCount values, row-major.
  public var features: [Double]
  /// One label a row, 0 … classCount − 1.
  public var labels: [Int]
  /// Number of classes.
  public var classCount: Int
  /// The party each row belongs to; empty if rows have no owners.
  public var owners: [Int]

  /// Creates a table; `features` holds `labels.count` × `featureNames.count` values, `owners` one a row or nothing.
  public init(
    file: String, featureNames: [String], features: [Double], labels: [Int], classCount: Int, owners: [Int] = []
  ) {
    precondition(features.count == labels.count * featureNames.count, "features must be rows × columns")
    precondition(owners.isEmpty || owners.count == labels.count, "an owner for every row")
    self.owners = owners
    self.file = file
    self.featureNames = featureNames
    self.features = features
    self.labels = labels
    self.classCount = classCount
  }

  /// Number of rows.
  public var rowCount: Int { labels.count }
  /// Number of features.
  public var featureCount: Int { featureNames.count }

  /// The given rows, in this order.
  public func selecting(_ rows: some Sequence<Int>) -> Dataset {
    var result = Dataset(file: file, featureNames: featureNames, features: [], labels: [], classCount: classCount)
    for row in rows {
      result.features.append(contentsOf: features[row * featureCount..<(row + 1) * featureCount])
      result.labels.append(labels[row])
      if !owners.isEmpty { result.owners.append(owners[row]) }
    }
    return result
  }

  /// Splits the rows at random into training and test part.
  ///
  /// The same seed gives the same split: rows are permuted by Fisher–Yates over SplitMix64, the first
  /// ⌊rows × testFraction⌋ of the permutation are the test part.
  /// - Throws: `tooFewRows` if a part would be empty.
  public func split(testFraction: Double, seed: UInt64) throws(DataError) -> (train: Dataset, test: Dataset) {
    let testCount = Int(Double(rowCount) * testFraction)
    guard testCount > 0, testCount < rowCount else {
      throw .tooFewRows(file: file, rows: rowCount, testFraction: testFraction)
    }
    var generator = SplitMix64(seed: seed)
    let order = generator.permutation(rowCount)
    return (selecting(order[testCount...]), selecting(order[..<testCount]))
  }
}
