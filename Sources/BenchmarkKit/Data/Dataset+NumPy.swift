internal import ModelFiles

extension Dataset {
  /// The result of a file reader, its errors as ours.
  static func reading<Value>(_ body: () throws(ModelFileError) -> Value) throws(DataError) -> Value {
    do throws(ModelFileError) {
      return try body()
    } catch {
      throw .malformed(error)
    }
  }

  /// A matrix whose first or last column is the label; `file` is named in errors.
  static func parse(_ matrix: Tensor, _ specification: DatasetSpecification, file: String) throws(DataError) -> Dataset
  {
    if specification.label == .none {
      let names = DatasetSpecification.ArrayNames(features: "", labels: "")
      return try parse([("", matrix)], names, specification, file: file)
    }
    guard matrix.shape.count == 2, matrix.shape[1] >= 2 else {
      throw .notAMatrix(file: file, shape: matrix.shapeText)
    }
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    guard rows > 0 else { throw .empty(file: file) }
    let labelColumn = specification.label == .first ? 0 : columns - 1
    var features: [Double] = []
    features.reserveCapacity(rows * (columns - 1))
    var labels: [Int] = []
    for (index, value) in matrix.values.enumerated() {
      let (row, column) = (index / columns + 1, index % columns + 1)
      guard value.isFinite else { throw .notANumber(file: file, line: row, column: column, text: "\(value)") }
      if column - 1 == labelColumn {
        guard let label = Int(exactly: value), (0..<specification.classes).contains(label) else {
          throw .labelOutOfRange(file: file, line: row, text: "\(value)", classes: specification.classes)
        }
        labels.append(label)
      } else {
        guard value.magnitude < 1e100 else {
          throw .tooLarge(file: file, line: row, column: column, text: "\(value)")
        }
        features.append(value)
      }
    }
    return Dataset(
      file: file, featureNames: featureNames(columns - 1), features: features, labels: labels,
      classCount: specification.classes)
  }

  /// Features and labels of an `.npz` file, in arrays of their own; a row of features is what one index of the first
  /// dimension holds.
  static func parse(
    _ arrays: [(name: String, tensor: Tensor)], _ names: DatasetSpecification.ArrayNames,
    _ specification: DatasetSpecification, file: String
  ) throws(DataError) -> Dataset {
    func array(_ name: String) throws(DataError) -> Tensor {
      guard let found = arrays.first(where: { $0.name == name }) else {
        throw .malformed(.missing(file: file, what: "the array \"\(name)\"", available: arrays.map(\.name)))
      }
      return found.tensor
    }
    let features = try array(names.features)
    guard features.shape.count >= 2, features.shape.dropFirst().allSatisfy({ $0 > 0 }) else {
      throw .notAMatrix(file: "\(file)[\(names.features)]", shape: features.shapeText)
    }
    let rows = features.shape[0]
    guard rows > 0 else { throw .empty(file: file) }
    let place = names.features.isEmpty ? file : "\(file)[\(names.features)]"
    let width = features.count / rows
    for (index, value) in features.values.enumerated() {
      let (row, column) = (index / width + 1, index % width + 1)
      guard value.isFinite else {
        throw .notANumber(file: place, line: row, column: column, text: "\(value)")
      }
      guard value.magnitude < 1e100 else {
        throw .tooLarge(file: place, line: row, column: column, text: "\(value)")
      }
    }
    var labels = [Int](repeating: 0, count: rows)
    if !names.labels.isEmpty {
      let given = try array(names.labels)
      guard given.count == rows else {
        throw .wrongColumnCount(file: "\(file)[\(names.labels)]", line: 1, expected: rows, found: given.count)
      }
      for (row, value) in given.values.enumerated() {
        guard let label = Int(exactly: value), (0..<specification.classes).contains(label) else {
          throw .labelOutOfRange(
            file: "\(file)[\(names.labels)]", line: row + 1, text: "\(value)", classes: specification.classes)
        }
        labels[row] = label
      }
    }
    return Dataset(
      file: file, featureNames: featureNames(width), features: features.values, labels: labels,
      classCount: specification.classes)
  }
}
