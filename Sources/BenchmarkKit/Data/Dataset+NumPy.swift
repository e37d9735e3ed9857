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
      file: file, featureNames: (1..<columns).map { "x\($0)" }, features: features, labels: labels,
      classCount: specification.classes)
  }
}
