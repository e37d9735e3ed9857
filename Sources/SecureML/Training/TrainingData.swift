public import MPCCore
internal import Online
public import SecretSharing

/// Rows of features with their targets, shared.
public struct TrainingData<S: SharingScheme>: Sendable {
  /// Rows × features, f fraction bits.
  public let features: SharedMatrix<S>
  /// Rows × outputs, f fraction bits: 0 or 1 for classes.
  public let targets: SharedMatrix<S>

  /// As many targets as rows.
  public init(features: SharedMatrix<S>, targets: SharedMatrix<S>) {
    precondition(features.rows == targets.rows, "a target for every row")
    self.features = features
    self.targets = targets
  }

  /// The rows of all parts, one after another: data whose *rows* belong to several owners.
  public init(rowsOf parts: [TrainingData]) {
    precondition(!parts.isEmpty, "at least one part")
    self.init(
      features: SharedMatrix(joiningRowsOf: parts.map(\.features)),
      targets: SharedMatrix(joiningRowsOf: parts.map(\.targets)))
  }

  /// Rows owned by one party: features are proven to have `featureBits` bits, targets to lie in [−2, 2).
  ///
  /// A cheating owner can contribute what it likes within these ranges: that is a choice of input.
  /// - Parameters:
  ///   - features: at `owner`, integers with f fraction bits, row-major; `nil` everywhere else.
  ///   - targets: likewise.
  ///   - rowCount: known to all.
  /// - Throws: as `Session.inputRange`.
  public static func input<C: Channel>(
    _ specification: TrainingSpecification, features: [Int64]?, targets: [Int64]?, rowCount: Int, from owner: PartyID,
    in session: inout Session<S, C>
  ) async throws(ProtocolAbort) -> TrainingData {
    let model = specification.model
    let x = try await session.inputRange(
      features, count: rowCount * model.input.count, bits: model.featureBits, from: owner)
    let y = try await session.inputRange(
      targets, count: rowCount * model.output.count, bits: model.format.fractionBits + 2, from: owner)
    return TrainingData(
      features: SharedMatrix(rows: rowCount, columns: model.input.count, elements: x),
      targets: SharedMatrix(rows: rowCount, columns: model.output.count, elements: y))
  }

  /// How many rows.
  public var rowCount: Int { features.rows }

  /// Some rows, in the order given; local.
  public func rows(_ rows: [Int]) -> TrainingData {
    TrainingData(features: features.rows(rows), targets: targets.rows(rows))
  }
}

extension SharedMatrix {
  /// Some rows, in the order given; local.
  func rows(_ rows: [Int]) -> SharedMatrix {
    let indices = rows.flatMap { row in (row * columns)..<((row + 1) * columns) }
    return SharedMatrix(rows: rows.count, columns: columns, elements: elements.gather(indices))
  }

  /// Matrices of one width below each other; local.
  public init(joiningRowsOf parts: [SharedMatrix]) {
    precondition(Set(parts.map(\.columns)).count == 1, "matrices of one width")
    self.init(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns,
      elements: SharedVector.concatenate(parts.map(\.elements)))
  }

  /// Matrices of one height side by side; local. Data whose *columns* belong to several owners.
  public init(joiningColumnsOf parts: [SharedMatrix]) {
    precondition(Set(parts.map(\.rows)).count == 1, "matrices of one height")
    let (rows, width) = (parts[0].rows, parts.reduce(0) { $0 + $1.columns })
    let all = SharedVector.concatenate(parts.map(\.elements))
    var indices: [Int] = []
    indices.reserveCapacity(rows * width)
    for row in 0..<rows {
      var start = 0
      for part in parts {
        indices += (start + row * part.columns)..<(start + (row + 1) * part.columns)
        start += rows * part.columns
      }
    }
    self.init(rows: rows, columns: width, elements: all.gather(indices))
  }
}
