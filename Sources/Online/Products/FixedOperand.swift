internal import FieldArithmetic
public import MPCCore
public import SecretSharing

/// A bilinear map whose right operand stays the same for many calls: matrix products row by row, convolutions image by
/// image.
package enum FixedOperandShape: Hashable, Sendable {
  /// `rows` rows in all.
  case matrix(MatrixShape)
  /// `batch` images in all.
  case convolution(ConvolutionShape)

  /// Rows or images in all.
  var capacity: Int {
    switch self {
    case .matrix(let shape): shape.rows
    case .convolution(let shape): shape.batch
    }
  }

  /// Numbers of one row or image, and of what it gives.
  var inputCount: Int {
    switch self {
    case .matrix(let shape): shape.inner
    case .convolution(let shape): shape.inputCount / shape.batch
    }
  }
  var outputCount: Int {
    switch self {
    case .matrix(let shape): shape.columns
    case .convolution(let shape): shape.outputCount / shape.batch
    }
  }
  var operandCount: Int {
    switch self {
    case .matrix(let shape): shape.inner * shape.columns
    case .convolution(let shape): shape.kernelCount
    }
  }

  /// out ← out + map(left, right) for `count` rows or images.
  func accumulate<F: PrimeField>(_ out: inout [F], _ left: [F], _ right: [F], count: Int) {
    switch self {
    case .matrix(let s):
      MatrixShape(rows: count, inner: s.inner, columns: s.columns).multiplyAccumulate(&out, left, right)
    case .convolution(let s):
      ConvolutionShape(
        batch: count, channels: s.channels, height: s.height, width: s.width, filters: s.filters,
        kernelHeight: s.kernelHeight, kernelWidth: s.kernelWidth, stride: s.stride, padding: s.padding
      ).accumulate(&out, image: left, kernel: right)
    }
  }
}

/// What is left of a joint tuple ([A_1], …, [A_m], [B], [A_1·B], …), and the opened difference F = Y − B.
///
/// Copyable, so its owner keeps it in a noncopyable type: each A_i is good for one row.
package struct JointTuple<S: SharingScheme>: Sendable {
  package let shape: FixedOperandShape
  private let a, b, c: SharedVector<S>
  private let f: [S.F]
  private var used = 0

  fileprivate init(
    shape: FixedOperandShape, a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>, opened f: [S.F]
  ) {
    self.shape = shape
    (self.a, self.b, self.c, self.f) = (a, b, c, f)
  }

  package var remainingCount: Int { shape.capacity - used }

  /// The masks and products of the next rows, which are then spent.
  fileprivate mutating func spend(_ count: Int) throws(ProtocolAbort) -> (a: SharedVector<S>, c: SharedVector<S>) {
    guard count <= remainingCount else {
      throw .preprocessingExhausted(kind: "rows of a fixed operand", needed: count, left: remainingCount)
    }
    defer { used += count }
    return (
      a[(used * shape.inputCount)..<((used + count) * shape.inputCount)],
      c[(used * shape.outputCount)..<((used + count) * shape.outputCount)]
    )
  }

  /// [X·Y] but for a public summand, from D = X − A of the rows just spent: [C] + D[B] + [A]F, and DF.
  fileprivate func combine(
    _ d: [S.F], _ part: (a: SharedVector<S>, c: SharedVector<S>), count: Int
  ) -> (shared: SharedVector<S>, constant: [S.F]) {
    var z = part.c
    z.updateLinear(part.a, b) { z, a, b in
      shape.accumulate(&z, d, b, count: count)
      shape.accumulate(&z, a, f, count: count)
    }
    var product = S.F.filled(count * shape.outputCount, with: .zero)
    shape.accumulate(&product, d, f, count: count)
    return (z, product)
  }
}

/// The right operand Y of products X_1·Y, X_2·Y, …, opened behind one mask once.
///
/// Source: `Papers/MODEL.md`, "Matrix products". It is made from one ordinary matrix or convolution triple whose rows or
/// images are handed out call by call, so the offline phase makes and checks it like any other. Each row of A masks one
/// row of an X and is used once; B masks Y and F = Y − B is opened once. Those are the openings of one product of all
/// rows together, only spread over rounds: whoever chooses later rows knows F and the earlier openings, which are
/// uniform and independent of the masks that are left. Errors in F reach every product, so every check must include
/// it; it stands in the session's ledger from its opening to the next check.
public struct FixedOperand<S: SharingScheme>: ~Copyable, Sendable {
  fileprivate var tuple: JointTuple<S>

  fileprivate init(_ tuple: JointTuple<S>) { self.tuple = tuple }

  /// Rows or images that can still be multiplied.
  public var remainingCount: Int { tuple.remainingCount }
}

extension Session {
  /// Opens a matrix behind a mask once, for products X_1·Y, X_2·Y, … with up to `rowCapacity` rows in all.
  ///
  /// Cost: one matrix triple rowCapacity × rows(Y) × columns(Y), rows(Y)·columns(Y) openings, 1 round.
  public mutating func fix(_ y: SharedMatrix<S>, rowCapacity: Int) async throws(ProtocolAbort) -> FixedOperand<S> {
    precondition(rowCapacity > 0, "at least one row")
    return FixedOperand(
      try await jointTuple(
        y.elements, shape: .matrix(MatrixShape(rows: rowCapacity, inner: y.rows, columns: y.columns))))
  }

  /// Opens kernels behind a mask once, for convolutions of up to `shape.batch` images in all.
  ///
  /// Cost: one convolution triple of `shape`, |kernel| openings, 1 round.
  public mutating func fix(_ kernel: SharedVector<S>, shape: ConvolutionShape) async throws(ProtocolAbort)
    -> FixedOperand<S>
  { FixedOperand(try await jointTuple(kernel, shape: .convolution(shape))) }

  /// [X·Y], or [conv(X, Y)], with a fixed Y: only X is opened behind its masks.
  ///
  /// Cost: |X| openings, 1 round, no material beyond the fixed operand's.
  /// - Parameter x: one row or image a row.
  /// - Throws: `preprocessingExhausted` if X has more rows than are left; the session is over then, as with any source.
  public mutating func multiply(_ x: SharedMatrix<S>, by fixed: inout FixedOperand<S>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  { try await multiply(x, by: &fixed.tuple) }

  /// Draws a triple for all rows and opens F = Y − B.
  package mutating func jointTuple(_ y: SharedVector<S>, shape: FixedOperandShape) async throws(ProtocolAbort)
    -> JointTuple<S>
  {
    precondition(y.count == shape.operandCount, "the operand of the shape")
    let parts: (a: SharedVector<S>, b: SharedVector<S>, c: SharedVector<S>)
    switch shape {
    case .matrix(let shape):
      let triple = try await draw { source throws(ProtocolAbort) in try await source.matrixTriple(shape) }
      parts = triple.spend()
    case .convolution(let shape):
      let triple = try await draw { source throws(ProtocolAbort) in try await source.convolutionTriple(shape) }
      parts = triple.spend()
    }
    let f = try await openDifferences([(y, parts.b)])  // 1
    return JointTuple(shape: shape, a: parts.a, b: parts.b, c: parts.c, opened: f)
  }

  /// The product with the next rows of a joint tuple.
  package mutating func multiply(_ x: SharedMatrix<S>, by tuple: inout JointTuple<S>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    precondition(x.columns == tuple.shape.inputCount, "rows of the operand's shape")
    try ensureAlive()
    let part: (a: SharedVector<S>, c: SharedVector<S>)
    do throws(ProtocolAbort) {
      part = try tuple.spend(x.rows)
    } catch {
      throw end(error)
    }
    let d = try await openDifferences([(x.elements, part.a)])  // 1
    let (shared, constant) = tuple.combine(d, part, count: x.rows)
    return SharedMatrix(rows: x.rows, columns: tuple.shape.outputCount, elements: add(constant, to: shared))
  }
}
