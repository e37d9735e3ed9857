package import FieldArithmetic
public import MPCCore
public import SecretSharing

extension Session {
  /// [X·Y] with one matrix triple.
  ///
  /// Open D = X − A and F = Y − B; [XY] = [C] + D[B] + [A]F + DF. 1 round, rows·inner + inner·columns openings,
  /// uniformly masked. Source: `Papers/MODEL.md`, "Matrix products"; [MZ17, section IV.B] for two parties.
  public mutating func multiply(
    _ x: SharedMatrix<S>, _ y: SharedMatrix<S>, spending triple: consuming MatrixTriple<S>
  ) async throws(ProtocolAbort) -> SharedMatrix<S> {
    let shape = triple.shape
    precondition(
      x.rows == shape.rows && x.columns == shape.inner && y.rows == shape.inner && y.columns == shape.columns,
      "the triple has the product's shape")
    let (a, b, c) = triple.spend()
    let opened = try await openDifferences([(x.elements, a), (y.elements, b)])  // 1: D, F
    let d = Array(opened[..<a.count])
    let f = Array(opened[a.count...])
    var z = c  // 2
    z.updateLinear(a, b) { z, a, b in
      shape.multiplyAccumulate(&z, d, b)
      shape.multiplyAccumulate(&z, a, f)
    }
    var product = S.F.filled(shape.rows * shape.columns, with: .zero)
    shape.multiplyAccumulate(&product, d, f)
    return SharedMatrix(rows: shape.rows, columns: shape.columns, elements: add(product, to: z))
  }

  /// [X·Y], drawing the matrix triple from the session's source.
  public mutating func multiply(_ x: SharedMatrix<S>, _ y: SharedMatrix<S>) async throws(ProtocolAbort)
    -> SharedMatrix<S>
  {
    precondition(x.columns == y.rows, "inner dimensions agree")
    let shape = MatrixShape(rows: x.rows, inner: x.columns, columns: y.columns)
    let triple = try await draw { source throws(ProtocolAbort) in try await source.matrixTriple(shape) }
    return try await multiply(x, y, spending: triple)
  }

  /// [conv(image, kernel)] with one convolution triple: |image| + |kernel| openings, 1 round.
  public mutating func convolve(
    _ image: SharedVector<S>, _ kernel: SharedVector<S>, spending triple: consuming ConvolutionTriple<S>
  ) async throws(ProtocolAbort) -> SharedVector<S> {
    let shape = triple.shape
    precondition(image.count == shape.inputCount && kernel.count == shape.kernelCount, "the triple's shape")
    let (a, b, c) = triple.spend()
    let opened = try await openDifferences([(image, a), (kernel, b)])
    let d = Array(opened[..<a.count])
    let f = Array(opened[a.count...])
    var z = c
    z.updateLinear(a, b) { z, a, b in
      shape.accumulate(&z, image: d, kernel: b)
      shape.accumulate(&z, image: a, kernel: f)
    }
    var product = S.F.filled(shape.outputCount, with: .zero)
    shape.accumulate(&product, image: d, kernel: f)
    return add(product, to: z)
  }

  /// [conv(image, kernel)], drawing the triple from the session's source.
  public mutating func convolve(_ image: SharedVector<S>, _ kernel: SharedVector<S>, shape: ConvolutionShape)
    async throws(ProtocolAbort) -> SharedVector<S>
  {
    let triple = try await draw { source throws(ProtocolAbort) in try await source.convolutionTriple(shape) }
    return try await convolve(image, kernel, spending: triple)
  }
}

extension MatrixShape {
  /// out ← out + left·right, row-major, in clear.
  package func multiplyAccumulate<F: PrimeField>(_ out: inout [F], _ left: [F], _ right: [F]) {
    var span = out.mutableSpan
    F.matrixMultiplyAccumulate(&span, left.span, right.span, rows: rows, inner: inner, columns: columns)
  }
}
