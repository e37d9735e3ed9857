/// A party's shares of a matrix, row-major.
public struct SharedMatrix<S: SharingScheme>: Sendable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// The rows·columns elements, row after row.
  public var elements: SharedVector<S>

  /// Reads `elements` as a matrix.
  public init(rows: Int, columns: Int, elements: SharedVector<S>) {
    precondition(rows > 0 && columns > 0 && elements.count == rows * columns, "rows × columns elements")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// [Xᵀ], local.
  public func transposed() -> SharedMatrix {
    let (rows, columns) = (rows, columns)
    return SharedMatrix(
      rows: columns, columns: rows,
      elements: elements.mapLinear { $0.transposed(rows: rows, columns: columns) })
  }
}
