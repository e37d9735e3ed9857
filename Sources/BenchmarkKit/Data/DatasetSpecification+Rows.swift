internal import SecureML

extension DatasetSpecification {
  /// One row as the layers see it.
  /// - Throws: `conflict` if `shape` does not have as many values as a row.
  func inputShape(featureCount: Int, file: String, path: String) throws(ConfigurationError) -> ActivationShape {
    guard let shape else { return .vector(featureCount) }
    guard shape.reduce(1, *) == featureCount else {
      throw ConfigurationError(
        file: file, origin: nil, path: "\(path).dataset.shape",
        cause: .conflict(
          "a row of \(shape.map(String.init).joined(separator: "x")) values does not fit the \(featureCount) features of "
            + self.path, remedy: "correct dataset.shape"))
    }
    return shape.count == 3 ? .image(channels: shape[0], height: shape[1], width: shape[2]) : .vector(featureCount)
  }

  /// The rows for training and those to classify; all rows are for the latter, in their order, with `testFraction` 1.
  func split(_ data: Dataset, seed: UInt64) throws(DataError) -> (train: Dataset, test: Dataset) {
    if testFraction == 1 { return (data.selecting(0..<0), data) }
    return try data.split(testFraction: testFraction, seed: seed)
  }

  /// The scaling of features, fitted to training rows.
  func standardization(fitting rows: Dataset) -> Standardization {
    switch scaling {
    case .standardize: Standardization(fitting: rows, clip: clip)
    case .unit: Standardization(unitOf: rows, clip: clip)
    case .none: Standardization(identityOf: rows.featureCount, clip: clip)
    }
  }
}

extension Workload {
  /// The data set of a workload whose rows belong to a party.
  /// - Throws: `conflict` for random rows, which belong to nobody.
  func requiredDataset(file: String, path: String) throws(ConfigurationError) -> DatasetSpecification {
    if let dataset { return dataset }
    throw ConfigurationError(
      file: file, origin: nil, path: path,
      cause: .conflict(
        "\"\(name)\" runs on random rows, which no party owns",
        remedy: "run it with all parties in one process, or give it a dataset"))
  }
}
